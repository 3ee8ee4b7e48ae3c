"""What was applied is looked at and heard by whoever had no part in it, and believed by nobody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from antiphon.errors import RecognizerFailed
from antiphon.events.privacy_policy import PrivacyPolicyPublished
from antiphon.events.redaction import RedactionApplied
from antiphon.events.speech import PersonalSpan
from antiphon.services.flac import Samples as TwoTracks
from antiphon.services.redaction import beeping
from antiphon.services.redaction.port import HeardWord, Samples
from antiphon.services.redaction.rounds import Verdict
from antiphon.services.redaction.spoken import Spoken, spoken_in
from antiphon.services.redaction.verifying import Verifier

from ...builders import CONTACT, recorded, transcript_completed
from ...redaction_builders import audio_span, redacted_audio, redaction_applied
from .cell import QUICK, Cell, Ears, Finder, Tongue, final, words

LENGTH_MS = 3_000
SAID = words("my router is broken again")
SPAN = audio_span(from_ms=1_000, until_ms=2_000)


class Listening(Ears):
    """Ears that remember what they were given."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__(tongue)
        self.given: list[Samples] = []

    async def listen(self, samples: Samples, *, rate_hz: int) -> list[HeardWord]:
        self.given.append(samples)
        return [*await super().listen(samples, rate_hz=rate_hz)]


def applied(**given: Any) -> RedactionApplied:
    made = {"duration_ms": LENGTH_MS, "spans": (SPAN,), "cover": "beep"} | given
    return redaction_applied(audio=redacted_audio(**made))


def played(tongue: Tongue, *, covered: bool = True) -> TwoTracks:
    samples = tongue.play({"from_customer": SAID}, length_ms=LENGTH_MS)
    if covered:
        beeping.cover(samples, [SPAN], first_sample=0, end_sample=len(samples), by="beep")
    return samples


def heard(**given: Any) -> tuple[Spoken, ...]:
    return spoken_in([recorded(final("from_customer", 1, SAID, **given))])


async def pieces(*several: Any) -> AsyncIterator[Any]:
    for one in several:
        yield one


async def verdict(
    samples: Any, what: RedactionApplied, *, ears: Ears, spoken: tuple[Spoken, ...] | None = None
) -> Verdict:
    verifier = Verifier(ears, Finder(ears.tongue))
    told = heard() if spoken is None else spoken
    return await verifier.verify(what, told, pieces(samples))


async def test_what_is_covered_passes_and_is_not_even_listened_to() -> None:
    ears = Listening(Tongue())

    found = await verdict(played(ears.tongue), applied(), ears=ears)

    assert (found.problem, found.findings) == ("", ())
    assert not any(np.abs(samples).max(initial=0) > 1_000 for samples in ears.given)


@pytest.mark.parametrize("cover", ["beep", "silence"])
async def test_what_was_to_be_covered_and_is_not_is_found(cover: str) -> None:
    ears = Ears(Tongue())

    found = await verdict(played(ears.tongue, covered=False), applied(cover=cover), ears=ears)

    (finding,) = found.findings
    assert (finding.check, finding.ground) == ("removed", "not_removed")
    assert (finding.from_ms, finding.until_ms) == (1_000, 2_000)


async def test_a_span_across_two_pieces_is_looked_at_in_both() -> None:
    ears = Ears(Tongue())
    samples = played(ears.tongue)
    middle = 1_500 * 8
    samples[middle + 102, 0] = 0

    verifier = Verifier(ears, Finder(ears.tongue))
    both = pieces(samples[:middle], samples[middle:])
    found = await verifier.verify(applied(), heard(), both)

    assert [one.check for one in found.findings] == ["removed"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({"duration_ms": LENGTH_MS - 1}, "durations_differ", id="longer"),
        pytest.param({"duration_ms": LENGTH_MS + 1}, "durations_differ", id="cut short"),
        pytest.param(
            {"spans": (audio_span(until_ms=LENGTH_MS + 1),)}, "span_outside_audio", id="outside"
        ),
        pytest.param(
            {"spans": (audio_span(from_ms=900, until_ms=800),)}, "span_outside_audio", id="reversed"
        ),
        pytest.param(
            {"spans": (audio_span(track="nobody"),)}, "span_outside_audio", id="no such track"
        ),
    ],
)
async def test_what_cannot_be_is_a_problem(given: dict[str, Any], problem: str) -> None:
    ears = Ears(Tongue())

    found = await verdict(played(ears.tongue), applied(**given), ears=ears)

    assert found.problem == problem


