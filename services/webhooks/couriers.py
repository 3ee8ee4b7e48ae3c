"""Tells one endpoint of one contact what happened to it, in order, until it heard or never will."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

import structlog
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Counter

from ...commands.webhook import Webhook
from ...events.base import ContactRef, Recorded
from ...events.untold import fact_as_told
from ...events.webhook import GivenUpBecause, WebhookGivenUp
from .clearance import Clearances
from .messages import Message, has_words, headers_of, message_id_of, message_of, topic_of
from .port import NOTES_KEPT_S, Answer, Mark, Marks, Notes, Sender
from .standing import Standing

# Pauses after each attempt: sixteen hours in all. Afterwards a fact says that it was given up.
PAUSES_S = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)
JITTER = 0.2  # part of a pause, either way: contacts that failed together do not return together
# What is older when it is first looked at is not told any more: nobody would expect it.
AGE_S_MAX = 3 * 24 * 3_600.0
GONE = 410

log = structlog.get_logger()

_ATTEMPTS = Counter(
    "antiphon_webhook_attempts_total", "Attempts to tell a webhook.", ["tenant", "outcome"]
)
_GIVEN_UP = Counter(
    "antiphon_webhook_given_up_total", "Facts that a webhook was not told.", ["tenant", "reason"]
)


class Pace(Struct, frozen=True, kw_only=True):
    """Clock, pauses and chance; tests bring their own."""

    now: Callable[[], datetime]
    pause: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]  # 0 to 1
    pauses_s: tuple[float, ...] = PAUSES_S
    age_s_max: float = AGE_S_MAX


class ContactNotes:
    """One contact's marks, which several couriers move, one at a time."""

    def __init__(self, contact: ContactRef, notes: Notes, marks: Marks) -> None:
        self._contact = contact
        self._notes = notes
        self._marks = marks
        self._turn = asyncio.Lock()

    def of(self, name: str) -> Mark:
        """Return the mark of one queue of an endpoint."""
        return self._marks.marks.get(name, Mark())

    async def move(self, name: str, mark: Mark) -> None:
        """Replace the mark of one queue of an endpoint."""
        async with self._turn:
            marks = Marks({**self._marks.marks, name: mark}, self._marks.position)
            self._marks = await self._notes.keep(self._contact, marks)


