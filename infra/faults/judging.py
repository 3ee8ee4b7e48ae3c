"""What must hold whatever struck: nothing lost, nothing twice, in order, and replayed the same."""

from collections.abc import Sequence

from ...errors import AntiphonError
from ...events.base import EventId, Lane, Recorded, TenantName, UtteranceId
from ...events.journal import Journal
from ...events.speech import UtteranceFinalized
from ...projections.catalogue import PROJECTIONS, keyed
from ...projections.rebuilding import rebuild
from ...services.archive.verify import Check, verify
from ..parts import Parts
from .workload import answer_to, contacts, ids_of, life_of, speech_of


async def log_problems(journal: Journal, tenant: TenantName, *, answered: bool) -> list[str]:
    """Return what is wrong with the facts of the workload's contacts; nothing is as it should be.

    `answered`: a reactor ran to its end.
    """
    problems: list[str] = []
    for contact in contacts(tenant):
        facts = [fact async for fact in journal.read(contact)]
        said = speech_of(contact)
        expected: dict[Lane, list[EventId]] = {
            "life": ids_of(life_of(contact)),
            "media": [],
            "speech": ids_of(said),
            "guidance": ids_of([answer_to(contact, _uttered(draft.event)) for draft in said]),
        }
        if not answered:
            expected["guidance"] = []
        for lane, ids in expected.items():
            problems += _differing(f"{contact.contact_id}, lane {lane}", ids, _of(facts, lane))
    return problems


async def read_model_problems(parts: Parts, tenant: TenantName) -> list[str]:
    """Return how the read models differ from what a replay of the log gives."""
    pool = await parts.databases.pool(tenant)
    problems: list[str] = []
    for projection in PROJECTIONS:
        try:
            rebuilt = await rebuild(
                keyed(projection, parts.index_key),
                tenant=tenant,
                history=parts.journal,
                pool=pool,
                compare_only=True,
            )
        except AntiphonError as error:
            problems.append(f"{projection.name} cannot be replayed: {error}")
            continue
        if rebuilt.comparison is None:
            problems.append(f"{projection.name}: there is nothing to compare a replay with")
        elif not rebuilt.comparison.equal:
            read, replayed = rebuilt.comparison.checksums
            problems.append(f"{projection.name}: {read} is read, a replay gives {replayed}")
    return problems


async def archive_problems(check: Check, *, last: int) -> list[str]:
    """Return what is wrong with the archive, compared with the log byte for byte."""
    verdicts = await verify(check)
    if not verdicts:
        return ["nothing is archived"]
    problems = [str(one.flaw) for one in verdicts if one.flaw is not None]
    archived = max(one.last for one in verdicts)
    if archived != last:
        problems.append(f"the archive ends at {archived}, the log at {last}")
    return problems


def _of(facts: Sequence[Recorded], lane: Lane) -> list[EventId]:
    return [fact.id for fact in facts if fact.lane == lane]


def _differing(where: str, expected: list[EventId], found: list[EventId]) -> list[str]:
    if found == expected:
        return []
    lost = len(set(expected) - set(found))
    twice = len(found) - len(set(found))
    foreign = len(set(found) - set(expected))
    if lost or twice or foreign:
        return [f"{where}: {lost} lost, {twice} twice, {foreign} of something else"]
    return [f"{where}: out of order"]


def _uttered(event: object) -> UtteranceId:
    assert isinstance(event, UtteranceFinalized)
    return event.utterance_id
