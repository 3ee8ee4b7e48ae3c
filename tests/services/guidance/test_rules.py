"""The same words always hold the same moments, and unstable words hold none."""

from typing import Literal

import pytest
from antiphon.events.base import Track, UtteranceId
from antiphon.events.guidance import Heard
from antiphon.services.guidance.moments import Phrases
from antiphon.services.guidance.phrases import compile_phrase
from antiphon.services.guidance.rules import Match, matches_of
from antiphon.services.guidance.utterances import Utterance

CUSTOMER: Track = "from_customer"
AGENT: Track = "to_customer"


def moment(
    *heard: str,
    name: str = "leaving",
    tracks: tuple[Track, ...] = (CUSTOMER,),
    unless: tuple[str, ...] = (),
    negation: Literal["ignore", "match"] = "ignore",
    on: Literal["partial", "final"] = "partial",
) -> Phrases:
    return Phrases(
        name=name,
        tracks=tracks,
        heard=tuple(map(compile_phrase, heard)),
        unless=tuple(map(compile_phrase, unless)),
        negation=negation,
        on=on,
    )


def said(text: str, *, track: Track = CUSTOMER, revision: int | None = None) -> Utterance:
    words = tuple(text.split())
    return Utterance(
        utterance_id=UtteranceId(f"{track}-1"),
        revision=revision,
        track=track,
        words=words,
        times=tuple((1000 + 100 * n, 1080 + 100 * n) for n in range(len(words))),
        started_ms=1000,
        ended_ms=1000 + 100 * len(words),
    )


def heard(utterance: Utterance, *moments: Phrases) -> list[str]:
    return [match.moment.name for match in matches_of(moments, utterance)]


def test_a_match_says_which_words_and_when() -> None:
    rule = moment("want to cancel")

    [match] = matches_of([rule], said("Well, I uh want to, um, cancel it!", revision=3))

    assert match == Match(
        moment=rule,
        heard=Heard(
            utterance_id=UtteranceId("from_customer-1"),
            revision=3,
            track=CUSTOMER,
            started_ms=1300,
            ended_ms=1680,
        ),
        evidence="want to, um, cancel",
    )


def test_without_times_of_words_the_utterance_says_when() -> None:
    utterance = Utterance(
        utterance_id=UtteranceId("from_customer-1"),
        revision=None,
        track=CUSTOMER,
        words=("please", "cancel"),
        times=(),
        started_ms=500,
        ended_ms=900,
    )

    [match] = matches_of([moment("cancel")], utterance)

    assert match.heard is not None
    assert (match.heard.started_ms, match.heard.ended_ms) == (500, 900)


def test_a_moment_is_heard_once_in_an_utterance() -> None:
    assert heard(said("cancel it cancel it"), moment("cancel", "cancel it")) == ["leaving"]


@pytest.mark.parametrize(
    ("tracks", "by_customer", "by_agent"),
    [
        pytest.param((CUSTOMER,), True, False, id="customer"),
        pytest.param((AGENT,), False, True, id="agent"),
        pytest.param((CUSTOMER, AGENT), True, True, id="either"),
    ],
)
def test_only_the_wanted_track_is_listened_to(
    tracks: tuple[Track, ...],
    by_customer: bool,  # noqa: FBT001
    by_agent: bool,  # noqa: FBT001
) -> None:
    rule = moment("cancel", tracks=tracks)

    assert bool(heard(said("cancel", track=CUSTOMER), rule)) is by_customer
    assert bool(heard(said("cancel", track=AGENT), rule)) is by_agent


def test_a_rule_for_finals_waits_for_the_final() -> None:
    rule = moment("cancel", on="final")

    assert heard(said("cancel", revision=1), rule) == []
    assert heard(said("cancel"), rule) == ["leaving"]


def test_known_moments_are_not_heard_again() -> None:
    rules = [moment("cancel"), moment("plan", name="plan")]

    matches = matches_of(rules, said("cancel my plan"), known={"leaving"})

    assert [match.moment.name for match in matches] == ["plan"]


def test_what_is_said_not_to_be_so_is_not_heard_unless_wanted() -> None:
    utterance = said("I don't want to cancel")

    assert heard(utterance, moment("want to cancel")) == []
    assert heard(utterance, moment("want to cancel", negation="match")) == ["leaving"]


def test_another_phrase_of_the_moment_may_hold_where_one_is_negated() -> None:
    utterance = said("I don't want to cancel. I am leaving.")

    assert heard(utterance, moment("want to cancel", "am leaving")) == ["leaving"]


def test_an_exception_in_the_same_utterance_holds_the_moment_back() -> None:
    rule = moment("cancel", unless=("appointment",))

    assert heard(said("cancel my plan"), rule) == ["leaving"]
    assert heard(said("cancel my appointment"), rule) == []


def test_nothing_is_heard_in_nothing() -> None:
    assert heard(said(""), moment("cancel")) == []
    assert heard(said("... uh"), moment("cancel")) == []
