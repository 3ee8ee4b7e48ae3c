"""One stream's share of what a hub sends: frames that are bytes already, over a bounded queue."""

import asyncio
from collections import deque
from datetime import datetime

from msgspec import Struct

from ..events.base import AgentId, ContactId, Position
from .ending import Step


class Frame(Struct, frozen=True, kw_only=True):
    """Something to be sent to clients, encoded once for all of them."""

    position: Position | None  # None: no fact, sent once or never
    contact_id: ContactId | None
    encoded: bytes
    recorded_at: datetime | None = None  # of a fact
    step: Step | None = None  # towards the contact's end
    agent_id: AgentId | None = None  # who has the contact now, where the fact is about that
    relabels: bool = False  # who said earlier words is seen otherwise now


class Subscriber:
    """A queue with an end: who falls behind is cut, and begins again from the log."""

    def __init__(self, frames_max: int, *, agent_id: AgentId | None) -> None:
        self.agent_id = agent_id
        self.contact_ids: set[ContactId] = set()
        self._frames_max = frames_max
        self._frames: deque[Frame] = deque()
        self._changed = asyncio.Event()
        self._cut: str | None = None

    def take(self, frame: Frame) -> bool:
        """Queue a frame; False when the queue was full, and the stream is cut.

        Frames that are no facts are left out when half of the queue waits already.
        """
        if frame.position is None and len(self._frames) >= self._frames_max // 2:
            return True
        if len(self._frames) >= self._frames_max:
            self.cut("queue_full")
            return False
        self._frames.append(frame)
        self._changed.set()
        return True

    def cut(self, reason: str) -> None:
        """End the stream; what is queued is dropped, for the client will resume."""
        self._cut = self._cut or reason
        self._frames.clear()
        self._changed.set()

    async def next(self) -> Frame | None:
        """Return the next frame, when there is one; None once the stream was cut."""
        while not self._frames:
            if self._cut is not None:
                return None
            self._changed.clear()
            await self._changed.wait()
        return self._frames.popleft()
