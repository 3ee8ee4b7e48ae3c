"""The contract of letters, in memory and on a real node."""

from ..contracts.letters import LettersContract
from .places import InMemory, OnJetStream


class TestLettersInMemory(InMemory, LettersContract):
    pass


class TestLettersOnJetStream(OnJetStream, LettersContract):
    pass
