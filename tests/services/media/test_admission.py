"""More calls than a process can hear: the rest wait, are told why, and are let in later."""

import asyncio
from contextlib import aclosing

import pytest
from antiphon.commands.stream_accounts import account_of
from antiphon.events.media import (
    AudioGap,
    AudioRefused,
    AudioStreamClosed,
    AudioStreamOpened,
)
from antiphon.services.media.admission import Admission, Limits, Refusal

from .kvs import STREAM_ARN
from .scene import CONTACT, HASTY, TENANT, Scene, call_of, closing_of, ended_call, scene, voices

OURS, THEIRS = account_of(STREAM_ARN), "444455556666"
LENGTH = 3


def admission(**limits: int) -> Admission:
    return Admission(Limits(**limits), look_every_s=0.01)


async def waiting(entrance: Admission, account: str) -> "asyncio.Task[None]":
    task = asyncio.create_task(entrance.wait(account))
    await asyncio.sleep(0)
    return task


async def refused(set_up: Scene) -> None:
    """Wait until a refusal is stated."""
    facts = set_up.journal.follow(TENANT, contact_id=CONTACT.contact_id)
    async with aclosing(facts):
        async for batch in facts:
            if any(isinstance(one.event, AudioRefused) for one in batch):
                return


def test_beyond_the_limit_nobody_is_let_in() -> None:
    entrance = admission(streams_max=2)

    answers = [entrance.enter(OURS) for _ in range(3)]

    assert answers == [None, None, Refusal(reason="streams", limit=2, in_use=2)]
    assert entrance.in_use == 2


def test_one_account_does_not_get_it_all() -> None:
    entrance = admission(streams_max=9, account_streams_max=1)
    assert entrance.enter(OURS) is None

    assert entrance.enter(OURS) == Refusal(reason="account_streams", limit=1, in_use=1)
    assert entrance.enter(THEIRS) is None


@pytest.mark.parametrize(
    ("taken", "reason"), [(99, None), (100, "memory"), (101, "memory")], ids=str
)
def test_a_process_that_is_too_heavy_lets_nobody_further_in(taken: int, reason: str | None) -> None:
    entrance = Admission(Limits(memory_bytes_max=100), memory_bytes=lambda: taken)
    assert entrance.enter(OURS) is None  # reads nothing yet: it gets no lighter by waiting

    refusal = entrance.enter(OURS)

    assert (refusal and refusal.reason) == reason


async def test_places_are_given_in_the_order_of_asking() -> None:
    entrance = admission(streams_max=1)
    entrance.enter(OURS)
    async with asyncio.timeout(5):
        first, second = await waiting(entrance, OURS), await waiting(entrance, OURS)

        entrance.leave(OURS)
        await first

        assert not second.done()
        assert entrance.enter(OURS) is not None  # nobody passes by those who wait
        entrance.leave(OURS)
        await second
        assert entrance.in_use == 1


async def test_whose_account_is_full_does_not_hold_up_the_others() -> None:
    entrance = admission(streams_max=2, account_streams_max=1)
    entrance.enter(OURS)
    entrance.enter(THEIRS)
    async with asyncio.timeout(5):
        ours, theirs = await waiting(entrance, OURS), await waiting(entrance, THEIRS)

        entrance.leave(THEIRS)
        await theirs

        assert not ours.done()
        ours.cancel()
        await asyncio.gather(ours, return_exceptions=True)


async def test_who_waits_for_memory_is_let_in_when_there_is_some() -> None:
    taken = [100]
    entrance = Admission(
        Limits(memory_bytes_max=100), memory_bytes=lambda: taken[0], look_every_s=0.01
    )
    entrance.enter(OURS)
    async with asyncio.timeout(5):
        one = await waiting(entrance, OURS)

        taken[0] = 50
        await one

        assert entrance.in_use == 2


@pytest.mark.parametrize("granted", [False, True], ids=["waiting", "let in just now"])
async def test_who_goes_away_takes_no_place_with_him(granted: bool) -> None:  # noqa: FBT001
    entrance = admission(streams_max=1)
    entrance.enter(OURS)
    one = await waiting(entrance, OURS)

    if granted:
        entrance.leave(OURS)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)

    assert entrance.in_use == (0 if granted else 1)


async def test_a_refused_contact_says_so_and_is_heard_whole_later() -> None:
    spoken, entrance = voices(1, LENGTH), admission(streams_max=1)
    entrance.enter(OURS)  # another call
    async with scene(options={"admission": entrance}) as set_up, asyncio.timeout(15):
        await ended_call(set_up, call_of(spoken), length=LENGTH)
        caring = asyncio.create_task(set_up.care())
        await refused(set_up)
        assert set_up.kvs.requests == []

        entrance.leave(OURS)
        await caring

        await set_up.assert_heard(spoken)
        kinds = [type(one.event) for one in await set_up.recorded()]
        assert kinds[:2] == [AudioRefused, AudioStreamOpened]
        assert await set_up.facts(AudioRefused) == [
            AudioRefused(stream=1, reason="streams", limit=1, in_use=1)
        ]
        assert await set_up.facts(AudioGap) == []
        assert entrance.in_use == 0


async def test_who_is_never_let_in_lacks_his_audio_because_of_it() -> None:
    patience, entrance = HASTY, admission(streams_max=1)
    entrance.enter(OURS)
    async with (
        scene(patience=patience, options={"admission": entrance}) as set_up,
        asyncio.timeout(15),
    ):
        await ended_call(set_up, call_of(voices(2, LENGTH)), length=LENGTH)

        await set_up.care()

        assert {(gap.track, gap.reason) for gap in await set_up.facts(AudioGap)} == {
            ("from_customer", "refused"),
            ("to_customer", "refused"),
        }
        assert (await closing_of(set_up)).reason == "never_opened"
        assert entrance.in_use == 1
        assert set_up.kvs.requests == []


async def test_a_process_that_stops_gives_its_place_back_and_repeats_no_refusal() -> None:
    entrance = admission(streams_max=1)
    entrance.enter(OURS)
    async with scene(options={"admission": entrance}) as set_up, asyncio.timeout(15):
        await set_up.start()
        for _ in range(2):
            caring = asyncio.create_task(set_up.care())
            await refused(set_up)
            caring.cancel()
            await asyncio.gather(caring, return_exceptions=True)

        assert len(await set_up.facts(AudioRefused)) == 1
        assert await set_up.facts(AudioStreamClosed) == []
        entrance.leave(OURS)
        assert entrance.in_use == 0
