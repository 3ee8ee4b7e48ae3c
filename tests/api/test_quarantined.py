"""Words leave a tenant's log only once they were checked, and never those that a check found."""

from collections.abc import Sequence
from typing import Any

import pytest
from antiphon.api.ports import Limits
from antiphon.api.quarantined import ToWhoeverExports
from antiphon.api.selection import Selection
from antiphon.errors import StoreUnavailable
from antiphon.events.base import ContactRef, Event, UtteranceId
from antiphon.events.redaction import RedactionApplied, TextMask
from antiphon.events.untold import NOTHING
from antiphon.projections import redaction, transcript

from ..builders import (
    CONTACT,
    contact,
    contact_ended,
    contact_erased,
    contact_started,
    guidance_issued,
    transcript_completed,
    utterance_finalized,
)
from ..projections.counting import append_raw
from ..projections.world import TENANT
from ..redaction_builders import redaction_applied, redaction_failed, redaction_verified
from .then import Then, lines_of
from .then import then as make_then

EXPORT = "/v1/audit/events"
OWN = f"/v1/contacts/{CONTACT.contact_id}/events"
SAID = "my roof leaks"
LATER = (TextMask(UtteranceId("from_customer-1"), "postal_address", 1, 1),)
OTHER = contact("c-2")


async def call(then: Then, *after: Event, of: ContactRef = CONTACT) -> None:
    """Record a call that is over, and what redaction said of it."""
    await then.tell(
        contact_started(),
        utterance_finalized(SAID),
        guidance_issued(),
        contact_ended(),
        transcript_completed(),
        *after,
        contact=of,
    )


async def applied(then: Then, *masks: TextMask) -> RedactionApplied:
    """Return an attempt that will know all there is and five facts more."""
    upto = (await then.journal.state(TENANT)).last + 5
    return redaction_applied(heard_upto=upto, audio=None, reason="not_recorded", masks=masks)


async def verified(then: Then, *masks: TextMask, of: ContactRef = CONTACT) -> None:
    await call(then, await applied(then, *masks), redaction_verified(attempt=1), of=of)


async def exported(then: Then, path: str = EXPORT, **asked: Any) -> list[dict[str, Any]]:
    return [line for line in lines_of(await then.get(path, **asked)) if "type" in line]


async def words(then: Then, path: str = EXPORT, **asked: Any) -> list[tuple[str, str, str | None]]:
    """Return contact, text and why it is withheld, of each final."""
    told = await exported(then, path, type="utterance_finalized", **asked)
    return [
        (
            line["contact_id"],
            line["data"]["text"] if "key_id" not in line else "",
            line.get("withheld"),
        )
        for line in told
    ]


async def test_an_export_tells_words_of_verified_contacts_alone(then: Then) -> None:
    await verified(then)
    await call(then, of=contact("c-waits"))
    await call(then, await applied(then), of=contact("c-applied"))
    failed = redaction_failed(attempts=1)
    await call(then, await applied(then), failed, of=contact("c-failed"))
    await then.tell(contact_started(), utterance_finalized(SAID), contact=contact("c-live"))
    await then.world.project(redaction.PROJECTION)

    told = await exported(then)

    opened = {(line["contact_id"], line["type"]) for line in told if "withheld" not in line}
    withheld = {(line["contact_id"], line["type"]) for line in told if "withheld" in line}
    others = {"c-waits", "c-applied", "c-failed", "c-live"}
    assert opened >= {("c-1", "utterance_finalized"), ("c-1", "guidance_issued")}
    assert opened >= {(id_, "contact_started") for id_ in others}
    assert withheld == {(id_, "utterance_finalized") for id_ in others} | {
        (id_, "guidance_issued") for id_ in others - {"c-live"}
    }
    assert {line["withheld"] for line in told if "withheld" in line} == {"in_quarantine"}
    assert all("key_id" in line for line in told if "withheld" in line)
    assert str(told).count(SAID) == 1


async def test_words_that_a_check_found_are_told_by_nobody(then: Then) -> None:
    await verified(then, *LATER)
    await verified(then, of=OTHER)
    await then.world.project(redaction.PROJECTION)

    export = await exported(then)
    own = await exported(then, OWN)

    masked = "my [postal-address] leaks"
    assert await words(then) == [("c-1", masked, None), ("c-2", SAID, None)]
    assert own == [line for line in export if line["contact_id"] == "c-1"]
    assert "roof" not in str(own)
    (cue,) = [line for line in own if line["type"] == "guidance_issued"]
    assert (cue["withheld"], "key_id" in cue) == ("masked_later", True)


