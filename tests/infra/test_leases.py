"""The contract of leases, in memory and on a real node."""

from ..contracts.leases import LeasesContract
from ..contracts.stalled_leases import StalledLeasesContract
from .places import InMemory, OnJetStream


class TestLeasesInMemory(InMemory, LeasesContract):
    pass


class TestLeasesOnJetStream(OnJetStream, LeasesContract):
    pass


class TestStalledLeasesInMemory(InMemory, StalledLeasesContract):
    pass


class TestStalledLeasesOnJetStream(OnJetStream, StalledLeasesContract):
    pass
