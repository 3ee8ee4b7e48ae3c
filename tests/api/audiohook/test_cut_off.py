"""However often a session is cut off, each sample is stored once, in the contact it is of."""

from random import Random
from typing import Any

import pytest
from antiphon.events.contact import ContactStarted

from ...waiting import until
from .client import (
    FRAME_SAMPLES,
    SESSION,
    interleaved,
    opening,
    stream,
    uuid_of,
)
from .conftest import Call
from .spoken import FRAME, heard_of, voices

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize("seed", range(4))
async def test_cut_anywhere_between_two_processes_nothing_is_lost_or_twice(
    call: Call, seed: int
) -> None:
    chance = Random(seed)
    external, internal = voices(seed, 70_007)
    cuts = [chance.randrange(6, 14) for _ in range(4)]

    connections = await stream(
        lambda: chance.choice(call.urls),
        interleaved(external, internal),
        conversation=call.id,
        cut_after=cuts,
    )

    assert connections == 5
    assert await call.heard() == heard_of(external, internal)
    assert await call.sums_agree()
    kinds = await call.kinds()
    assert kinds.count("contact_started") == kinds.count("audio_stream_opened") == 1
    assert "audio_gap" not in kinds


async def test_what_arrived_before_a_cut_is_stored_though_nobody_comes_back(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        for _ in range(5):
            await session.send(interleaved(FRAME, FRAME))
        await session.ping()
        session.drop()

        async def is_stored() -> bool:
            return await call.heard() == heard_of(FRAME * 5, FRAME * 5)

        await until(is_stored, what="what was sent is stored")


async def test_what_a_client_lost_with_its_connection_is_a_gap_of_that_length(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close("reconnect")
    async with call.hooked(session=uuid_of(2)) as session:
        session.position = 2 * FRAME_SAMPLES
        told = await session.open(continuedSessions=[continued(SESSION)])
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    assert "discardTo" not in told
    assert await call.heard() == heard_of(FRAME * 2, FRAME * 2)
    assert await call.gaps() == [("from_customer", 200, 400), ("to_customer", 200, 400)]


async def test_a_client_that_sends_again_what_is_stored_repeats_nothing(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close("disconnect")
    async with call.hooked() as session:
        told = await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.send(interleaved(FRAME[::-1], FRAME))
        await session.close()

    assert told["discardTo"] == "PT0.2S"
    assert await call.heard() == heard_of(FRAME + FRAME[::-1], FRAME * 2)
    assert await call.gaps() == []


async def test_of_two_sockets_that_bring_one_session_each_sample_is_stored_once(
    call: Call,
) -> None:
    whole = 8 * FRAME_SAMPLES
    external, internal = voices(5, whole)
    audio = interleaved(external, internal)

    async with call.hooked() as old, call.hooked(process=1) as new:
        await old.open()
        await new.open()
        while old.position < whole:
            # Messages of unlike lengths, so that what both bring overlaps by a little, too.
            for session, samples in ((new, FRAME_SAMPLES), (old, FRAME_SAMPLES - 100)):
                at = 2 * session.position
                if rest := audio[at : at + 2 * samples]:
                    await session.send(rest)
                    await session.ping()
        await old.close("disconnect")
        await new.close()

    assert await call.heard() == heard_of(external, internal)
    assert await call.gaps() == []
    numbers = await call.frame_numbers()
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_client_that_comes_back_as_another_goes_on_by_the_clock(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.ping()
        session.drop()
    await until(lambda: _has_heard(call, FRAME), what="the first frame is stored")
    async with call.hooked(session=uuid_of(2)) as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    # The clock of the test stands still: what follows is put behind what is stored.
    assert await call.heard() == heard_of(FRAME * 2, FRAME * 2)
    assert (await call.kinds()).count("contact_started") == 1


async def _has_heard(call: Call, frame: bytes) -> bool:
    return await call.heard() == heard_of(frame, frame)


async def test_another_party_of_a_conversation_is_a_contact_of_its_own(call: Call) -> None:
    other = opening()["participant"] | {"id": uuid_of(77)}
    contact_id = call.leg(uuid_of(2))

    async with call.hooked() as first, call.hooked(session=uuid_of(2)) as second:
        await first.open()
        await second.open(participant=other)
        await first.send(interleaved(FRAME, FRAME))
        await second.send(interleaved(FRAME[::-1], FRAME))
        await second.close()
        await first.close()

    assert await call.heard() == heard_of(FRAME, FRAME)
    assert await call.heard(contact_id) == heard_of(FRAME[::-1], FRAME)
    started = (await call.facts(contact_id))[0]
    assert isinstance(started, ContactStarted)
    assert started.initial_contact_id == call.id


async def test_a_session_after_the_end_is_a_contact_of_its_own_and_can_be_continued(
    call: Call,
) -> None:
    contact_id = call.leg(uuid_of(2))

    async with call.hooked() as session:
        await session.open()
        await session.close()
    async with call.hooked(session=uuid_of(2)) as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close("reconnect")
    async with call.hooked(session=uuid_of(3)) as session:
        session.position = FRAME_SAMPLES
        await session.open(continuedSessions=[continued(uuid_of(2))])
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    assert await call.heard(contact_id) == heard_of(FRAME * 2, FRAME * 2)
    assert await call.gaps(contact_id) == []
    assert (await call.kinds()).count("contact_ended") == 1


async def test_a_session_that_has_ended_is_told_so(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.close()
    async with call.hooked() as session:
        await session.tell("open", session.opening())
        parted = await session.parted()

    assert parted == {"reason": "completed", "info": "stream_closed"}


def continued(session_id: str) -> dict[str, Any]:
    return {"id": session_id, "serverseq": 3, "clientseq": 9}
