"""The transcript shows what was said, by whom and what is missing, and can be replayed."""

import pytest
from antiphon.events.base import AgentId, ContactId, Event, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.projections import transcript
from antiphon.projections.transcript import Transcript, transcript_of

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    audio_refused,
    audio_stream_closed,
    audio_stream_opened,
    contact,
    contact_end_corrected,
    contact_ended,
    contact_held,
    contact_resumed,
    contact_started,
    speech_gap,
    transcript_completed,
    utterance_finalized,
)
from .world import World

PROJECTION = transcript.PROJECTION


def said(number: int, *, track: str, started_ms: int, text: str = "words") -> Event:
    return utterance_finalized(
        utterance_id=UtteranceId(f"{track}-{number}"),
        track=track,
        started_ms=started_ms,
        ended_ms=started_ms + 500,
        text=text,
    )


CALL = [
    contact_started(queue="sales", initiated_at=at(-5)),
    audio_stream_opened(clock_zero_at=at(0)),
    said(1, track="to_customer", started_ms=1_000, text="welcome"),
    agent_connected(agent_id=AgentId("a-1"), agent_name=Sealed("Ada"), connected_at=at(5)),
    said(1, track="from_customer", started_ms=7_000, text="hello"),
    said(2, track="to_customer", started_ms=6_000, text="good day"),
    contact_held(held_at=at(10)),
    said(3, track="to_customer", started_ms=11_000, text="music"),
    contact_resumed(resumed_at=at(12)),
    audio_gap(track="from_customer", from_ms=12_000, until_ms=13_000),
    speech_gap(track="to_customer", from_ms=13_000, until_ms=None),
    contact_ended(ended_at=at(20), reason="customer_disconnect"),
    transcript_completed(),
]


async def shown(world: World, contact_id: str = CONTACT.contact_id) -> Transcript:
    async with world.pool.acquire() as connection:
        found = await transcript_of(connection, ContactId(contact_id))
    assert found is not None
    return found


async def test_lines_stand_in_speaking_order_with_their_speakers(world: World) -> None:
    await world.tell(*CALL)

    await world.project(PROJECTION)

    assert [(line.text, line.speaker) for line in (await shown(world)).lines] == [
        ("welcome", "system"),
        ("good day", "agent"),
        ("hello", "customer"),
        ("music", "system"),
    ]


async def test_gaps_are_shown_where_they_are(world: World) -> None:
    await world.tell(*CALL)

    await world.project(PROJECTION)

    gaps = (await shown(world)).gaps
    assert [(gap.kind, gap.track, gap.from_ms, gap.until_ms) for gap in gaps] == [
        ("audio_gap", "from_customer", 12_000, 13_000),
        ("speech_gap", "to_customer", 13_000, None),
    ]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        pytest.param(CALL[:-2], "live", id="on the line"),
        pytest.param(CALL[:-1], "ended", id="after the end, finals may follow"),
        pytest.param(CALL, "completed", id="after the last final"),
    ],
)
async def test_the_state_tells_what_may_follow(world: World, told: list[Event], state: str) -> None:
    await world.tell(*told)

    await world.project(PROJECTION)

    assert (await shown(world)).state == state


async def test_the_contact_is_shown_with_its_agent_and_times(world: World) -> None:
    end = await world.tell(*CALL)

    await world.project(PROJECTION)

    found = await shown(world)
    assert (found.queue, found.agent_id, found.agent_name) == ("sales", "a-1", "Ada")
    assert (found.started_at, found.ended_at) == (at(-5), at(20))
    assert (found.end_reason, found.position) == ("customer_disconnect", end)


async def test_a_late_agent_relabels_what_was_said_before(world: World) -> None:
    await world.tell(*CALL[:2], said(1, track="to_customer", started_ms=6_000))
    await world.project(PROJECTION)
    before = (await shown(world)).lines[0].speaker

    await world.tell(agent_connected(connected_at=at(5)))
    await world.project(PROJECTION)

    assert (before, (await shown(world)).lines[0].speaker) == ("system", "agent")


