"""The contract of leases, in memory and on a real node."""

from ..contracts.leases import LeasesContract
from .places import InMemory, OnJetStream


class TestLeasesInMemory(InMemory, LeasesContract):
    pass


class TestLeasesOnJetStream(OnJetStream, LeasesContract):
    pass
