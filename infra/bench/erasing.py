"""Erasing a person with twenty contacts from every store, beside destroying their keys alone.

Real servers; each contact with three hundred utterances, a recording, a redacted one, a reply and
a letter, and every read model that there is. From the approval to the signed receipt.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from ...commands.erasure import RequestErasure
from ...events.base import ContactId, ContactRef, Draft, EventId, Position, TenantName, UtteranceId
from ...events.contact import ContactStarted
from ...events.keys import holders_of
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
from ...services.letters import Problem
from ...services.sealed_recording import folder_of, folder_of_redacted
from ...services.translation.reply_audio import folder_of as folder_of_replies
from ..erasing.read_models import ReadModelRows
from ..faults.roles import play
from ..faults.trial import Servers, servers
from ..object_store.directory import DirectoryStore
from ..parts import now
from ..tenancy import add_tenant
from .rows import Row

CONTACTS = 20
UTTERANCES = 300  # of each contact: about twenty minutes
OBJECT_BYTES = 1_000_000  # of each of three objects; a recorded minute is about that
AIM_S = 60.0
TENANT = TenantName("bench")


def run() -> list[Row]:
    """Return how long an erasure takes."""
    directory = Path(tempfile.mkdtemp(prefix="antiphon-bench-"))
    directory.chmod(0o711)
    try:
        return asyncio.run(_measure(directory))
    finally:
        shutil.rmtree(directory)


async def _measure(directory: Path) -> list[Row]:
    async with servers(directory) as on:
        await add_tenant(TENANT, on.parts)
        reading = asyncio.create_task(
            play("project", tenant=TENANT, owner="bench", parts=on.parts, home=directory)
        )
        contacts = [ContactRef(TENANT, ContactId(f"c-{n:02}")) for n in range(2 * CONTACTS)]
        await asyncio.gather(*(_call(one, on, directory) for one in contacts))
        await _shown(on)
        erased_s = await _erase(contacts[:CONTACTS], on)
        keys_s = await _destroy_keys(contacts[CONTACTS:], on)
        reading.cancel()
        await asyncio.wait([reading])
    return [
        Row(
            what=f"a person with {CONTACTS} contacts erased, approval to signed receipt",
            value=erased_s,
            unit="s",
            beside=f"the keys of {CONTACTS} others destroyed, and nothing else: {keys_s:.2g} s",
            aim=f"under {AIM_S:.0f} s",
            met=erased_s < AIM_S,
        )
    ]


async def _erase(contacts: list[ContactRef], on: Servers) -> float:
    eraser = on.parts.eraser
    command = RequestErasure(
        erasure_id="er-1",
        by_endpoint=tuple(one.contact_id for one in contacts),
        reason=Sealed("measured"),
        identity_proof=Sealed("nobody is meant"),
    )
    asked = await eraser.request(TENANT, command, actor="person:one")
    began = time.perf_counter()
    agreed = await eraser.approve(
        TENANT, asked, contact_ids=asked.contact_ids, partial=False, actor="person:two"
    )
    done = await eraser.finish(TENANT, agreed)
    took_s = time.perf_counter() - began
    assert len(done.destroyed) == CONTACTS, "all of them"
    assert not done.is_open, "and signed"
    return took_s


async def _destroy_keys(contacts: list[ContactRef], on: Servers) -> float:
    began = time.perf_counter()
    for contact in contacts:
        for holder in holders_of(contact.contact_id):
            await on.parts.keys.destroy(TENANT, holder)
    return time.perf_counter() - began


async def _call(contact: ContactRef, on: Servers, directory: Path) -> None:
    journal, store = on.parts.journal, DirectoryStore(directory / "recordings")
    started = ContactStarted(
        instance_arn="arn:bench",
        initial_contact_id=contact.contact_id,
        customer_endpoint=Sealed("+4930901820"),
    )
    await journal.append(contact, [_draft(contact, 0, started)], expected=Position(0))
    end = Position(0)
    for number in range(1, UTTERANCES + 1):
        said = _utterance(number)
        end = await journal.append(contact, [_draft(contact, number, said)], expected=end)
    await on.parts.keys.obtain(TENANT, f"original/{contact.contact_id}")
    for folder in (folder_of, folder_of_redacted, folder_of_replies):
        await store.put(f"{folder(contact)}one", bytes(OBJECT_BYTES))
    problem = Problem(code="bench", position=end, attempts=1)
    await on.parts.letters.write("transcription", contact, problem)


async def _shown(on: Servers) -> None:
    pool = await on.parts.databases.pool(TENANT)
    while await pool.fetchval("SELECT to_regclass('transcript_checkpoint')") is None:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await ReadModelRows(on.parts.databases, on.parts.journal, caught_up_s_max=AIM_S).clear(
        TENANT, ()
    )


def _utterance(number: int) -> UtteranceFinalized:
    return UtteranceFinalized(
        utterance_id=UtteranceId(f"from_customer-{number}"),
        track="from_customer",
        text=Sealed(f"this is what was said for the {number}th time"),
        words=(),
        started_ms=number * 4_000,
        ended_ms=number * 4_000 + 2_000,
        confidence=0.9,
        recognizer="bench/1",
        audio_upto=Position(number),
    )


def _draft(contact: ContactRef, number: int, event: ContactStarted | UtteranceFinalized) -> Draft:
    return Draft(
        event=event,
        id=EventId(f"bench-{contact.contact_id}-{number}"),
        occurred_at=now(),
        actor="service:bench",
        correlation=contact.contact_id,
    )