async def test_words_of_an_erased_person_are_shown_as_erased(world: World) -> None:
    await world.tell(*CALL)
    await world.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    await world.project(PROJECTION)

    assert {line.text for line in (await shown(world)).lines} == {"[erased]"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        pytest.param([audio_refused(reason="memory")], "memory", id="refused"),
        pytest.param([audio_refused(), audio_stream_opened()], None, id="let in"),
        pytest.param([audio_refused(), audio_stream_closed()], None, id="given up"),
        pytest.param(
            [audio_refused(), audio_refused(reason="memory")], "memory", id="for another reason"
        ),
        pytest.param(
            [audio_stream_opened(), audio_refused()], "streams", id="by the reader that took over"
        ),
        pytest.param(
            [audio_stream_opened(), audio_refused(), said(1, track="to_customer", started_ms=9)],
            None,
            id="and heard again",
        ),
        pytest.param(
            [
                audio_stream_opened(),
                audio_stream_closed(),
                audio_refused(stream=2),
                said(1, track="to_customer", started_ms=9),  # of the first, still
            ],
            "streams",
            id="of a second stream",
        ),
        pytest.param(
            [audio_stream_opened(), audio_refused(stream=2), audio_stream_closed()],
            "streams",
            id="whatever becomes of another",
        ),
    ],
)
async def test_a_call_that_waits_for_room_is_shown_as_not_heard_until_it_is(
    world: World, facts: list[Event], reason: str | None
) -> None:
    await world.tell(contact_started(), *facts)

    await world.project(PROJECTION)

    waits = (await shown(world)).not_heard
    assert (waits and waits.reason) == reason


async def test_replaying_everything_twice_changes_nothing(world: World) -> None:
    await world.tell(*CALL)
    await world.tell(*CALL[:5], contact=contact("c-2"))
    await world.project(PROJECTION)
    first = await world.content(PROJECTION.tables)

    facts = [fact async for fact in world.journal.read(CONTACT)]
    async with world.pool.acquire() as connection:
        await PROJECTION.project(connection, facts)
        await PROJECTION.project(connection, facts[3:7])
    again = await world.content(PROJECTION.tables)
    rebuilt = await world.rebuild(PROJECTION)

    assert again == first
    assert rebuilt.exchanged
    assert await world.content(PROJECTION.tables) == first


CORRECTED = (
    contact_end_corrected(ended_at=at(25), reason="agent_disconnect"),
    contact_end_corrected(ended_at=at(30), reason=None),
)


@pytest.mark.parametrize("at_once", [True, False], ids=["in one batch", "one by one"])
async def test_the_newest_correction_of_the_end_stands(world: World, *, at_once: bool) -> None:
    for told in [(*CALL, *CORRECTED)] if at_once else [CALL, *((one,) for one in CORRECTED)]:
        await world.tell(*told)
        await world.project(PROJECTION)

    found = await shown(world)
    assert (found.ended_at, found.end_reason, found.state) == (at(30), None, "completed")


async def test_a_correction_stands_whatever_is_told_again(world: World) -> None:
    await world.tell(*CALL, *CORRECTED)
    await world.project(PROJECTION)
    first = await world.content(PROJECTION.tables)

    facts = [fact async for fact in world.journal.read(CONTACT)]
    orders = [facts[-3:], *([fact] for fact in reversed(facts)), facts[:-2], [facts[-2]]]
    async with world.pool.acquire() as connection:
        for told in orders:
            await PROJECTION.project(connection, told)
    again = await world.content(PROJECTION.tables)
    rebuilt = await world.rebuild(PROJECTION)

    assert again == first
    assert rebuilt.exchanged
    assert await world.content(PROJECTION.tables) == first


async def test_a_correction_that_comes_first_is_not_undone_by_the_end(world: World) -> None:
    await world.tell(contact_started(), contact=contact("c-2"))
    await world.project(PROJECTION)
    await world.tell(*CALL, *CORRECTED)
    facts = [fact async for fact in world.journal.read(CONTACT)]

    async with world.pool.acquire() as connection:
        for fact in reversed(facts):
            await PROJECTION.project(connection, [fact])

    found = await shown(world)
    assert (found.ended_at, found.end_reason) == (at(30), None)


async def test_contacts_do_not_mix(world: World) -> None:
    await world.tell(contact_started(), said(1, track="from_customer", started_ms=0, text="one"))
    await world.tell(
        contact_started(),
        said(1, track="from_customer", started_ms=0, text="two"),
        contact=contact("c-2"),
    )

    await world.project(PROJECTION)

    assert [line.text for line in (await shown(world, "c-2")).lines] == ["two"]


async def test_an_unknown_contact_has_no_transcript(world: World) -> None:
    await world.tell(contact_started())
    await world.project(PROJECTION)

    async with world.pool.acquire() as connection:
        found = await transcript_of(connection, ContactId("never"))

    assert found is None
