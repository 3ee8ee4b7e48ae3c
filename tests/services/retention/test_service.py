"""The walk over everyone who may be due: each once, one's failure alone, the held when it helps."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import ContactId, ContactRef, TenantName
from antiphon.events.log import Entry
from antiphon.events.progress import Progress
from antiphon.events.retention import DataKind, Stay
from antiphon.events.subjects import fact_subject, facts_stream
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.streams import bucket_stream
from antiphon.services.retention import service
from antiphon.services.retention.acting import Looked, Retainer
from antiphon.services.retention.agreeing import Agreeing, Disagreement
from antiphon.services.retention.ports import Turn
from antiphon.services.retention.service import Sweeper, run
from prometheus_client import REGISTRY

from ...builders import contact
from ...waiting import until
from .stage import ENDED_AT, EVERYTHING, TENANT, Stage

CONTACTS = [contact(f"c-{number}") for number in range(1, 6)]


class Listed:
    """The read model, as it would show some contacts that ended together."""

    def __init__(self, contacts: Sequence[ContactRef]) -> None:
        self.turns = [(ENDED_AT, one.contact_id) for one in contacts]
        self.held: list[ContactId] = []
        self.asked: list[tuple[DataKind, datetime, bool]] = []
        self.away = False
        self.refused = 0

    async def counting_since(
        self,
        tenant: TenantName,
        kind: DataKind,
        *,
        until: datetime,
        after: Turn | None,
        limit: int,
        unarchived: bool,
    ) -> list[Turn]:
        assert tenant == TENANT
        if self.away:
            self.refused += 1
            raise LogUnavailable("asked to")
        self.asked.append((kind, until, unarchived))
        due = [
            turn
            for turn in self.turns
            if turn[0] <= until and turn[1] not in self.held and (after is None or turn > after)
        ]
        return due[:limit]

    async def held_after(
        self, tenant: TenantName, contact_id: str, *, limit: int
    ) -> list[ContactId]:
        assert tenant == TENANT
        return [one for one in self.held if one > contact_id][:limit]


class Counted:
    """Retention that says at whom it looked."""

    def __init__(self, retainer: Retainer) -> None:
        self.looked: list[ContactId] = []
        self._retainer = retainer

    async def look(self, contact: ContactRef) -> Looked:
        self.looked.append(contact.contact_id)
        return await self._retainer.look(contact)


class Walk:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.due = Listed(CONTACTS)
        retainer = Counted(stage.another_process())
        self.looked = retainer.looked
        self.sweeper = Sweeper(
            TENANT,
            retainer=retainer,
            policies=stage.policies,
            holds=stage,
            due=self.due,
            now=lambda: stage.clock,
        )

    async def sweep(self, *, days: float) -> list[ContactId]:
        self.stage.clock = ENDED_AT + timedelta(days=days)
        self.looked.clear()
        assert await self.sweeper.sweep() == len(self.looked)
        return list(self.looked)


@pytest.fixture
async def walk(tmp_path: Path) -> Walk:
    stage = Stage(tmp_path / "objects")
    await stage.created(*CONTACTS)
    return Walk(stage)


def failures(problem: str) -> float:
    labels = {"tenant": TENANT, "problem": problem}
    return REGISTRY.get_sample_value("antiphon_retention_failures_total", labels) or 0


def kept_back() -> float | None:
    return REGISTRY.get_sample_value("antiphon_retention_kept_back", {"tenant": TENANT})


async def test_each_sweep_asks_whether_the_stores_agree(walk: Walk) -> None:
    asked: list[str] = []

    class Asked:
        async def disagreements(
            self, tenant: TenantName, kinds: Mapping[DataKind, Stay]
        ) -> list[Disagreement]:
            asked.append(tenant)
            return []

    stage = walk.stage
    walk.sweeper = Sweeper(
        TENANT,
        retainer=stage.another_process(),
        policies=stage.policies,
        holds=stage,
        due=walk.due,
        now=lambda: stage.clock,
        agreeing=Agreeing(TENANT, Asked(), now=lambda: stage.clock),
    )

    await walk.sweeper.sweep()

    assert asked == [TENANT]


async def test_everyone_due_is_looked_at_once_whatever_a_page_holds(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 2)

    assert await walk.sweep(days=89) == []
    assert await walk.sweep(days=90) == [one.contact_id for one in CONTACTS]

    left = [await walk.stage.left(one) for one in CONTACTS]
    assert left == [{"contact", "replies"}] * len(CONTACTS)
    kinds = {kind for kind, _, _ in walk.due.asked}
    assert kinds == {"transcript", "original", "audio", "annotations"}


async def test_a_contact_that_cannot_be_read_is_counted_and_the_others_go(walk: Walk) -> None:
    before = failures("history_unreadable")
    broken = CONTACTS[1]
    life = fact_subject(broken, "life")
    await walk.stage.log.append(facts_stream(TENANT), life, [Entry("x", b"{}")], expected=None)

    await walk.sweep(days=400)

    assert failures("history_unreadable") == before + 1
    left = [await walk.stage.left(one) for one in CONTACTS]
    assert left == [EVERYTHING if one == broken else set() for one in CONTACTS]


async def test_the_held_are_looked_at_again_when_the_holds_are_others_and_not_before(
    walk: Walk,
) -> None:
    held = CONTACTS[2]
    await walk.stage.hold(of=held)
    await walk.sweep(days=90)
    assert kept_back() == 1
    walk.due.held = [held.contact_id]
    walk.due.turns = []

    assert await walk.sweep(days=91) == []
    assert kept_back() == 1
    await walk.stage.release()
    assert await walk.sweep(days=92) == [held.contact_id]

    assert await walk.stage.left(held) == {"contact", "replies"}
    assert kept_back() == 0


async def test_of_two_processes_one_sweeps_and_the_other_when_that_one_goes(walk: Walk) -> None:
    walk.stage.clock = ENDED_AT + timedelta(days=90)
    other = Walk(walk.stage)
    for bucket in (LEASES, PROCESSES):
        await walk.stage.log.create(bucket_stream(bucket))

    async with asyncio.timeout(20), AsyncExitStack() as stack:
        tasks = [await started(one, f"p-{n}", stack) for n, one in enumerate((walk, other))]
        await until(lambda: len(walk.looked) + len(other.looked) == len(CONTACTS))
        assert bool(walk.due.asked) != bool(other.due.asked)
        if not walk.due.asked:
            walk, other = other, walk
            tasks.reverse()
        asked = len(walk.due.asked)

        tasks[0].cancel()
        await until(lambda: bool(other.due.asked))

    assert len(walk.due.asked) == asked


async def test_a_sweep_that_fails_is_begun_again(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AGAIN_S", 0.01)
    walk.stage.clock = ENDED_AT + timedelta(days=90)
    walk.due.away = True
    for bucket in (LEASES, PROCESSES):
        await walk.stage.log.create(bucket_stream(bucket))

    async with asyncio.timeout(20), AsyncExitStack() as stack:
        await started(walk, "p-1", stack)
        await until(lambda: walk.due.refused >= 2)
        assert walk.looked == []
        walk.due.away = False
        await until(lambda: len(walk.looked) == len(CONTACTS))


async def started(walk: Walk, owner: str, stack: AsyncExitStack) -> "asyncio.Task[None]":
    """Run retention as a process of its own would."""
    leases = Leases(walk.stage.log)
    await stack.enter_async_context(leases.attending(owner))
    progress = Progress("retention", TENANT)
    task = asyncio.create_task(run(TENANT, sweeper=walk.sweeper, leases=leases, progress=progress))

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(end)
    return task
