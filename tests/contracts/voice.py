"""What every Voice must do. Run by `tests/services/translation/test_voices.py`.

A voice is spoken to through a `Listener`, who knows what the text should sound like, and which
one of the failures an adapter can meet is to come next.
"""

import asyncio
from contextlib import aclosing
from typing import Protocol

import pytest
from antiphon.errors import VoiceFailed, VoiceFailure
from antiphon.services.translation.voice import SPEECH_BYTES_MAX, Voice

TEXT = "Su cita es el martes a las 3. ¿Le viene bien? – Sí"
DEADLINE_S = 10.0  # in which all of this is spoken, on a busy machine
SHORT_S = 0.1


class Listener(Protocol):
    """Hears what a voice says, and makes it fail."""

    def is_said(self, text: str, samples: bytes) -> bool:
        """Tell whether these samples are that text, as far as can be told."""
        ...

    def asked_for(self) -> tuple[str, str]:
        """Return the text and the language that were asked for last."""
        ...

    def fail(self, how: str) -> None:
        """Have the next requests fail, all of them."""
        ...


class VoiceContract:
    """`failures`: by name, how a voice can be made to fail, and what it then says."""

    async def test_it_satisfies_the_port_and_says_who_it_is(self, voice: Voice) -> None:
        assert isinstance(voice, Voice)
        assert "/" in voice.name, "a version stands behind the name"
        assert voice.speaks("en")
        assert not voice.speaks("tlh")

    async def test_a_text_is_spoken_as_it_stands_in_its_language(
        self, voice: Voice, listener: Listener
    ) -> None:
        pieces = await spoken(voice, TEXT, language="es")

        assert listener.asked_for() == (TEXT, "es")
        assert all(piece and len(piece) % 2 == 0 for piece in pieces), "whole samples"
        assert listener.is_said(TEXT, b"".join(pieces))

    async def test_several_texts_are_spoken_at_once_and_each_is_its_own(
        self, voice: Voice, listener: Listener
    ) -> None:
        texts = [f"Ticket {number} is closed" for number in range(4)]

        async with asyncio.TaskGroup() as tasks:
            speaking = [tasks.create_task(spoken(voice, one, language="en")) for one in texts]

        for text, one in zip(texts, speaking, strict=True):
            assert listener.is_said(text, b"".join(one.result()))

    async def test_every_failure_says_what_it_means(
        self, voice: Voice, listener: Listener, failure: tuple[str, VoiceFailure]
    ) -> None:
        how, reason = failure
        listener.fail(how)

        with pytest.raises(VoiceFailed) as failed:
            await spoken(voice, TEXT, language="es")

        assert failed.value.reason == reason

    async def test_a_voice_that_hangs_is_given_up_at_the_deadline(
        self, voice: Voice, listener: Listener, hanging: str
    ) -> None:
        listener.fail(hanging)
        clock = asyncio.get_running_loop().time
        began = clock()

        with pytest.raises(VoiceFailed) as failed:
            await spoken(voice, TEXT, language="es", deadline_s=SHORT_S)

        assert failed.value.reason == "late"
        assert clock() - began < SHORT_S + 2.0

    async def test_a_voice_that_does_not_end_is_cut(self, voice: Voice, listener: Listener) -> None:
        listener.fail("endless")
        sizes: list[int] = []

        async def measure() -> None:
            speaking = voice.synthesise(TEXT, language="es", voice=None, deadline_s=DEADLINE_S)
            async with aclosing(speaking) as pieces:
                async for piece in pieces:
                    sizes.append(len(piece))  # noqa: PERF401 (kept when it fails)

        with pytest.raises(VoiceFailed) as failed:
            await measure()

        assert failed.value.reason == "too_long"
        assert sum(sizes) <= SPEECH_BYTES_MAX

    async def test_who_stops_listening_leaves_nothing_behind(
        self, voice: Voice, listener: Listener
    ) -> None:
        pieces = voice.synthesise(TEXT, language="es", voice=None, deadline_s=DEADLINE_S)
        await anext(pieces)
        await pieces.aclose()

        assert listener.is_said("again", b"".join(await spoken(voice, "again", language="en")))


async def spoken(
    voice: Voice, text: str, *, language: str, deadline_s: float = DEADLINE_S
) -> list[bytes]:
    speaking = voice.synthesise(text, language=language, voice=None, deadline_s=deadline_s)
    async with aclosing(speaking) as pieces:
        return [piece async for piece in pieces]
