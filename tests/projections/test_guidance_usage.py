"""What became of cues is counted once each, in whatever order and batches it is told."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from antiphon.events.base import ContactRef, Event, GuidanceId
from antiphon.events.guidance import ExperimentArm
from antiphon.projections.guidance_usage import PROJECTION, By, CueUsage, Usage, usage_of
from antiphon.projections.guidance_usage_rows import TABLES
from antiphon.projections.shares import interval_95

from ..builders import (
    CONTACT,
    NOON,
    at,
    contact,
    contact_erased,
    contact_started,
    draft,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    guidance_withheld,
    policy_pinned,
)
from ..retention_builders import data_deleted
from .world import World


async def tell(world: World, *events: tuple[float, Event], of: ContactRef = CONTACT) -> None:
    """Append events that happened so many seconds after noon."""
    for seconds, event in events:
        end = await world.journal.lane_end(of, event.LANE)
        await world.journal.append(of, [draft(event, occurred_at=at(seconds))], expected=end)


def cue(n: int, **given: Any) -> Event:
    return guidance_issued(guidance_id=GuidanceId(f"g-{n}"), **given)


def about(n: int) -> dict[str, Any]:
    return {"guidance_id": GuidanceId(f"g-{n}")}


async def usage(world: World, *, by: By = "playbook_version", **given: Any) -> Usage:
    await world.project(PROJECTION)
    return await told(world, by=by, **given)


async def told(world: World, *, by: By = "playbook_version", **given: Any) -> Usage:
    asked: dict[str, Any] = {"earned_from": None, "earned_to": None, "queue": None}
    async with world.pool.acquire() as connection:
        return await usage_of(connection, by=by, **asked | given)


async def row(world: World, **given: Any) -> CueUsage:
    (only,) = (await usage(world, **given)).rows
    return only


async def test_a_cue_is_counted_by_what_became_of_it(world: World) -> None:
    await tell(
        world,
        (0, contact_started()),
        *((n, cue(n)) for n in range(1, 6)),
        *((n + 1, guidance_shown(**about(n))) for n in range(1, 5)),
        (9, guidance_used(**about(1))),
        (7, guidance_used(**about(2))),
        (8, guidance_dismissed(**about(3))),
        (60, guidance_expired(**about(1))),
        (60, guidance_expired(**about(4))),
        (61, guidance_withheld(guidance_id=GuidanceId("g-9"), cue="ask_for_photos", until=None)),
    )

    found = await row(world)

    assert (found.cue, found.playbook, found.playbook_version) == (
        "ask_for_photos",
        "playbook",
        "1",
    )
    assert (found.contacts, found.issued, found.shown) == (1, 5, 4)
    assert (found.used, found.dismissed, found.expired) == (2, 1, 1)
    assert found.withheld == {"agent_talking": 1}
    assert found.to_use_p50_s == 5.5  # of seven and four seconds
    assert found.used_of_shown == 0.5
    assert found.interval_95 == interval_95(2, 4)


async def test_a_cue_that_waited_and_came_was_not_withheld(world: World) -> None:
    await tell(
        world,
        (0, contact_started()),
        (1, guidance_withheld(**about(1))),
        (2, cue(1, cue="keep")),
        (3, guidance_withheld(**about(2))),
        (4, guidance_withheld(until=None, reason="too_late", **about(2))),
        # By a process that went on where another had given up.
        (5, guidance_withheld(until=None, **about(3))),
        (6, cue(3, cue="keep")),
    )

    found = await row(world, by="cue")

    assert (found.cue, found.issued, found.withheld) == ("keep", 2, {"too_late": 1})


async def test_who_used_a_cue_saw_it_though_nobody_told(world: World) -> None:
    await tell(world, (0, contact_started()), (1, cue(1)), (3, guidance_used(**about(1))))

    found = await row(world)

    assert (found.shown, found.used, found.to_use_p50_s) == (1, 1, 2.0)


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:4])
async def test_news_of_a_cue_may_come_in_any_order(world: World, order: tuple[int, ...]) -> None:
    news = [(1, cue(1)), (2, guidance_shown(**about(1))), (3, guidance_used(**about(1)))]
    await tell(world, (0, contact_started()))
    for place in order:
        await tell(world, news[place])
        await world.project(PROJECTION)

    found = await row(world)

    assert (found.issued, found.shown, found.used, found.to_use_p50_s) == (1, 1, 1, 1.0)


async def test_versions_are_told_apart_and_added_up_by_cue(world: World) -> None:
    await tell(
        world,
        (0, contact_started()),
        (1, cue(1, playbook_version="1")),
        (2, cue(2, playbook_version="2")),
    )

    apart = await usage(world)
    together = await told(world, by="cue")

    assert [(one.playbook_version, one.issued) for one in apart.rows] == [("1", 1), ("2", 1)]
    assert [(one.playbook_version, one.issued) for one in together.rows] == [(None, 2)]


async def test_arms_of_an_experiment_are_compared_with_all_their_contacts(world: World) -> None:
    for number, arm in enumerate(["usual", "warm", "warm"]):
        arms = (ExperimentArm(experiment="greeting", arm=arm),)
        of = contact(f"c-{number}")
        await tell(world, (0, contact_started()), (1, policy_pinned(experiments=arms)), of=of)
        # Another agent: the same arm, told again.
        await tell(world, (2, policy_pinned(experiments=arms)), of=of)
    await tell(world, (3, cue(1)), (4, guidance_used(**about(1))), of=contact("c-1"))
    await tell(world, (3, cue(1)), of=contact("c-9"))  # takes no part

    found = await usage(world, by="experiment")

    assert [(one.arm, one.contacts) for one in found.arms] == [("usual", 1), ("warm", 2)]
    assert [(one.experiment, one.arm, one.cue, one.issued, one.used) for one in found.rows] == [
        ("greeting", "warm", "ask_for_photos", 1, 1),
        ("greeting", "warm", None, 1, 1),
    ]


async def test_it_is_narrowed_by_time_and_by_queue(world: World) -> None:
    await tell(world, (0, contact_started()), (10, cue(1)), (20, cue(2)))
    await tell(world, (0, contact_started(queue=None)), (10, cue(1)), of=contact("c-2"))

    async def issued(**given: Any) -> list[int]:
        return [one.issued for one in (await told(world, **given)).rows]

    await world.project(PROJECTION)
    assert await issued() == [3]
    assert await issued(queue="claims") == [2]
    assert await issued(earned_from=NOON + timedelta(seconds=20)) == [1]
    assert await issued(earned_to=NOON + timedelta(seconds=20)) == [2]
    assert await issued(queue="loans") == []


async def test_more_rows_than_are_told_are_said_to_be_there(world: World) -> None:
    await tell(world, (0, contact_started()), *((n, cue(n, cue=f"cue-{n}")) for n in range(3)))

    found = await usage(world, by="cue", rows_max=2)

    assert ([one.cue for one in found.rows], found.complete) == (["cue-0", "cue-1"], False)


async def test_to_replay_everything_changes_nothing(world: World) -> None:
    for number in range(3):
        await tell(
            world,
            (0, contact_started()),
            (1, policy_pinned()),
            (2, cue(1)),
            (3, guidance_used(**about(1))),
            (4, guidance_withheld()),
            (5, contact_erased()),
            of=contact(f"c-{number}"),
        )
        await world.project(PROJECTION)
    past = data_deleted(kind="analytics", keys=(), objects=0)
    await tell(world, (0, contact_started()), (2, cue(1)), (3, past), of=contact("c-past"))
    await world.project(PROJECTION)
    before = await world.content(TABLES)

    rebuilt = await world.rebuild(PROJECTION)

    assert rebuilt.comparison is not None
    assert rebuilt.comparison.equal
    assert await world.content(TABLES) == before
    assert all(before.values())
    shown = [(one.cue, one.issued) for one in (await told(world)).rows]
    assert shown == [("ask_for_photos", 3), ("keep", 0)]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Source: Newcombe 1998, table I.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_an_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert interval_95(count, of) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert interval_95(0, 0) == (0.0, 1.0)
