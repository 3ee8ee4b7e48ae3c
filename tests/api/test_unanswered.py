"""Questions that no article answered repeat what was said: those of checked contacts are listed."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from antiphon.api import knowledge
from antiphon.events.base import Event, UtteranceId
from antiphon.events.knowledge import QuestionId
from antiphon.events.redaction import TextMask
from antiphon.events.sealed import Sealed
from antiphon.projections import redaction, unanswered

from ..builders import (
    contact,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ..knowledge_builders import answer_refused
from ..redaction_builders import redaction_applied, redaction_failed, redaction_verified
from .test_untold import Shelf
from .then import Then
from .then import then as make_then

PATH = "/v1/knowledge/unanswered"
FOUND = TextMask(UtteranceId("from_customer-1"), "person_name", 3, 3)
VERIFIED = redaction_verified(attempt=1)


@pytest.fixture
async def then(postgres_url: str) -> AsyncGenerator[Then]:
    async with make_then(postgres_url, knowledge=Shelf()) as made:
        yield made


async def asks(then: Then, name: str, *verdict: Event, masks: tuple[TextMask, ...] = ()) -> None:
    """Record a call that asked one question, and what came of its redaction."""
    said = "my name is Okonkwo"
    question = answer_refused(question_id=QuestionId(f"q-{name}"), question=Sealed(said))
    applied = redaction_applied(heard_upto=1_000, audio=None, reason="not_recorded", masks=masks)
    await then.tell(
        contact_started(),
        utterance_finalized(said),
        question,
        contact_ended(),
        transcript_completed(),
        *((applied, *verdict) if verdict else ()),
        contact=contact(name),
    )


async def listed(then: Then, **asked: Any) -> tuple[list[tuple[str, str]], int | None]:
    """Return contact and question of each, and where to go on."""
    answer = await then.get(PATH, **asked)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return [(one["contact_id"], one["question"]) for one in told["questions"]], told["before"]


async def test_questions_of_verified_contacts_alone_are_listed_without_what_was_found(
    then: Then,
) -> None:
    await asks(then, "c-passed", VERIFIED)
    await asks(then, "c-waits")
    await asks(then, "c-failed", redaction_failed(attempts=1))
    await asks(then, "c-found", VERIFIED, masks=(FOUND,))
    await then.world.project(unanswered.PROJECTION)
    never_built, _ = await listed(then)

    await then.world.project(redaction.PROJECTION)

    assert never_built == []
    assert await listed(then) == (
        [("c-found", "my name is [person-name]"), ("c-passed", "my name is Okonkwo")],
        None,
    )


@pytest.mark.parametrize(
    ("looks_max", "told"),
    [(3, [["c-7", "c-6"], ["c-5", "c-1"], []]), (1, [["c-7"], ["c-6", "c-5"], [], ["c-1"], []])],
)
async def test_a_page_is_filled_past_those_that_wait_and_says_where_to_go_on(
    then: Then, monkeypatch: pytest.MonkeyPatch, looks_max: int, told: list[list[str]]
) -> None:
    monkeypatch.setattr(knowledge, "LOOKS_MAX", looks_max)
    for number in range(9):
        await asks(then, f"c-{number}", *([VERIFIED] if number in {1, 5, 6, 7} else []))
    await then.world.project(unanswered.PROJECTION, redaction.PROJECTION)

    pages: list[list[str]] = []
    before: int | None = None
    while len(pages) < 9:
        found, before = await listed(then, limit=2, **({"before": before} if before else {}))
        pages.append([contact_id for contact_id, _ in found])
        if before is None:
            break

    assert pages == told
