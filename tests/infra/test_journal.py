"""Events and audio through a log and back, in memory and on a real node."""

from ..contracts.attempts import AttemptContract
from ..contracts.journal import AudioContract, JournalContract
from .places import InMemory, OnJetStream


class TestJournalInMemory(InMemory, JournalContract):
    pass


class TestJournalOnJetStream(OnJetStream, JournalContract):
    pass


class TestAudioInMemory(InMemory, AudioContract):
    pass


class TestAudioOnJetStream(OnJetStream, AudioContract):
    pass


class TestAttemptsInMemory(InMemory, AttemptContract):
    pass


class TestAttemptsOnJetStream(OnJetStream, AttemptContract):
    pass