async def test_while_a_contact_goes_on_its_history_tells_what_its_desk_shows(then: Then) -> None:
    await then.tell(contact_started(), utterance_finalized(SAID))
    live = await words(then, OWN)

    await then.tell(contact_ended())
    over = await words(then, OWN)
    sealed = await exported(then, OWN, type="utterance_finalized", texts="sealed")

    assert live == [("c-1", SAID, None)]
    assert over == [("c-1", "", "in_quarantine")]
    assert [line.get("withheld") for line in sealed] == [None]


@pytest.mark.parametrize("verdict", [(), (redaction_failed(attempts=1),)], ids=["none", "failed"])
async def test_once_it_is_over_only_who_may_read_originals_is_told_before_it_was_checked(
    then: Then, verdict: tuple[Event, ...]
) -> None:
    await then.let_in("officer-7")
    await call(then, await applied(then, *LATER), *verdict)
    await then.world.project(redaction.PROJECTION)

    anybody = await then.http.get(OWN, headers={"Antiphon-Actor": "agent-1"})
    officer = await then.http.get(OWN, headers={"Antiphon-Actor": "officer-7"})
    export = await words(then, contact=CONTACT.contact_id)
    noted = [(one["actor"], one["quarantine_open"]) for one in await then.accesses()]

    kept = {line["type"]: line.get("withheld") for line in lines_of(anybody)}
    told = {line["type"]: line for line in lines_of(officer)}
    assert "leaks" not in anybody.text
    assert (kept["utterance_finalized"], kept["guidance_issued"]) == ("in_quarantine",) * 2
    assert kept["contact_started"] is None
    assert told["utterance_finalized"]["data"]["text"] == "my [postal-address] leaks"
    assert told["guidance_issued"]["withheld"] == "masked_later"
    assert export == [("c-1", "", "in_quarantine")]
    assert noted == [
        ("reader:agent-1", False),
        ("reader:officer-7", True),
        ("reader:anonymous", False),
    ]


async def test_where_what_a_check_found_cannot_be_read_nothing_is_told(then: Then) -> None:
    await verified(then)
    await append_raw(then.world, named="redaction_applied", version=9, lane="redaction")

    own = await words(then, OWN)

    assert own == [("c-1", "", "in_quarantine")]


async def test_a_word_told_late_takes_the_contact_back(then: Then) -> None:
    await verified(then)
    late = utterance_finalized("and 12 Elm Street", utterance_id=UtteranceId("from_customer-2"))
    await then.tell(late)
    await then.world.project(redaction.PROJECTION)

    assert await words(then) == [("c-1", "", "in_quarantine")] * 2


async def test_what_nobody_can_tell_stays_where_it_is(postgres_url: str) -> None:
    async with make_then(postgres_url, limits=Limits(catch_up_s=0.1)) as then:
        await verified(then)
        never_built = await words(then)
        await then.world.project(redaction.PROJECTION)
        known = await words(then)
        await then.tell(contact_started(), contact=OTHER)
        behind = await words(then)
        epoch = await then.epoch()
        before = await words(then, upto=f"{epoch}-7")

    assert never_built == behind == [("c-1", "", "in_quarantine")]
    assert known == before == [("c-1", SAID, None)]


async def test_a_read_model_that_is_behind_is_given_time(then: Then) -> None:
    await verified(then)

    async with then.world.running(redaction.PROJECTION) as progress:
        await progress.until_alive()
        await verified(then, of=OTHER)
        told = await words(then)

    assert told == [("c-1", SAID, None), ("c-2", SAID, None)]


async def test_a_parked_contact_stays_where_it_is(then: Then) -> None:
    await verified(then)
    await append_raw(then.world, named="never_heard_of")
    await then.world.project(redaction.PROJECTION)

    assert await words(then) == [("c-1", "", "in_quarantine")]


async def test_what_has_no_key_any_more_is_told_as_erased(then: Then) -> None:
    await call(then, contact_erased())
    await then.world.keys.destroy(TENANT, f"contact/{CONTACT.contact_id}")
    await then.world.project(redaction.PROJECTION)

    assert await words(then) == [("c-1", "[erased]", None)]


