"""What the agent's desk showed at a moment, folded anew from the log."""

from typing import Any

import msgspec
from antiphon.events.base import GuidanceId, UtteranceId
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.projections.desk import desk_contact_of

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    audio_stream_opened,
    checklist_item_ticked,
    contact,
    contact_ended,
    contact_held,
    contact_resumed,
    contact_started,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    text_stream_opened,
    transcript_completed,
    utterance_finalized,
)
from ..projections.world import STREAM
from .then import Then

PATH = f"/v1/contacts/{CONTACT.contact_id}/desk"
ZERO_S = 10  # the clock of the contact begins so many seconds after noon


async def looked_at_by_an_officer(then: Then) -> None:
    """Have everything asked by somebody who is told what no check has passed."""
    await then.let_in("officer-7")
    then.http.headers["Antiphon-Actor"] = "officer-7"


async def a_call(then: Then) -> None:
    """Record a call; seconds are those of the wall, ten ahead of the contact's."""
    await then.record(contact_started(), at_s=5)
    await then.record(audio_stream_opened(clock_zero_at=at(ZERO_S)), at_s=11)
    await then.record(agent_connected(connected_at=at(13)), at_s=20)
    first = utterance_finalized(
        "my roof leaks", utterance_id=UtteranceId("from_customer-1"), started_ms=5_000
    )
    await then.record(first, guidance_issued(expires_at=at(90)), at_s=22)
    await then.record(guidance_shown(), at_s=23)
    await then.record(checklist_item_ticked(), audio_gap(), at_s=25)
    await then.record(contact_held(held_at=at(30)), at_s=31)
    await then.record(guidance_issued(guidance_id=GuidanceId("g-2"), cue="second"), at_s=33)
    await then.record(contact_resumed(resumed_at=at(40)), at_s=41)
    await then.record(guidance_used(), at_s=45)
    await then.record(guidance_expired(guidance_id=GuidanceId("g-2")), at_s=50)
    await then.record(contact_ended(ended_at=at(60)), at_s=61)
    await then.record(transcript_completed(), at_s=65)


