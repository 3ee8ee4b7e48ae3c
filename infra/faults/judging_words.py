"""What readers show after a trial: the words of everybody, and nothing of who was erased."""

from collections.abc import Mapping, Sequence

from ...events.base import ContactId
from ...events.journal import Journal
from ...events.speech import UtteranceFinalized
from ...projections.generations import read_together
from ...projections.store import store_faults
from ...projections.transcript import PROJECTION, transcripts_of
from ...projections.transcript_rows import ERASED
from ..key_store import PostgresKeys
from ..parts import ROOT_KEY_FILE
from .scene import Scene
from .workload import UTTERANCES, contacts, words_of

Words = Mapping[ContactId, Sequence[str]]


async def words_problems(scene: Scene) -> list[str]:
    """Judge what each reader shows of what was said, contact by contact.

    Three of them: one that was there all the time and remembers keys, one that comes now and
    remembers nothing, and the transcript.
    """
    expected = _expected(scene)
    readers = {
        "who read all along": await _read(scene, scene.parts.journal),
        "who begins to read": await _read(scene, await _new_journal(scene)),
        "the transcript": await _transcripts(scene),
    }
    return [
        f"{reader} is shown {_told(words[contact_id], expected[contact_id])} of {contact_id}"
        for reader, words in readers.items()
        for contact_id in expected
        if list(words[contact_id]) != list(expected[contact_id])
    ]


def _expected(scene: Scene) -> Words:
    return {
        one.contact_id: [ERASED] * UTTERANCES if one.contact_id in scene.erased else words_of(one)
        for one in contacts(scene.tenant)
    }


async def _new_journal(scene: Scene) -> Journal:
    keys = await PostgresKeys.open(scene.parts.databases, root_key_file=scene.home / ROOT_KEY_FILE)
    return Journal(scene.parts.log, keys)


async def _read(scene: Scene, journal: Journal) -> Words:
    return {
        contact.contact_id: [
            fact.event.text.reveal_or(ERASED)
            async for fact in journal.read(contact, lanes=("speech",))
            if isinstance(fact.event, UtteranceFinalized)
        ]
        for contact in contacts(scene.tenant)
    }


async def _transcripts(scene: Scene) -> Words:
    pool = await scene.parts.databases.pool(scene.tenant)
    ids = [one.contact_id for one in contacts(scene.tenant)]
    with store_faults():
        async with pool.acquire() as connection:
            shown = await read_together(
                connection, (PROJECTION,), lambda: transcripts_of(connection, ids)
            )
    return {one: [line.text for line in shown[one].lines] if one in shown else [] for one in ids}


def _told(found: Sequence[str], expected: Sequence[str]) -> str:
    """Say what is wrong without the words."""
    erased = sum(one == ERASED for one in found)
    wanted = sum(one == ERASED for one in expected)
    if len(found) == len(expected) and erased == wanted:
        return "other words"
    return f"{len(found)} utterances, {erased} erased, not {len(expected)}, {wanted}"
