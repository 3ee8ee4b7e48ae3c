"""A screen is held against the labels of its call: what counts, and as what."""

import pytest
from antiphon.infra.evaluating.calls import LabelledCall, Labels, May, Must, Said, Turn, Warned
from antiphon.infra.evaluating.figures import figures_of
from antiphon.infra.evaluating.mapping import Mapping
from antiphon.infra.evaluating.scoring import Outcome, judge
from antiphon.infra.evaluating.screen import Screen, ShownCue, Ticked

MAPPING = Mapping(
    intents={"leave": ("keep",), "price": ("price",)},
    warnings={"disclosure_missing": ("disclose",)},
    items={"identity": ("checked",)},
    reminders={"identity": ("check_first",)},
)
TURN_MS = 10_000  # t1 is from 0 to 8 s, t2 from 10 to 18 s, …


def call(shape: str = "trigger", **labels: object) -> LabelledCall:
    turns = tuple(
        Turn(
            id=f"t{n + 1}",
            speaker="customer",
            start_ms=n * TURN_MS,
            end_ms=n * TURN_MS + 8_000,
            text="words",
        )
        for n in range(8)
    )
    told = {"id": "c-1", "domain": "shop", "shape": shape, "title": "A call", **labels}
    return LabelledCall(Labels(**told), turns)  # type: ignore[arg-type]


def shown(cue: str, at_s: float) -> ShownCue:
    at_ms = round(at_s * 1_000)
    heard_until_ms = at_ms - 700
    return ShownCue(
        cue=cue, at_ms=at_ms, until_ms=None, heard_until_ms=heard_until_ms, evidence="words"
    )


def ticked(item: str, at_s: float) -> Ticked:
    return Ticked(item=item, at_ms=round(at_s * 1_000), evidence="words")


def verdicts(of: LabelledCall, *cues: ShownCue, ticks: tuple[Ticked, ...] = ()) -> list[str]:
    outcomes = judge(of, Screen(cues=cues, ticks=ticks), MAPPING).outcomes
    return [f"{one.verdict} {one.name}" for one in outcomes]


LEAVES = Must("leave", "t3", "t4")  # from 20 s to 38 s


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (20.0, ["found leave"]),
        (38.0, ["found leave"]),
        (19.9, ["wrong leave", "missed leave"]),
        (38.1, ["wrong leave", "missed leave"]),
    ],
)
def test_a_must_is_met_from_its_turn_to_the_end_of_by_and_not_earlier_nor_later(
    at_s: float, expected: list[str]
) -> None:
    assert verdicts(call(must=(LEAVES,)), shown("keep", at_s)) == expected


def test_a_must_that_nothing_meets_is_missed() -> None:
    assert verdicts(call(must=(LEAVES,))) == ["missed leave"]


def test_another_cue_meets_nothing_and_is_wrong() -> None:
    assert verdicts(call(must=(LEAVES,)), shown("price", 25)) == ["wrong price", "missed leave"]


def test_what_was_found_may_be_shown_again_and_counts_once() -> None:
    again = [shown("keep", 25), shown("keep", 30), shown("keep", 60)]

    assert verdicts(call(must=(LEAVES,)), *again) == ["found leave", *["allowed leave"] * 2]


def test_a_may_excuses_from_its_turn_on() -> None:
    of = call(may=(May("leave", "t3"),))

    assert verdicts(of, shown("keep", 20)) == ["allowed leave"]
    assert verdicts(of, shown("keep", 19)) == ["wrong leave"]


def test_a_may_before_its_must_widens_the_time_and_not_the_count() -> None:
    of = call(must=(LEAVES,), may=(May("leave", "t2"),))

    assert verdicts(of, shown("keep", 12)) == ["found leave"]


def test_a_cue_that_stands_for_nothing_is_wrong() -> None:
    assert verdicts(call(shape="routine"), shown("chat", 5)) == ["wrong chat"]


