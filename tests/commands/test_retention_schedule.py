"""What is due of a contact, computed from its facts, the policy, the holds and the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from antiphon.commands.retention import DEFAULT_POLICY, check, completed
from antiphon.commands.retention_schedule import SEALED, UNENDED, Outlook, Plan, planned
from antiphon.commands.retention_standing import Standing
from antiphon.errors import HistoryUnreadable, Malformed
from antiphon.events.base import Event, Position, Unreadable
from antiphon.events.retention import (
    DATA_KINDS,
    DataKind,
    RetentionPublished,
    Stay,
    expiry_id,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ..builders import (
    CONTACT,
    NOON,
    at,
    contact_end_corrected,
    contact_ended,
    contact_erased,
    contact_started,
    recorded,
    transcript_completed,
    utterance_finalized,
)
from ..recording_builders import recording_consented, recording_stored
from ..redaction_builders import redaction_applied, redaction_verified
from ..retention_builders import data_archived, data_deleted, retention_freed, retention_held

ENDED_AT = at(60)
CALL = (contact_started(), contact_ended(ended_at=ENDED_AT))


def standing_of(*events: Event, recorded_at: datetime = NOON) -> Standing:
    standing = Standing()
    for event in events:
        standing.take(recorded(event, recorded_at=recorded_at))
    return standing


def policy_of(**kinds: Stay) -> RetentionPublished:
    given: dict[DataKind, Stay] = {kind: kinds[kind] for kind in DATA_KINDS if kind in kinds}
    return RetentionPublished(version="v", kinds=completed(given))


def plan_of(
    *events: Event,
    days: float,
    policy: RetentionPublished = DEFAULT_POLICY,
    hold_ids: Sequence[str] = (),
) -> Plan:
    now = ENDED_AT + timedelta(days=days)
    return planned(standing_of(*events), policy, hold_ids=hold_ids, now=now)


def deeds(plan: Plan) -> list[tuple[str, str]]:
    return [(act.deed, act.kind) for act in plan.acts]


def outlook(plan: Plan, kind: DataKind) -> Outlook:
    return next(one for one in plan.outlooks if one.kind == kind)


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (0, []),
        (89.99, []),
        (90, ["audio", "original"]),
        (364.99, ["audio", "original"]),
        (365, ["audio", "original", "transcript"]),
        (40_000, ["audio", "original", "transcript"]),
    ],
)
def test_by_default_audio_stays_90_days_and_the_transcript_a_year(
    days: float, due: list[str]
) -> None:
    assert deeds(plan_of(*CALL, days=days)) == [("delete", kind) for kind in due]


def test_what_was_deleted_is_never_due_again() -> None:
    gone = (data_deleted(kind="original"), data_deleted(kind="audio"))

    assert deeds(plan_of(*CALL, *gone, days=100)) == []
    assert deeds(plan_of(*CALL, *gone, days=365)) == [("delete", "transcript")]


def test_a_hold_keeps_everything_and_the_plan_says_what_it_keeps() -> None:
    plan = plan_of(*CALL, days=400, hold_ids=("h-1",))

    assert plan.acts == ()
    assert plan.kept_back == ("audio", "original", "transcript")
    assert outlook(plan, "audio").delete_at == ENDED_AT + timedelta(days=90)


def test_a_shorter_stay_makes_due_what_is_older_and_deletes_nothing_under_a_hold() -> None:
    shorter = policy_of(original=Stay(delete_after_days=1))

    assert deeds(plan_of(*CALL, days=2)) == []
    assert deeds(plan_of(*CALL, days=2, policy=shorter)) == [("delete", "original")]
    assert plan_of(*CALL, days=2, policy=shorter, hold_ids=("h-1",)).acts == ()


def test_a_longer_stay_takes_back_what_was_due() -> None:
    longer = policy_of(
        audio=Stay(delete_after_days=None),
        original=Stay(delete_after_days=200),
        transcript=Stay(delete_after_days=None),
    )

    plan = plan_of(*CALL, days=150, policy=longer)

    assert plan.acts == ()
    assert outlook(plan, "original").delete_at == ENDED_AT + timedelta(days=200)
    assert outlook(plan, "audio").delete_at is None


def test_nothing_is_deleted_before_it_is_archived_when_the_policy_says_so() -> None:
    policy = policy_of(audio=Stay(delete_after_days=10, archive_first=True))

    assert deeds(plan_of(*CALL, days=9, policy=policy)) == []
    waiting = plan_of(*CALL, days=11, policy=policy)
    assert deeds(waiting) == [("archive", "audio")]
    assert outlook(waiting, "audio").awaits_archive

    standing = standing_of(*CALL)
    archived = data_archived(kind="audio", upto=standing.newest)
    standing.take(recorded(archived))
    now = ENDED_AT + timedelta(days=11)
    assert deeds(planned(standing, policy, hold_ids=(), now=now)) == [("delete", "audio")]


def test_what_came_after_it_was_archived_has_to_be_archived_too() -> None:
    policy = policy_of(audio=Stay(delete_after_days=10, archive_after_days=5, archive_first=True))
    standing = standing_of(*CALL)
    standing.take(recorded(data_archived(kind="audio", upto=standing.newest)))
    late = recorded(utterance_finalized())
    standing.take(late)
    now = ENDED_AT + timedelta(days=11)

    assert deeds(planned(standing, policy, hold_ids=(), now=now)) == [("archive", "audio")]


def test_the_transcript_waits_for_what_its_keys_would_take_with_them() -> None:
    policy = policy_of(
        audio=Stay(delete_after_days=10, archive_first=True),
        original=Stay(delete_after_days=10),
        transcript=Stay(delete_after_days=10),
    )

    assert deeds(plan_of(*CALL, days=11, policy=policy)) == [
        ("archive", "audio"),
        ("delete", "original"),
    ]


def test_annotations_go_by_their_own_time_and_with_the_transcript_where_that_is_over() -> None:
    policy = policy_of(annotations=Stay(delete_after_days=30))
    unproven = policy_of(
        annotations=Stay(delete_after_days=30),
        transcript=Stay(delete_after_days=90, archive_first=True),
    )

    assert deeds(plan_of(*CALL, days=29.9, policy=policy)) == []
    assert deeds(plan_of(*CALL, days=30, policy=policy)) == [("delete", "annotations")]
    assert plan_of(*CALL, days=30, policy=policy, hold_ids=("h",)).kept_back == ("annotations",)
    assert ("delete", "annotations") not in deeds(plan_of(*CALL, days=365, policy=policy))
    assert deeds(plan_of(*CALL, days=90, policy=unproven))[0] == ("delete", "annotations")


def test_numbers_stay_for_ever_by_default_and_go_by_their_own_time_also_of_who_was_erased() -> None:
    policy = policy_of(analytics=Stay(delete_after_days=700))
    gone = [data_deleted(kind=kind) for kind in SEALED]
    by_retention = (*CALL, contact_erased(erasure_id=expiry_id(CONTACT.contact_id)), *gone)

    assert deeds(plan_of(*by_retention, days=40_000)) == []
    for call in (by_retention, (*CALL, contact_erased())):
        assert deeds(plan_of(*call, days=699, policy=policy)) == []
        assert deeds(plan_of(*call, days=700, policy=policy)) == [("delete", "analytics")]


def test_no_original_goes_before_the_recording_that_is_to_stay_was_made_from_it() -> None:
    policy = policy_of(original=Stay(delete_after_days=0))
    call = (*CALL, transcript_completed(), recording_consented(), recording_stored())
    redacted = redaction_applied(round=1, attempt=1, heard_upto=Position(2**40))
    verified = redaction_verified(round=1, attempt=1)

    waiting = plan_of(*call, redacted, days=1, policy=policy)
    made = plan_of(*call, redacted, verified, days=1, policy=policy)
    too_late = plan_of(*call, redacted, days=90, policy=policy)

    assert waiting.acts == ()
    assert outlook(waiting, "original").awaits_redaction
    assert deeds(made) == [("delete", "original")]
    assert deeds(too_late) == [("delete", "original"), ("delete", "audio")]


def test_archiving_goes_on_under_a_hold() -> None:
    policy = policy_of(audio=Stay(delete_after_days=90, archive_after_days=5))

    assert deeds(plan_of(*CALL, days=91, policy=policy, hold_ids=("h",))) == [("archive", "audio")]


def test_a_contact_that_goes_on_is_not_over_and_one_nobody_ended_is_after_a_while() -> None:
    policy = policy_of(original=Stay(delete_after_days=0))
    standing = standing_of(contact_started(), recorded_at=NOON)

    just = planned(standing, policy, hold_ids=(), now=NOON + UNENDED - timedelta(seconds=1))
    then = planned(standing, policy, hold_ids=(), now=NOON + UNENDED)

    assert just.acts == ()
    assert deeds(then) == [("delete", "original")]


def test_a_corrected_end_counts_and_one_told_before_its_own_start_does_not() -> None:
    later = contact_end_corrected(ended_at=ENDED_AT + timedelta(days=1))
    plan = plan_of(*CALL, later, days=90.5)
    assert plan.acts == ()

    of_1970 = contact_ended(ended_at=datetime.fromisoformat("1970-01-01T00:00:00Z"))
    plan = plan_of(contact_started(), of_1970, days=1)
    assert outlook(plan, "audio").delete_at == NOON + timedelta(days=90)


def test_of_an_erased_person_nothing_is_left_to_do_and_of_an_expiry_broken_off_all_is() -> None:
    erased = plan_of(*CALL, contact_erased(), days=400)
    broken_off = contact_erased(erasure_id=expiry_id(CONTACT.contact_id))

    assert erased.acts == ()
    assert {one.kind for one in erased.outlooks if one.stage == "deleted"} == {*SEALED}
    assert "transcript" in {act.kind for act in plan_of(*CALL, broken_off, days=400).acts}


def test_a_hold_that_was_said_is_known_until_it_is_said_to_be_gone() -> None:
    assert standing_of(*CALL, retention_held()).held == retention_held()
    assert standing_of(*CALL, retention_held(), retention_freed()).held is None


def test_a_contact_with_a_fact_of_another_version_is_not_judged() -> None:
    newer = Unreadable(type="contact_frozen", version=1, problem="unknown_type")

    with pytest.raises(HistoryUnreadable):
        standing_of(*CALL, newer)
    standing_of(*CALL, Unreadable(type="x", version=1, problem="unknown_type", ignorable=True))


_DAYS = st.one_of(st.none(), st.integers(0, 30))


@st.composite
def _policies(draw: st.DrawFn) -> RetentionPublished:
    def stay() -> Stay:
        delete = draw(_DAYS)
        archive = draw(st.one_of(st.none(), st.integers(0, 30 if delete is None else delete)))
        first = delete is not None and draw(st.booleans())
        return Stay(delete_after_days=delete, archive_after_days=archive, archive_first=first)

    transcript = stay()
    kinds: dict[DataKind, Stay] = {kind: stay() for kind in DATA_KINDS if kind != "transcript"}
    kinds["transcript"] = transcript
    return RetentionPublished(version="v", kinds=completed(kinds))


@settings(max_examples=100, deadline=None)
@given(
    policy=_policies(),
    days=st.floats(0, 60),
    archived=st.sets(st.sampled_from(SEALED)),
    deleted=st.sets(st.sampled_from(SEALED)),
    held=st.booleans(),
)
def test_whatever_the_policy_nothing_goes_before_its_time_under_a_hold_or_unarchived(
    policy: RetentionPublished,
    days: float,
    archived: set[DataKind],
    deleted: set[DataKind],
    *,
    held: bool,
) -> None:
    standing = standing_of(*CALL)
    for kind in archived:
        standing.take(recorded(data_archived(kind=kind, upto=standing.newest)))
    for kind in deleted:
        standing.take(recorded(data_deleted(kind=kind)))
    now = ENDED_AT + timedelta(days=days)

    plan = planned(standing, policy, hold_ids=("h-1",) if held else (), now=now)

    for act in plan.acts:
        stay = policy.kinds[act.kind]
        assert act.kind not in deleted
        assert act.due_at <= now
        if act.deed == "delete":
            assert not held
            assert stay.delete_after_days is not None
            assert days >= stay.delete_after_days
            assert not stay.archive_first or act.kind in archived
            gone_with_it = SEALED if act.kind == "transcript" else (act.kind,)
            for kind in gone_with_it:
                other = policy.kinds[kind]
                over = other.delete_after_days is not None and days >= other.delete_after_days
                waits = over and other.archive_first and kind not in archived | deleted
                assert not waits


@pytest.mark.parametrize(
    ("kinds", "field"),
    [
        ({"audio": Stay(delete_after_days=-1)}, "audio.delete_after_days"),
        ({"audio": Stay(delete_after_days=40_000)}, "audio.delete_after_days"),
        (
            {"audio": Stay(delete_after_days=10, archive_after_days=11)},
            "audio.archive_after_days",
        ),
        ({"audio": Stay(delete_after_days=366)}, "audio.delete_after_days"),
        ({"original": Stay(delete_after_days=None)}, "original.delete_after_days"),
        ({"transcript": Stay(delete_after_days=30)}, "original.delete_after_days"),
        ({"annotations": Stay(delete_after_days=366)}, "annotations.delete_after_days"),
        ({"annotations": Stay(delete_after_days=None)}, "annotations.delete_after_days"),
        (
            {"transcript": Stay(delete_after_days=None, archive_first=True)},
            "transcript.archive_first",
        ),
        ({"analytics": Stay(delete_after_days=-1)}, "analytics.delete_after_days"),
    ],
)
def test_a_policy_that_could_not_be_kept_to_is_refused(
    kinds: dict[DataKind, Stay], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        check(completed(kinds))

    assert refused.value.field == field


def test_the_default_can_be_kept_to_and_annotations_go_with_a_transcript_that_is_given() -> None:
    check(DEFAULT_POLICY.kinds)
    kinds = completed({"transcript": Stay(delete_after_days=None)})

    assert kinds["annotations"] == Stay(delete_after_days=None)
    check(kinds)
