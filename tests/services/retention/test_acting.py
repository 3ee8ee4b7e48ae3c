"""What retention does to one contact, and what stops it: holds, the archive, deaths in between."""

from datetime import timedelta
from pathlib import Path

import pytest
from antiphon.errors import ArchiveUnavailable, LogUnavailable
from antiphon.events.base import Event, Position
from antiphon.events.contact import ContactErased
from antiphon.events.retention import (
    DataArchived,
    DataDeleted,
    ExpiryProposed,
    KeysExpired,
    RetentionFreed,
    RetentionHeld,
    Stay,
    expiry_id,
)

from ...builders import CONTACT, contact, utterance_finalized
from .stage import ENDED_AT, EVERYTHING, SPOKEN, TENANT, Stage


@pytest.fixture
async def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path / "objects")
    await stage.created()
    return stage


def deleted(facts: list[Event]) -> list[str]:
    return [one.kind for one in facts if isinstance(one, DataDeleted)]


async def test_nothing_is_touched_and_nothing_said_before_its_time(stage: Stage) -> None:
    for days in (0, 1, 89.99):
        looked = await stage.look(days=days)
        assert (looked.deleted, looked.kept_back) == ((), ())

    assert await stage.left() == EVERYTHING
    assert await stage.told() == []
    assert await stage.expiries() == []


async def test_after_90_days_audio_and_originals_are_gone_and_the_words_are_not(
    stage: Stage,
) -> None:
    looked = await stage.look(days=90)

    assert looked.deleted == ("audio", "original")
    assert await stage.left() == {"contact", "replies"}
    assert await stage.words() == [SPOKEN]
    audio, original = await stage.told()
    assert isinstance(audio, DataDeleted)
    assert (audio.kind, audio.objects, audio.keys) == ("audio", 1, ())
    assert audio.due_at == ENDED_AT + timedelta(days=90)
    assert isinstance(original, DataDeleted)
    assert (original.kind, original.objects, original.keys) == ("original", 1, ("original",))
    assert [one.event for one in await stage.expiries()] == [
        ExpiryProposed(kinds=("audio", "original"), policy_version="default"),
        KeysExpired(holders=("original",), policy_version="default"),
    ]
    assert stage.copies_forgotten == 0


async def test_after_a_year_nothing_that_was_said_can_be_read_by_anybody(stage: Stage) -> None:
    await stage.look(days=90)

    looked = await stage.look(days=365)

    assert looked.deleted == ("transcript",)
    assert await stage.left() == set()
    assert await stage.words() == [None]
    assert deleted(await stage.told()) == ["audio", "original", "transcript", "annotations"]
    life = [one.event async for one in stage.journal.read(CONTACT, lanes=("life",))]
    assert life[-1] == ContactErased(erasure_id=expiry_id(CONTACT.contact_id))
    assert stage.copies_forgotten == 1


async def test_looking_again_does_nothing_and_says_nothing(stage: Stage) -> None:
    await stage.look(days=400)
    said, ends = await stage.told(), await stage.journal.state(TENANT)

    looked = await stage.look(days=500)

    assert looked.deleted == ()
    assert await stage.told() == said
    assert await stage.journal.state(TENANT) == ends


async def test_another_contact_of_the_tenant_keeps_what_it_has(stage: Stage) -> None:
    other = contact("c-2")
    await stage.call(other, ended_at=ENDED_AT + timedelta(days=300))

    await stage.look(days=365)
    await stage.look(of=other)

    assert await stage.left() == set()
    assert await stage.left(other) == EVERYTHING


async def test_what_is_held_stays_whole_is_said_once_and_goes_when_the_hold_does(
    stage: Stage,
) -> None:
    await stage.hold()

    for days in (90, 91, 92):
        looked = await stage.look(days=days)
        assert (looked.deleted, looked.kept_back) == ((), ("audio", "original"))

    assert await stage.left() == EVERYTHING
    assert await stage.told() == [
        RetentionHeld(kinds=("audio", "original"), hold_ids=("h-1",), policy_version="default")
    ]
    assert await stage.expiries() == []

    await stage.release()
    looked = await stage.look(days=93)

    assert looked.deleted == ("audio", "original")
    assert [type(one) for one in await stage.told()] == [
        RetentionHeld,
        RetentionFreed,
        DataDeleted,
        DataDeleted,
    ]


