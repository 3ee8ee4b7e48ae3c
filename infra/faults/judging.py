"""What must hold whatever struck. Every trial asks every judge; each returns what is wrong."""

from collections.abc import Awaitable, Callable, Sequence

from ...errors import AntiphonError
from ...events.base import ContactRef, EventId, Lane, Recorded
from ...projections.catalogue import PROJECTIONS, keyed
from ...projections.rebuilding import Rebuilt, rebuild
from ...services.archive.verify import verify
from .judging_keys import copy_problems, key_problems, receipt_problems
from .judging_words import words_problems
from .scene import Scene
from .workload import answers_to, contacts, id_of_erased, ids_of, life_of, speech_of


async def problems_of(scene: Scene) -> list[str]:
    """Return all that is wrong; nothing is as it should be."""
    return [problem for judge in JUDGES for problem in await judge(scene)]


async def fact_problems(scene: Scene) -> list[str]:
    """Judge the log: every fact of every contact is there, once, and each lane in order."""
    problems: list[str] = []
    for contact in contacts(scene.tenant):
        facts = [fact async for fact in scene.parts.journal.read(contact)]
        told = [id_of_erased(contact)] if contact.contact_id in scene.erased else []
        expected: dict[Lane, list[EventId]] = {
            "life": ids_of(life_of(contact)) + told,
            "media": [],
            "speech": ids_of(speech_of(contact)),
            "guidance": ids_of(answers_to(contact)),
        }
        for lane, ids in expected.items():
            problems += _differing(contact, lane, expected=ids, found=_of(facts, lane))
    return problems


async def read_model_problems(scene: Scene) -> list[str]:
    """Judge every read model: a replay, from the archive on, gives the same, to the last row."""
    pool = await scene.parts.databases.pool(scene.tenant)
    problems: list[str] = []
    for projection in PROJECTIONS:
        try:
            rebuilt = await rebuild(
                keyed(projection, scene.parts.index_key),
                tenant=scene.tenant,
                history=await scene.history(),
                pool=pool,
                compare_only=True,
            )
        except AntiphonError as error:
            problems.append(f"{projection.name} cannot be replayed: {error}")
        else:
            problems += _compared(rebuilt)
    return problems


async def archive_problems(scene: Scene) -> list[str]:
    """Judge the archive: chain, signatures and every byte, as the log holds it, up to its end."""
    verdicts = await verify(await scene.check())
    if not verdicts:
        return ["nothing is archived"]
    problems = [str(one.flaw) for one in verdicts if one.flaw is not None]
    archived = max(one.last for one in verdicts)
    last = (await scene.parts.journal.state(scene.tenant)).last
    if archived != last:
        problems.append(f"the archive ends at {archived}, the log at {last}")
    return problems


Judge = Callable[[Scene], Awaitable[list[str]]]

JUDGES: tuple[Judge, ...] = (
    fact_problems,
    key_problems,
    receipt_problems,
    copy_problems,
    words_problems,
    archive_problems,
    read_model_problems,
)


def _compared(rebuilt: Rebuilt) -> list[str]:
    comparison = rebuilt.comparison
    if comparison is None:
        return [f"{rebuilt.projection}: there is nothing to compare a replay with"]
    if not comparison.equal:
        read, replayed = comparison.checksums
        return [f"{rebuilt.projection}: {read} is read, a replay gives {replayed}"]
    if not any(table.rows[0] for table in comparison.tables):
        return [f"{rebuilt.projection}: nothing is in it"]
    return []


def _of(facts: Sequence[Recorded], lane: Lane) -> list[EventId]:
    return [fact.id for fact in facts if fact.lane == lane]


def _differing(
    contact: ContactRef, lane: Lane, *, expected: list[EventId], found: list[EventId]
) -> list[str]:
    if found == expected:
        return []
    where = f"{contact.contact_id}, lane {lane}"
    lost = len(set(expected) - set(found))
    twice = len(found) - len(set(found))
    foreign = len(set(found) - set(expected))
    if lost or twice or foreign:
        return [f"{where}: {lost} lost, {twice} twice, {foreign} of something else"]
    return [f"{where}: out of order"]