def test_a_reminder_is_wrong_once_its_item_was_said_two_turns_ago() -> None:
    of = call(said=(Said("identity", "t3"),))
    tick = (ticked("checked", 25),)

    reminders = [verdicts(of, shown("check_first", at), ticks=tick)[0] for at in (15, 25, 39.9, 40)]

    assert reminders == ["allowed check_first"] * 3 + ["wrong check_first"]


def test_a_warning_that_is_labelled_is_read_as_a_must() -> None:
    of = call(warnings=(Warned("disclosure_missing", "t3", "t4"),))

    assert verdicts(of, shown("disclose", 25)) == ["found disclosure_missing"]
    assert verdicts(of, shown("disclose", 45)) == [
        "wrong disclosure_missing",
        "missed disclosure_missing",
    ]


def test_a_missing_disclosure_that_is_not_labelled_is_a_reminder() -> None:
    said = call(said=(Said("collector_disclosure", "t1"),))

    assert verdicts(call(), shown("disclose", 25)) == ["allowed disclosure_missing"]
    assert verdicts(said, shown("disclose", 25))[0] == "wrong disclosure_missing"


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (9.9, ["wrong identity", "missed identity"]),
        (10.0, ["found identity"]),
        (49.9, ["found identity"]),
        (50.0, ["wrong identity", "missed identity"]),
    ],
)
def test_a_tick_is_right_from_a_turn_before_to_two_turns_after(
    at_s: float, expected: list[str]
) -> None:
    of = call(said=(Said("identity", "t3"),))

    assert verdicts(of, ticks=(ticked("checked", at_s),)) == expected


def test_a_tick_of_what_was_not_said_is_wrong() -> None:
    assert verdicts(call(), ticks=(ticked("checked", 15),)) == ["wrong identity"]


def test_one_cue_may_meet_what_it_stands_for_twice() -> None:
    both = Mapping(intents={"leave": ("keep",), "price": ("keep",)})
    of = call(must=(LEAVES, Must("price", "t3", "t4")))

    outcomes = judge(of, Screen(cues=(shown("keep", 25),)), both).outcomes

    assert [one.verdict for one in outcomes] == ["found", "found"]


def test_figures_count_found_missed_and_wrong_over_all_calls() -> None:
    first = judge(
        call(must=(LEAVES,)), Screen(cues=(shown("keep", 25), shown("chat", 50))), MAPPING
    )
    second = judge(call(must=(LEAVES,)), Screen(), MAPPING)
    quiet = judge(call(shape="routine"), Screen(cues=(shown("price", 5),)), MAPPING)

    figures = figures_of([first, second, quiet])

    precision, recall = figures.cues.precision(), figures.cues.recall()
    assert (precision.count, precision.of, recall.count, recall.of) == (1, 3, 1, 2)
    assert figures.irrelevant == 1
    assert not figures.met
    assert figures.pace.cues == 3
    assert figures.pace.minutes == pytest.approx(3 * 78 / 60)
    assert figures.pace.latency_p95_ms == 700


def test_figures_are_met_without_a_fault_and_not_with_one_cue_on_a_quiet_call() -> None:
    right = judge(call(must=(LEAVES,)), Screen(cues=(shown("keep", 25),)), MAPPING)
    quiet = judge(call(shape="near_miss"), Screen(cues=(shown("chat", 5),)), MAPPING)

    assert figures_of([right]).met
    assert not figures_of([right] * 100 + [quiet]).met


def test_an_outcome_names_its_turn_and_its_words() -> None:
    [found] = judge(call(must=(LEAVES,)), Screen(cues=(shown("keep", 31),)), MAPPING).outcomes

    assert found == Outcome(
        call="c-1",
        domain="shop",
        shape="trigger",
        kind="cue",
        verdict="found",
        name="leave",
        shown="keep",
        turn="t4",
        latency_ms=700,
        evidence="words",
    )
