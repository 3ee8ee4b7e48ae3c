"""A contact's past, at one moment of its own clock.

A desk shows what has been recorded, so what it showed at a moment is decided by `recorded_at`,
the log's clock, and not by when words were spoken. Second 192 of a contact is the instant
192 s after its clock's zero, which is the producer's time of its first audio; where only text
came, the zero that its offsets were taken to have; where nothing did, the instant its first fact
was recorded. For a call that was played faster or slower
than it was spoken the two clocks part: ask for an instant then.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from ..errors import ContactUnknown, Malformed
from ..events.base import START, ContactRef, Epoch, Position, Recorded
from ..events.media import AudioStreamOpened
from ..events.speech import TextStreamOpened
from ..projections.moment import Moment, shown_at
from .ports import Ports

BATCH_FACTS = 500  # of a contact, held at once

AT_MS_MAX = 7 * 24 * 3_600_000  # no contact lasts a week; beyond, instants would overflow


class Clock(Struct, frozen=True, kw_only=True):
    """Where a contact's clock begins."""

    zero_at: datetime
    counted_from: Literal["audio", "text", "first_fact"]

    def instant(self, at_ms: int) -> datetime:
        """Return the instant of a moment on the contact's clock."""
        return self.zero_at + timedelta(milliseconds=at_ms)

    def ms(self, at: datetime) -> int:
        """Return an instant on the contact's clock."""
        return round((at - self.zero_at) / timedelta(milliseconds=1))


async def clock_of(contact: ContactRef, ports: Ports) -> Clock:
    """Return the contact's clock.

    Raises:
        ContactUnknown: it never started.
    """
    facts = ports.history.read(contact, lanes=("media", "life", "speech"))
    first: Recorded | None = None
    async with aclosing(facts):
        async for fact in facts:
            first = first or fact
            if isinstance(fact.event, AudioStreamOpened):
                return Clock(zero_at=fact.event.clock_zero_at, counted_from="audio")
            if isinstance(fact.event, TextStreamOpened):
                return Clock(zero_at=fact.event.clock_zero_at, counted_from="text")
    if first is None:
        raise ContactUnknown(contact.contact_id)
    return Clock(zero_at=first.recorded_at, counted_from="first_fact")


async def moment_of(
    contact: ContactRef,
    *,
    at: datetime,
    epoch: Epoch,
    ports: Ports,
    upto: Position | None = None,
) -> Moment:
    """Return what a desk showed at an instant, of facts up to `upto` if that is given."""
    facts = batches_of(contact, ports, until=at, upto=upto)
    async with aclosing(facts):
        return await shown_at(
            await ports.databases.pool(contact.tenant),
            facts,
            contact_id=contact.contact_id,
            epoch=epoch,
            now=at,
            wait_s=ports.limits.query_s,
        )


async def batches_of(
    contact: ContactRef,
    ports: Ports,
    *,
    after: Position = START,
    until: datetime | None = None,
    upto: Position | None = None,
) -> AsyncGenerator[list[Recorded]]:
    """Yield a contact's facts, no more than `BATCH_FACTS` at once, recorded up to `until`."""
    batch: list[Recorded] = []
    facts = ports.history.read(contact, after=after, upto=upto)
    async with aclosing(facts):
        async for fact in facts:
            if until is not None and fact.recorded_at > until:
                break
            batch.append(fact)
            if len(batch) == BATCH_FACTS:
                yield batch
                batch = []
    if batch:
        yield batch


async def last_position(
    contact: ContactRef,
    ports: Ports,
    *,
    until: datetime | None = None,
    upto: Position | None = None,
) -> Position:
    """Return the position of a contact's last fact up to then; START when there is none."""
    position = START
    batches = batches_of(contact, ports, until=until, upto=upto)
    async with aclosing(batches):
        async for batch in batches:
            position = batch[-1].position
    return position


def checked_ms(name: str, at_ms: int) -> int:
    """Return a moment on a contact's clock.

    Raises:
        Malformed: no contact has it.
    """
    if not 0 <= at_ms <= AT_MS_MAX:
        raise Malformed(name, f"has to be 0 to {AT_MS_MAX} milliseconds")
    return at_ms