@pytest.mark.parametrize(
    "samples",
    [np.zeros((8 * LENGTH_MS, 1), np.int16), np.zeros(8 * LENGTH_MS, np.int16), b"RIFF"],
    ids=["one track", "no tracks", "no samples"],
)
async def test_audio_of_another_shape_is_a_problem(samples: Any) -> None:
    found = await verdict(samples, applied(spans=()), ears=Ears(Tongue()))

    assert found.problem == "tracks_differ"


WRONG: list[Any] = [
    pytest.param({"answers": ()}, "speech_unheard", id="hears nothing where somebody speaks"),
    pytest.param({"is_late": True}, "second_listener_late", id="is late"),
    pytest.param(
        {"raises": RecognizerFailed("gone")}, "second_listener_failed", id="fails as it should"
    ),
    pytest.param({"raises": RuntimeError("x")}, "second_listener_failed", id="has a bug"),
    pytest.param({"answers": ["four", "two"]}, "second_listener_confused", id="gives no words"),
    pytest.param({"answers": [HeardWord(b"hi", 0, 1)]}, "second_listener_confused", id="no text"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pytest.param(
        {"answers": [HeardWord("hi", 0, 99_999_999)]}, "second_listener_confused", id="elsewhere"
    ),
    pytest.param({"answers": 7}, "second_listener_failed", id="gives a number"),
]


@pytest.mark.parametrize(("how", "problem"), WRONG)
async def test_ears_that_cannot_be_believed_are_a_problem(
    how: dict[str, Any], problem: str
) -> None:
    ears = Ears(Tongue())
    samples = ears.tongue.play({"from_customer": words("one " * 9)}, length_ms=LENGTH_MS)
    for name, value in how.items():
        setattr(ears, name, value)
    verifier = Verifier(ears, Finder(ears.tongue), deadlines=QUICK)

    found = await verifier.verify(applied(spans=()), heard(), pieces(samples))

    assert found.problem == problem


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        pytest.param([(0, 99_999_999)], "voice_detector_confused", id="beyond the end"),
        pytest.param([("a", "b")], "voice_detector_confused", id="no numbers"),
        pytest.param([7], "voice_detector_confused", id="no stretches"),
        pytest.param(None, "voice_detector_failed", id="a bug"),
    ],
)
async def test_a_voice_detector_that_is_confused_is_a_problem(answers: Any, problem: str) -> None:
    ears = Ears(Tongue())
    finder = Finder(ears.tongue)
    finder.answers, finder.raises = answers, None if answers else RuntimeError("x")

    found = await Verifier(ears, finder).verify(applied(), heard(), pieces(played(ears.tongue)))

    assert found.problem == problem


async def test_whoever_made_the_transcript_cannot_check_it() -> None:
    ears = Ears(Tongue())
    spoken = heard(recognizer=ears.name)

    found = await verdict(played(ears.tongue), applied(), ears=ears, spoken=spoken)

    assert found.problem == "listener_not_independent"


async def test_what_the_policy_lets_be_heard_stays_and_passes(tmp_path: Path) -> None:
    cell = Cell(tmp_path)
    await cell.created()
    text = "call me on five five five oh one four two thanks"
    cell.policy = PrivacyPolicyPublished(version="1", audible=("phone_number",))
    await cell.record(cell.tongue.play({"from_customer": words(text)}, length_ms=5_000))
    known = PersonalSpan("phone_number", 3, 9, shown_in=("transcript",), digits=7)
    await cell.tell(final("from_customer", 1, words(text), personal=(known,)))
    await cell.tell(transcript_completed())

    await cell.redact()

    told = await cell.known()
    assert (told.state, told.attempt) == ("verified", 1)
    assert told.released_audio is not None
    samples = await cell.redactor.samples(CONTACT, told.released_audio)
    left = cell.tongue.understand(samples["from_customer"])
    assert " ".join(one.text for one in left) == text
