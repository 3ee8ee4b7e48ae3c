"""A vendor's recogniser as the second one: it hears a redacted track as if it were a call."""

import asyncio
from collections.abc import Sequence

from ..errors import RecognizerFailed
from ..events.base import SAMPLE_RATE_HZ, ContactId, ContactRef, TenantName
from ..services.redaction.port import HeardWord, Samples
from ..services.transcription.port import Recognition, RecognitionRequest, Recognizer, SpeechAudio

# Vendors log what they are told; whose call it is need not be among it.
_NOBODY = ContactRef(TenantName("verification"), ContactId("redacted"))
_TRACK = "from_customer"
_BLOCK = SAMPLE_RATE_HZ // 2  # samples


class VendorListener:
    """Satisfies `SecondListener` with any recogniser of calls."""

    def __init__(self, recognizer: Recognizer, *, language: str = "en-US") -> None:
        self.name = recognizer.name
        self._recognizer = recognizer
        self._language = language

    def check(self) -> None:
        """Return: whether a vendor answers is seen when it is asked."""

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        """See `SecondListener.listen`."""
        if rate_hz != SAMPLE_RATE_HZ:
            raise RecognizerFailed("rate_unsuited")
        request = RecognitionRequest(contact=_NOBODY, language=self._language, tracks=(_TRACK,))
        async with self._recognizer.open(request) as session, asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(_heard(session))
            for first in range(0, samples.size, _BLOCK):
                block = samples[first : first + _BLOCK].astype("<i2").tobytes()
                await session.hear(SpeechAudio(track=_TRACK, first_sample=first, samples=block))
            await session.finish()
        ends_ms = samples.size * 1_000 // rate_hz
        # Vendors round times up beyond the end.
        return [
            HeardWord(one.text, min(one.started_ms, ends_ms), min(one.ended_ms, ends_ms))
            for one in hearing.result()
        ]


async def _heard(session: Recognition) -> list[HeardWord]:
    return [
        HeardWord(text, time.started_ms, time.ended_ms)
        async for hypothesis in session.results()
        if hypothesis.is_final
        for text, time in zip(hypothesis.text.split(" "), hypothesis.words, strict=True)
        if text
    ]
