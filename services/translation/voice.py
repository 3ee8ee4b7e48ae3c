"""The Voice port: a text becomes speech. Adapters: `voices/`; contract: `tests/contracts/voice.py`.

Connect has no way in for live audio, so what is spoken is stored and played by the desk.
"""

import struct
from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from ...events.base import TenantName

SAMPLE_BYTES = 2  # signed, little-endian, one channel
SPEECH_S_MAX = 90.0  # of a reply; a thousand characters are said in about a minute
SPEECH_BYTES_MAX = int(SPEECH_S_MAX * 24_000) * SAMPLE_BYTES  # at the highest rate there is here


@runtime_checkable
class Voice(Protocol):
    """Speaks texts, several at once."""

    @property
    def name(self) -> str:
        """Vendor and model, and the adapter's version: `aura-2/1`."""
        ...

    @property
    def sample_rate_hz(self) -> int: ...

    def speaks(self, language: str) -> bool:
        """Tell whether it speaks a language, a primary subtag."""
        ...

    def synthesise(
        self, text: str, *, language: str, voice: str | None, deadline_s: float
    ) -> AsyncGenerator[bytes]:
        """Yield samples as they come, 16 bits each, one channel: at least one, whole ones.

        `voice` is one of the vendor's; None: the adapter's own for the language. All of it comes
        within `deadline_s`, and is no more than `SPEECH_BYTES_MAX`.

        Raises:
            VoiceFailed: it was not spoken, or not to its end. What was yielded is worth nothing.
        """
        ...


class Voices(Protocol):
    """The voices of each tenant."""

    def of(self, tenant: TenantName) -> tuple[tuple[str, Voice], ...]:
        """Return them by vendor, the preferred first; none: replies are text only."""
        ...


def wav(samples: bytes, *, rate_hz: int) -> bytes:
    """Return samples as a WAV file of one channel. Source: RIFF, format 1 (PCM)."""
    size = len(samples)
    rate_bytes = rate_hz * SAMPLE_BYTES
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + size, b"WAVE",
        b"fmt ", 16, 1, 1, rate_hz, rate_bytes, SAMPLE_BYTES, 8 * SAMPLE_BYTES,
        b"data", size,
    )  # fmt: skip
    return header + samples
