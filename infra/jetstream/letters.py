"""Dead letters in a key-value bucket: who a service gave up on, until it could go on.

A key a service, tenant and contact. What is here is a worklist, not history: the facts of a
contact are all in the log, and a letter that was acted on is gone.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime

import msgspec
import structlog

from ...errors import Fault, StreamMoved
from ...events.base import START, ContactRef, Position, TenantName
from ...events.log import Entry, EventLog, Stored
from ...services.letters import Letter, Problem
from .streams import bucket_stream, key_subject

BUCKET = "letters"
_RACES_MAX = 10  # with a person who asks for a redrive, or a holder that is no longer one
_FOLLOW_AGAIN_S = 1.0

_STREAM = bucket_stream(BUCKET)
_EVERY = key_subject(BUCKET, ">")

log = structlog.get_logger()


class LetterBox:
    """See `services.letters.Letters`. `load` fills the local copy, `run` keeps it fresh."""

    def __init__(
        self, log: EventLog, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """The bucket `BUCKET` must exist (`Streams.create_bucket`)."""
        self._log = log
        self._now = now
        self._letters: dict[str, Letter] = {}  # by key
        self._asked: dict[tuple[str, TenantName], dict[str, Letter]] = {}
        self._heard: Position = START
        self._changed = asyncio.Event()

    async def write(self, service: str, contact: ContactRef, problem: Problem) -> None:
        """Keep a letter about a contact; a second one says how often.

        Raises:
            LogUnavailable: no answer; repeating may count a time too many.
        """

        def written(before: Letter | None) -> Letter:
            now = self._now()
            return Letter(
                service=service,
                contact=contact,
                problem=problem,
                times=1 if before is None else before.times + 1,
                since=now if before is None else before.since,
                last_at=now,
            )

        await self._change(_key(service, contact), written)

    async def withdraw(self, service: str, contact: ContactRef) -> None:
        """Let the letter go; harmless when there is none.

        Raises:
            LogUnavailable: no answer; repeating is safe.
        """
        await self._change(_key(service, contact), lambda _: None)

    async def ask_redrive(self, letter: Letter) -> bool:
        """Ask that the letter's contact be tried again; False when the letter is gone.

        Raises:
            LogUnavailable: no answer; repeating is safe.
        """
        found: list[Letter] = []

        def asked(before: Letter | None) -> Letter | None:
            found[:] = [] if before is None else [before]
            return before and msgspec.structs.replace(before, redrive_asked_at=self._now())

        await self._change(_key(letter.service, letter.contact), asked)
        return bool(found)

    def find(self, service: str, contact: ContactRef) -> Letter | None:
        """Return the letter about a contact, as far as it is known here by now."""
        return self._letters.get(_key(service, contact))

    def asked(self, service: str, tenant: TenantName) -> list[Letter]:
        """Return the letters whose redrive was asked for and has not come out yet."""
        return list(self._asked.get((service, tenant), {}).values())

    async def changed(self) -> None:
        """Return when a letter was written, changed or withdrawn."""
        await self._changed.wait()

    async def load(self) -> list[Letter]:
        """Return every letter there is now, the oldest first.

        Raises:
            LogUnavailable: no answer.
        """
        async with aclosing(self._log.read(_STREAM, [_EVERY])) as batches:
            async for batch in batches:
                for stored in batch:
                    self._hear(stored)
        return sorted(self._letters.values(), key=lambda one: (one.since, one.contact))

    async def run(self) -> None:
        """Keep the copy fresh, for ever."""
        while True:
            try:
                async for _ in self.watch():
                    pass
            except Fault as fault:
                log.warning("letters_not_heard", problem=fault.code)
            await asyncio.sleep(_FOLLOW_AGAIN_S)

    async def watch(self) -> AsyncGenerator[None]:
        """Yield after each batch that was heard, a sign of life included, for ever."""
        async with aclosing(self._log.follow(_STREAM, [_EVERY])) as batches:
            async for batch in batches:
                for stored in batch:
                    self._hear(stored)
                yield

    async def _change(self, key: str, become: Callable[[Letter | None], Letter | None]) -> None:
        """Replace a letter by what `become` makes of it, None being none."""
        subject = key_subject(BUCKET, key)
        for _ in range(_RACES_MAX):
            last = await self._log.last(_STREAM, subject)
            before = None if last is None or not last.payload else _decode(last.payload)
            after = become(before)
            if before is None and after is None:
                return
            # An empty value is the mark of a removed key.
            payload = b"" if after is None else msgspec.json.encode(after)
            entry, end = Entry(uuid.uuid4().hex, payload), START if last is None else last.position
            try:
                await self._log.append(_STREAM, subject, [entry], expected=end)
            except StreamMoved:
                continue
            return
        raise StreamMoved(subject, expected=START)

    def _hear(self, stored: Stored) -> None:
        if stored.position <= self._heard:
            return
        self._heard = stored.position
        key = stored.subject.removeprefix(key_subject(BUCKET, ""))
        before = self._letters.pop(key, None)
        if before is not None:
            self._asked.get(_of(before), {}).pop(key, None)
        if stored.payload:
            self._letters[key] = letter = _decode(stored.payload)
            if letter.redrive_asked_at is not None:
                self._asked.setdefault(_of(letter), {})[key] = letter
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


_decode = msgspec.json.Decoder(Letter).decode


def _key(service: str, contact: ContactRef) -> str:
    return f"{service}.{contact.tenant}.{contact.contact_id}"


def _of(letter: Letter) -> tuple[str, TenantName]:
    return letter.service, letter.contact.tenant
