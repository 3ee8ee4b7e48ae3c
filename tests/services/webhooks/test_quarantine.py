"""Words leave by webhook once they were checked, and never those that a check found."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from antiphon.errors import HistoryUnreadable
from antiphon.events.base import ContactRef, Event, Lane, Recorded, UtteranceId
from antiphon.events.journal import Journal
from antiphon.events.redaction import TextMask
from antiphon.events.sealed import Sealed

from ...builders import (
    CONTACT,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ...projections.counting import append_raw
from ...redaction_builders import (
    finding,
    redaction_applied,
    redaction_doubted,
    redaction_failed,
    redaction_reviewed,
    redaction_verified,
)
from ...retention_builders import data_deleted
from ...summary_builders import (
    disposition_chosen,
    summary_edited,
    summary_failed,
    summary_part,
    summary_written,
)
from .post import Post, passed
from .receiver import Receiver

WORD = "Okonkwo"
SAID = f"my name is {WORD}"
FOUND = TextMask(UtteranceId("from_customer-1"), "person_name", 3, 3)
EDITED = summary_edited(text=Sealed(f"{WORD} called about the roof"))
QUOTED = summary_written(parts=(summary_part(),), texts={"1": Sealed(f"Customer: {SAID}")})
CALL = (contact_started(), utterance_finalized(SAID), contact_ended())


async def call(post: Post, crm: Receiver, *after: Event) -> None:
    await post.registers(crm.url)
    await post.tell(*CALL, *after)


async def tell_raw(post: Any, named: str, *, lane: Lane, ignorable: bool = False) -> None:
    """Append what only a later version can read."""
    await append_raw(post, named=named, version=9, lane=lane, ignorable=ignorable)


@pytest.mark.parametrize("words", [QUOTED, EDITED, disposition_chosen()])
async def test_words_wait_until_they_were_checked_and_then_wake_the_contact(
    post: Post, crm: Receiver, words: Event
) -> None:
    await call(post, crm, words, *passed()[:2])

    await post.all_told()
    early = crm.topics
    await post.tell(redaction_verified(attempt=1))
    await post.all_told()

    assert early == ["contact.ended"]
    assert len(crm.topics) == 2
    assert await post.given_up() == []


async def test_the_check_may_pass_while_the_service_listens(post: Post, crm: Receiver) -> None:
    await call(post, crm, EDITED)

    async with post.telling(idle_s=5) as run:
        await run.until(lambda: len(crm.requests) == 1)
        await run.hears(*passed(FOUND))
        await run.until(lambda: len(crm.requests) == 2)

    assert crm.requests[1].told["data"]["text"] == "[person-name] called about the roof"


class Lagging(Journal):
    """Tells who looks whether words may go what there was when they asked, once it is let."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def read(self, contact: ContactRef, **given: Any) -> AsyncGenerator[Recorded]:
        facts = super().read(contact, **given)
        then = [fact async for fact in facts]
        if "speech" in given.get("lanes", ()):
            self.asked.set()
            await self.let.wait()
        for fact in then:
            yield fact


async def test_a_check_that_passes_while_somebody_looks_is_not_missed(
    post: Post, crm: Receiver
) -> None:
    post.journal = journal = Lagging(post.log, post.keys)
    await call(post, crm, EDITED)

    async with post.telling() as run:
        async with asyncio.timeout(10):
            await journal.asked.wait()
        await run.hears(*passed())
        await run.until(lambda: run.has_taken_all)
        journal.let.set()
        await run.finished()

    assert crm.topics == ["contact.ended", "summary.edited"]


async def test_what_has_no_words_waits_for_nothing(post: Post, crm: Receiver) -> None:
    await call(post, crm, summary_failed(), disposition_chosen(note=None))

    await post.all_told()

    assert crm.topics == ["contact.ended", "summary.failed", "disposition.chosen"]


async def test_what_a_check_found_is_told_without(post: Post, crm: Receiver) -> None:
    await call(post, crm, QUOTED, EDITED, disposition_chosen(note=Sealed(f"ask {WORD}")))
    await post.passes(FOUND)

    await post.all_told()

    assert WORD not in str([one.body for one in crm.requests])
    written, edited, chosen = (one.told["data"] for one in crm.requests[1:])
    assert written["sentences"][0]["text"] == "Customer: my name is [person-name]"
    assert (edited["text"], chosen["note"]) == (
        "[person-name] called about the roof",
        "ask [person-name]",
    )


async def test_each_attempt_tells_what_may_be_told_by_then(post: Post, crm: Receiver) -> None:
    await call(post, crm, EDITED)
    await post.passes()
    crm.answer = lambda one: 204 if one.told["type"] == "contact.ended" else 500
    post.clock.held = True
    async with post.telling() as run:
        await run.until(lambda: len(post.clock.pauses) == 1)

    post.clock.held = False
    crm.answer = lambda _: 204
    await post.passes(FOUND, attempt=2)
    await post.all_told()

    _, before, after = crm.requests
    assert WORD in before.told["data"]["text"]
    assert after.told["data"]["text"] == "[person-name] called about the roof"
    assert before.id == after.id