async def test_that_more_is_due_or_held_by_others_is_said_anew(stage: Stage) -> None:
    await stage.hold("h-1")
    await stage.look(days=90)
    await stage.hold("h-2")
    await stage.look(days=91)
    await stage.look(days=365)

    said = [
        (one.hold_ids, one.kinds) for one in await stage.told() if isinstance(one, RetentionHeld)
    ]
    assert said == [
        (("h-1",), ("audio", "original")),
        (("h-1", "h-2"), ("audio", "original")),
        (("h-1", "h-2"), ("audio", "original", "transcript")),
    ]


async def test_a_shorter_policy_deletes_nothing_under_a_hold_and_what_is_free(
    stage: Stage,
) -> None:
    free = contact("c-2")
    await stage.call(free)
    await stage.hold()

    await stage.publish(**dict.fromkeys(("original", "audio", "transcript"), _days(0)))
    await stage.look(days=1)
    await stage.look(of=free)

    assert await stage.left() == EVERYTHING
    assert await stage.left(free) == set()
    assert await stage.words(free) == [None]


async def test_a_longer_policy_takes_back_what_was_due_also_while_it_was_held(
    stage: Stage,
) -> None:
    await stage.hold()
    await stage.look(days=90)
    await stage.publish(
        original=_days(200), audio=_days(200), transcript=Stay(delete_after_days=None)
    )
    await stage.release()

    looked = await stage.look(days=100)

    assert looked.deleted == ()
    assert await stage.left() == EVERYTHING
    assert isinstance((await stage.told())[-1], RetentionFreed)


async def test_a_hold_that_comes_at_the_last_moment_wins(stage: Stage) -> None:
    asked = 0

    async def second_time() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            await stage.hold()

    stage.before_holds = second_time
    looked = await stage.look(days=400)

    assert looked.deleted == ()
    assert looked.kept_back == ("audio", "original", "transcript")
    assert await stage.left() == EVERYTHING
    assert [type(one.event) for one in await stage.expiries()] == [ExpiryProposed]
    stage.before_holds = None
    assert (await stage.look()).kept_back == ("audio", "original", "transcript")


async def test_what_was_decided_before_a_hold_came_is_brought_to_its_end(stage: Stage) -> None:
    stage.objects.away_at = 1
    with pytest.raises(ArchiveUnavailable):
        await stage.look(days=365)
    assert isinstance((await stage.expiries())[-1].event, KeysExpired)

    await stage.hold()
    looked = await stage.look(days=366)

    # The keys are gone since; what is left of the redacted recording was decided with no key.
    assert looked.deleted == ("original", "transcript")
    assert looked.kept_back == ("audio",)
    assert await stage.left() == {"redactions"}
    assert deleted(await stage.told()) == ["original", "transcript", "annotations"]


@pytest.mark.parametrize("crash_at", range(1, 7))
@pytest.mark.parametrize("stores_first", [False, True], ids=["before", "after"])
async def test_a_death_at_any_append_leaves_what_the_next_one_finishes(
    tmp_path: Path, crash_at: int, *, stores_first: bool
) -> None:
    stage = Stage(tmp_path / "objects")
    await stage.created()
    appended, log = 0, stage.log
    append = log.append

    async def dying(*args: object, **given: object) -> Position:
        nonlocal appended
        appended += 1
        if appended != crash_at:
            return await append(*args, **given)  # pyright: ignore[reportArgumentType] (as it came)
        if stores_first:
            await append(*args, **given)  # pyright: ignore[reportArgumentType] (as it came)
        raise LogUnavailable("asked to")

    log.append = dying  # pyright: ignore[reportAttributeAccessIssue] (a log that dies)
    try:
        await stage.look(days=400)
        died = False
    except LogUnavailable:
        died = True
    log.append = append

    assert died is (crash_at <= 4)
    await stage.look()

    assert await stage.left() == set()
    assert sorted(deleted(await stage.told())) == ["annotations", "audio", "original", "transcript"]
    decided = [one for one in await stage.expiries() if isinstance(one.event, KeysExpired)]
    assert len(decided) == 1
    erased = [
        one
        async for one in stage.journal.read(CONTACT, lanes=("life",))
        if isinstance(one.event, ContactErased)
    ]
    assert len(erased) == 1


