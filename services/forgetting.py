"""Says in the log, once, that what a service kept of an erased contact elsewhere is gone."""

from collections.abc import Callable
from datetime import datetime

import structlog

from ..events.base import START, ContactRef, Draft, Event, Lane, service_event_id
from ..events.contact import ContactErased
from ..events.journal import Journal

log = structlog.get_logger()


async def say_erased(
    erased: Event,
    *,
    contact: ContactRef,
    lane: Lane,
    journal: Journal,
    now: Callable[[], datetime],
    tells: type[Event],
    objects: int,
    was_kept: bool = False,
) -> None:
    """Append `erased` to the lane of the service of that name, unless it stands there.

    Nothing is said where nothing was kept: no fact `tells` of any, nor does the caller know it.

    Raises:
        StreamMoved: another process did the same meanwhile.
        LogUnavailable: the log does not answer.
    """
    end, cause, correlation = START, None, contact.contact_id
    async for recorded in journal.read(contact, lanes=("life", lane)):
        event = recorded.event
        if isinstance(event, type(erased)):
            return
        was_kept = was_kept or isinstance(event, tells)
        if isinstance(event, ContactErased):
            cause, correlation = recorded.cause, recorded.correlation
        if recorded.lane == lane:
            end = recorded.position
    if not was_kept:
        return
    draft = Draft(
        event=erased,
        id=service_event_id(lane, contact, "erased", erased.TYPE),
        occurred_at=now(),
        actor=f"service:{lane}",
        correlation=correlation,
        causation=cause,
    )
    await journal.append(contact, [draft], expected=end)
    log.info(erased.TYPE, tenant=contact.tenant, contact_id=contact.contact_id, objects=objects)