async def test_a_word_told_late_takes_what_waits_for_another_attempt_back(
    post: Post, crm: Receiver
) -> None:
    await call(post, crm, EDITED, *passed(upto=10))
    crm.answer = lambda one: 204 if one.told["type"] == "contact.ended" else 500
    post.clock.held = True
    async with post.telling() as run:
        await run.until(lambda: len(post.clock.pauses) == 1)
    tried = len(crm.requests)
    for number in range(2, 6):
        late = utterance_finalized("late", utterance_id=UtteranceId(f"from_customer-{number}"))
        await post.tell(late)

    post.clock.held = False
    crm.answer = lambda _: 204
    await post.all_told()

    assert len(crm.requests) == tried


async def test_past_its_time_nothing_is_told_and_a_fact_says_so(post: Post, crm: Receiver) -> None:
    await call(post, crm, EDITED)
    await post.passes()
    crm.answer = lambda one: 204 if one.told["type"] == "contact.ended" else 500
    post.clock.held = True
    async with post.telling() as run:
        await run.until(lambda: len(post.clock.pauses) == 1)

    post.clock.held = False
    await post.tell(data_deleted(kind="annotations", keys=(), objects=0))
    await post.all_told()

    (given_up,) = await post.given_up()
    assert (given_up.reason, given_up.topic, given_up.attempts) == (
        "past_retention",
        "summary.edited",
        1,
    )
    assert given_up.message_id == crm.requests[1].id
    assert len(crm.requests) == 2


async def test_a_failure_is_told_at_once_without_words_and_people_let_the_words_out(
    post: Post, crm: Receiver
) -> None:
    applied = redaction_applied(heard_upto=1_000, attempt=3, audio=None, masks=(FOUND,))
    doubted = redaction_doubted(attempt=3, findings=(finding(),))
    failed = redaction_failed(problem="recogniser_failed", reason="unverifiable")
    await call(post, crm, EDITED, transcript_completed(), applied, doubted, failed)

    await post.all_told()
    early = crm.topics
    await post.tell(redaction_reviewed(decision="confirmed", spans=()))
    await post.all_told()
    reviewed = crm.topics
    await post.tell(redaction_verified(attempt=3, reviewed_by="reader:ann"))
    await post.all_told()

    assert sorted(early) == sorted(reviewed) == ["contact.ended", "redaction.failed"]
    (alarm,) = (one.told for one in crm.requests if one.told["type"] == "redaction.failed")
    assert alarm["data"].items() - {("event_id", alarm["data"]["event_id"])} == {
        ("contact_id", CONTACT.contact_id),
        ("conversation_id", CONTACT.contact_id),
        ("attempt", 3),
        ("reason", "unverifiable"),
        ("problem", "recogniser_failed"),
    }
    assert crm.topics[2:] == ["summary.edited"]


async def test_what_was_checked_too_late_is_given_up(post: Post, crm: Receiver) -> None:
    await call(post, crm, EDITED)
    await post.all_told()
    post.clock.now += timedelta(days=4)
    await post.passes()

    await post.all_told()

    assert [one.reason for one in await post.given_up()] == ["expired"]
    assert crm.topics == ["contact.ended"]


@pytest.mark.parametrize(
    ("after", "topics"),
    [
        ((), ["contact.ended", "summary.edited"]),
        ((transcript_completed(), redaction_failed(attempts=1)), ["contact.ended"]),
    ],
    ids=["nobody looked", "a check failed"],
)
async def test_where_unverified_words_are_allowed_only_a_failure_keeps_them(
    post: Post, crm: Receiver, after: tuple[Event, ...], topics: list[str]
) -> None:
    await call(post, crm, EDITED, *after)

    await post.all_told(unverified_allowed=True)

    assert [one for one in crm.topics if one != "redaction.failed"] == topics


async def test_what_was_found_in_a_form_of_tomorrow_lets_nothing_out(
    post: Post, crm: Receiver
) -> None:
    await call(post, crm, EDITED)
    await post.passes()
    await tell_raw(post, "redaction_applied", lane="redaction", ignorable=True)

    await post.all_told()

    assert crm.topics == ["contact.ended"]


async def test_where_words_cannot_be_read_nobody_says_what_may_be_told(
    post: Post, crm: Receiver
) -> None:
    await call(post, crm, EDITED)
    await post.passes()
    await tell_raw(post, "utterance_finalized", lane="speech")

    with pytest.RaisesGroup(HistoryUnreadable):
        await post.all_told()

    assert "summary.edited" not in crm.topics