async def test_without_the_store_an_export_ends_and_says_so(then: Then) -> None:
    await verified(then)
    await then.world.pool.close()

    *facts, last = lines_of(await then.get(EXPORT))

    assert facts == []
    assert (last["complete"], last["why"]) == (False, StoreUnavailable.code)


@pytest.mark.parametrize(("recheck_s", "stays"), [(0.0, False), (60.0, True)])
async def test_an_answer_that_lasts_asks_again(
    then: Then, recheck_s: float, *, stays: bool
) -> None:
    await verified(then)
    await then.world.project(redaction.PROJECTION)
    state = await then.journal.state(TENANT)
    selection = Selection(upto=state.last, epoch=state.epoch)
    release = ToWhoeverExports(TENANT, selection, then.app.state.ports, recheck_s=recheck_s)

    first = await release.among([CONTACT.contact_id])
    await then.tell(utterance_finalized("late", utterance_id=UtteranceId("from_customer-2")))
    await then.world.project(redaction.PROJECTION)
    second = await release.among([CONTACT.contact_id])

    assert first == {CONTACT.contact_id: NOTHING}
    assert (second == first) is stays


SO_FAR: Sequence[tuple[tuple[Event, ...], str]] = (
    ((contact_started(), utterance_finalized(SAID), contact_ended()), "under_way"),
    ((transcript_completed(),), "in_quarantine"),
    ((redaction_applied(heard_upto=4, audio=None), redaction_failed(attempts=1)), "failed"),
    ((redaction_applied(attempt=2, heard_upto=4), redaction_verified()), "verified"),
    ((utterance_finalized("late", utterance_id=UtteranceId("from_customer-2")),), "in_quarantine"),
)


async def test_a_transcript_says_how_far_its_redaction_is(then: Then) -> None:
    told: list[str] = []
    for events, _ in SO_FAR:
        await then.tell(*events)
        await then.world.project(transcript.PROJECTION, redaction.PROJECTION)
        told.append((await transcript_told(then))["redaction"])

    assert told == [state for _, state in SO_FAR]


async def test_a_transcript_is_verified_only_where_all_of_it_is_known_to_be(then: Then) -> None:
    await verified(then)
    await then.world.project(transcript.PROJECTION)
    never_built = await transcript_told(then)
    await then.world.project(redaction.PROJECTION)
    known = await transcript_told(then)
    await then.tell(utterance_finalized("late", utterance_id=UtteranceId("from_customer-2")))
    await then.world.project(transcript.PROJECTION)
    behind = await transcript_told(then)

    told = [one["redaction"] for one in (never_built, known, behind)]
    assert told == ["in_quarantine", "verified", "in_quarantine"]
    assert [len(one["lines"]) for one in (never_built, known, behind)] == [1, 1, 2]


async def test_the_transcript_of_a_parked_contact_is_not_verified(then: Then) -> None:
    await verified(then)
    await then.world.project(transcript.PROJECTION)
    await append_raw(then.world, named="never_heard_of")
    await then.world.project(redaction.PROJECTION)

    assert (await transcript_told(then))["redaction"] == "in_quarantine"


async def transcript_told(then: Then) -> dict[str, Any]:
    answer = await then.get(f"/v1/contacts/{CONTACT.contact_id}/transcript")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", ["desk", "replay"])
async def test_who_looks_back_at_what_a_desk_showed_waits_for_the_check_as_well(
    then: Then, path: str
) -> None:
    await then.let_in("officer-7")
    given = {"at_ms": 3_600_000} if path == "desk" else {"speed": 100, "silence_ms_max": 0}
    path = f"/v1/contacts/{CONTACT.contact_id}/{path}"
    await then.tell(contact_started(), utterance_finalized(SAID), guidance_issued())
    live = await then.get(path, **given)
    await then.tell(contact_ended(), transcript_completed())

    waits = await then.get(path, **given)
    officer = await then.http.get(path, params=given, headers={"Antiphon-Actor": "officer-7"})
    await then.tell(await applied(then), redaction_verified(attempt=1))
    passed = await then.get(path, **given)

    assert [SAID in one.text for one in (live, waits, officer, passed)] == [True, False, True, True]
    assert "[withheld]" in waits.text
    assert "roof" not in waits.text
    noted = [(one["actor"], one["quarantine_open"]) for one in await then.accesses()]
    assert noted == [("reader:anonymous", False)] * 2 + [
        ("reader:officer-7", True),
        ("reader:anonymous", False),
    ]
