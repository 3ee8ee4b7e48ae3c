"""Who follows with others is told what it would be told alone, and costs the log nothing more."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import msgspec
import pytest
from antiphon.errors import EpochChanged, LogUnavailable, PositionBeyondEnd
from antiphon.events.base import (
    ContactId,
    Epoch,
    Position,
    Recorded,
    Unread,
    Unreadable,
)
from antiphon.events.contact import ContactErased, ContactStarted
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.sharing import FAR_FACTS
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import PartitionRange, fact_subject
from antiphon.projections.excerpts import UtteranceLine

from ..builders import CONTACT, contact, contact_started, utterance_finalized
from .shared_scene import (
    STREAM,
    TENANT,
    WAIT_S,
    Batches,
    HeldKeys,
    Scene,
    positions,
    take,
    until_alive,
)


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    await scene.log.create(STREAM)
    return scene


async def test_each_fact_is_fetched_and_decoded_once_for_all_who_read_it_alike(
    scene: Scene,
) -> None:
    readings = [None, None, frozenset({UtteranceFinalized}), frozenset({UtteranceLine})]
    async with AsyncExitStack() as stack:
        following = [scene.journal.follow(TENANT, only=only) for only in readings]
        for batches in following:
            await stack.enter_async_context(aclosing(batches))
            await until_alive(batches)
        await scene.tell(contact_started(), utterance_finalized())

        told = [await take(batches, 2) for batches in following]
        begun = scene.log.begun

    whole, again, named, excerpt = told
    assert begun == 1
    assert [one is other for one, other in zip(whole, again, strict=True)] == [True, True]
    assert named[1] is whole[1]
    assert isinstance(named[0].event, Unread)
    assert isinstance(excerpt[1].event, UtteranceLine)
    assert [positions(facts) for facts in told] == [[1, 2]] * 4


async def test_who_begins_between_others_misses_nothing_and_meets_nothing_twice(
    scene: Scene,
) -> None:
    first = await scene.say(0, 20)
    async with AsyncExitStack() as stack:
        ahead = scene.journal.follow(TENANT)
        await stack.enter_async_context(aclosing(ahead))
        await take(ahead, 20)
        telling = asyncio.create_task(scene.say(20, 200))
        late = {n: scene.journal.follow(TENANT, after=Position(n)) for n in (0, 7, first)}
        for batches in late.values():
            await stack.enter_async_context(aclosing(batches))

        told = {after: await take(batches, 220 - after) for after, batches in late.items()}
        await telling

    assert {after: positions(facts) for after, facts in told.items()} == {
        after: list(range(after + 1, 221)) for after in late
    }


async def test_who_has_read_all_there_was_is_told_so_at_once() -> None:
    scene = Scene(idle_s=2 * WAIT_S)
    await scene.log.create(STREAM)
    await scene.say(0, 2)

    async with aclosing(scene.journal.follow(TENANT)) as batches:
        await take(batches, 2)
        await until_alive(batches)


async def test_who_is_further_than_the_others_meets_nothing_again() -> None:
    keys = HeldKeys()
    scene = Scene(keys=keys)
    await scene.log.create(STREAM)
    async with aclosing(scene.journal.follow(TENANT)) as behind:
        await until_alive(behind)
        end = await scene.say(0, 3)  # which the reader has not told yet
        async with aclosing(scene.journal.follow(TENANT, after=end)) as further:
            await until_alive(further)
            keys.may_find.set()
            told = await take(behind, 3)
            await scene.say(3, 1)
            fresh = await take(further, 1)

    assert positions(told) == [1, 2, 3]
    assert positions(fresh) == [4]


async def test_a_slow_follower_holds_up_nobody_and_misses_nothing() -> None:
    scene = Scene(facts_max=10)
    await scene.log.create(STREAM)
    async with (
        aclosing(scene.journal.follow(TENANT)) as slow,
        aclosing(scene.journal.follow(TENANT)) as quick,
    ):
        await until_alive(slow)
        await until_alive(quick)

        seen = [await take(quick, 5) for n in range(20) if await scene.say(5 * n, 5)]
        caught_up = await take(slow, 100)
        await scene.say(100, 1)
        after = await take(slow, 1)

    assert [one for facts in seen for one in positions(facts)] == list(range(1, 101))
    assert positions(caught_up) == list(range(1, 101))
    assert positions(after) == [101]


async def test_a_long_way_is_read_alone_before_one_joins(scene: Scene) -> None:
    for number in range(2 * FAR_FACTS // 100):
        await scene.say(0, 100, about=contact(f"c-{number}"))

    async with aclosing(scene.journal.follow(TENANT)) as batches:
        first = await anext(batches)
        joined_before = scene.log.begun
        rest = await take(batches, 2 * FAR_FACTS - len(first))
        for _ in range(2):  # that it read all, and that its reader lives
            await until_alive(batches)

    assert (joined_before, scene.log.begun) == (0, 1)
    assert positions([*first, *rest]) == list(range(1, 2 * FAR_FACTS + 1))


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"lanes": ("speech",)}, id="a lane"),
        pytest.param({"lanes": ("life", "speech")}, id="lanes"),
        pytest.param({"partitions": PartitionRange(0, 31)}, id="a range"),
        pytest.param({"partitions": (PartitionRange(0, 15), PartitionRange(48, 63))}, id="ranges"),
        pytest.param({"partitions": PartitionRange(0, 31), "lanes": ("life",)}, id="both"),
        pytest.param({"contact_id": ContactId("c-3")}, id="a contact"),
        pytest.param({"only": frozenset({ContactStarted, ContactErased})}, id="some events"),
    ],
)
async def test_one_is_told_what_one_would_be_told_alone(
    scene: Scene, asked: dict[str, Any]
) -> None:
    async def tell_some() -> None:
        for number in range(6):
            await scene.tell(contact_started(), about=contact(f"c-{number}"))
            await scene.say(0, 1, about=contact(f"c-{number}"))

    alone = Journal(scene.log, scene.keys)
    await tell_some()
    async with aclosing(scene.journal.follow(TENANT, **asked)) as batches:
        before = [fact async for fact in everything(batches)]
        await scene.say(1, 1, about=contact("c-3"))
        await scene.say(1, 1, about=contact("c-4"))
        after = [fact async for fact in everything(batches)]
    async with aclosing(alone.follow(TENANT, **asked)) as batches:
        expected = [fact async for fact in everything(batches)]

    assert before
    assert [*before, *after] == expected


async def everything(batches: Batches) -> AsyncGenerator[Recorded]:
    """Yield facts up to the first sign that there are no more."""
    async with asyncio.timeout(WAIT_S):
        while batch := await anext(batches):
            for fact in batch:
                yield fact


@pytest.mark.parametrize("busy", [True, False], ids=["others' facts come", "none come"])
async def test_who_is_told_nothing_is_told_that_the_log_lives(
    scene: Scene,
    busy: bool,  # noqa: FBT001
) -> None:
    scene.log.is_busy = busy
    telling = asyncio.create_task(scene.say(0, 10_000)) if busy else None
    async with aclosing(scene.journal.follow(TENANT, lanes=("recording",))) as deaf:
        for _ in range(4):
            await until_alive(deaf)
    if telling is not None:
        telling.cancel()
        await asyncio.wait({telling})


async def test_what_ends_the_reader_is_told_to_all_and_one_may_begin_again(scene: Scene) -> None:
    await scene.say(0, 1)
    async with (
        aclosing(scene.journal.follow(TENANT)) as one,
        aclosing(scene.journal.follow(TENANT, lanes=("life",))) as other,
    ):
        await take(one, 1)
        await until_alive(one)
        await until_alive(other)
        scene.log.broken.set()

        for batches in (one, other):
            with pytest.raises(LogUnavailable):
                await take(batches, 1)
    scene.log.broken.clear()
    async with aclosing(scene.journal.follow(TENANT, after=Position(1))) as again:
        await scene.say(1, 1)
        told = await take(again, 1)

    assert positions(told) == [2]


async def test_the_last_who_leaves_ends_the_reading(scene: Scene) -> None:
    one, other = scene.journal.follow(TENANT), scene.journal.follow(TENANT)
    for batches in (one, other):
        await until_alive(batches)
    await until_alive(one)
    both = scene.log.followers
    await one.aclose()
    await until_alive(other)
    left = scene.log.followers

    await other.aclose()

    assert (both, left, scene.log.followers) == (1, 1, 0)


async def test_a_position_that_was_not_read_here_is_refused(scene: Scene) -> None:
    end = await scene.say(0, 1)

    with pytest.raises(EpochChanged):
        await anext(scene.journal.follow(TENANT, after=end, epoch=Epoch("another")))
    with pytest.raises(PositionBeyondEnd):
        await anext(scene.journal.follow(TENANT, after=Position(end + 1)))


async def test_what_one_cannot_read_another_who_does_not_look_passes_over(scene: Scene) -> None:
    blind = frozenset({ContactStarted})
    async with (
        aclosing(scene.journal.follow(TENANT)) as looking,
        aclosing(scene.journal.follow(TENANT, only=blind)) as passing,
    ):
        await until_alive(looking)
        await until_alive(passing)
        subject = fact_subject(CONTACT, "speech")
        for name, payload in {
            "no-envelope": b"\xff",
            "no-event": msgspec.json.encode(envelope("utterance_finalized")),
            "unknown": msgspec.json.encode(envelope("not_known_here")),
        }.items():
            await scene.log.append(STREAM, subject, [Entry(name, payload)], expected=None)

        looked, passed = await take(looking, 3), await take(passing, 3)

    assert [problem_of(one) for one in looked] == ["undecodable", "undecodable", "unknown_type"]
    assert [problem_of(one) for one in passed] == ["undecodable", None, "unknown_type"]


def problem_of(fact: Recorded) -> str | None:
    return fact.event.problem if isinstance(fact.event, Unreadable) else None


def envelope(type_: str) -> dict[str, Any]:
    return {
        "id": f"raw-{type_}",
        "type": type_,
        "version": 1,
        "occurred_at": "2026-03-02T12:00:00Z",
        "tenant": TENANT,
        "aggregate": f"contact/{CONTACT.contact_id}",
        "correlation": CONTACT.contact_id,
        "actor": "machine",
        "data": {},
    }