async def desk_at(then: Then, **parameters: Any) -> dict[str, Any]:
    answer = await then.get(PATH, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_only_what_had_been_recorded_by_then_is_shown(then: Then) -> None:
    await looked_at_by_an_officer(then)
    await a_call(then)

    # Spoken at second 5 of the call, and on the desk seven seconds later.
    before = await desk_at(then, at_ms=11_999)
    after = await desk_at(then, at_ms=12_000)

    assert before["contact"]["lines"] == []
    assert [line["text"] for line in after["contact"]["lines"]] == ["my roof leaks"]
    assert (before["position"], after["position"]) == (3, 5)


# State, agent, on hold, open cues, ticked items, gaps, by the ms of the contact's clock.
SECONDS: dict[int, tuple[str, str | None, bool, list[str], int, int]] = {
    500: ("live", None, False, [], 0, 0),
    1_000: ("live", None, False, [], 0, 0),
    10_000: ("live", "a-1", False, [], 0, 0),
    12_000: ("live", "a-1", False, ["g-1"], 0, 0),
    15_000: ("live", "a-1", False, ["g-1"], 1, 1),
    21_000: ("live", "a-1", True, ["g-1"], 1, 1),
    23_000: ("live", "a-1", True, ["g-1", "g-2"], 1, 1),
    31_000: ("live", "a-1", False, ["g-1", "g-2"], 1, 1),
    35_000: ("live", "a-1", False, ["g-2"], 1, 1),
    40_000: ("live", "a-1", False, [], 1, 1),
    51_000: ("ended", "a-1", False, [], 1, 1),
    55_000: ("completed", "a-1", False, [], 1, 1),
}


async def test_the_desk_of_each_second(then: Then) -> None:
    await a_call(then)

    for at_ms, expected in SECONDS.items():
        told = (await desk_at(then, at_ms=at_ms))["contact"]

        cues = [cue["guidance_id"] for cue in told["cues"]]
        counts = len(told["checklist"]), len(told["gaps"])
        found = (told["state"], told["agent_id"], told["on_hold"], cues, *counts)
        assert found == expected, at_ms


async def test_a_cue_is_shown_with_its_evidence(then: Then) -> None:
    await looked_at_by_an_officer(then)
    await a_call(then)

    (before,) = (await desk_at(then, at_ms=12_000))["contact"]["cues"]
    (after,) = (await desk_at(then, at_ms=13_000))["contact"]["cues"]

    assert (before["title"], before["evidence"]) == ("Ask for photos", "roof leaks")
    assert (before["shown"], after["shown"]) == (False, True)


async def test_at_the_end_it_is_what_the_read_models_show_now(then: Then) -> None:
    await looked_at_by_an_officer(then)
    await a_call(then)
    await then.project()

    told = (await desk_at(then, at_ms=3_600_000))["contact"]

    async with then.world.pool.acquire() as connection:
        (now,) = (await desk_contact_of(connection, CONTACT.contact_id)).contacts
    assert told == json_of(now)


async def test_it_stands_on_the_desk_from_the_agents_coming_until_it_is_cleared_away(
    then: Then,
) -> None:
    await a_call(then)

    told = {at_s: (await desk_at(then, at_ms=at_s * 1_000)) for at_s in (9, 10, 55, 174, 176)}

    assert {at_s: one["on_desk"] for at_s, one in told.items()} == {
        9: False,
        10: True,
        55: True,
        174: True,
        176: False,  # two minutes after the transcript was complete
    }


async def test_a_moment_may_be_named_as_an_instant(then: Then) -> None:
    await a_call(then)

    by_clock = await desk_at(then, at_ms=23_000)
    by_instant = await desk_at(then, at="2026-03-02T13:00:33+01:00")

    assert by_instant == by_clock
    assert (by_clock["at"], by_clock["at_ms"]) == ("2026-03-02T12:00:33Z", 23_000)
    assert by_clock["clock"] == {"zero_at": "2026-03-02T12:00:10Z", "counted_from": "audio"}
    assert by_clock["partials"] == "never_stored"


async def test_without_audio_the_clock_begins_with_the_first_fact(then: Then) -> None:
    await then.record(contact_started(), at_s=5)
    await then.record(agent_connected(), at_s=8)

    before, after = await desk_at(then, at_ms=2_999), await desk_at(then, at_ms=3_000)

    assert before["clock"] == {"zero_at": "2026-03-02T12:00:05Z", "counted_from": "first_fact"}
    assert (before["contact"]["agent_id"], after["contact"]["agent_id"]) == (None, "a-1")


async def test_where_only_text_came_the_clock_is_that_of_the_text(then: Then) -> None:
    await then.record(contact_started(), at_s=5)
    await then.record(agent_connected(connected_at=at(6)), at_s=8)
    await then.record(text_stream_opened(clock_zero_at=at(7)), at_s=9)
    said = utterance_finalized(
        utterance_id=UtteranceId("t-1"), track="to_customer", started_ms=1_000
    )
    await then.record(said, at_s=10)

    told = await desk_at(then, at_ms=4_000)

    assert told["clock"] == {"zero_at": "2026-03-02T12:00:07Z", "counted_from": "text"}
    assert [one["speaker"] for one in told["contact"]["lines"]] == ["agent"]


async def test_before_anything_was_recorded_the_desk_showed_nothing(then: Then) -> None:
    await a_call(then)

    told = await desk_at(then, at="2026-03-02T12:00:04Z")

    assert (told["contact"], told["position"], told["at_ms"]) == (None, 0, -6_000)
    assert told["on_desk"] is False


async def test_words_of_an_erased_person_stay_erased(then: Then) -> None:
    await a_call(then)
    await then.world.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    told = (await desk_at(then, at_ms=12_000))["contact"]

    assert [line["text"] for line in told["lines"]] == ["[erased]"]
    assert [cue["evidence"] for cue in told["cues"]] == ["[erased]"]


async def test_other_contacts_are_left_out(then: Then) -> None:
    await a_call(then)
    other = utterance_finalized("not for these eyes", utterance_id=UtteranceId("from_customer-9"))
    await then.record(other, at_s=21, contact=contact("c-2"))

    answer = await then.get(PATH, at_ms=3_600_000)

    assert "not for these eyes" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_fact_that_cannot_be_read_is_named_and_what_came_before_is_shown(
    then: Then,
) -> None:
    await then.record(contact_started(), agent_connected(), at_s=5)
    subject = fact_subject(CONTACT, "media")
    await then.world.log.append(STREAM, subject, [Entry("e", b"broken")], expected=None)
    await then.record(contact_ended(), at_s=6)

    told = await desk_at(then, at_ms=60_000)

    assert told["stuck"] == {"position": 3, "problem": "undecodable", "detail": ""}
    assert (told["contact"]["agent_id"], told["contact"]["state"]) == ("a-1", "live")


async def test_nothing_is_left_behind(then: Then) -> None:
    await a_call(then)
    await then.project()
    homes = "SELECT nspname FROM pg_namespace ORDER BY 1"
    tables = ("transcript_contact", "transcript_line", "desk_cue")
    before = await then.world.rows(homes), await then.world.content(tables)

    for at_ms in (0, 12_000, 60_000):
        await desk_at(then, at_ms=at_ms)

    assert (await then.world.rows(homes), await then.world.content(tables)) == before


REFUSED = (
    ("", "at_ms"),
    ("at_ms=1&at=2026-03-02T12:00:04Z", "at_ms"),
    ("at_ms=-1", "at_ms"),
    ("at_ms=99999999999999999999", "at_ms"),
    ("at_ms=soon", "at_ms"),
    ("at=soon", "at"),
    ("second=1", "second"),
)


async def test_what_is_no_moment_is_refused_by_name(then: Then) -> None:
    await a_call(then)

    for query, field in REFUSED:
        answer = await then.http.get(f"{PATH}?{query}")

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), query

    assert await then.accesses() == []


async def test_an_unknown_contact_had_no_desk(then: Then) -> None:
    answer = await then.get("/v1/contacts/never/desk", at_ms=0)

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


def json_of(shown: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shown))
