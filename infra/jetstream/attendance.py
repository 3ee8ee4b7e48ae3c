"""Which processes there are: each says so once a second, in a key of its own.

One sign of life a process, however many leases it holds. No two clocks are compared: who is
silent is what an onlooker has itself seen unchanged for `LEASE_TTL_S`. Who missed a sign and
is not connected to the broker any more was killed, and is not waited for so long.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing, suppress

import msgspec
import structlog
from msgspec import Struct

from ...errors import Fault
from ...events.base import START, Position
from ...events.log import Entry, EventLog, Stored
from .presence import Presence
from .streams import bucket_stream, key_subject

BUCKET = "processes"
# Processes that went away and never said so are forgotten after an hour; a live one cannot be.
BUCKET_SETTINGS = {"max_age": 3_600 * 1_000_000_000}  # ns

LEASE_TTL_S = 5.0  # a restart of the broker fits; a dead process is replaced soon after
BEAT_EVERY_S = 1.0  # so that several lost ones cost nothing
# An answer that takes longer is none. Of a busy process or broker it takes long; the next beat
# then leaves at once, so that one that is lost costs as little as before.
BEAT_S_MAX = 2.0
LEFT_S_MAX = 2.0  # a stopping process may be killed soon
UNHEARD_S_MAX = 3.0  # then nothing new is taken, and what is held has to be proven
# A process killed is replaced within two seconds: a beat and a little is missed, and the broker
# says twice, so far apart, that it is not connected. One that merely reconnects is back by then.
OVERDUE_S = 1.25
GONE_S = 0.5
LOOK_EVERY_S = 0.25  # for such; costs nothing while nobody is overdue
FORGOTTEN_S = 3_600.0  # as `BUCKET_SETTINGS`
HEARD_S_MAX = 3.0  # who asks for leases before knowing the others gives some back soon
_FOLLOW_AGAIN_S = 1.0

_STREAM = bucket_stream(BUCKET)

log = structlog.get_logger()


class _Process(Struct, frozen=True):
    """What a key holds."""

    owner: str
    runs: tuple[str, ...]  # services
    left: bool = False  # stopped in order: its leases are released


class _Heard(Struct, frozen=True):
    position: Position
    since: float
    process: _Process
    gone: bool = False  # not connected any more when it should have been heard again


class Attendance:
    """The sign of life of this process, and those of the others as seen from here."""

    def __init__(
        self,
        log: EventLog,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[], None] = lambda: None,
        presence: Presence | None = None,
    ) -> None:
        """The bucket `BUCKET` must exist. `clock`: monotonic seconds.

        Without `presence` nobody is asked after.
        """
        self._log = log
        self._presence = presence
        self._missed: dict[str, tuple[Position, float]] = {}  # not connected, since when
        self._clock = clock
        self._on_change = on_change
        self._runs: set[str] = set()
        self._heard: dict[str, _Heard] = {}
        self._stirred = asyncio.Event()
        self._heard_all = asyncio.Event()
        self._answered_at = clock()
        self.silences = 0  # after which others may have replaced this process; see `beat`
        self.owner = ""

    @property
    def heard_of_late(self) -> bool:
        """Whether this process may assume that the others still count on it."""
        return self._clock() - self._answered_at <= UNHEARD_S_MAX

    def offer(self, service: str) -> None:
        """Say from the next beat on, which is soon, that this process runs a service."""
        if service not in self._runs:
            self._runs.add(service)
            self._stirred.set()

    def running(self, service: str) -> tuple[str, ...]:
        """Return the owners that run a service and are not silent, this process included."""
        others = {
            owner
            for owner, heard in self._heard.items()
            if service in heard.process.runs and self.is_there(owner)
        }
        return tuple(sorted(others | {self.owner}))

    def is_there(self, owner: str) -> bool:
        """Tell whether a process has neither left nor gone nor been silent for `LEASE_TTL_S`.

        One that was never heard counts as there for so long, from this question on.
        """
        if owner == self.owner:
            return True
        heard = self._heard.get(owner)
        if heard is None:
            heard = self._heard[owner] = _Heard(START, self._clock(), _Process(owner, ()))
        is_over = heard.process.left or heard.gone
        return not is_over and self._clock() - heard.since < LEASE_TTL_S

    async def is_silent(self, owner: str) -> bool:
        """Tell for certain: who seems silent may only have been out of our own hearing.

        Raises:
            LogUnavailable: nobody knows.
        """
        if self.is_there(owner):
            return False
        last = await self._log.last(_STREAM, _key(owner))
        if last is not None and last.position != self._heard[owner].position:
            self._hear(last)
        return not self.is_there(owner)

    async def beat_for_ever(self) -> None:
        """Say once a second that this process is there."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self.beat()
            # Sooner when there is something new to say; at once when the answer took longer.
            try:
                async with asyncio.timeout_at(began + BEAT_EVERY_S):
                    await self._stirred.wait()
            except TimeoutError:
                continue

    async def beat(self) -> None:
        """Say that this process is there; no answer is borne, and counts as none.

        The first answer after more than `UNHEARD_S_MAX` ends one of the `silences`: from then
        on nobody replaces this process any more, but somebody may have.
        """
        self._stirred.clear()
        began = self._clock()
        if await self._say(left=False, within_s=BEAT_S_MAX):
            if self._clock() - self._answered_at > UNHEARD_S_MAX:
                self.silences += 1
            self._answered_at = began

    async def announce(self) -> None:
        """Be connected under this process's name, for others who miss it to ask after.

        Raises:
            LogUnavailable: the connection is closed.
        """
        if self._presence is not None:
            await self._presence.announce(self.owner)

    async def leave(self) -> None:
        """Say that this process has let go of everything."""
        await self._say(left=True, within_s=LEFT_S_MAX)
        if self._presence is not None:
            with suppress(Fault):
                await self._presence.withdraw()

    async def look_for_ever(self) -> None:
        """Ask after those who should have been heard again."""
        while self._presence is not None:
            overdue = [
                self._ask_after(owner, heard, self._presence)
                for owner, heard in list(self._heard.items())
                if self._clock() - heard.since > OVERDUE_S
                and owner != self.owner
                and self.is_there(owner)
            ]
            await asyncio.gather(*overdue)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _ask_after(self, owner: str, heard: _Heard, presence: Presence) -> None:
        connected = await presence.is_connected(owner)
        if connected is not False:
            # None: we may be the one who is cut off. Then nothing of before counts either.
            self._missed.pop(owner, None)
            return
        missed = self._missed.get(owner)
        if missed is None or missed[0] != heard.position:
            self._missed[owner] = (heard.position, self._clock())
        elif self._clock() - missed[1] >= GONE_S and self._heard.get(owner) is heard:
            log.warning("process_gone", owner=owner)
            del self._missed[owner]
            self._heard[owner] = msgspec.structs.replace(heard, gone=True)
            self._on_change()

    async def listen_for_ever(self) -> None:
        """Hear the others."""
        while True:
            try:
                following = self._log.follow(_STREAM, [key_subject(BUCKET, "*")])
                async with aclosing(following) as batches:
                    async for batch in batches:
                        for stored in batch:
                            self._hear(stored)
                        self._heard_all.set()
                        self._forget()
            except Fault as fault:
                log.warning("processes_not_heard", problem=fault.code)
            await asyncio.sleep(_FOLLOW_AGAIN_S)

    async def until_heard(self) -> None:
        """Return once it is known who is there, or the log takes too long to say."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARD_S_MAX):
                await self._heard_all.wait()

    async def _say(self, *, left: bool, within_s: float) -> bool:
        process = _Process(self.owner, tuple(sorted(self._runs)), left=left)
        entry = Entry(uuid.uuid4().hex, msgspec.json.encode(process))
        try:
            async with asyncio.timeout(within_s):
                # Nobody else writes here, and only the newest counts: no condition.
                await self._log.append(_STREAM, _key(self.owner), [entry], expected=None)
        except (Fault, TimeoutError) as error:
            problem = getattr(error, "code", "timeout")
            log.warning("sign_of_life_unanswered", owner=self.owner, problem=problem)
            return False
        return True

    def _hear(self, stored: Stored) -> None:
        if not stored.payload:
            return  # the mark of a key removed by hand
        process = _decode(stored.payload)
        before = self._heard.get(process.owner)
        if before is not None and before.position >= stored.position:
            return
        was_there = before is not None and self.is_there(process.owner)
        self._heard[process.owner] = _Heard(stored.position, self._clock(), process)
        news = before is None or before.process != process or not was_there
        if news and process.owner != self.owner:
            self._on_change()

    def _forget(self) -> None:
        now = self._clock()
        for owner, heard in list(self._heard.items()):
            if now - heard.since > FORGOTTEN_S:
                del self._heard[owner]
                self._missed.pop(owner, None)


_decode = msgspec.json.Decoder(_Process).decode


def _key(owner: str) -> str:
    return key_subject(BUCKET, owner)
