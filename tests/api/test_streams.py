"""Streams: a snapshot, then all that comes, told as a page needs it."""

from antiphon.events.base import UtteranceId

from ..builders import (
    CONTACT,
    at,
    contact,
    contact_held,
    contact_resumed,
    contact_started,
    utterance_partial,
)
from .screen import CALL, Served, facts, said, taken_by
from .sse_client import listening


async def test_a_contact_is_told_from_its_snapshot_to_its_end(served: Served) -> None:
    await served.show(contact_started(), *CALL[:2])

    async with listening(served.contact()) as stream:
        opening = await stream.until("snapshot")
        await served.tell(*CALL[2:])
        told = await stream.rest()

    assert [line["text"] for line in opening.data["contact"]["lines"]] == ["my roof leaks"]
    assert facts(told) == [event.TYPE for event in CALL[2:]]
    assert told[-1].event == "stream_closed"


async def test_an_event_carries_what_a_page_needs(served: Served) -> None:
    await served.show(contact_started(), CALL[0])
    state = await served.api.journal.state(CONTACT.tenant)

    async with listening(served.contact()) as stream:
        opening = await stream.until("snapshot")
        position = await served.tell(said(1))
        told = await stream.until("utterance_finalized")

    assert told.id == f"{state.epoch}-{position}"
    assert opening.id is not None
    assert (
        told.data.items()
        >= {
            "contact_id": "c-1",
            "position": position,
            "text": "my roof leaks",
            "speaker": "customer",
            "track": "from_customer",
        }.items()
    )
    assert told.data["recorded_at"].endswith("Z")


async def test_a_partial_is_shown_with_its_speaker_and_without_an_id(served: Served) -> None:
    await served.show(contact_started(), CALL[0], taken_by("ada", 0))

    async with listening(served.agent()) as stream:
        await stream.until("snapshot")
        await stream.until("heartbeat")  # the live feed is listened to by now
        partial = utterance_partial("good", utterance_id="to_customer-1", track="to_customer")
        await served.api.live.publish(CONTACT, partial)
        told = await stream.until("utterance_partial")

    assert (told.id, told.data["speaker"], told.data["text"]) == (None, "agent", "good")


async def test_a_partial_of_music_on_hold_is_the_systems_in_whatever_order_it_is_told(
    served: Served,
) -> None:
    await served.show(
        contact_started(),
        contact_resumed(resumed_at=at(20)),
        contact_held(held_at=at(10)),
        taken_by("ada", 5),
        CALL[0],
    )
    heard = [("prompt", 4_000), ("good day", 6_000), ("la la", 11_000), ("I am back", 21_000)]
    speakers: list[str] = []

    async with listening(served.agent()) as stream:
        await stream.until("snapshot")
        await stream.until("heartbeat")  # the live feed is listened to by now
        for number, (text, started_ms) in enumerate(heard, start=1):
            partial = utterance_partial(
                text,
                utterance_id=UtteranceId(f"to_customer-{number}"),
                track="to_customer",
                started_ms=started_ms,
            )
            await served.api.live.publish(CONTACT, partial)
            told = await stream.until("utterance_partial")
            speakers.append(told.data["speaker"])

    assert speakers == ["system", "agent", "system", "agent"]


async def test_a_partial_that_was_overtaken_by_its_final_is_not_shown(served: Served) -> None:
    await served.show(contact_started(), CALL[0])

    async with listening(served.contact()) as stream:
        await stream.until("heartbeat")
        await served.tell(said(1))
        await stream.until("utterance_finalized")
        await served.api.live.publish(CONTACT, utterance_partial("my"))
        await served.api.live.publish(
            CONTACT, utterance_partial("then", utterance_id=UtteranceId("from_customer-2"))
        )
        told = await stream.until("utterance_partial")

    assert told.data["text"] == "then"


async def test_a_late_agent_relabels_what_a_page_shows(served: Served) -> None:
    await served.show(contact_started(), *CALL[:3])

    async with listening(served.contact()) as stream:
        before = await stream.until("snapshot")
        await served.tell(taken_by("ada", 2))
        after = await stream.until("snapshot")
        cause = await stream.next()

    speakers = [
        {line["utterance_id"]: line["speaker"] for line in told.data["contact"]["lines"]}
        for told in (before, after)
    ]
    assert speakers[0]["to_customer-1"] == "system"
    assert speakers[1]["to_customer-1"] == "agent"
    assert cause is not None
    assert cause.event == "agent_connected"


async def test_a_desk_begins_with_its_contacts_and_others_join(served: Served) -> None:
    await served.show(contact_started(), taken_by("ada"), said(1))
    second = contact("c-2")

    async with listening(served.agent()) as stream:
        opening = await stream.until("snapshot")
        await served.show(contact_started(), said(1), contact=second)
        await served.tell(taken_by("ada"), said(2), contact=second)
        joined = await stream.until("snapshot")
        told = [await stream.until("agent_connected"), await stream.until("utterance_finalized")]

    assert [one["contact_id"] for one in opening.data["contacts"]] == ["c-1"]
    assert (joined.data["contact_id"], joined.id) == ("c-2", None)
    assert [one.data["contact_id"] for one in told] == ["c-2", "c-2"]


async def test_a_desk_hears_nothing_of_contacts_of_others(served: Served) -> None:
    await served.show(contact_started(), taken_by("bob"))

    async with listening(served.agent()) as stream:
        await stream.until("snapshot")
        await served.tell(said(1))
        await served.show(contact_started(), taken_by("ada"), contact=contact("c-2"))
        told = await stream.until("agent_connected")

    assert told.data["contact_id"] == "c-2"
    assert {one.data.get("contact_id") for one in stream.heard} <= {None, "c-2"}


async def test_a_contact_that_goes_to_another_desk_says_so_and_falls_silent(
    served: Served,
) -> None:
    await served.show(contact_started(), taken_by("ada", 0))

    async with listening(served.agent()) as stream, listening(served.agent("bob")) as other:
        await stream.until("snapshot")
        await other.until("snapshot")
        await served.tell(taken_by("bob", 60), said(1))
        left = await stream.until("agent_connected")
        joined = await other.until("snapshot")
        await other.until("utterance_finalized")
        await served.tell(taken_by("ada", 120), said(2))
        back = await stream.until("snapshot")
        await stream.until("utterance_finalized")

    assert left.data["agent_id"] == "bob"
    assert joined.data["contact"]["agent_id"] == "bob"
    assert len(back.data["contact"]["lines"]) >= 1
    assert facts(stream.heard) == ["agent_connected", "agent_connected", "utterance_finalized"]
