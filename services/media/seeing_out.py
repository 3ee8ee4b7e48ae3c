"""Closes the pushed streams whose sources never came back, once their contact has ended."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime

import structlog

from ...events.audio import AudioLog
from ...events.base import ContactRef, Position, Recorded
from ...events.journal import Journal
from ...events.media import AudioStreamClosed
from ..inbox import Inbox
from .call import Call
from .ledger import Ledger
from .pushed import LANES

log = structlog.get_logger()


async def see_out(
    contact: ContactRef,
    inbox: Inbox,
    *,
    journal: Journal,
    audio: AudioLog,
    now: Callable[[], datetime],
    quiet_s: float,
) -> None:
    """Return once the contact's pushed stream is closed; close it after `quiet_s` without audio.

    Returns at once while the contact goes on: its end calls again.

    Raises:
        StreamMoved: its source came back at the last moment.
        Fault: the log failed; call again, with fresh history.
    """
    if Call(inbox.history).ended_at is None or any(map(_closes, inbox.history)):
        return
    reached = await _end_of(contact, audio)
    while not await _is_closed_within(quiet_s, inbox):
        before, reached = reached, await _end_of(contact, audio)
        if reached == before:
            break
    else:
        return
    reading = journal.read(contact, lanes=LANES)
    async with aclosing(reading):
        history = [recorded async for recorded in reading]
    if any(map(_closes, history)):
        return
    call = Call(history)
    ledger = Ledger(contact, call, journal=journal, audio=audio, now=now)
    await ledger.restore(history)
    await ledger.close(call.offers[-1], "stream_failed")
    log.warning("pushed_stream_given_up", tenant=contact.tenant, contact_id=contact.contact_id)


async def _is_closed_within(quiet_s: float, inbox: Inbox) -> bool:
    try:
        async with asyncio.timeout(quiet_s):
            async for recorded in inbox:
                if _closes(recorded):
                    return True
    except TimeoutError:
        return False
    raise AssertionError("an inbox does not end")


async def _end_of(contact: ContactRef, audio: AudioLog) -> Position | None:
    last = await audio.last(contact)
    return None if last is None else last.position


def _closes(recorded: Recorded) -> bool:
    return isinstance(recorded.event, AudioStreamClosed)
