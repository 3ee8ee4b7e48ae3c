"""What an utterance may be the answer to: the other speaker's last words before it."""

from antiphon.events.base import Track, UtteranceId
from antiphon.services.guidance.preceding import UTTERANCES_MAX, Preceding
from antiphon.services.guidance.utterances import Utterance


def said(text: str, started_ms: int, *, agent: bool = False, name: str = "") -> Utterance:
    track: Track = "to_customer" if agent else "from_customer"
    return Utterance(
        utterance_id=UtteranceId(name or f"{track}-{started_ms}"),
        revision=None,
        track=track,
        words=tuple(text.split()),
        times=(),
        started_ms=started_ms,
        ended_ms=started_ms + 900,
    )


def after(*utterances: Utterance) -> Preceding:
    preceding = Preceding()
    for one in utterances:
        preceding = preceding.with_(one)
    return preceding


def test_an_answer_comes_after_the_question() -> None:
    known = after(
        said("Anything else?", 0, agent=True), said("Who has the PIN?", 2_000, agent=True)
    )

    assert known.of(said("my sister", 4_000)) == "Who has the PIN?"


def test_nobody_answers_himself_nor_what_is_said_later() -> None:
    known = after(said("my sister", 4_000), said("Which sister?", 6_000, agent=True))

    assert known.of(said("yes", 5_000)) == ""


def test_an_agent_answers_too() -> None:
    known = after(said("Are you a robot?", 1_000))

    assert known.of(said("no madam", 3_000, agent=True)) == "Are you a robot?"


def test_a_final_takes_the_place_of_its_partials() -> None:
    partial = said("who has the bin", 2_000, agent=True, name="to_customer-7")
    final = said("Who has the PIN?", 2_000, agent=True, name="to_customer-7")

    assert after(partial, final).of(said("my sister", 4_000)) == "Who has the PIN?"


def test_a_late_final_does_not_displace_what_was_said_after_it() -> None:
    known = after(said("Who has the PIN?", 2_000, agent=True), said("One moment.", 0, agent=True))

    assert known.of(said("my sister", 4_000)) == "Who has the PIN?"


def test_only_the_newest_are_kept() -> None:
    agents = [said(f"number {n}", 1_000 * n, agent=True) for n in range(UTTERANCES_MAX + 3)]

    known = after(*agents)

    assert [one.started_ms for one in known.by_track["to_customer"]] == [
        1_000 * n for n in range(3, UTTERANCES_MAX + 3)
    ]


def test_what_nobody_may_be_told_is_no_question() -> None:
    number = said("Is it four one one one?", 2_000, agent=True)
    known = after(said("Anything else?", 0, agent=True)).with_(number, told=False)

    assert known.of(said("yes", 4_000)) == ""
