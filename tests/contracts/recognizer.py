"""What every Recognizer must do. Run by `tests/services/transcription/test_recognizers.py`.

A recogniser is spoken to by a `Voice` that it understands; nothing else is told apart.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import pytest
from antiphon.errors import LanguageUnsupported
from antiphon.events.base import SAMPLES_PER_MS, TRACKS, ContactId, ContactRef, TenantName, Track
from antiphon.services.transcription.port import (
    Hypothesis,
    Recognition,
    RecognitionRequest,
    Recognizer,
    SpeechAudio,
)

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]
Tracks = dict[Track, Samples]

WAIT_S = 60.0
BLOCK_MS = 64
NEAR_MS = 450  # how far a recogniser may be off the beginning and the end of speech
REPORT_MS_MAX = 6_000  # "at least every few seconds of its audio"
HOUR_MS = 3_600_000


class Voice(Protocol):
    """Says three different things, and knows them when it reads them."""

    def turn(self, number: int) -> Samples:
        """Return the audio of turn 0, 1 or 2: speech from its first sample to its last."""
        ...

    def is_said(self, text: str, *turns: int) -> bool:
        """Whether `text` is these turns and nothing else, as far as anybody could hear."""
        ...


class RecognizerContract:
    async def test_it_satisfies_the_port_and_says_who_it_is(self, recognizer: Recognizer) -> None:
        async with recognizer.open(request()) as session:
            assert isinstance(recognizer, Recognizer)
            assert isinstance(session, Recognition)
            assert "/" in session.name, "a version stands behind the name"

    async def test_a_turn_is_understood_where_it_was_said(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        spoken = voice.turn(0)

        told = await heard(recognizer, {"from_customer": placed({2_000: spoken})})

        check_order(told)
        said = finals(told, "from_customer")
        assert voice.is_said(text(said), 0)
        assert said[0].started_ms == pytest.approx(2_000, abs=NEAR_MS)
        assert said[-1].ended_ms == pytest.approx(2_000 + length_ms(spoken), abs=NEAR_MS)

    async def test_the_contact_clock_goes_on_from_where_the_session_begins(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        audio: Tracks = {"to_customer": placed({1_000: voice.turn(1)})}

        told = await heard(recognizer, audio, from_ms=HOUR_MS)

        check_order(told)
        said = finals(told, "to_customer")
        assert voice.is_said(text(said), 1)
        assert said[0].started_ms == pytest.approx(HOUR_MS + 1_000, abs=NEAR_MS)
        assert all(one.heard_ms >= HOUR_MS - NEAR_MS for one in told)

    async def test_tracks_that_speak_at_the_same_time_are_kept_apart(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        told = await heard(
            recognizer,
            {
                "from_customer": placed({1_000: voice.turn(0)}),
                "to_customer": placed({1_500: voice.turn(2)}),
            },
        )

        check_order(told)
        assert voice.is_said(text(finals(told, "from_customer")), 0)
        assert voice.is_said(text(finals(told, "to_customer")), 2)

    async def test_of_silence_it_says_how_far_it_heard_and_no_word(
        self, recognizer: Recognizer
    ) -> None:
        silence = np.zeros(15_000 * SAMPLES_PER_MS, np.int16)

        told = await heard(recognizer, dict.fromkeys(TRACKS, silence))

        check_order(told)
        assert [one.text for one in told if one.text] == []
        for track in TRACKS:
            marks = sorted(one.heard_ms for one in told if one.track == track)
            assert all(later - earlier < REPORT_MS_MAX for earlier, later in pairwise([0, *marks]))
            assert marks[-1] > 15_000 - REPORT_MS_MAX

    async def test_a_gap_ends_what_was_said_and_shifts_nothing(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        before, after = voice.turn(0), placed({0: voice.turn(1)})
        later_ms = length_ms(before) + 20_000

        async with recognizer.open(request()) as session:
            hearing = asyncio.ensure_future(collected(session))
            await give(session, {"from_customer": before})
            await give(session, {"from_customer": after}, from_ms=later_ms)
            await session.finish()
            told = await done(hearing)

        check_order(told)
        said = finals(told, "from_customer")
        early = [one for one in said if one.started_ms < later_ms - NEAR_MS]
        late = [one for one in said if one not in early]
        assert voice.is_said(text(early), 0)
        assert voice.is_said(text(late), 1)
        assert early[-1].ended_ms <= length_ms(before) + NEAR_MS
        assert late[0].started_ms == pytest.approx(later_ms, abs=NEAR_MS)

    async def test_what_is_being_said_at_the_end_is_made_final(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        told = await heard(recognizer, {"from_customer": voice.turn(2)})

        check_order(told)
        assert voice.is_said(text(finals(told, "from_customer")), 2)

    async def test_two_turns_are_told_in_the_order_of_their_time(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        second_ms = 500 + length_ms(voice.turn(0)) + 2_000

        told = await heard(
            recognizer,
            {"from_customer": placed({500: voice.turn(0), second_ms: voice.turn(1)})},
        )

        check_order(told)
        said = finals(told, "from_customer")
        assert len(said) >= 2
        assert voice.is_said(text(said), 0, 1)

    async def test_another_session_goes_on_after_the_last_final_of_a_lost_one(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        second_ms = 500 + length_ms(voice.turn(0)) + 2_000
        audio = placed({500: voice.turn(0), second_ms: voice.turn(1)})

        async with recognizer.open(request()) as session:
            hearing = asyncio.ensure_future(until_final(session))
            cut = (second_ms + 400) * SAMPLES_PER_MS
            await give(session, {"from_customer": audio[:cut]})
            first = await done(hearing)
        closed_ms = max(one.ended_ms for one in first if one.is_final)
        rest: Tracks = {"from_customer": audio[closed_ms * SAMPLES_PER_MS :]}
        second = await heard(recognizer, rest, from_ms=closed_ms)

        check_order([*(one for one in first if one.is_final), *second])
        said = [*finals(first, "from_customer"), *finals(second, "from_customer")]
        assert voice.is_said(text(said), 0, 1)

    async def test_contacts_are_heard_at_the_same_time(
        self, recognizer: Recognizer, voice: Voice
    ) -> None:
        told = await asyncio.gather(
            *(
                heard(recognizer, {"from_customer": placed({500: voice.turn(number)})})
                for number in range(3)
            )
        )

        for number in range(3):
            assert voice.is_said(text(finals(told[number], "from_customer")), number)

    async def test_a_language_nobody_taught_it_is_refused_before_any_audio(
        self, recognizer: Recognizer
    ) -> None:
        with pytest.raises(LanguageUnsupported):
            async with recognizer.open(request(language="tlh-Latn")):
                pytest.fail("it opened")


def request(language: str = "en-US") -> RecognitionRequest:
    return RecognitionRequest(
        contact=ContactRef(TenantName("demo"), ContactId("c-1")),
        language=language,
        vocabulary=("Brightline", "router"),
    )


def placed(turns: Mapping[int, Samples], *, after_ms: int = 1_500) -> Samples:
    """Return audio in which each turn begins at its ms, with silence around."""
    end_ms = max(at + length_ms(turn) for at, turn in turns.items()) + after_ms
    audio = np.zeros(end_ms * SAMPLES_PER_MS, np.int16)
    for at, turn in turns.items():
        audio[at * SAMPLES_PER_MS : at * SAMPLES_PER_MS + turn.size] = turn
    return audio


def length_ms(samples: Samples) -> int:
    return samples.size // SAMPLES_PER_MS


async def heard(
    recognizer: Recognizer, tracks: Mapping[Track, Samples], *, from_ms: int = 0
) -> list[Hypothesis]:
    """Return all that is said of the audio, to the end."""
    async with recognizer.open(request()) as session:
        hearing = asyncio.ensure_future(collected(session))
        await give(session, tracks, from_ms=from_ms)
        await session.finish()
        return await done(hearing)


async def give(session: Recognition, tracks: Mapping[Track, Samples], *, from_ms: int = 0) -> None:
    """Give audio as fast as it is taken, the tracks side by side."""
    step, first = BLOCK_MS * SAMPLES_PER_MS, from_ms * SAMPLES_PER_MS
    for at in range(0, max(samples.size for samples in tracks.values()), step):
        for track, samples in tracks.items():
            piece = samples[at : at + step].astype("<i2").tobytes()
            if piece:
                await session.hear(SpeechAudio(track=track, first_sample=first + at, samples=piece))


async def collected(session: Recognition) -> list[Hypothesis]:
    return [hypothesis async for hypothesis in session.results()]


async def until_final(session: Recognition) -> list[Hypothesis]:
    """Return what is said up to the first final that holds words."""
    told: list[Hypothesis] = []
    async for hypothesis in session.results():
        told.append(hypothesis)
        if hypothesis.is_final and hypothesis.text:
            break
    return told


async def done(hearing: "asyncio.Future[list[Hypothesis]]") -> list[Hypothesis]:
    async with asyncio.timeout(WAIT_S):
        return await hearing


def finals(told: Sequence[Hypothesis], track: Track) -> list[Hypothesis]:
    return [one for one in told if one.is_final and one.text and one.track == track]


def text(said: Sequence[Hypothesis]) -> str:
    return " ".join(one.text for one in said)


def check_order(told: Sequence[Hypothesis]) -> None:
    """Check what the port promises of each hypothesis and of their order."""
    closed_ms: dict[Track, int] = defaultdict(int)
    for one in told:
        assert len(one.words) == len(one.text.split())
        assert 0 <= one.stable_words <= len(one.words)
        assert 0.0 <= one.confidence <= 1.0
        assert one.started_ms <= one.ended_ms
        times = [ms for word in one.words for ms in (word.started_ms, word.ended_ms)]
        assert times == sorted(times)
        assert all(one.started_ms <= ms <= one.ended_ms for ms in times)
        if one.text:
            assert one.started_ms >= closed_ms[one.track], "it was final already"
        if one.is_final:
            assert one.stable_words == len(one.words)
            # One without words may begin a little before the session: it says nothing of that.
            closed_ms[one.track] = max(closed_ms[one.track], one.ended_ms)
