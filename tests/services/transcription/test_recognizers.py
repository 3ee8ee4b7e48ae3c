"""One suite for every recogniser: scripted, Deepgram's, Amazon's, Whisper, and a chain of two."""

from collections.abc import AsyncGenerator, Generator

import numpy as np
import pytest
import pytest_asyncio
from antiphon.infra.simulator.deepgram.server import DeepgramServer
from antiphon.infra.simulator.transcribe.server import TranscribeServer
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.deepgram.recognizer import DeepgramRecognizer
from antiphon.services.transcription.port import Recognizer
from antiphon.services.transcription.transcribe.recognizer import TranscribeRecognizer
from antiphon.services.transcription.whisper.recognizer import WhisperRecognizer

from ...contracts.recognizer import RecognizerContract, Samples, Voice
from . import transcribe_server as amazon
from .deepgram_server import KEY, access_to
from .hearing_aid import plain_words, sample_call, word_distance
from .scripted import ScriptedRecognizer, speech

SPOKEN = [6, 4, 5]  # turns of the sample call
WORD_ERRORS_MAX = 0.2


class CodedVoice:
    """Says numbers in the code of the scripted recogniser and of the simulated Deepgram."""

    turns = ((1, 2, 3), (4, 5, 6, 7), (11, 12, 13))

    def turn(self, number: int) -> Samples:
        words = self.turns[number]
        return speech(200 * len(words), at_0=words)

    def is_said(self, text: str, *turns: int) -> bool:
        return text == " ".join(f"w{word}" for number in turns for word in self.turns[number])


class RecordedVoice:
    """Turns of a sample call."""

    def __init__(self) -> None:
        self._call = sample_call("price_rise")
        self._turns = [self._call.turns[number] for number in SPOKEN]
        self.texts = [turn.text for turn in self._turns]

    def turn(self, number: int) -> Samples:
        samples = self._call.cut(self._turns[number])
        return samples[: samples.size - samples.size % 8]

    def is_said(self, text: str, *turns: int) -> bool:
        wanted = [word for number in turns for word in plain_words(self._turns[number].text)]
        return word_distance(wanted, plain_words(text)) <= WORD_ERRORS_MAX * len(wanted)


class TestScripted(RecognizerContract):
    @pytest.fixture
    def recognizer(self) -> Recognizer:
        return ScriptedRecognizer()

    @pytest.fixture
    def voice(self) -> Voice:
        return CodedVoice()


class TestDeepgram(RecognizerContract):
    @pytest_asyncio.fixture
    async def recognizer(self) -> AsyncGenerator[Recognizer]:
        async with DeepgramServer(keys={KEY}) as server:
            yield DeepgramRecognizer(access_to(server))

    @pytest.fixture
    def voice(self) -> Voice:
        return CodedVoice()


class TestTranscribe(RecognizerContract):
    @pytest_asyncio.fixture
    async def recognizer(self, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Recognizer]:
        amazon.as_somebody(monkeypatch)
        async with TranscribeServer(secrets=amazon.SECRETS) as server:
            yield TranscribeRecognizer(amazon.access_to(server))

    @pytest.fixture
    def voice(self) -> Voice:
        return CodedVoice()


class TestChain(RecognizerContract):
    @pytest.fixture
    def recognizer(self) -> Recognizer:
        away = ScriptedRecognizer(name="away/1", refuses=lambda _: True)
        return Chain(lambda _: (away, ScriptedRecognizer()))

    @pytest.fixture
    def voice(self) -> Voice:
        return CodedVoice()


@pytest.fixture(scope="module")
def whisper() -> Generator[Recognizer]:
    recognizer = WhisperRecognizer(workers=2)
    yield recognizer
    recognizer.close()


class TestWhisper(RecognizerContract):
    @pytest.fixture
    def recognizer(self, whisper: Recognizer) -> Recognizer:
        return whisper

    @pytest.fixture
    def voice(self) -> Voice:
        return RecordedVoice()


def test_the_recorded_voice_is_told_from_another_turn() -> None:
    voice = RecordedVoice()
    texts = voice.texts

    assert voice.is_said(texts[0], 0)
    assert not voice.is_said(texts[0], 1)
    assert not voice.is_said(f"{texts[0]} {texts[0]}", 0)
    assert np.any(voice.turn(0))