@pytest.mark.parametrize("away_at", [1, 2, 3])
async def test_a_store_that_is_away_in_the_middle_is_asked_again(
    stage: Stage, away_at: int
) -> None:
    stage.objects.away_at = away_at
    with pytest.raises(ArchiveUnavailable):
        await stage.look(days=400)
    assert deleted(await stage.told()) == []

    looked = await stage.look()

    assert looked.deleted == ("audio", "original", "transcript")
    assert await stage.left() == set()


async def test_of_two_processes_at_one_contact_both_end_and_each_thing_is_said_once(
    stage: Stage,
) -> None:
    stage.clock = ENDED_AT + timedelta(days=90)
    one, other = stage.another_process(), stage.another_process()

    async def overtaken() -> None:
        stage.before_holds = None
        await other.look(CONTACT)

    stage.before_holds = overtaken
    await one.look(CONTACT)

    assert sorted(deleted(await stage.told())) == ["audio", "original"]


async def test_nothing_is_deleted_before_the_archive_proves_it(stage: Stage) -> None:
    await stage.publish(
        original=_days(10),
        audio=_days(10),
        transcript=Stay(delete_after_days=10, archive_first=True),
    )

    looked = await stage.look(days=11)
    assert looked.unarchived == ("annotations", "transcript")
    assert looked.deleted == ("audio", "original")
    assert "contact" in await stage.left()

    stage.archive.upto = (await stage.journal.state(TENANT)).last
    looked = await stage.look(days=12)
    assert looked.archived == ("annotations", "transcript")
    looked = await stage.look(days=12)

    assert looked.deleted == ("transcript",)
    assert await stage.left() == set()


async def test_what_came_after_the_proof_is_not_deleted_on_its_strength(stage: Stage) -> None:
    await stage.publish(
        original=_days(10),
        audio=_days(10),
        transcript=Stay(delete_after_days=10, archive_after_days=5, archive_first=True),
    )
    stage.archive.upto = (await stage.journal.state(TENANT)).last
    assert (await stage.look(days=6)).archived == ("annotations", "transcript")
    await stage.tell(utterance_finalized())

    assert (await stage.look(days=11)).unarchived == ("annotations", "transcript")

    assert "contact" in await stage.left()


async def test_a_recording_is_archived_when_its_store_says_so_of_every_object(
    stage: Stage,
) -> None:
    await stage.publish(audio=Stay(delete_after_days=90, archive_after_days=30, archive_first=True))
    stage.archive.upto = (await stage.journal.state(TENANT)).last

    assert (await stage.look(days=30)).unarchived == ("audio",)
    stage.objects.archived.add(f"redactions/{TENANT}/{CONTACT.contact_id}/one")
    assert (await stage.look(days=31)).archived == ("audio",)

    [told] = await stage.told()
    assert isinstance(told, DataArchived)
    assert (told.kind, told.objects) == ("audio", 1)


async def test_archiving_goes_on_under_a_hold(stage: Stage) -> None:
    await stage.publish(transcript=Stay(delete_after_days=365, archive_after_days=5))
    stage.archive.upto = (await stage.journal.state(TENANT)).last
    await stage.hold()

    assert (await stage.look(days=6)).archived == ("annotations", "transcript")


def _days(days: int) -> Stay:
    return Stay(delete_after_days=days)
