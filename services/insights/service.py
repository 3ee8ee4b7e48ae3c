"""Measures a contact when its transcript is complete, and says when a side turns bitter live.

News of agents and holds comes late: what they relabel is measured again, where that changes it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from msgspec.structs import replace
from prometheus_client import Counter

from ...events.base import (
    Causation,
    ContactRef,
    Draft,
    Lane,
    TenantName,
    UtteranceId,
    service_event_id,
)
from ...events.insights import ContactMeasured, FeelingTurned
from ...events.journal import Journal
from ...events.topics import TopicsPublished
from ..inbox import Inbox
from ..models import Embedder
from .feeling import reads
from .measuring import measured
from .standing import Standing
from .topic_file import built_in_topics
from .topics import Topics
from .turning import turned

SERVICE = "insights"

# A contact that nothing happens to is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0

# A mood is made in the last minutes; an hour's words are not weighed anew with each that comes.
WATCHED_UTTERANCES = 60

log = structlog.get_logger()

_MEASURED = Counter("antiphon_contacts_measured_total", "Contacts measured.", ["tenant", "again"])
_TURNED = Counter(
    "antiphon_feelings_turned_total", "Times a side came to sound clearly worse.", ["tenant"]
)

# Which list a tenant published; None: none.
CurrentTopics = Callable[[TenantName], Awaitable[TopicsPublished | None]]


class Insights:
    """The service. What it knows of a contact stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "speech", "insights")

    def __init__(
        self,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        topics: CurrentTopics | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        """Without `topics` the built-in list holds, without `embedder` phrases find topics."""
        self._journal = journal
        self._now = now
        self._current = topics
        self._topics = Topics(embedder)

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Follow a contact until it is measured and nothing newer is known of who spoke.

        Raises:
            StreamMoved: another process measures it too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        standing = Standing()
        for recorded in inbox.history:
            standing.take(recorded)
        watched: UtteranceId | None = None
        while True:
            if (cause := standing.due()) is not None:
                await self._measure(contact, standing, cause)
            if standing.completed is not None:
                return
            if standing.newest != watched:
                watched = standing.newest
                await self._watch(contact, standing)
            try:
                async with asyncio.timeout(IDLE_S_MAX):
                    standing.take(await anext(inbox))
            except TimeoutError:
                return

    async def _measure(self, contact: ContactRef, standing: Standing, cause: Causation) -> None:
        wanted = await self._wanted(contact.tenant)
        measures = standing.measures()
        found = await self._topics.find(measures.utterances, wanted)
        # While it is counted the loop serves other contacts.
        event = await asyncio.to_thread(measured, measures, found, wanted)
        previous = standing.measured
        if previous is not None and replace(previous, covers_upto=event.covers_upto) == event:
            standing.looked_at(cause)
            return
        await self._append(contact, standing, event, cause)
        _MEASURED.labels(contact.tenant, "no" if previous is None else "yes").inc()
        log.info(
            "contact_measured",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            utterances=event.utterances,
            topics=len(event.topics),
            topics_by=event.topics_by,
            again=previous is not None,
        )

    async def _watch(self, contact: ContactRef, standing: Standing) -> None:
        """State that a side has come to sound clearly worse, if it has with the newest words."""
        cause = standing.newest_cause
        if cause is None or not reads(standing.language):
            return
        event = turned(standing.utterances(newest=WATCHED_UTTERANCES), told=standing.told)
        if event is None or standing.newest not in event.utterance_ids:
            return
        await self._append(contact, standing, event, cause)
        _TURNED.labels(contact.tenant).inc()
        log.info(
            "feeling_turned",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            speaker=event.speaker,
        )

    async def _append(
        self,
        contact: ContactRef,
        standing: Standing,
        event: ContactMeasured | FeelingTurned,
        cause: Causation,
    ) -> None:
        draft = Draft(
            event=event,
            id=service_event_id(SERVICE, contact, cause.event_id, event.TYPE),
            occurred_at=self._now(),
            actor=f"service:{SERVICE}",
            correlation=standing.correlation or contact.contact_id,
            causation=cause,
        )
        position = await self._journal.append(contact, [draft], expected=standing.lane_end)
        standing.stated(event, position=position, cause=cause)

    async def _wanted(self, tenant: TenantName) -> TopicsPublished:
        published = None if self._current is None else await self._current(tenant)
        return published or built_in_topics()
