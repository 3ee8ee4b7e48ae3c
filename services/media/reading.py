"""Hears one stream of a contact to its end, over as many connections as that takes.

The end of a body is not the end of a call: hold, a cut, a busy service end bodies too. So the
stream is asked for again, behind the last complete fragment, until the contact has ended and
nothing more comes; or another contact has the stream; or it has failed for too long.

A further stream of the same contact does not cut this one off: it is heard to its end first,
as after a hang-up, and then the other is read from where it began. Their times are on one
clock, so what both hold stands once.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from ...errors import MediaFailed
from ...events.base import ContactRef
from .call import Call, Offer
from .connection import ENDED_WITHIN, Connection
from .cursor import Cursor, First
from .figures import BEHIND, CLOSED, INTERRUPTED
from .fragments import Fragments
from .ledger import CloseReason, Ledger
from .outcomes import Behind, Completed, Failed, Heard, Lost, Outcome, Reused
from .pacing import CatchUp
from .patience import Patience
from .source import AfterFragment, MediaSource

# Audio this near to the end is all there is: the last fragment may be short.
_CAUGHT_UP = timedelta(seconds=1.5)
_CAUGHT_UP_MS = 1_500
# Connect's clock and the producer's may differ by this much.
_SKEW = timedelta(seconds=10)

log = structlog.get_logger()


class Reading:
    """One stream, from the first open to `AudioStreamClosed`."""

    def __init__(
        self,
        contact: ContactRef,
        offer: Offer,
        *,
        call: Call,
        ledger: Ledger,
        source: MediaSource,
        patience: Patience,
        first: First,
        catch_up: CatchUp,
    ) -> None:
        self._offer = offer
        self._call = call
        self._ledger = ledger
        self._source = source
        self._patience = patience
        self._catch_up = catch_up
        self._tenant = contact.tenant
        self._clock = asyncio.get_running_loop().time
        self._log = log.bind(
            tenant=contact.tenant, contact_id=contact.contact_id, stream=offer.ordinal
        )
        resume = ledger.resumes.get(offer.media.stream_arn)
        self._fragments = Fragments(contact.contact_id, mark=resume.mark if resume else None)
        self._cursor = Cursor(
            offer.media, after=resume.after if resume else None, first=first, patience=patience
        )
        self._failure: MediaFailed | None = None  # of the present body
        self._damage: Lost | None = None  # the same
        self._brought = False  # the present body brought something
        self._gained = False  # and something new
        self._connection: Connection | None = None  # while nobody does anything but wait for it
        self._denied = 0
        self._vain = 0  # opens in a row that brought nothing
        self._empty = 0  # of those, after the end was known, that simply had nothing
        self._heard_at = self._clock()
        self._opened_at = float("-inf")
        self._finishing_at: float | None = None  # when the stream's end became known
        self._reason: CloseReason | None = None
        self._alarm: asyncio.TimerHandle | None = None  # rings at the deadline, or before
        self._alarm_at = 0.0
        self.behind_ms: int | None = None  # what the service last said

    async def run(self) -> None:
        """Read until there is nothing more, and say so.

        Raises:
            Fault: of the log. A failing source is waited for, and in the end recorded.
        """
        try:
            while self._reason is None:
                await self._pace()
                await self._hear_one_body()
                self._give_up()
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
        await self._ledger.close(self._offer, self._reason)
        CLOSED.labels(self._tenant, self._reason).inc()
        self._log.info("audio_stream_closed", reason=self._reason)

    async def _hear_one_body(self) -> None:
        start = self._cursor.start(self._ledger.reached_at)
        self._opened_at, self._failure, self._damage = self._clock(), None, None
        self._brought = False
        self._gained = False
        knew_the_end, hung_up = self._is_finishing(), False
        self._fragments.reopened(start.number if isinstance(start, AfterFragment) else None)
        connection = Connection(
            self._source,
            self._offer.media.stream_arn,
            start,
            self._fragments,
            self._stir,
            catch_up=self._catch_up,
        )
        async with connection:
            while True:
                await self._ledger.settle()
                outcomes = connection.take()
                if self._begins_late(outcomes):
                    return  # nothing of it was stored; the next body begins earlier
                await self._store(outcomes)
                if connection.is_over:
                    break
                deadline = self._deadline()
                if self._clock() >= deadline:
                    hung_up = True
                    break
                await self._wait_beside(connection, deadline)
            rest = self._with_damage(await connection.hang_up(), connection.failure)
            if self._begins_late(rest):
                return
            await self._store(rest)
        if not self._brought and connection.failure is None and self._cursor.asks_earlier():
            return
        self._vain = 0 if self._gained else self._vain + 1
        if connection.was_opened:
            self._denied = 0
        self._judge(connection.failure or self._failure)
        is_clean = connection.failure is None and self._failure is None and self._damage is None
        is_empty = knew_the_end and is_clean and not self._gained
        self._empty = self._empty + 1 if is_empty else 0
        if self._is_finishing() and (hung_up or (is_clean and self._has_nothing_more())):
            self._finish()
        elif self._reason is None:
            await self._ledger.flush()  # the body is over, the call is not: it may be a while

    def _with_damage(
        self, rest: Sequence[Outcome], failure: MediaFailed | None
    ) -> Sequence[Outcome]:
        # Every body ends within the same element: that is no cut any more.
        is_cut = failure is not None and failure.problem == ENDED_WITHIN
        if not is_cut or not self._cursor.was_cut():
            return rest
        return [*rest, Lost(ENDED_WITHIN, self._fragments.number, rest=True)]

    async def _store(self, outcomes: Sequence[Outcome]) -> None:
        if await self._ledger.store(self._offer, outcomes):
            self._note_gain()
        self._heed(outcomes)

    async def _wait_beside(self, connection: Connection, deadline: float) -> None:
        """Wait for news of a body, and let its blocks pass meanwhile."""
        self._connection = connection
        try:
            await self._wait_until(deadline)
        finally:
            self._connection = None

    def _stir(self) -> None:
        """Something came, or was stored: let it pass, or wake who can do more about it."""
        if self._connection is None or not self._passes(self._connection):
            self._call.news.set()

    def _passes(self, connection: Connection) -> bool:
        """Post what gathered, where that is all there is to do; tell whether it was.

        Most blocks of a call go by here, from the socket to the broker's, by plain calls: no
        task is woken for them.
        """
        ledger = self._ledger
        if ledger.is_posting:
            return True  # its end stirs again
        if connection.is_ended or not ledger.is_settled or self._is_finishing():
            return False  # near the end the deadline may come nearer with each outcome
        if not connection.gathered:
            return True
        count = ledger.post(self._offer, connection.gathered, self._stir_stored)
        self._brought |= count > 0
        passed = connection.gathered[:count]
        connection.drop(count)
        self._heed(passed)
        return not connection.gathered and ledger.is_settled

    def _stir_stored(self) -> None:
        self._note_gain()
        self._stir()

    def _note_gain(self) -> None:
        self._gained = self._brought = True
        self._heard_at = self._clock()

    def _heed(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Heard():
                    pass  # samples, which are stored
                case Completed(number=number):
                    self._cursor.completed(number)
                case Behind(behind_ms=behind_ms):
                    self.behind_ms = behind_ms
                    BEHIND.labels(self._tenant).observe(behind_ms / 1_000)
                case Reused():
                    self._reason = "stream_reused"
                case Failed(kind=kind, problem=problem):
                    self._failure = MediaFailed(kind, problem)
                case Lost(problem=problem, rest=rest):
                    self._log.warning("media_unreadable", problem=problem, rest=rest)
                    self._damage = outcome if rest else self._damage

    def _begins_late(self, outcomes: Sequence[Outcome]) -> bool:
        self._brought |= bool(outcomes)
        if self._ledger.ends:
            return False
        number = next((one for one in map(_number_of, outcomes) if one is not None), None)
        if number is None or not self._cursor.begins_late(number):
            return False
        self._log.warning("audio_stream_began_late", problem="producer_clock_behind")
        self._fragments.start_over()
        return True

    def _judge(self, failure: MediaFailed | None) -> None:
        if self._damage is not None:
            self._cursor.broke(self._damage)
        if failure is None:
            return
        INTERRUPTED.labels(self._tenant, failure.kind).inc()
        self._log.warning("audio_stream_interrupted", kind=failure.kind, problem=failure.problem)
        if failure.kind == "selector":
            self._cursor.not_found()
        self._denied += failure.kind == "denied"
        if failure.kind == "alarm" or self._denied >= self._patience.denied_max:
            self._log.error("audio_stream_refused", kind=failure.kind, problem=failure.problem)
            self._reason = self._reason or "stream_failed"

    def _give_up(self) -> None:
        if self._reason is not None:
            return
        waited_s = self._clock() - max(self._heard_at, self._finishing_at or self._heard_at)
        if self._is_finishing():
            if self._reached_the_end() and waited_s >= self._patience.quiet_s:
                self._finish()
            elif waited_s >= self._patience.failing_s:
                self._reason = "stream_failed"
        elif waited_s >= self._patience.silent_s:
            self._reason = "stream_failed"

    def _has_nothing_more(self) -> bool:
        # What a body says that ended by itself, once the end of the stream is known.
        if not self._is_caught_up():
            return self._empty >= self._patience.empty_max
        quiet_s = self._clock() - max(self._heard_at, self._finishing_at or 0.0)
        return self._empty > 0 or quiet_s >= self._patience.quiet_ended_s

    def _finish(self) -> None:
        if self._reason is None:
            superseded = self._call.is_superseded(self._offer)
            self._reason = "superseded" if superseded else "contact_ended"

    def _is_finishing(self) -> bool:
        if self._finishing_at is None and self._call.finish_of(self._offer) is not None:
            self._finishing_at = self._clock()
        return self._finishing_at is not None

    def _reached_the_end(self) -> bool:
        finish, reached = self._call.finish_of(self._offer), self._ledger.reached_at
        return finish is not None and reached is not None and reached >= finish - _CAUGHT_UP

    def _is_caught_up(self) -> bool:
        # By the contact's clock, or because the service sent it live.
        is_live = self.behind_ms is not None and self.behind_ms <= _CAUGHT_UP_MS
        return is_live or self._reached_the_end()

    def _deadline(self) -> float:
        """When, if nothing new comes, this body is not listened to any longer."""
        heard_at = max(self._heard_at, self._opened_at)
        if not self._brought and self._cursor.may_begin_earlier:
            return self._opened_at + self._patience.first_s
        if not self._is_finishing() or self._finishing_at is None:
            return heard_at + self._patience.stalled_s
        caught_up = self._is_caught_up()
        quiet_s = self._patience.quiet_s if caught_up else self._patience.quiet_behind_s
        deadline = max(heard_at, self._finishing_at) + quiet_s
        finish, reached = self._call.finish_of(self._offer), self._ledger.reached_at
        if finish is not None and reached is not None and reached > finish + _SKEW:
            deadline = min(deadline, self._finishing_at + self._patience.overrun_s)
        return deadline

    async def _pace(self) -> None:
        """Wait between opens, longer the longer they bring nothing; news cuts it short."""
        every_s = self._patience.open_every_s
        pause_s = min(self._patience.retry_longest_s, every_s * 2 ** min(self._vain, 16))
        knew_the_end, ready_at = self._is_finishing(), self._opened_at + pause_s
        while self._clock() < ready_at:
            await self._wait_until(ready_at)
            if self._is_finishing() and not knew_the_end:
                ready_at = self._opened_at + every_s

    async def _wait_until(self, deadline: float) -> None:
        """Return when there is news, or it is time to look; now and then without either."""
        # Each block moves the deadline, so one alarm stays set for many: a timer a block would
        # be a thirtieth of what hearing costs.
        if self._alarm is None or self._alarm_at > deadline:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm_at = deadline
            self._alarm = asyncio.get_running_loop().call_at(deadline, self._look)
        await self._call.news.wait()
        self._call.news.clear()

    def _look(self) -> None:
        self._alarm = None
        self._call.news.set()


def _number_of(outcome: Outcome) -> int | None:
    match outcome:
        case Heard(fragment=number) | Completed(number=number):
            return int(number.partition(".")[0])
        case _:
            return None
