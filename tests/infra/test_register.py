"""The register through a log and back, in memory and on a real node."""

from ..contracts.register import RegisterContract
from .places import InMemory, OnJetStream


class TestRegisterInMemory(InMemory, RegisterContract):
    pass


class TestRegisterOnJetStream(OnJetStream, RegisterContract):
    pass
