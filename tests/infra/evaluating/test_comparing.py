"""Two answers to the same contacts: what is the same, what came, what went, what agents said."""

from typing import Any

from antiphon.events.base import ContactId, GuidanceId, Recorded, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.infra.evaluating.comparing import (
    Answer,
    Came,
    Compared,
    answer_of,
    compare,
    labels_of,
)
from antiphon.infra.evaluating.tally import LISTED_MAX, Sum, Tally, listed_beyond
from hypothesis import given
from hypothesis import strategies as st

from ...builders import (
    NOON,
    at,
    checklist_item_ticked,
    guidance_dismissed,
    guidance_issued,
    guidance_used,
    guidance_withheld,
    heard,
    recorded,
)

C1 = ContactId("c-1")


def came(name: str = "keep", utterance: str | None = "from_customer-1", **given: Any) -> Came:
    defaults: dict[str, Any] = {
        "utterance_id": None if utterance is None else UtteranceId(utterance),
        "guidance_id": GuidanceId(f"{name}/{utterance}"),
        "at": NOON,
        "after_ms": 400,
    }
    return Came(name=name, **defaults | given)


def compared(
    before: list[Came], after: list[Came], *, labels: dict[str, Any] | None = None, **given: Any
) -> Compared:
    defaults: dict[str, Any] = {"contact_id": C1, "minutes": 2.0}
    return compare(
        before=Answer(cues=tuple(before)),
        after=Answer(cues=tuple(after)),
        labels={GuidanceId(name): label for name, label in (labels or {}).items()},
        **defaults | given,
    )


def summed(*compared: Compared, texts: bool = False) -> Sum:
    tally = Tally(texts=texts)
    for one in compared:
        tally.add(one)
    return tally.sum()


def names(cues: Any) -> list[str]:
    return [one.name for one in cues]


# What a lane comes to


def test_a_lane_is_cues_ticks_and_what_was_withheld_for_good() -> None:
    facts: list[Recorded] = [
        recorded(guidance_issued(heard=heard(ended_ms=2_000)), occurred_at=at(2.75)),
        recorded(checklist_item_ticked(heard=None), occurred_at=at(3)),
        recorded(guidance_withheld(until=None, reason="too_late")),
        recorded(guidance_withheld(guidance_id=GuidanceId("g-3"))),
    ]

    found = answer_of(facts, clock_zero_at=NOON)

    (cue,), (tick,) = found.cues, found.ticks
    assert (cue.name, cue.utterance_id, cue.after_ms) == ("ask_for_photos", "from_customer-1", 750)
    assert (cue.guidance_id, cue.words) == ("g-1", "roof leaks")
    assert (tick.name, tick.utterance_id, tick.after_ms) == ("recording_notice", None, None)
    assert found.withheld == {"too_late": 1}


def test_a_cue_that_was_withheld_and_came_after_all_was_not_withheld() -> None:
    waited = guidance_withheld(guidance_id=GuidanceId("g-1"), until=None)

    assert (
        answer_of([recorded(waited), recorded(guidance_issued())], clock_zero_at=None).withheld
        == {}
    )


def test_words_that_were_erased_are_no_words() -> None:
    sealed = Sealed.closed("c2VhbGVk", key_id="k-1")

    (cue,) = answer_of([recorded(guidance_issued(evidence=sealed))], clock_zero_at=None).cues

    assert (cue.words, cue.after_ms) == ("", None)


def test_the_agents_first_word_about_a_cue_stands() -> None:
    facts = [recorded(guidance_used()), recorded(guidance_dismissed()), recorded(guidance_issued())]

    assert labels_of(facts) == {"g-1": "used"}


# What is the same


def test_a_cue_of_the_same_utterance_is_the_same() -> None:
    found = compared(
        [came("keep"), came("price"), came("keep", "from_customer-7", at=at(9))],
        [came("keep"), came("price", "from_customer-2"), came("sorry", None)],
    )

    assert [(old.name, new.name) for old, new in found.kept] == [("keep", "keep")]
    assert names(found.gained) == ["price", "sorry"]
    assert names(found.lost) == ["price", "keep"]


def test_of_cues_that_nobodys_words_earned_each_stands_for_one() -> None:
    found = compared([came("hold", None)] * 2, [came("hold", None)] * 3)

    assert (len(found.kept), names(found.gained), names(found.lost)) == (2, ["hold"], [])


