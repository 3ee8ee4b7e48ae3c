"""Clips played, redacted, and heard again by a recogniser that had no part in it."""

import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...events.base import SAMPLE_RATE_HZ, TRACKS, Track
from ...events.cards.masking import folded_words
from ...events.cards.spoken import Number, numbers_of, pieces_of
from ...services.redaction.port import SecondListener, SpeechFinder
from ...services.transcription.port import Recognizer
from .clips import Clip
from .redacted_call import Redacted, Samples, redacted

_LEAD_SAMPLES = round(0.3 * SAMPLE_RATE_HZ)  # the line is open before anyone speaks
_PAUSE_SAMPLES = round(0.5 * SAMPLE_RATE_HZ)
_TAIL_SAMPLES = round(1.0 * SAMPLE_RATE_HZ)
# Of so many clips one is heard unredacted as well: ears that get nothing right find no leak.
CONTROL_EVERY = 4

Spoken = NDArray[np.int16]  # of one voice, at 8 kHz
Speak = Callable[[str], Spoken]


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one clip."""

    clip: Clip
    leak: str  # the digits in a row that were heard; empty: none
    control: bool | None  # whether they are heard where nothing is removed; None: not tried
    speech_ms: int
    removed_ms: int  # of that speech
    beeped_ms: int  # of all audio
    audio_ms: int  # of both tracks
    taken_s: float  # of the processor, to find, plan and redact; words and the check aside


async def outcomes(
    clips: Iterable[Clip],
    *,
    voices: Mapping[str, Speak],
    recognizer: Recognizer,
    finder: SpeechFinder,
    listener: SecondListener,
) -> AsyncGenerator[Outcome]:
    """Yield what becomes of each clip, in order."""
    for clip in clips:
        samples = laid(clip, voices)
        with tempfile.TemporaryDirectory() as directory:
            call = await redacted(
                samples, recognizer=recognizer, finder=finder, directory=Path(directory)
            )
        # Where nothing was told, nothing can leak, and nobody has to listen.
        leak = leaked(await _digits(call.samples, listener), clip) if clip.digits else ""
        control = None
        if clip.digits and clip.number % CONTROL_EVERY == 0:
            tracks: dict[Track, Spoken] = {
                track: samples[:, column] for column, track in enumerate(TRACKS)
            }
            control = bool(leaked(await _digits(tracks, listener), clip))
        yield _outcome(clip, call, leak=leak, control=control)


def laid(clip: Clip, voices: Mapping[str, Speak]) -> Samples:
    """Return the clip's lines one after another, each on its side's track.

    The agent has another voice, where there is one.
    """
    names = list(voices)
    other = names[(names.index(clip.voice) + 1) % len(names)]
    said: list[tuple[int, int, Spoken]] = []
    at = _LEAD_SAMPLES
    for line in clip.lines:
        spoken = voices[clip.voice if line.track == "from_customer" else other](line.text)
        said.append((at, TRACKS.index(line.track), spoken))
        at += len(spoken) + _PAUSE_SAMPLES
    samples = np.zeros((at + _TAIL_SAMPLES, len(TRACKS)), np.int16)
    for start, column, spoken in said:
        samples[start : start + len(spoken), column] = spoken
    return samples


def leaked(heard: Sequence[str], clip: Clip) -> str:
    """Return the first digits in a row of the clip's that were heard and are too many, or ""."""
    length = clip.digits_max + 1
    told = [clip.digits[at : at + length] for at in range(len(clip.digits) - length + 1)]
    return next((one for one in told if any(one in digits for digits in heard)), "")


def digits_of(text: str) -> tuple[str, str]:
    """Return all digits of a text on end: as it says, and with words that only sound like them."""
    spoken = numbers_of(pieces_of(folded_words(text)))
    strict = "".join(one.digits for one in spoken if isinstance(one, Number))
    kinds = {"misheard", "date", "amount", "apart"}
    loose = "".join(
        one.digits if isinstance(one, Number) else one.text if one.kind in kinds else ""
        for one in spoken
    )
    return strict, loose


async def _digits(tracks: Mapping[Track, Spoken], listener: SecondListener) -> list[str]:
    texts = [
        " ".join(word.text for word in await listener.listen(one, rate_hz=SAMPLE_RATE_HZ))
        for one in tracks.values()
    ]
    return [digits for text in texts for digits in digits_of(text)]


def _outcome(clip: Clip, call: Redacted, *, leak: str, control: bool | None) -> Outcome:
    removed_ms = sum(
        max(0, min(span.until_ms, one.until_ms) - max(span.from_ms, one.from_ms))
        for one in call.speech
        for span in call.spans
        if span.track == one.track
    )
    return Outcome(
        clip=clip,
        leak=leak,
        control=control,
        speech_ms=sum(one.until_ms - one.from_ms for one in call.speech),
        removed_ms=removed_ms,
        beeped_ms=sum(span.until_ms - span.from_ms for span in call.spans),
        audio_ms=call.duration_ms * len(TRACKS),
        taken_s=call.taken_s,
    )