class Courier:
    """Has a queue of facts for one endpoint; each is told, given up or dropped before the next.

    One that is in quarantine stops the queue: news of the contact stirs it again.
    """

    def __init__(
        self,
        webhook_id: str,
        contact: ContactRef,
        *,
        mark: str,
        clearances: Clearances,
        standing: Standing,
        notes: ContactNotes,
        sender: Sender,
        pace: Pace,
    ) -> None:
        self._id = webhook_id
        self._contact = contact
        self._mark = mark
        self._clearances = clearances
        self._standing = standing
        self._notes = notes
        self._sender = sender
        self._pace = pace
        self._facts: deque[Recorded] = deque()
        self._is_stirred = False
        self._log = log.bind(
            tenant=contact.tenant, contact_id=contact.contact_id, webhook_id=webhook_id
        )

    @property
    def is_idle(self) -> bool:
        """Whether everything was told that there is."""
        return not self._facts

    def put(self, recorded: Recorded) -> None:
        """Take a fact; what was told already is passed over, or may have been."""
        if self._pace.now() - recorded.recorded_at > timedelta(seconds=NOTES_KEPT_S):
            return  # nobody knows any more whether it was told
        if recorded.position > self._notes.of(self._mark).upto:
            self._facts.append(recorded)

    def stir(self) -> None:
        """Have what was in quarantine looked at once more: there is news of the contact."""
        self._is_stirred = True

    async def run(self) -> None:
        """Tell what there is and may be told, and return.

        Raises:
            KeyDestroyed: the person was erased.
            StreamMoved: another process tells of this contact.
            HistoryUnreadable: this version cannot say what may be told.
            LogUnavailable: the log does not answer.
        """
        while self._facts:
            self._is_stirred = False
            if await self._tell(self._facts[0]):
                await self._notes.move(self._mark, Mark(upto=self._facts[0].position))
                self._facts.popleft()
            elif not self._is_stirred:
                return

    async def _tell(self, recorded: Recorded) -> bool:
        """Return whether a fact was told, or never will be; False: it is in quarantine."""
        while True:
            mark = self._notes.of(self._mark)
            if mark.next_at is not None and not await self._wait(mark.next_at, recorded):
                return True
            webhook = await self._standing.find(self._contact.tenant, self._id)
            # Removed or disabled since: what happened till then is not told.
            if webhook is None or not wants(webhook, recorded):
                return True
            if not mark.attempts and await self._is_too_old(recorded):
                return True
            told = await self._as_told(recorded)
            if told is None:
                return False
            # Anew at each attempt: hours are between two, and a check may have found a word.
            if isinstance(told, str):
                await self._give_up(recorded, attempts=mark.attempts, reason=told)
                return True
            message = message_of(told, self._id)
            answer = await self._attempt(webhook, message)
            if await self._is_settled(answer, mark, recorded):
                return True

    async def _as_told(self, recorded: Recorded) -> Recorded | Literal["past_retention"] | None:
        """Return a fact as it may be told now; None: not before it was checked."""
        if not has_words(recorded.event):
            return recorded
        clearance = await self._clearances.look()
        if clearance.untold.is_past:
            return "past_retention"
        if not clearance.is_released:
            self._log.info("webhook_waits", reason="in_quarantine", topic=topic_of(recorded.event))
            return None
        return replace(recorded, event=fact_as_told(recorded.event, clearance.untold))

    async def _is_too_old(self, recorded: Recorded) -> bool:
        """Tell whether a fact that was never tried is told no more."""
        age = self._pace.now() - recorded.recorded_at
        if age <= timedelta(seconds=self._pace.age_s_max):
            return False
        await self._give_up(recorded, attempts=0, reason="expired")
        return True

    async def _is_settled(self, answer: Answer, mark: Mark, recorded: Recorded) -> bool:
        """Note how an attempt ended; tell whether it was the last."""
        tenant = self._contact.tenant
        if answer.problem is None:
            await self._standing.succeeded(tenant, self._id)
            return True
        if answer.status == GONE:
            await self._standing.disable(tenant, self._id, "gone")
            return True
        attempts = mark.attempts + 1
        await self._standing.failed(tenant, self._id)
        if attempts > len(self._pace.pauses_s):
            await self._give_up(recorded, attempts=attempts, reason=answer.problem, answer=answer)
            return True
        pause_s = self._pause_s(attempts, answer)
        next_at = self._pace.now() + timedelta(seconds=pause_s)
        await self._notes.move(self._mark, replace(mark, attempts=attempts, next_at=next_at))
        self._log.warning(
            "webhook_not_told",
            problem=answer.problem,
            status=answer.status,
            attempt=attempts,
            pause_s=round(pause_s, 1),
        )
        return False

    async def _attempt(self, webhook: Webhook, message: Message) -> Answer:
        assert webhook.url is not None, "only what was registered is told"
        url = webhook.url.reveal()
        async with self._standing.slot(self._contact.tenant, self._id):
            at = self._pace.now()
            headers = headers_of(message, webhook.secrets(at), at=at)
            answer = await self._sender.send(url, headers, message.body)
        _ATTEMPTS.labels(self._contact.tenant, answer.problem or "told").inc()
        return answer

    async def _wait(self, until: datetime, recorded: Recorded) -> bool:
        """Pause until then; False where too many others do, and this was given up instead."""
        async with self._standing.waiting(self._contact.tenant, self._id) as has_room:
            if not has_room:
                attempts = self._notes.of(self._mark).attempts
                await self._give_up(recorded, attempts=attempts, reason="backlog_full")
                return False
            await self._pace.pause(max(0.0, (until - self._pace.now()).total_seconds()))
            return True

    def _pause_s(self, attempts: int, answer: Answer) -> float:
        pause_s = self._pace.pauses_s[attempts - 1]
        spread = 1 + JITTER * (2 * self._pace.chance() - 1)
        return max(pause_s * spread, answer.retry_after_s or 0.0)

    async def _give_up(
        self,
        recorded: Recorded,
        *,
        attempts: int,
        reason: GivenUpBecause,
        answer: Answer | None = None,
    ) -> None:
        topic = topic_of(recorded.event)
        assert topic is not None, "only what has a topic is told"
        fact = WebhookGivenUp(
            contact_id=recorded.contact.contact_id,
            message_id=message_id_of(recorded, self._id),
            event_id=recorded.id,
            topic=topic,
            attempts=attempts,
            reason=reason,
            status=None if answer is None else answer.status,
        )
        await self._standing.give_up(self._contact.tenant, self._id, fact, of=recorded)
        _GIVEN_UP.labels(self._contact.tenant, reason).inc()
        self._log.error("webhook_given_up", reason=reason, attempts=attempts)


def wants(webhook: Webhook, recorded: Recorded) -> bool:
    """Tell whether an endpoint is to be told of a fact: not of what was before it asked."""
    return (
        webhook.disabled is None
        and topic_of(recorded.event) in webhook.topics
        and webhook.since is not None
        and recorded.recorded_at >= webhook.since
    )
