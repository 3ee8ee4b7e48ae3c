"""Sample calls and other sounds for the real recogniser, and a measure of its words."""

import asyncio
import json
import re
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from antiphon.events.base import SAMPLES_PER_MS, ContactId, ContactRef, TenantName, Track
from antiphon.infra import simulator
from antiphon.services.transcription.port import (
    Hypothesis,
    Recognition,
    RecognitionRequest,
    Recognizer,
    SpeechAudio,
)
from msgspec import Struct, convert

from .scripted import Samples

CALLS = Path(simulator.__file__).parent / "calls"
TRACK_OF: dict[str, Track] = {"customer": "from_customer", "agent": "to_customer"}
VOCABULARY = ("Brightline", "broadband", "router", "contract", "refund", "technician")
BLOCK_MS = 64


class SpokenTurn(Struct, frozen=True):
    """A turn as the truth beside a recording tells of it."""

    party: str
    text: str
    started_ms: int
    ended_ms: int

    @property
    def track(self) -> Track:
        return TRACK_OF[self.party]


class Call(Struct, frozen=True):
    tracks: dict[Track, Samples]
    turns: list[SpokenTurn]

    def cut(self, turn: SpokenTurn, *, margin_ms: int = 0) -> Samples:
        """Return the audio of one turn."""
        first, end = turn.started_ms - margin_ms, turn.ended_ms + margin_ms
        return self.tracks[turn.track][max(0, first) * SAMPLES_PER_MS : end * SAMPLES_PER_MS]

    def words(self, track: Track) -> list[str]:
        return plain_words(" ".join(turn.text for turn in self.turns if turn.track == track))


def sample_call(name: str) -> Call:
    with wave.open(str(CALLS / f"{name}.wav"), "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    turns = json.loads((CALLS / f"{name}.json").read_text())["turns"]
    tracks: dict[Track, Samples] = {
        "from_customer": frames[:, 0].astype(np.int16),
        "to_customer": frames[:, 1].astype(np.int16),
    }
    return Call(tracks, convert(turns, list[SpokenTurn]))


def request(vocabulary: Sequence[str] = VOCABULARY, **given: str) -> RecognitionRequest:
    return RecognitionRequest(
        contact=ContactRef(TenantName("demo"), ContactId("c-1")),
        language=given.get("language", "en-US"),
        vocabulary=tuple(vocabulary),
    )


async def hear(
    session: Recognition,
    tracks: Mapping[Track, Samples],
    *,
    from_ms: int = 0,
    block_ms: int = BLOCK_MS,
) -> None:
    """Give audio as fast as it is taken, both tracks side by side."""
    step, offset = block_ms * SAMPLES_PER_MS, from_ms * SAMPLES_PER_MS
    for at in range(0, max(samples.size for samples in tracks.values()), step):
        for track, samples in tracks.items():
            piece = samples[at : at + step]
            if piece.size:
                await session.hear(
                    SpeechAudio(track=track, first_sample=offset + at, samples=piece.tobytes())
                )


async def recognise(
    recognizer: Recognizer,
    tracks: Mapping[Track, Samples],
    *,
    vocabulary: Sequence[str] = VOCABULARY,
) -> list[Hypothesis]:
    """Return everything that is said of the audio, to the end."""
    async with recognizer.open(request(vocabulary)) as session:
        async with asyncio.TaskGroup() as tasks:
            results = tasks.create_task(_all(session))
            await hear(session, tracks)
            await session.finish()
        return results.result()


async def _all(session: Recognition) -> list[Hypothesis]:
    return [hypothesis async for hypothesis in session.results()]


def finals(hypotheses: Sequence[Hypothesis], track: Track | None = None) -> list[Hypothesis]:
    return [
        one
        for one in hypotheses
        if one.is_final and one.text and (track is None or one.track == track)
    ]


def plain_words(text: str) -> list[str]:
    """Return the words to compare; what holds a digit is left out on both sides.

    Whether "eleven" or "11" is written says nothing about what was heard.
    """
    spelled = re.sub(r"[^a-z0-9' ]", " ", text.casefold()).split()
    return [word for word in spelled if not any(c.isdigit() for c in word) and word not in _SPELLED]


def word_distance(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Return how many words must be changed, added or dropped to get from one to the other."""
    row = list(range(len(found) + 1))
    for number, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(found, start=1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]


_NUMBERS = """um uh hm zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy
eighty ninety hundred ninth first dollar dollars"""
_SPELLED = frozenset(_NUMBERS.split())
