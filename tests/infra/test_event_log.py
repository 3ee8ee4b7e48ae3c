"""The contract of the event log, in memory and on a real node."""

from ..contracts.event_log import EventLogContract
from .places import InMemory, OnJetStream


class TestMemoryLog(InMemory, EventLogContract):
    pass


class TestJetStreamLog(OnJetStream, EventLogContract):
    pass
