"""The contract of the registry of tenants, in memory and on a real node."""

from ..contracts.tenants import TenantsContract
from .places import InMemory, OnJetStream


class TestTenantsInMemory(InMemory, TenantsContract):
    pass


class TestTenantsOnJetStream(OnJetStream, TenantsContract):
    pass