def test_ticks_are_compared_by_item() -> None:
    before, after = came("greeting", guidance_id=None), came("closing", guidance_id=None)

    found = compare(
        C1, minutes=1, before=Answer(ticks=(before,)), after=Answer(ticks=(after,)), labels={}
    )

    assert (names(found.ticks_gained), names(found.ticks_lost)) == (["closing"], ["greeting"])
    items = summed(found).items
    assert (items["greeting"].before, items["greeting"].lost, items["greeting"].after) == (1, 1, 0)
    assert (items["closing"].after, items["closing"].gained) == (1, 1)


cues = st.lists(
    st.builds(came, st.sampled_from("ab"), st.sampled_from([None, "u-1", "u-2"])), max_size=8
)


@given(before=cues, after=cues)
def test_whatever_came_every_cue_is_counted_once_on_each_side(
    before: list[Came], after: list[Came]
) -> None:
    found = compared(before, after)

    assert len(found.kept) + len(found.lost) == len(before)
    assert len(found.kept) + len(found.gained) == len(after)
    assert all(old.key == new.key for old, new in found.kept)
    assert not {one.key for one in found.gained} & {one.key for one in found.lost}
    turned = compared(after, before)
    assert sorted(map(str, turned.gained)) == sorted(map(str, found.lost))


# Many contacts


def test_contacts_are_added_up_by_cue() -> None:
    found = summed(
        compared([came("keep"), came("price")], [came("keep")]),
        compared([], [came("keep"), came("sorry")], contact_id=ContactId("c-2")),
    )

    keep = found.cues["keep"]
    assert (keep.before, keep.after, keep.kept, keep.gained, keep.lost) == (1, 2, 1, 1, 0)
    assert (found.cues["price"].lost, found.cues["sorry"].gained) == (1, 1)
    assert (found.contacts, found.minutes) == (2, 4.0)
    assert (found.before.cues_a_minute, found.after.cues_a_minute) == (0.5, 0.75)
    assert [(one.contact_id, one.name, one.utterance_id) for one in found.gained] == [
        ("c-2", "keep", "from_customer-1"),
        ("c-2", "sorry", "from_customer-1"),
    ]


def test_what_agents_said_tells_what_was_lost_and_how_precise_each_is() -> None:
    before = [came("good"), came("bad"), came("gone_good"), came("gone_bad"), came("untold")]
    labels = {
        "good/from_customer-1": "used",
        "bad/from_customer-1": "dismissed",
        "gone_good/from_customer-1": "used",
        "gone_bad/from_customer-1": "dismissed",
    }

    # What is there after has ids of its own: the label goes with the cue, not with the id.
    after = [came("good", guidance_id=GuidanceId("x")), came("untold"), came("new")]
    found = summed(compared(before, after, labels=labels))

    assert found.cues["good"].used_kept == 1
    assert (found.cues["gone_good"].used_lost, found.cues["bad"].dismissed_lost) == (1, 1)
    assert (found.before.precision.used, found.before.precision.dismissed) == (2, 2)
    assert found.before.precision.share == 0.5
    after_precision = found.after.precision
    assert (after_precision.used, after_precision.dismissed, after_precision.share) == (1, 0, 1.0)
    assert after_precision.interval_95[0] < 0.3  # of one cue nothing is known
    assert [one.label for one in found.lost if one.name == "bad"] == ["dismissed"]


def test_where_agents_said_nothing_there_is_no_precision() -> None:
    found = summed(compared([came()], [came()]))

    assert found.before.precision.share is None


def test_latency_is_told_by_its_quantiles_and_not_of_what_came_before_its_words() -> None:
    waits = [-5_000, None, *([300] * 18), 2_000, 9_000]

    found = summed(compared([], [came(f"cue-{n}", after_ms=ms) for n, ms in enumerate(waits)]))

    latency = found.after.latency
    assert (latency.count, latency.p50_ms, latency.p95_ms) == (20, 300, 2_000)
    assert found.before.latency.p50_ms is None


def test_contacts_that_last_no_time_have_no_cues_a_minute() -> None:
    assert summed(compared([came()], [], minutes=0.0)).before.cues_a_minute is None


def test_words_are_told_only_where_they_were_asked_for() -> None:
    one = compared([], [came(words="want to cancel")])

    assert [told.words for told in summed(one).gained] == [None]
    assert [told.words for told in summed(one, texts=True).gained] == ["want to cancel"]


def test_a_list_ends_and_the_others_are_counted() -> None:
    many = [came("keep", f"from_customer-{n}") for n in range(700)]
    found = summed(compared([], many), compared([], many))

    assert len(found.gained) == LISTED_MAX
    assert list(listed_beyond(found)) == [("gained", 400)]
    assert found.cues["keep"].gained == 1_400
