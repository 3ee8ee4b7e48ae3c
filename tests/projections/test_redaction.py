"""Where contacts stand in redaction is shown as facts tell it, in whichever pieces they come."""

from collections.abc import Sequence

import pytest
from antiphon.events.base import Epoch, Position, Recorded, UtteranceId
from antiphon.events.redaction import TextMask
from antiphon.events.untold import Untold, by_utterance
from antiphon.projections import redaction, transcript
from antiphon.projections.redaction import InRedaction
from antiphon.projections.released import redaction_shown_upto, released_among
from antiphon.projections.store import Connection
from antiphon.projections.transcript import transcript_of

from ..builders import (
    CONTACT,
    contact_ended,
    contact_erased,
    contact_started,
    recorded,
    transcript_completed,
    utterance_finalized,
)
from ..recording_builders import recording_consented, recording_stored
from ..redaction_builders import (
    redaction_applied,
    redaction_doubted,
    redaction_failed,
    redaction_reviewed,
    redaction_verified,
)
from .world import World

EVENTS = (
    (contact_started(), "under_way"),
    (recording_consented(), "under_way"),
    (utterance_finalized(), "under_way"),
    (contact_ended(), "under_way"),
    (transcript_completed(), "under_way"),
    (recording_stored(), "in_quarantine"),
    (redaction_applied(attempt=3, heard_upto=Position(6)), "in_quarantine"),
    (redaction_doubted(attempt=3), "in_quarantine"),
    (redaction_failed(), "failed"),
    (redaction_reviewed(decision="confirmed", spans=()), "in_quarantine"),
    (redaction_verified(attempt=3, reviewed_by="reader:ada"), "verified"),
    (utterance_finalized("late"), "in_quarantine"),
    (contact_erased(), "erased"),
)
FACTS = [
    recorded(event, position=Position(number)) for number, (event, _) in enumerate(EVENTS, start=1)
]


@pytest.fixture(autouse=True)
async def made(world: World) -> None:
    """Make the tables: no fact has come yet."""
    async with world.running(redaction.PROJECTION) as progress:
        await progress.until_alive()


async def fold(world: World, *batches: Sequence[Recorded]) -> None:
    async with world.pool.acquire() as connection:
        for batch in batches:
            async with connection.transaction():
                await redaction.PROJECTION.project(connection, batch)


async def shown(world: World) -> InRedaction:
    async with world.pool.acquire() as connection:
        found = await redaction.redactions(connection)
    assert found.counts == {found.contacts[0].state: 1}
    return found.contacts[0]


async def test_each_fact_moves_the_contact_as_it_should(world: World) -> None:
    for fact, (_, state) in zip(FACTS, EVENTS, strict=True):
        await fold(world, [fact])

        assert (await shown(world)).state == state


async def test_batches_and_repeats_show_the_same(world: World) -> None:
    await fold(world, FACTS[:9])
    at_once = await shown(world)

    await fold(world, FACTS[:4], FACTS[2:9], FACTS[:1])

    assert await shown(world) == at_once
    assert (at_once.state, at_once.round, at_once.attempt) == ("failed", 1, 3)
    assert (at_once.reason, at_once.findings) == ("found_again", 1)


async def test_what_never_started_is_not_listed(world: World) -> None:
    await fold(world, FACTS[2:3])

    async with world.pool.acquire() as connection:
        found = await redaction.redactions(connection)

    assert (found.counts, found.contacts) == ({}, ())


async def test_words_found_after_the_call_are_taken_out_of_its_lines(world: World) -> None:
    said = "it is four two, seven nine. Thanks"
    masks = (TextMask(UtteranceId("from_customer-1"), "account_number", 2, 5),)
    first = redaction_applied(heard_upto=Position(3))
    second = redaction_applied(attempt=2, heard_upto=Position(3), masks=masks)

    await world.tell(contact_started(), utterance_finalized(said), first)
    await world.project(transcript.PROJECTION)
    before = await lines(world)
    await world.tell(second)
    await world.project(transcript.PROJECTION)
    after = await lines(world)
    await world.tell(redaction_applied(attempt=3, heard_upto=Position(3), masks=masks))
    await world.project(transcript.PROJECTION)

    mask = "[account-number]"
    assert before == [said]
    assert after == [f"it is {mask} {mask}, {mask} {mask}. Thanks"]
    assert await lines(world) == after


async def test_words_found_in_any_attempt_stay_known(world: World) -> None:
    first, second = (TextMask(UtteranceId(f"u-{number}"), "pin", 0, 0) for number in (1, 2))
    attempts = [
        redaction_applied(heard_upto=Position(6), audio=None, masks=(first,)),
        redaction_applied(attempt=2, heard_upto=Position(6), audio=None, masks=(second, first)),
        redaction_applied(attempt=3, heard_upto=Position(6), audio=None),
        redaction_verified(attempt=3),
    ]
    facts = [recorded(one, position=Position(7 + at)) for at, one in enumerate(attempts)]

    await fold(world, FACTS[:6], facts[:1], facts[:2], facts)

    async with world.pool.acquire() as connection:
        known, ids = await epoch(connection), [CONTACT.contact_id]
        found = await released_among(connection, ids, epoch=known, upto=Position(0))
        behind = await released_among(connection, ids, epoch=known, upto=Position(1))
        another = await released_among(connection, ids, epoch=Epoch("x"), upto=Position(0))
    assert found == {CONTACT.contact_id: Untold(masks=by_utterance((first, second)))}
    assert (behind, another) == ({}, {})


async def epoch(connection: Connection) -> Epoch:
    checkpoint = await redaction_shown_upto(connection)
    assert checkpoint is not None
    return checkpoint.epoch


async def lines(world: World) -> list[str | None]:
    async with world.pool.acquire() as connection:
        found = await transcript_of(connection, CONTACT.contact_id)
    assert found is not None
    return [one.text for one in found.lines]
