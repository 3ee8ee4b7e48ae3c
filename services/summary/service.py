"""Sums a contact up when its transcript is complete, and so far when somebody asks.

Not on hang-up itself: the last words are still being recognised then. Without a model, or where
one is late or writes what nobody said, rules choose from what was said, and the fact says so.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from ...errors import ModelFailed
from ...events.base import Causation, ContactRef, Draft, Event, Lane, service_event_id
from ...events.journal import Journal
from ...events.summary import SummaryFailed, SummaryKind, SummaryWritten
from ..inbox import Inbox
from ..models import TextModels
from .drafts import Summary, disposition_of, parts_of
from .extractive import GENERATOR, extracted
from .generated import DEADLINE_S, PROMPT, Generated, generated
from .standing import Standing
from .turns import Turn

SERVICE = "summary"

# A contact that nothing happens to is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0
_GRACE = 1.1  # of the deadline, for who serves models to say itself that it is late

log = structlog.get_logger()

_WRITTEN = Counter(
    "antiphon_summaries_total", "Summaries written.", ["tenant", "kind", "generator", "fell_back"]
)
_DROPPED = Counter(
    "antiphon_summary_sentences_dropped_total",
    "Sentences of models that no utterance supports.",
    ["tenant"],
)
_SECONDS = Histogram(
    "antiphon_summary_seconds", "From the wish for a summary to the summary.", ["generator"]
)


class Summarising:
    """The service. What it knows of a contact stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "speech", "summary")  # media: the clock's zero

    def __init__(
        self,
        journal: Journal,
        *,
        models: TextModels | None = None,
        now: Callable[[], datetime],
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Without `models` rules write every summary."""
        self._journal = journal
        self._models = models
        self._now = now
        self._deadline_s = deadline_s

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Listen until the contact is summed up for good, or nothing happens for `IDLE_S_MAX`.

        Raises:
            StreamMoved: another process sums it up too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        standing = Standing()
        for recorded in inbox.history:
            standing.take(recorded)
        while not standing.is_final:
            if (due := standing.due()) is not None:
                await self._sum_up(contact, standing, *due)
                continue
            try:
                async with asyncio.timeout(IDLE_S_MAX):
                    standing.take(await anext(inbox))
            except TimeoutError:
                return

    async def _sum_up(
        self, contact: ContactRef, standing: Standing, kind: SummaryKind, cause: Causation
    ) -> None:
        began = time.monotonic()
        turns = standing.turns()
        id_ = service_event_id(SERVICE, contact, cause.event_id, kind)
        event = await self._event(contact, standing, kind, turns, summary_id=id_)
        draft = Draft(
            event=event,
            id=id_,
            occurred_at=self._now(),
            actor=f"service:{SERVICE}",
            correlation=standing.correlation or contact.contact_id,
            causation=cause,
        )
        position = await self._journal.append(contact, [draft], expected=standing.lane_end)
        standing.wrote(event, position=position, cause=cause)
        generator = event.generator if isinstance(event, SummaryWritten) else "none"
        _SECONDS.labels(generator).observe(time.monotonic() - began)
        log.info(
            "contact_summed_up",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            kind=kind,
            generator=generator,
            utterances=len(turns),
            position=position,
        )

    async def _event(
        self,
        contact: ContactRef,
        standing: Standing,
        kind: SummaryKind,
        turns: list[Turn],
        *,
        summary_id: str,
    ) -> Event:
        spoken = [turn for turn in turns if turn.speaker != "system"]
        seen: dict[str, Any] = {
            "kind": kind,
            "covers_upto": standing.heard_upto,
            "utterances": len(spoken),
            "gaps": standing.gaps,
        }
        if not spoken:
            return SummaryFailed(reason="nothing_heard", **seen)
        # While it is written the loop serves other contacts.
        by_rules = await asyncio.to_thread(extracted, turns)
        made, fell_back = await self._by_model(contact, kind, turns)
        summary = by_rules if made is None else made.summary
        if not summary.sentences:
            return SummaryFailed(reason="nothing_said", **seen)
        summary = Summary(
            sentences=summary.sentences, values=by_rules.values, resolution=summary.resolution
        )
        parts, texts = parts_of(summary)
        generator = GENERATOR if made is None else made.written_by.model
        dropped = 0 if made is None else made.dropped
        _WRITTEN.labels(contact.tenant, kind, generator, fell_back or "no").inc()
        _DROPPED.labels(contact.tenant).inc(dropped)
        return SummaryWritten(
            summary_id=summary_id,
            parts=parts,
            texts=texts,
            resolution=summary.resolution,
            disposition=disposition_of(summary),
            language=standing.language,
            generator=generator,
            prompt=None if made is None else PROMPT,
            endpoint=None if made is None else made.written_by.endpoint,
            fell_back=fell_back,
            dropped=dropped,
            **seen,
        )

    async def _by_model(
        self, contact: ContactRef, kind: SummaryKind, turns: list[Turn]
    ) -> tuple[Generated | None, str | None]:
        """Return what a model wrote, or None and, where there is a model, why it wrote nothing."""
        if self._models is None or not self._models.serves(contact.tenant, "summary"):
            return None, None
        try:
            async with asyncio.timeout(self._deadline_s * _GRACE):
                made = await generated(
                    turns,
                    tenant=contact.tenant,
                    models=self._models,
                    live=kind == "so_far",
                    deadline_s=self._deadline_s,
                )
        except TimeoutError:
            reason: str = "late"
        except ModelFailed as failed:
            reason = failed.reason
        else:
            if made.summary.sentences:
                return made, None
            _DROPPED.labels(contact.tenant).inc(made.dropped)
            reason = "unsupported"
        log.warning(
            "summary_model_failed",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            reason=reason,
        )
        return None, reason
