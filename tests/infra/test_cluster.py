"""The contracts of log, leases, letters, processes and journal on three nodes, in three copies."""

from ..contracts.attendance import AttendanceContract
from ..contracts.event_log import EventLogContract
from ..contracts.journal import AudioContract, JournalContract
from ..contracts.leases import LeasesContract
from ..contracts.letters import LettersContract
from .places import OnCluster


class TestLogOnACluster(OnCluster, EventLogContract):
    pass


class TestLeasesOnACluster(OnCluster, LeasesContract):
    pass


class TestLettersOnACluster(OnCluster, LettersContract):
    pass


class TestAttendanceOnACluster(OnCluster, AttendanceContract):
    pass


class TestJournalOnACluster(OnCluster, JournalContract):
    pass


class TestAudioOnACluster(OnCluster, AudioContract):
    pass
