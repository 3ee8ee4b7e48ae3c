"""Reads the transcripts of a fleet's calls in turn, so that a thousand calls do not ask at once."""

import asyncio
from itertools import islice

import httpx

from ..client import Client, RequestRefused
from .board import Board
from .checking import words_in

READS_A_SECOND = 20.0  # over all calls: what a supervisor's screen might ask
NOT_FOUND = 404


class Transcripts:
    """Whose transcripts to read: first of those that hung up, then of some that still talk."""

    def __init__(
        self, api: Client, board: Board, *, reads_a_second: float = READS_A_SECOND
    ) -> None:
        self._api = api
        self._every_s = 1 / reads_a_second
        self._talkers = max(1, int(reads_a_second))
        self._board = board
        self._talking: dict[str, asyncio.Event] = {}  # the one that was read longest ago first
        self._hung_up: dict[str, asyncio.Event] = {}
        self._problems: dict[str, str] = {}

    def follow(self, contact_id: str) -> asyncio.Event:
        """Read a contact's transcript from now on; return what is set once it is complete."""
        complete = self._talking[contact_id] = asyncio.Event()
        return complete

    def hung_up(self, contact_id: str) -> None:
        """Wait for the transcript's completion from now on."""
        self._hung_up[contact_id] = self._talking.pop(contact_id)

    def forget(self, contact_id: str) -> None:
        """Read it no longer."""
        self._talking.pop(contact_id, None)
        self._hung_up.pop(contact_id, None)
        self._problems.pop(contact_id, None)

    def problem(self, contact_id: str) -> str:
        """Return why it could not be read the last time, after a colon, or nothing."""
        problem = self._problems.get(contact_id)
        return f": {problem}" if problem else ""

    async def run(self) -> None:
        """Read one after the other, for ever."""
        while True:
            round_of_talkers = list(islice(self._talking, self._talkers))
            for contact_id in [*self._hung_up, *round_of_talkers]:
                await self._look(contact_id)
                if contact_id in self._talking:
                    self._talking[contact_id] = self._talking.pop(contact_id)
                await asyncio.sleep(self._every_s)
            await asyncio.sleep(self._every_s)

    async def _look(self, contact_id: str) -> None:
        try:
            transcript = await self._api.transcript(contact_id)
        except RequestRefused as refusal:
            if refusal.status != NOT_FOUND:  # that only says that the read model is behind
                self._problems[contact_id] = str(refusal)
            return
        except httpx.TransportError as error:
            self._problems[contact_id] = type(error).__name__
            return
        self._problems.pop(contact_id, None)
        self._board.heard(contact_id, words_in(transcript))
        complete = self._hung_up.get(contact_id)
        if complete is not None and transcript.get("state") == "completed":
            complete.set()
