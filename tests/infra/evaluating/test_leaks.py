"""What `antiphon evaluate audio` counts: leaks that are there are found, and none that are not."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pytest
from antiphon.events.base import SAMPLE_RATE_HZ
from antiphon.infra.evaluate_audio import AudioReport, evaluate_audio, report_of, tables
from antiphon.infra.evaluating import clips, redacted_call
from antiphon.infra.evaluating.clips import Clip, Line, random_clips, routine_clips
from antiphon.infra.evaluating.leaks import Outcome, Speak, Spoken, digits_of, laid, leaked
from antiphon.infra.evaluating.speaking import telephone
from antiphon.services.redaction.port import Samples

from ...services.redaction.cell import Ears, Finder, Tongue, words
from ...services.transcription.scripted import ScriptedRecognizer

VOICES = ("a", "b", "c")


def clip(digits: str = "4421809679290814", kind: str = "card_number") -> Clip:
    line = Line("from_customer", "My number is")
    fields = {"number": 0, "voice": "a", "kind": kind, "digits": digits, "lines": (line,)}
    return Clip(**fields)  # pyright: ignore[reportArgumentType] (names of fields)


def outcome(**given: object) -> Outcome:
    fields: dict[str, object] = {
        "clip": clip(),
        "leak": "",
        "control": None,
        "speech_ms": 4_000,
        "removed_ms": 3_000,
        "beeped_ms": 3_500,
        "audio_ms": 10_000,
        "taken_s": 0.1,
    }
    return Outcome(**fields | given)  # pyright: ignore[reportArgumentType] (names of fields)


ROUTINE = outcome(clip=clip("", kind=""), removed_ms=40)


async def report(monkeypatch: pytest.MonkeyPatch) -> AudioReport:
    """Return the figures of two clips with a number and of one without."""
    monkeypatch.setattr(clips, "_ROUTINE", (("how are you", "i am fine"),))
    tongue = Tongue()

    def speak(text: str) -> Spoken:
        bare = "".join(sign for sign in text if sign not in ",.?")
        said = words(bare, at_ms=0)
        return tongue.play({"from_customer": said}, length_ms=300 * len(said))[:, 0]

    told: list[tuple[int, int]] = []
    found = await evaluate_audio(
        2,
        voices={"a": speak},
        seed=5,
        recognizer=ScriptedRecognizer(),
        finder=_Louder(tongue),
        listener=Ears(tongue),
        tell=lambda done, of: told.append((done, of)),
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    return found


async def test_numbers_that_nothing_removes_leak_and_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redacted_call, "plan", _nothing)

    found = await report(monkeypatch)

    assert (found.clips, found.leaks, found.routine, found.met) == (2, 2, 1, False)
    assert len(found.leaked) == sum(leaks for leaks, _ in found.by_kind.values()) == 2
    assert (found.controls, found.controls_heard, found.needless) == (1, 1, 0)


async def test_numbers_that_are_removed_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await report(monkeypatch)

    assert (found.leaks, found.controls_heard) == (0, 1)
    assert found.removed > 0.2


def _nothing(*_heard: object, **_given: object) -> tuple[()]:
    return ()


class _Louder(Finder):
    """Hears a stretch of words as one."""

    async def find(self, samples: Samples, *, rate_hz: int) -> Sequence[tuple[int, int]]:
        loud = np.flatnonzero(samples) * 1_000 // rate_hz
        return [(int(loud[0]), int(loud[-1]) + 1)] if loud.size else []


@pytest.mark.parametrize(
    ("text", "digits", "leak"),
    [
        ("my card is 4421", "4421809679290814", "4421"),
        ("four four two", "4421809679290814", ""),
        ("um double four, twenty-one", "4421809679290814", "4421"),
        ("eight zero nine and then six", "4421809679290814", "8096"),
        ("8 0 for 6", "8046", "8046"),
        ("it is 36", "366", ""),
    ],
)
def test_four_digits_in_a_row_are_a_leak_however_they_are_written(
    text: str, digits: str, leak: str
) -> None:
    assert leaked(digits_of(text), clip(digits)) == leak


def test_of_a_security_code_three_are() -> None:
    assert leaked(digits_of("it is 366"), clip("366", kind="security_code")) == "366"


def test_figures_are_met_only_without_a_leak_with_ears_and_little_else_removed() -> None:
    def met(*done: Outcome) -> bool:
        return report_of(done, seed=1, listener="ears/1").met

    good = outcome(control=True)

    assert met(good, ROUTINE)
    assert not met(good, outcome(leak="4421"), ROUTINE)
    assert not met(outcome(control=False), ROUTINE)
    assert not met(good, outcome(clip=clip("", kind=""), removed_ms=80))
    assert not met(ROUTINE)


def test_shares_are_of_what_they_say() -> None:
    found = report_of([outcome(leak="4421"), outcome(), ROUTINE], seed=1, listener="ears/1")

    assert (found.removed, found.needless) == (0.35, 0.01)
    assert found.real_time_factor == pytest.approx(0.01)
    assert (found.by_voice, found.by_kind) == ({"a": (1, 2)}, {"card_number": (1, 2)})
    assert found.leaked == ("0 a card_number",)
    assert [len(table.rows) for table in tables(found)] == [5, 2]


def test_clips_are_the_same_for_the_same_seed_and_numbers_are_of_their_kind() -> None:
    many = list(random_clips(200, voices=VOICES, seed=9))

    assert many == list(random_clips(200, voices=VOICES, seed=9))
    assert many[:20] != list(islice(random_clips(200, voices=VOICES, seed=10), 20))
    lengths = {(one.kind, len(one.digits)) for one in many}
    assert {kind for kind, _ in lengths} == {
        "card_number", "national_id", "phone_number", "security_code", "account_number",
    }  # fmt: skip
    assert ("card_number", 16) in lengths
    assert all(one.voice == VOICES[one.number % 3] for one in many)
    spoken = digits_of(" ".join(line.text for line in many[0].lines))
    assert many[0].digits in spoken[0]


def test_routine_clips_tell_nothing_that_is_long_enough_to_be_anything() -> None:
    routine = list(routine_clips(voices=VOICES, first=7))

    assert [one.number for one in routine] == list(range(7, 7 + len(routine)))
    assert {one.voice for one in routine} == set(VOICES)
    assert not any(one.digits or one.kind for one in routine)


def test_sides_speak_on_their_own_tracks_one_after_the_other_in_two_voices() -> None:
    lines = (Line("to_customer", "question"), Line("from_customer", "answer"))
    one = Clip(number=0, voice="a", kind=None, digits="", lines=lines)

    samples = laid(one, {"a": _level(5), "b": _level(9)})

    assert {int(level) for level in np.unique(samples[:, 0])} == {0, 5}
    assert {int(level) for level in np.unique(samples[:, 1])} == {0, 9}
    agent, customer = np.flatnonzero(samples[:, 1]), np.flatnonzero(samples[:, 0])
    assert agent.max() < customer.min()


def _level(level: int) -> Speak:
    def speak(_text: str) -> Spoken:
        return np.full(800, level, np.int16)

    return speak


def test_a_telephone_carries_speech_and_neither_hum_nor_hiss() -> None:
    at = np.arange(16_000) / 16_000
    tones = {hertz: np.sin(2 * np.pi * hertz * at) for hertz in (50, 1_000, 6_000)}

    carried = telephone(sum(tones.values(), np.zeros(16_000)), rate_hz=16_000)

    spectrum = np.abs(np.fft.rfft(carried.astype(float)))
    assert len(carried) == SAMPLE_RATE_HZ
    assert int(spectrum.argmax()) == 1_000
    assert spectrum[50] < spectrum[1_000] / 100
