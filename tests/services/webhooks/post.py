"""Contacts whose facts are told to real receivers, on a log in memory and a clock of the test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from antiphon.commands.webhook import RegisterWebhook, Webhooks
from antiphon.events.base import START, ContactRef, Event, Position
from antiphon.events.journal import Journal
from antiphon.events.redaction import TextMask
from antiphon.events.register import Register
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.events.webhook import WebhookGivenUp, WebhookTopic
from antiphon.infra.jetstream.delivery_notes import BUCKET, DeliveryNotes
from antiphon.infra.jetstream.streams import bucket_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.inbox import ContactInbox
from antiphon.services.webhooks.couriers import Pace
from antiphon.services.webhooks.sending import HttpSender
from antiphon.services.webhooks.service import Telling

from ...builders import CONTACT, NOON, draft, transcript_completed
from ...redaction_builders import redaction_applied, redaction_verified
from ...summary_builders import SECRET
from ...waiting import until
from ..contact_stage import meanwhile

TENANT = CONTACT.tenant
TOPICS: tuple[WebhookTopic, ...] = (
    "contact.ended",
    "summary.written",
    "summary.failed",
    "summary.edited",
    "disposition.chosen",
    "redaction.failed",
)


def passed(*masks: TextMask, upto: int = 1_000, attempt: int = 1) -> tuple[Event, ...]:
    """Return what is recorded of a contact, of which nothing is new up to there, that passes."""
    applied = redaction_applied(
        heard_upto=Position(upto),
        attempt=attempt,
        audio=None,
        reason="not_recorded",
        masks=masks,
    )
    return (transcript_completed(), applied, redaction_verified(attempt=attempt))


class Clock:
    """Moves only when somebody pauses, and then at once; `held` keeps pauses from ending."""

    def __init__(self) -> None:
        self.now = NOON
        self.pauses: list[float] = []
        self.held = False

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.held:
            await asyncio.Event().wait()
        self.now += timedelta(seconds=seconds)


class Post:
    """One tenant's endpoints and contacts."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = MemoryLog(now=lambda: self.clock.now, idle_s=0.01)
        self.journal = Journal(self.log, keys := MemoryKeys())
        self.keys = keys
        self.register = Register(self.log, keys)
        self.notes = DeliveryNotes(self.log)
        self.webhooks = self.knowing()

    def knowing(self) -> Webhooks:
        return Webhooks(self.register, now=lambda: self.clock.now, private_allowed=True)

    async def created(self) -> None:
        for stream in (facts_stream(TENANT), configuration_stream(TENANT), bucket_stream(BUCKET)):
            await self.log.create(stream)

    async def registers(
        self,
        url: str,
        *,
        id_: str = "w-1",
        topics: tuple[WebhookTopic, ...] = TOPICS,
        secret: str = SECRET,
    ) -> None:
        command = RegisterWebhook(
            webhook_id=id_, url=Sealed(url), topics=topics, secret=Sealed(secret)
        )
        await self.webhooks.handle(TENANT, command, command_id=f"r-{id_}", actor="machine")

    async def tell(self, *events: Event, of: ContactRef = CONTACT) -> Position:
        position = START
        for event in events:
            end = await self.journal.lane_end(of, event.LANE)
            made = draft(event, occurred_at=self.clock.now)
            position = await self.journal.append(of, [made], expected=end)
        return position

    @asynccontextmanager
    async def telling(self, of: ContactRef = CONTACT, **given: Any) -> AsyncGenerator["Run"]:
        """Run the service on a contact as a process would that begins now."""
        chance: float = given.pop("chance", 0.5)
        inbox = ContactInbox(of, self.journal, Telling.lanes)
        await inbox.open(reach=START)
        async with HttpSender(private_allowed=True, attempt_s=0.5) as sender:
            sending = given.pop("sender", sender)
            service = Telling(
                webhooks=self.knowing(),
                register=self.register,
                journal=self.journal,
                notes=self.notes,
                sender=sending,
                pace=Pace(
                    now=lambda: self.clock.now, pause=self.clock.pause, chance=lambda: chance
                ),
                idle_s=given.pop("idle_s", 0.01),
                **given,
            )
            async with meanwhile(service.care(of, inbox)) as task:
                yield Run(self, inbox, task, of)

    async def all_told(self, of: ContactRef = CONTACT, **given: Any) -> None:
        """Let the service tell what there is, to its end."""
        async with self.telling(of, **given) as run:
            await run.finished()

    async def passes(self, *masks: TextMask, of: ContactRef = CONTACT, attempt: int = 1) -> None:
        """Let a contact of which there is no recording pass every check."""
        await self.tell(*passed(*masks, attempt=attempt), of=of)

    async def given_up(self, id_: str = "w-1") -> list[WebhookGivenUp]:
        return [one for one in await self.facts_of(id_) if isinstance(one, WebhookGivenUp)]

    async def facts_of(self, id_: str = "w-1") -> list[Event]:
        return [one.event async for one in self.register.read(TENANT, kind="webhook", id=id_)]


class Run:
    """The service while it cares for a contact."""

    def __init__(
        self, post: Post, inbox: ContactInbox, task: "asyncio.Task[None]", of: ContactRef
    ) -> None:
        self._post = post
        self._inbox = inbox
        self._task = task
        self._of = of

    async def hears(self, *events: Event) -> None:
        """Append facts and hand them over."""
        for event in events:
            position = await self._post.tell(event, of=self._of)
            stored = self._post.journal.read(self._of, after=Position(position - 1))
            async for recorded in stored:
                self._inbox.put(recorded)

    @property
    def has_taken_all(self) -> bool:
        return self._inbox.waiting_since is None

    async def finished(self) -> None:
        async with asyncio.timeout(10):
            await self._task

    async def until(self, condition: Any) -> None:
        await until(lambda: self._task.done() or condition(), within_s=10)
        if self._task.done():
            self._task.result()
