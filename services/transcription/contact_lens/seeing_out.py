"""Completes the transcripts of contacts that are over, once their text is all there, or never."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from ....events.base import ContactRef
from ....events.journal import Journal
from ...inbox import Inbox
from .appending import Appending
from .standing import Standing

SILENT = "contact_lens_silent"

log = structlog.get_logger()


async def see_out(
    contact: ContactRef,
    inbox: Inbox,
    *,
    journal: Journal,
    now: Callable[[], datetime],
    patience_s: float,
) -> None:
    """Complete the transcript once its text is; after `patience_s` with what there is.

    Returns at once while the contact goes on, for its desk is there as long: its end calls
    again. Whoever reads the stream writes to the same lane; what comes after the completion is
    counted as late.

    Raises:
        StreamMoved: its text came at the last moment; call again, with fresh history.
        Fault: the log failed; likewise.
    """
    standing = Standing(contact)
    for recorded in inbox.history:
        standing.take(recorded)
    if standing.ended_at is None or standing.is_complete:
        return
    lane = Appending(contact, standing, journal=journal, now=now)
    try:
        async with asyncio.timeout(patience_s):
            while not standing.is_closed:
                standing.take(await anext(inbox))
    except TimeoutError:
        log.warning("text_given_up", tenant=contact.tenant, contact_id=contact.contact_id)
        await lane.deafen(SILENT)
    await lane.complete()
    log.info("transcript_completed", tenant=contact.tenant, contact_id=contact.contact_id)
