"""One track: what is due when, which words are stable, and what is said of silence."""

import numpy as np
from antiphon.services.transcription.port import Hypothesis
from antiphon.services.transcription.whisper.ear import Ear, PartialTask
from antiphon.services.transcription.whisper.reader import Reading, Word
from antiphon.services.transcription.whisper.turns import WINDOW, Window

PER_S = 8_000 / WINDOW
QUIET = np.zeros(WINDOW, np.int16)


class Speaker:
    """Feeds an ear with voice or silence, window by window."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.at = 0

    def goes_on(self, probability: float, duration_s: float) -> None:
        for _ in range(round(duration_s * PER_S)):
            self.ear.take([Window(self.at, QUIET, fresh=self.at == 0)], [probability])
            self.at += WINDOW

    def speaks(self, duration_s: float) -> None:
        self.goes_on(0.9, duration_s)

    def is_silent(self, duration_s: float) -> None:
        self.goes_on(0.0, duration_s)


def reading(text: str, *, until_s: float) -> Reading:
    """A reading whose words are spread evenly over the time until `until_s`."""
    words = text.split()
    step = until_s / len(words)
    return Reading(
        words=tuple(Word(word, n * step, (n + 1) * step, 0.9) for n, word in enumerate(words)),
        at_token_limit=False,
        mean_log_probability=-0.3,
        no_speech_probability=0.1,
    )


def speaker() -> Speaker:
    return Speaker(Ear("from_customer"))


def due(ear: Ear) -> PartialTask:
    task = ear.partial_due()
    assert task is not None
    return task


def made(ear: Ear, text: str, *, until_s: float, cost_s: float = 0.1) -> Hypothesis:
    hypothesis = ear.partial_made(due(ear), reading(text, until_s=until_s), cost_s=cost_s)
    assert hypothesis is not None
    return hypothesis


def test_a_partial_is_due_once_there_is_enough_to_hear_and_again_when_there_is_more() -> None:
    one = speaker()
    one.speaks(0.2)
    assert one.ear.partial_due() is None

    one.speaks(0.3)
    made(one.ear, "so", until_s=0.5)
    assert one.ear.partial_due() is None

    one.speaks(0.35)
    assert one.ear.partial_due() is not None


def test_partials_come_no_faster_than_they_are_computed() -> None:
    one = speaker()
    one.speaks(1)
    made(one.ear, "so", until_s=1, cost_s=1.0)

    one.speaks(1.1)
    assert one.ear.partial_due() is None

    one.speaks(0.2)
    assert one.ear.partial_due() is not None


def test_a_pause_makes_all_words_stable_at_once() -> None:
    one = speaker()
    one.speaks(1)
    made(one.ear, "so i", until_s=1)

    one.speaks(0.1)
    one.is_silent(0.2)
    settled = made(one.ear, "so i said", until_s=1.1)

    assert settled.stable_words == 3
    one.is_silent(0.1)
    assert one.ear.partial_due() is None, "there is nothing new to read"


def test_words_that_two_readings_agree_on_are_stable_whatever_their_case() -> None:
    one = speaker()
    one.speaks(0.5)
    assert made(one.ear, "We'll go", until_s=0.5).stable_words == 0

    one.speaks(0.4)
    later = made(one.ear, "we'll go, home", until_s=0.9)

    assert later.stable_words == 2


def test_words_that_ended_well_before_the_audio_are_stable() -> None:
    one = speaker()
    one.speaks(2)

    first = made(one.ear, "one two three four five six seven eight", until_s=2)

    # A quarter of a second each: five end more than 0.6 s before two seconds are over.
    assert first.stable_words == 5


def test_a_reading_that_is_not_believed_shows_nothing_and_the_next_is_made_with_care() -> None:
    one = speaker()
    one.speaks(1)

    assert one.ear.partial_made(due(one.ear), None, cost_s=0.1) is None

    one.speaks(0.5)
    assert due(one.ear).careful


def test_a_partial_that_comes_after_its_turn_ended_is_dropped() -> None:
    one = speaker()
    one.speaks(1)
    task = due(one.ear)
    one.is_silent(1)

    assert one.ear.partial_made(task, reading("so", until_s=1), cost_s=0.1) is None


def test_no_partial_is_made_while_the_final_of_an_earlier_turn_is_due() -> None:
    one = speaker()
    one.speaks(1)
    one.is_silent(0.6)
    one.speaks(1)
    assert one.ear.partial_due() is None

    turn = one.ear.final_due()
    assert turn is not None
    final = one.ear.final_made(turn, reading("so i said", until_s=1).words)

    assert final.is_final
    assert final.stable_words == 3
    assert (final.started_ms, final.ended_ms) == (0, 992)
    assert one.ear.partial_due() is not None


def test_times_stay_within_the_speech_and_in_order() -> None:
    one = speaker()
    one.is_silent(2)
    one.speaks(1)
    one.is_silent(1)
    turn = one.ear.final_due()
    assert turn is not None
    astray = (
        Word("so", 0.0, 0.2, 0.9),
        Word("i", 0.9, 0.5, 0.9),
        Word("said", 0.6, 9.0, 0.9),
    )

    final = one.ear.final_made(turn, astray)

    times = [time for word in final.words for time in (word.started_ms, word.ended_ms)]
    assert times == sorted(times)
    assert final.started_ms <= times[0]
    assert times[-1] <= final.ended_ms


def test_silence_is_closed_second_by_second_and_never_what_may_belong_to_a_word() -> None:
    one = speaker()
    reports: list[Hypothesis] = []
    for _ in range(50):
        one.is_silent(0.1)
        report = one.ear.report(is_moving=True)
        reports += [report] if report else []

    assert all(report.is_final and not report.text for report in reports)
    assert 3 <= len(reports) <= 5
    assert [one.started_ms for one in reports[1:]] == [one.ended_ms for one in reports[:-1]]
    one.speaks(0.2)
    opened = one.ear.taker.open
    assert opened is not None
    assert opened.first_sample // 8 >= reports[-1].ended_ms


def test_a_turn_that_waits_is_reported_as_long_as_work_gets_done() -> None:
    one = speaker()
    one.speaks(3)

    assert one.ear.report(is_moving=False) is None
    report = one.ear.report(is_moving=True)

    assert report is not None
    assert (report.is_final, report.text, report.heard_ms) == (False, "", one.at // 8)
