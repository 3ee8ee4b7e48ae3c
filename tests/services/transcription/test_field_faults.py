"""What others' systems were reported to do to their transcripts, done to ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from antiphon.services.circuit import Pacing
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.port import (
    Hypothesis,
    Recognition,
    RecognitionRequest,
    SpeechAudio,
)
from msgspec.structs import replace

from ...builders import contact_ended, contact_started
from .scripted import ScriptedRecognizer, speech
from .stage import SPOKEN, completion, finished_call, listening_live, new_stage, said

CALLS = 20  # many more than failures put a recogniser out


class Restless:
    """A recogniser that thinks anew with each partial where the utterance began."""

    name = "restless/1"

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator[Recognition]:
        async with ScriptedRecognizer().open(request) as session:
            yield _RestlessSession(session)


class _RestlessSession:
    name = Restless.name

    def __init__(self, session: Recognition) -> None:
        self._session = session

    async def hear(self, block: SpeechAudio) -> None:
        await self._session.hear(block)

    async def finish(self) -> None:
        await self._session.finish()

    async def results(self) -> AsyncGenerator[Hypothesis]:
        shift_ms = 0
        async for one in self._session.results():
            shift_ms = (shift_ms + 130) % 400  # never twice the same in a row
            moves = bool(one.text) and not one.is_final
            yield replace(one, started_ms=one.started_ms - shift_ms) if moves else one


async def test_an_utterance_keeps_its_id_while_its_start_is_thought_anew() -> None:
    stage = await finished_call()

    async with listening_live(stage) as partials:
        await stage.care(Restless())

    starts: dict[str, set[int]] = {}
    for partial in partials:
        starts.setdefault(partial.utterance_id, set()).add(partial.started_ms)
    assert starts.keys() == {one[0] for one in SPOKEN}
    assert all(len(moved) > 1 for moved in starts.values())
    assert sorted(said(await stage.speech())) == sorted(SPOKEN)


async def test_calls_that_end_without_a_word_are_no_failures_of_their_recognizer() -> None:
    preferred, other = ScriptedRecognizer(name="a/1"), ScriptedRecognizer(name="b/1")
    chained = Chain(lambda _: (preferred, other), now=lambda: 0.0, pacing=Pacing())

    for _ in range(CALLS):
        stage = await new_stage()
        await stage.tell(contact_started())
        await stage.opened()
        await stage.play({"from_customer": speech(500), "to_customer": speech(500)})
        await stage.tell(contact_ended())
        await stage.closed()
        await stage.care(chained)
        assert completion(await stage.speech()) == (0, "drained")

    assert (preferred.sessions, other.sessions) == (CALLS, 0)
    assert preferred.open_sessions == 0
