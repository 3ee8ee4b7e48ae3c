"""Processes share a service's ranges: fairly, with few moves, and never two on one."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing

import pytest
from antiphon.events.base import START, ContactRef, Epoch, Position
from antiphon.events.subjects import PartitionRange, fact_filters, partition_of, partition_ranges
from antiphon.infra.jetstream.attendance import BUCKET, Attendance
from antiphon.infra.jetstream.lease import Held, put
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.streams import bucket_stream, key_subject
from antiphon.services.bookmark import Bookmark, inherited
from antiphon.services.ranges import RANGES, in_turn, share_of
from antiphon.services.reactor import Care, Inbox
from structlog.testing import capture_logs

from ..builders import contact
from .site import (
    PROMPT_S,
    TENANT,
    DistantLog,
    Seen,
    Site,
    hastening,
    one_of_each_range,
    range_of,
    until,
)

OWNERS = ["ann", "bea", "cid", "dan", "eve"]


@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("ranges", [1, 4, 8])
def test_shares_are_even_and_add_up_to_all(count: int, ranges: int) -> None:
    owners = OWNERS[:count]

    shares = [share_of(one, owners, ranges=ranges, what="guidance.demo") for one in owners]

    assert sum(shares) == ranges
    assert max(shares) - min(shares) <= 1


def test_nobody_has_the_larger_share_of_everything() -> None:
    owners = OWNERS[:3]
    of_a_hundred = [f"guidance.tenant-{number}" for number in range(100)]

    larger = Counter(
        one
        for what in of_a_hundred
        for one in owners
        if share_of(one, owners, ranges=4, what=what) == 2
    )

    assert sum(larger.values()) == 100
    assert min(larger[one] for one in owners) > 15


def test_everybody_begins_to_ask_elsewhere() -> None:
    owners = OWNERS[:4]

    first = {in_turn(RANGES, one, owners, what="guidance.demo")[0] for one in owners}

    assert first == set(RANGES)
    assert in_turn([], "ann", owners, what="guidance.demo") == []


def test_partitions_that_cannot_be_divided_evenly_are_refused() -> None:
    assert partition_ranges(1) == (PartitionRange(),)
    with pytest.raises(ValueError, match="64 partitions are not 5"):
        partition_ranges(5)


def test_filters_of_several_ranges_are_those_of_each_and_one_when_they_are_all() -> None:
    pair = [RANGES[0], RANGES[2]]

    some = fact_filters(TENANT, partitions=pair, lanes=("life",))

    assert some == [
        one for range_ in pair for one in fact_filters(TENANT, partitions=range_, lanes=("life",))
    ]
    assert fact_filters(TENANT, partitions=RANGES) == fact_filters(TENANT)


# Other ranges than before


def test_a_part_of_a_former_range_goes_on_from_its_bookmark() -> None:
    whole = Bookmark(
        epoch=Epoch("e"),
        position=Position(17),
        open={contact(f"c-{n}").contact_id: Position(n) for n in range(20)},
    )

    parts = [inherited(one, {PartitionRange(): whole}) for one in RANGES]

    assert {part.position for part in parts} == {17}
    assert {part.epoch for part in parts} == {"e"}
    kept = [contact_id for part in parts for contact_id in part.open]
    assert sorted(kept) == sorted(whole.open)
    assert all(partition_of(one) in RANGES[0] for one in parts[0].open)


def test_a_range_made_of_several_goes_on_from_the_earliest_of_them() -> None:
    halves = {
        one: Bookmark(epoch=Epoch("e"), position=Position(position))
        for one, position in zip(partition_ranges(2), (9, 5), strict=True)
    }

    assert inherited(PartitionRange(), halves).position == 5


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {RANGES[0]: Bookmark(epoch=Epoch("e"), position=Position(5))},
        {
            PartitionRange(0, 31): Bookmark(epoch=Epoch("e"), position=Position(5)),
            PartitionRange(32, 63): Bookmark(epoch=Epoch("f"), position=Position(5)),
        },
    ],
    ids=["nothing", "a part", "two streams"],
)
def test_what_does_not_tell_where_to_go_on_means_the_beginning(
    saved: dict[PartitionRange, Bookmark],
) -> None:
    assert inherited(PartitionRange(), saved).position == START


async def test_a_process_that_divides_otherwise_skips_and_repeats_nothing(site: Site) -> None:
    contacts = one_of_each_range()
    first, second = Seen(), Seen()

    async def done(of: ContactRef, inbox: Inbox) -> None:
        if of == contacts[0]:
            first.starts.append(of)
            return
        await first(of, inbox)

    progress = site.start(done, ranges=partition_ranges(1))
    for one in contacts:
        await site.happens(one)
    last = (await site.log.state("EV_DEMO")).last
    await until(lambda: progress.position == last and set(first.starts) == set(contacts))
    await site.stop()
    site.start(second)
    [after] = await site.happens(contacts[3])

    await until(second.saw(contacts[3], [after]))
    await until(lambda: set(second.starts) == set(contacts[1:]))


# Processes that come and go


async def test_one_process_holds_all_and_reads_them_with_one_cursor(site: Site) -> None:
    seen = Seen()
    with capture_logs() as logs:
        site.start(seen)
        for one in one_of_each_range():
            await site.happens(one)
        await until(lambda: len(seen.positions) == len(RANGES))

    cursors = [entry for entry in logs if entry["event"] == "service_started"]
    assert [entry["ranges"] for entry in cursors] == [[str(one) for one in RANGES]]


async def test_a_newcomer_gets_its_share_and_nothing_is_lost_or_disordered(site: Site) -> None:
    contacts = [contact(f"c-{number}") for number in range(40)]
    working: Counter[ContactRef] = Counter()
    crowded: list[ContactRef] = []
    seen = {"one": Seen(), "two": Seen()}

    def caring(owner: str) -> Care:
        async def care(of: ContactRef, inbox: Inbox) -> None:
            working[of] += 1
            crowded.extend([of] if working[of] > 1 else [])
            try:
                await seen[owner](of, inbox)
            finally:
                working[of] -= 1

        return care

    site.start(caring("one"), owner="one")
    before = {one: await site.happens(one, 3) for one in contacts}
    await until(lambda: len(seen["one"].positions) == len(contacts))
    site.start(caring("two"), owner="two")
    writing = asyncio.create_task(_write(site, contacts, 20))
    await until(lambda: len({range_of(one) for one in seen["two"].positions}) == 2)
    after = await writing

    def all_seen() -> bool:
        return all(
            any(seen[owner].positions.get(one) == before[one] + after[one] for owner in seen)
            for one in contacts
        )

    await until(all_seen)
    assert crowded == []
    moved = {range_of(one) for one in seen["two"].positions}
    assert {one for one in contacts if range_of(one) in moved} == set(seen["two"].positions)


async def _write(
    site: Site, contacts: list[ContactRef], count: int
) -> dict[ContactRef, list[Position]]:
    written: dict[ContactRef, list[Position]] = {one: [] for one in contacts}
    for _ in range(count):
        for one in contacts:
            written[one] += await site.happens(one)
    return written


async def test_what_a_process_gives_up_is_what_moves_the_fewest_contacts(site: Site) -> None:
    busy = one_of_each_range()[:2]
    seen, other = Seen(), Seen()
    site.start(seen, owner="one")
    for one in busy:
        await site.happens(one)
    await until(lambda: len(seen.positions) == len(busy))

    with capture_logs() as logs:
        site.start(other, owner="two")
        await until(lambda: _count(logs, "range_taken") == 2)

    assert other.starts == []
    given_up = [entry["ranges"] for entry in logs if entry["event"] == "ranges_given_up"]
    assert given_up == [[str(one) for one in RANGES[2:]]]


def _count(logs: Sequence[Mapping[str, object]], event: str) -> int:
    return sum(entry["event"] == event for entry in logs)


async def test_who_stops_in_order_is_replaced_at_once(site: Site) -> None:
    # The clock stands: nobody could be replaced for having been silent.
    contacts = one_of_each_range()
    first, second = Seen(), Seen()
    site.start(first, owner="one")
    before = {one: await site.happens(one) for one in contacts}
    await until(lambda: len(first.positions) == len(contacts))
    site.start(second, owner="two")
    await until(lambda: len(second.positions) == 2)

    await site.stop("one")

    await until(lambda: {one: second.positions.get(one) for one in contacts} == before)


async def test_who_falls_silent_is_replaced_in_time(memory_site: Site) -> None:
    site, contacts, network = memory_site, one_of_each_range(), DistantLog(memory_site.log)
    seen = Seen()
    gone = Leases(network, clock=hastening)
    async with gone.attending("gone"):
        gone.offer("guidance")
        for one in RANGES:
            assert await gone.acquire(f"guidance.{TENANT}.{one}") is not None
        site.start(seen, owner="heir", clock=hastening)
        for one in contacts:
            await site.happens(one)
        assert seen.starts == []

        network.up.clear()

        await until(lambda: set(seen.starts) == set(contacts))
        network.up.set()


async def test_what_an_earlier_life_held_beyond_its_share_goes_to_the_others(site: Site) -> None:
    await _held_by_somebody_killed(site, owner="one")
    contacts = one_of_each_range()
    seen = {"one": Seen(), "two": Seen()}
    for one in contacts:
        await site.happens(one)

    site.start(seen["two"], owner="two")
    await _attends(site, "two")
    site.start(seen["one"], owner="one")

    await until(lambda: sum(len(one.positions) for one in seen.values()) >= len(contacts))
    assert all(any(of in one.positions for one in seen.values()) for of in contacts)


async def _attends(site: Site, owner: str) -> None:
    processes = site.log.follow(bucket_stream(BUCKET), [key_subject(BUCKET, owner)])
    async with asyncio.timeout(PROMPT_S), aclosing(processes) as batches:
        async for batch in batches:
            if any(b'"guidance"' in stored.payload for stored in batch):
                return


async def _held_by_somebody_killed(site: Site, *, owner: str) -> None:
    """Leave what a process leaves that held all ranges when it was killed a moment ago."""
    attendance = Attendance(site.log, clock=site.clock)
    attendance.owner = owner
    attendance.offer("guidance")
    await attendance.beat()
    for one in RANGES:
        held = Held(owner=owner, released=False, state=b"")
        await put(site.log, f"guidance.{TENANT}.{one}", held.entry(), expected=START)
