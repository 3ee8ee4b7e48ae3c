"""What shows on three nodes only: races between nodes, and a leader that is killed under load."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from antiphon.errors import LogUnavailable, StreamMoved
from antiphon.events.base import START, Position
from antiphon.events.log import Entry, Stored
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from msgspec import Struct

from ..cluster import NODES, Cluster, running_cluster
from ..contracts.waiting import until
from .cable import cable_to
from .places import Place, jetstream_place

ROUNDS = 15
REFUSED_ENOUGH = 200  # lost to another writer of the same subject
WRITERS_A_NODE = 8


@pytest_asyncio.fixture
async def place(cluster: Cluster) -> AsyncGenerator[Place]:
    async with jetstream_place(cluster.url, replicas=NODES) as place:
        yield place


@pytest_asyncio.fixture
async def logs(cluster: Cluster) -> AsyncGenerator[Sequence[JetStreamLog]]:
    """A log for each node, connected to that node."""
    async with AsyncExitStack() as stack:
        found: list[JetStreamLog] = []
        for node in cluster.nodes:
            nc = await stack.enter_async_context(connected(node.url, name=f"at-{node.name}"))
            assert nc.connected_url is not None
            assert nc.connected_url.port == node.ports.client
            found.append(JetStreamLog(nc))
        yield found


# Races


@pytest.mark.parametrize("count", [1, 3], ids=["one entry", "three entries"])
async def test_of_writers_on_different_nodes_with_one_expectation_one_wins(
    place: Place, logs: Sequence[JetStreamLog], count: int
) -> None:
    subject, end = place.subject("a"), START
    won: list[str] = []

    async def write(log: JetStreamLog, name: str, expected: Position) -> Position:
        entries = [Entry(f"{name}:{n}", f"{name}:{n}".encode()) for n in range(count)]
        return await log.append(place.stream, subject, entries, expected=expected)

    for turn in range(ROUNDS):
        names = [f"{turn}/{at}/{n}" for at in range(NODES) for n in range(WRITERS_A_NODE)]
        writing = [write(logs[int(name.split("/")[1])], name, end) for name in names]
        results = await asyncio.gather(*writing, return_exceptions=True)
        [(winner, end)] = [
            (name, result)
            for name, result in zip(names, results, strict=True)
            if isinstance(result, int)
        ]
        assert sum(isinstance(one, StreamMoved) for one in results) == len(names) - 1
        won += [f"{winner}:{n}" for n in range(count)]

    assert await place.payloads() == won


async def test_the_same_append_sent_to_every_node_at_once_is_stored_once(
    place: Place, logs: Sequence[JetStreamLog]
) -> None:
    async def send(turn: int, expected: Position | None) -> set[Position]:
        subject = place.subject(f"{turn}")
        mine = [Entry(f"{turn}", b"one")]
        return set(
            await asyncio.gather(
                *(log.append(place.stream, subject, mine, expected=expected) for log in logs)
            )
        )

    positions = [await send(turn, START if turn % 2 else None) for turn in range(ROUNDS)]

    assert [len(one) for one in positions] == [1] * ROUNDS
    assert await place.payloads() == ["one"] * ROUNDS


async def test_unconditional_writers_elsewhere_let_no_stranger_between_conditional_ones(
    place: Place, logs: Sequence[JetStreamLog]
) -> None:
    end, accepted, refused = START, 0, 0
    noise = asyncio.create_task(_flood(place, logs[1], "contact.noise"))
    also = asyncio.create_task(_flood(place, logs[2], "contact.lane"))

    while accepted < ROUNDS:
        entry = [Entry(f"mine-{accepted}-{refused}", b"mine")]
        subject = place.subject("contact.lane")
        try:
            position = await logs[0].append(place.stream, subject, entry, expected=end)
        except StreamMoved:
            last = await logs[0].last(place.stream, subject)
            assert last is not None
            end, refused = last.position, refused + 1
            if refused == REFUSED_ENOUGH:
                also.cancel()  # or chance decides how long this takes
            continue
        before = await _last_before(place, subject, position)
        assert before == end
        end, accepted = position, accepted + 1
    for task in (noise, also):
        task.cancel()
    await asyncio.gather(noise, also, return_exceptions=True)

    assert refused > 0


async def _flood(place: Place, log: JetStreamLog, name: str) -> None:
    n = 0
    while True:
        await log.append(
            place.stream, place.subject(name), [Entry(f"{name}-{n}", b"noise")], expected=None
        )
        n += 1


async def _last_before(place: Place, subject: str, position: Position) -> Position:
    upto = Position(position - 1)
    batches = [one async for one in place.log.read(place.stream, [subject], upto=upto)]
    return batches[-1][-1].position if batches else START


# Lost acknowledgements


@pytest.mark.parametrize("expected", [START, None], ids=["conditional", "unconditional"])
async def test_an_append_whose_acknowledgement_is_lost_is_stored_once(
    cluster: Cluster, place: Place, expected: Position | None
) -> None:
    async with (
        cable_to(cluster.nodes[0].url) as cable,
        connected(cable.url, name="behind") as nc,
    ):
        log, subject = JetStreamLog(nc), place.subject("a")
        await log.append(place.stream, place.subject("warm"), [Entry("warm", b"up")], expected=None)
        cable.mute()
        entry = [Entry("mine", b"one")]

        appending = asyncio.create_task(log.append(place.stream, subject, entry, expected=expected))
        await until(lambda: _holds(place, "a", ["one"]))
        await cable.cut()
        position = await appending

    last = await place.log.last(place.stream, subject)
    assert last is not None
    assert last.position == position
    assert await place.payloads("a") == ["one"]


async def _holds(place: Place, name: str, payloads: list[str]) -> bool:
    return await place.payloads(name) == payloads


# A leader killed under load

SUBJECTS = 24  # half of them written conditionally
BETWEEN = 600  # acknowledged appends before each kill, and after the last
KILLS = 2
NAMES = {"crash", *(f"crash-{n}" for n in range(NODES))}  # of all connections there may be


class Crash(Struct, frozen=True):
    """A cluster that only one test knows, its log, and what was acknowledged.

    Each connection was told of one node only, and must learn of the others.
    """

    cluster: Cluster
    place: Place
    ncs: Sequence[Connection]
    logs: Sequence[JetStreamLog]
    acknowledged: list[tuple[Position, str]]
    over: asyncio.Event  # no more is to be written


@pytest_asyncio.fixture
async def crash(private_dir: Path) -> AsyncGenerator[Crash]:
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(running_cluster(private_dir))
        place = await stack.enter_async_context(
            jetstream_place(cluster.url, replicas=NODES, name="crash")
        )
        ncs = [
            await stack.enter_async_context(connected(node.url, name=f"crash-{n}"))
            for n, node in enumerate(cluster.nodes)
        ]
        yield Crash(cluster, place, ncs, [JetStreamLog(nc) for nc in ncs], [], asyncio.Event())


async def test_a_stranger_on_the_cluster_is_seen(cluster: Cluster) -> None:
    ours = await cluster.strangers(set())

    async with connected(cluster.nodes[1].url, name="stranger") as nc:
        await nc.tap("anything", lambda _s, _r, _p, _h: None)
        await nc.flush()
        seen = await cluster.strangers(ours)

    assert seen == {"stranger"}


async def test_what_was_acknowledged_is_kept_once_and_in_order_though_leaders_are_killed(
    crash: Crash,
) -> None:
    place, acknowledged = crash.place, crash.acknowledged
    assert await crash.cluster.strangers(NAMES) == set()
    assert await _consumers(crash) == []
    follow = place.log.follow(place.stream, [place.subject("w.*")])

    written = asyncio.Event()
    async with aclosing(follow), asyncio.timeout(100):
        following = asyncio.create_task(_followed(follow, crash, written))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_kill_leaders(crash))
            writing = [tasks.create_task(_write(crash, writer)) for writer in range(SUBJECTS)]
        written.set()
        followed = await following
        assert await crash.cluster.strangers(NAMES) == set()

    stored = [
        stored
        async for batch in place.log.read(place.stream, [place.subject("w.*")])
        for stored in batch
    ]
    assert [(one.position, one.payload.decode()) for one in stored] == sorted(acknowledged)
    assert followed == stored
    counts = [await one for one in writing]
    assert _by_writer(stored) == {n: list(range(count)) for n, count in enumerate(counts)}


async def _write(crash: Crash, writer: int) -> int:
    """Append one after the other, each until it is acknowledged; return how many.

    The odd writers do it conditionally.
    """
    log, place, end = crash.logs[writer % NODES], crash.place, START
    for n in itertools.count():
        if crash.over.is_set():
            return n
        text = f"{writer}/{n}"
        subject, entry = place.subject(f"w.{writer}"), [Entry(text, text.encode())]
        while True:
            expected = end if writer % 2 else None
            try:
                end = await log.append(place.stream, subject, entry, expected=expected)
            except LogUnavailable:
                continue
            break
        crash.acknowledged.append((end, text))
    raise AssertionError("there is always a next number")


async def _kill_leaders(crash: Crash) -> None:
    """Kill who leads, see the work go on without it, bring it back; so often."""

    async def all_elsewhere() -> bool:
        return all(nc.is_connected for nc in crash.ncs)

    async def more_done() -> None:
        await until(_reaches(crash.acknowledged, len(crash.acknowledged) + BETWEEN))

    for _ in range(KILLS):
        await more_done()
        leader = await crash.cluster.leader_of(crash.place.stream)
        await leader.kill()
        await until(all_elsewhere)
        await more_done()
        await crash.cluster.start()
    crash.over.set()


async def _followed(
    follow: AsyncGenerator[Sequence[Stored]], crash: Crash, written: asyncio.Event
) -> list[Stored]:
    """Return what a follower sees until it has seen all that was acknowledged."""
    followed: list[Stored] = []
    async for batch in follow:
        followed += batch
        positions = [position for position, _ in crash.acknowledged[-SUBJECTS:]]
        if written.is_set() and followed and followed[-1].position >= max(positions):
            break
    return followed


async def _consumers(crash: Crash) -> list[str]:
    answer = await crash.ncs[0].request(f"$JS.API.CONSUMER.NAMES.{crash.place.stream}", timeout=5)
    return msgspec.json.decode(answer.data)["consumers"]


def _reaches(work: list[tuple[Position, str]], count: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return len(work) >= count

    return reached


def _by_writer(stored: Sequence[Stored]) -> dict[int, list[int]]:
    by_writer: dict[int, list[int]] = defaultdict(list)
    for one in stored:
        writer, _, n = one.payload.decode().partition("/")
        by_writer[int(writer)].append(int(n))
    return by_writer
