"""What the second ears leave without a word, however briefly, is removed rather than let out."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from antiphon.events.redaction import RedactionDoubted, RedactionVerified
from antiphon.services.redaction.port import HeardWord, Samples
from antiphon.services.redaction.rounds import Verdict
from antiphon.services.redaction.spans import widen_ms_of
from antiphon.services.redaction.spoken import Spoken, spoken_in
from antiphon.services.redaction.unheard import ALONE_MAX, UNHEARD_MS, unheard_in
from antiphon.services.redaction.verifying import Verifier

from ...builders import CONTACT, recorded, transcript_completed
from ...redaction_builders import redacted_audio, redaction_applied
from .cell import Cell, Ears, Finder, Said, Tongue, final, words

DIGITS = frozenset(
    word for _, word in words("zero one two three four five six seven eight nine oh")
)
NUMBER = words("four two one one seven seven oh nine one two three four", at_ms=30_000)
HARMLESS = [(at_ms, "la") for at_ms, _ in NUMBER]  # as the first recogniser had it
LENGTH_MS = 40_000
_ALONE_MS_MAX = 5_000


class HalfDeaf(Ears):
    """Ears that make nothing of digits, or only of digits that are said alone.

    Like a recogniser whose words follow each other, they stretch the last one over what they miss.
    """

    name = "half-deaf/1"
    hears_alone = False

    def __init__(self, tongue: Tongue) -> None:
        super().__init__(tongue)
        self.listened = 0

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        self.listened += 1
        heard = await super().listen(samples, rate_hz=rate_hz)
        if self.hears_alone and samples.size < rate_hz * _ALONE_MS_MAX // 1_000:
            return heard
        left = [one for one in heard if one.text not in DIGITS]
        ends = [*(one.started_ms for one in left[1:]), samples.size * 1_000 // rate_hz]
        return [
            HeardWord(one.text, one.started_ms, max(one.ended_ms, end))
            for one, end in zip(left, ends, strict=False)  # where nothing is left, all is missed
        ]


def talk(*, until_ms: int = 19_000) -> Said:
    """Return a customer who talks without a pause."""
    text = "my router is broken again since then "
    return [one for one in words(text * 60, at_ms=1_000) if one[0] < until_ms]


async def verdict(ears: Ears, said: Said, *told: Spoken, length_ms: int = LENGTH_MS) -> Verdict:
    samples = ears.tongue.play({"from_customer": said}, length_ms=length_ms)
    applied = redaction_applied(audio=redacted_audio(duration_ms=length_ms, spans=()))

    async def pieces():  # noqa: ANN202 (of samples)
        yield samples

    return await Verifier(ears, Finder(ears.tongue)).verify(applied, told, pieces())


def spoken(track: str, said: Said) -> Spoken:
    return spoken_in([recorded(final(track, 1, said))])[0]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_a_number_that_both_recognisers_missed_is_removed_with_the_next_attempt(
    tmp_path: Path,
) -> None:
    cell = Cell(tmp_path)
    await cell.created()
    await cell.record(cell.tongue.play({"from_customer": [*talk(), *NUMBER]}, length_ms=LENGTH_MS))
    await cell.tell(final("from_customer", 1, talk()), final("from_customer", 2, HARMLESS))
    await cell.tell(transcript_completed())
    cell.ears = HalfDeaf(cell.tongue)

    await cell.redact()

    doubted, verified = await cell.outcomes()
    assert isinstance(doubted, RedactionDoubted)
    assert [(one.check, one.ground) for one in doubted.findings] == [
        ("heard_again", "uncovered_speech")
    ]
    assert isinstance(verified, RedactionVerified)
    known = await cell.known()
    assert known.released_audio is not None
    samples = await cell.redactor.samples(CONTACT, known.released_audio)
    left = [one.text for one in cell.tongue.understand(samples["from_customer"])]
    assert left == [word for _, word in talk()]


async def test_a_number_in_the_middle_of_a_turn_is_found_too_and_by_what_was_asked_for() -> None:
    turn = talk(until_ms=10_000)
    number = [(turn[-1][0] + 300 * at, one) for at, (_, one) in enumerate(NUMBER[:5], start=1)]
    rest = [(number[-1][0] + at_ms, one) for at_ms, one in words("thank you", at_ms=300)]
    said = [*turn, *number, *rest]
    asked = spoken("to_customer", words("what is your card number", at_ms=0))

    found = await verdict(HalfDeaf(Tongue()), said, spoken("from_customer", said[:3]))
    expected = await verdict(HalfDeaf(Tongue()), said, asked)

    (one,) = found.findings
    assert one.kind == "other"
    assert one.from_ms - widen_ms_of(2) <= number[1][0]
    assert one.until_ms >= number[-1][0]
    kinds = {one.kind for one in expected.findings if one.check == "heard_again"}
    assert kinds == {"card_number"}


async def test_what_is_understood_once_it_is_heard_alone_is_not_in_doubt() -> None:
    ears = HalfDeaf(Tongue())
    ears.hears_alone = True
    said = [*talk(), *words("seven nine two routers", at_ms=25_000)]

    found = await verdict(ears, said)

    assert (found.problem, found.findings) == ("", ())
    assert ears.listened == 3  # both tracks, and once the number alone


async def test_what_is_heard_alone_is_looked_through_as_well() -> None:
    ears = HalfDeaf(Tongue())
    ears.hears_alone = True

    found = await verdict(ears, [*talk(), *NUMBER])

    assert [(one.check, one.ground) for one in found.findings] == [("heard_again", "found_again")]


async def test_ears_that_miss_too_often_are_a_problem_before_each_miss_is_listened_to() -> None:
    ears = HalfDeaf(Tongue())
    ears.hears_alone = True
    missed = [
        one
        for number in range(ALONE_MAX + 1)
        for one in words("one two three", at_ms=60_000 + 2_000 * number)
    ]
    said = [*talk(until_ms=59_000), *missed]

    found = await verdict(ears, said, length_ms=90_000)

    assert found.problem == "speech_unheard"
    assert ears.listened == 1


async def test_ears_that_hear_little_of_a_call_are_a_problem_and_remove_nothing() -> None:
    found = await verdict(HalfDeaf(Tongue()), [*talk(until_ms=5_000), *NUMBER])

    assert (found.problem, found.findings) == ("speech_unheard", ())


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        pytest.param([], [(1_000, 4_000)], id="nothing is heard"),
        pytest.param([("yes", 1_000, 4_000)], [(1_640, 4_000)], id="one word lasts and lasts"),
        pytest.param([("4821", 1_000, 4_000)], [], id="digits take their time"),
        pytest.param(
            [("inexhaustibilities", 1_100, 3_100), ("so", 3_100, 3_500)],
            [],
            id="long words, too",
        ),
        pytest.param([("so", 1_600, 1_800), ("on", 2_500, 3_500)], [(3_060, 4_000)], id="the end"),
        pytest.param([("no", 5_000, 5_200)], [(1_000, 4_000)], id="another word"),
    ],
)
def test_a_word_covers_what_it_takes_to_say_it(
    heard: list[tuple[str, int, int]], left: list[tuple[int, int]]
) -> None:
    voices = [(1_000, 4_000)]

    found = unheard_in(voices, [HeardWord(*one) for one in heard], least_ms=UNHEARD_MS)

    assert found == left


def test_less_than_two_digits_take_is_a_breath() -> None:
    assert unheard_in([(0, UNHEARD_MS - 1)], [], least_ms=UNHEARD_MS) == []
    assert unheard_in([(0, UNHEARD_MS)], [], least_ms=UNHEARD_MS) == [(0, UNHEARD_MS)]
