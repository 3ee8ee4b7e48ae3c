"""Contacts that are behind share a budget; contacts that are live are never held up."""

import asyncio

import pytest
from antiphon.events.base import ContactId
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.media.connection import Connection
from antiphon.services.media.fragments import Fragments
from antiphon.services.media.pacing import BEHIND_MS_MIN, CatchUp
from prometheus_client import REGISTRY

from ...infra.simulator.clocks import MovableClock
from .bytes_by_hand import ZERO_MS
from .scene import CONTACT, TENANT, call_of, scene, stored, voices
from .test_connection import START, Pieces, all_of

SECOND_BYTES = 32_000  # of both tracks


async def test_the_budget_is_shared_by_all_who_are_behind_in_the_order_of_asking() -> None:
    clock = MovableClock(skips=True)
    catch_up = CatchUp(speed=10, clock=clock)
    admitted: list[tuple[str, float]] = []

    async def read(name: str) -> None:
        for _ in range(5):
            await catch_up.admit(10 * SECOND_BYTES, behind_ms=BEHIND_MS_MIN)
            admitted.append((name, clock.monotonic()))

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(read("one"))
        tasks.create_task(read("two"))

    # Ten seconds of audio a second: each of the ten pieces is a second's worth.
    assert [at for _, at in admitted] == pytest.approx([float(nth) for nth in range(10)])
    # The first asks again before the second has asked at all; from then on they take turns.
    assert [name for name, _ in admitted][:-1] == ["one", *(["one", "two"] * 4)]


@pytest.mark.parametrize("behind_ms", [None, 0, BEHIND_MS_MIN - 1])
async def test_who_is_live_is_not_held_up_by_who_is_behind(behind_ms: int | None) -> None:
    clock = MovableClock(skips=False)
    catch_up = CatchUp(speed=1, clock=clock)
    await catch_up.admit(3_600 * SECOND_BYTES, behind_ms=60_000)

    async with asyncio.timeout(1):
        await catch_up.admit(SECOND_BYTES, behind_ms=behind_ms)

    assert clock.monotonic() == 0.0


@pytest.mark.parametrize(("behind_ms", "seconds"), [(78_569, 3.6), (200, 0.0)])
async def test_a_body_that_is_behind_is_read_at_the_pace_of_the_budget(
    behind_ms: int, seconds: float
) -> None:
    # Forty seconds at ten a second, of which the first piece tells how far behind it is.
    pieces = [one.encode() for one in call_of(voices(1, 40), behind_ms=behind_ms)]
    clock, news = MovableClock(skips=True), asyncio.Event()
    reading = Connection(
        Pieces(pieces),
        "arn",
        START,
        Fragments(ContactId("ours")),
        news.set,
        catch_up=CatchUp(speed=10, clock=clock),
    )

    async with asyncio.timeout(5), reading:
        heard = await all_of(reading, news)

    assert len(heard) == 40 * 2 * 16_384
    assert clock.monotonic() == pytest.approx(seconds, rel=0.2)


async def test_how_far_behind_the_contacts_of_a_tenant_are_is_a_figure_without_their_ids() -> None:
    def figure(name: str) -> float | None:
        return REGISTRY.get_sample_value(f"antiphon_media_{name}", {"tenant": TENANT})

    seen = figure("behind_seconds_count") or 0
    async with scene(log=MemoryLog()) as set_up, asyncio.timeout(15):
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = call_of(voices(31, 2), behind_ms=78_569)
        await set_up.start()
        service = set_up.service()
        caring = asyncio.create_task(set_up.care(service=service))
        await stored(set_up, fragments=2)

        most, reading = figure("behind_most_seconds"), figure("streams_reading")
        set_up.kvs.close_bodies()
        await set_up.end(ZERO_MS + 2 * 1_024)
        await caring

    assert (most, reading) == (78.569, 1)
    assert figure("behind_seconds_count") == seen + 2
    assert (figure("behind_most_seconds"), figure("streams_reading")) == (0, 0)
    labels = {
        label
        for metric in REGISTRY.collect()
        if metric.name.startswith("antiphon_media")
        for sample in metric.samples
        for label in sample.labels.values()
    }
    assert CONTACT.contact_id not in labels
