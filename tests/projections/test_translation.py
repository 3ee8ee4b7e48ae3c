"""A contact's translation can be read: its lines, its replies, and why there are none."""

import pytest
from antiphon.events.base import Event, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.projections.transcript_rows import ERASED
from antiphon.projections.translation import (
    PROJECTION,
    Translation,
    TypedReply,
    translation_of,
)

from ..builders import CONTACT, contact, contact_erased, contact_started
from ..translation_builders import (
    REPLY,
    language_identified,
    reply_audio_erased,
    reply_failed,
    reply_spoken,
    reply_translated,
    reply_typed,
    translation_dropped,
    translation_set,
    utterance_translated,
)
from .world import World

CALL = [contact_started(language="en-US"), translation_set(), language_identified()]
SPOKEN = [reply_typed(), reply_translated(), reply_spoken()]


async def shown(world: World) -> Translation:
    async with world.pool.acquire() as connection:
        found = await translation_of(connection, CONTACT.contact_id)
    assert found is not None
    return found


async def reply_of(world: World) -> TypedReply:
    (reply,) = (await shown(world)).replies
    return reply


async def test_what_was_translated_is_shown_and_what_was_not_says_why(world: World) -> None:
    await world.tell(*CALL, utterance_translated(), translation_dropped())
    await world.project(PROJECTION)

    found = await shown(world)

    assert (found.state, found.targets, found.stated) == ("on", ("en",), "en-US")
    assert [(one.track, one.language) for one in found.languages] == [("from_customer", "es")]
    assert [(one.utterance_id, one.target, one.text, one.dropped) for one in found.lines] == [
        ("from_customer-1", "en", "I want to pay my bill", None),
        ("from_customer-2", "en", None, "late"),
    ]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], "off"),
        ([translation_set(configured=False)], "unconfigured"),
        ([translation_set(configured=False), translation_set()], "on"),
        ([translation_set(), translation_set(targets=())], "off"),
    ],
)
async def test_it_is_said_plainly_whether_anything_is_translated(
    world: World, told: list[Event], state: str
) -> None:
    await world.tell(contact_started(), *told)
    await world.project(PROJECTION)

    assert (await shown(world)).state == state


@pytest.mark.parametrize(
    ("told", "state", "text"),
    [
        (SPOKEN[:1], "typed", None),
        (SPOKEN[:2], "translated", "Va un técnico"),
        (SPOKEN, "spoken", "Va un técnico"),
        ([*SPOKEN[:2], reply_failed()], "failed", "Va un técnico"),
        ([SPOKEN[0], SPOKEN[2]], "spoken", None),
        ([SPOKEN[0], reply_failed(step="translation", reason="late")], "failed", None),
    ],
)
async def test_a_reply_says_how_far_it_came(
    world: World, told: list[Event], state: str, text: str | None
) -> None:
    await world.tell(*CALL, *told)
    await world.project(PROJECTION)

    reply = await reply_of(world)

    assert (reply.reply_id, reply.typed) == (REPLY, "A technician is coming")
    assert (reply.state, reply.text) == (state, text)
    assert reply.duration_ms == (1_240 if state == "spoken" else None)


async def test_of_an_erased_person_no_word_is_shown_nor_any_audio(world: World) -> None:
    await world.tell(*CALL, utterance_translated(), *SPOKEN)
    await world.project(PROJECTION)
    await world.tell(contact_erased(), reply_audio_erased())
    late = utterance_translated(utterance_id=UtteranceId("from_customer-9"), text=Sealed("late"))
    await world.tell(late)
    await world.project(PROJECTION)

    found = await shown(world)

    assert [one.text for one in found.lines] == [ERASED, ERASED]
    (reply,) = found.replies
    assert (reply.typed, reply.text, reply.duration_ms) == (ERASED, ERASED, None)
    rows = repr(await world.content(PROJECTION.tables))
    assert "technician" not in rows
    assert "bill" not in rows


async def test_nobodys_translation_is_anothers_and_an_unknown_one_is_none(world: World) -> None:
    await world.tell(*CALL, utterance_translated())
    await world.tell(contact_started(), contact=contact("c-2"))
    await world.project(PROJECTION)

    async with world.pool.acquire() as connection:
        other = await translation_of(connection, contact("c-2").contact_id)
        unknown = await translation_of(connection, contact("c-3").contact_id)

    assert other is not None
    assert other.lines == ()
    assert unknown is None


async def test_it_can_be_replayed(world: World) -> None:
    told = [*CALL, utterance_translated(), translation_dropped(), *SPOKEN]
    await world.tell(*told, contact_erased(), reply_audio_erased())
    await world.project(PROJECTION)

    rebuilt = await world.rebuild(PROJECTION)

    assert rebuilt.comparison is not None
    assert rebuilt.comparison.equal
