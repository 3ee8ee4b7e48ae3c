"""The contract of the processes' bucket, in memory and on a real node."""

from ..contracts.attendance import AttendanceContract
from .places import InMemory, OnJetStream


class TestAttendanceInMemory(InMemory, AttendanceContract):
    pass


class TestAttendanceOnJetStream(OnJetStream, AttendanceContract):
    pass
