"""The contracts of log, leases and journal on three nodes, with three copies of every stream."""

from ..contracts.event_log import EventLogContract
from ..contracts.journal import AudioContract, JournalContract
from ..contracts.leases import LeasesContract
from .places import OnCluster


class TestLogOnACluster(OnCluster, EventLogContract):
    pass


class TestLeasesOnACluster(OnCluster, LeasesContract):
    pass


class TestJournalOnACluster(OnCluster, JournalContract):
    pass


class TestAudioOnACluster(OnCluster, AudioContract):
    pass
