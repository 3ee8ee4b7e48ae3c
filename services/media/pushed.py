"""Streams whose audio is brought: stored by the same ledger as what is read.

The sequence id of a frame takes the place of its fragment number, so the newest chunk says how
far a stream is stored, to whichever process its source comes back to.
"""

import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from ...errors import IngestRefused, LogUnavailable
from ...events.audio import AudioLog
from ...events.base import SAMPLE_RATE_HZ, ContactRef, Lane, Recorded, Track
from ...events.journal import Journal
from ...events.pushed import PUSHED_STREAM, PushedFrame
from .call import Call, Offer
from .ledger import Ledger
from .outcomes import Heard

LANES: tuple[Lane, ...] = ("life", "media")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE_NS = 1_000_000_000 // SAMPLE_RATE_HZ
_SAMPLE = timedelta(microseconds=_SAMPLE_NS // 1_000)
_NS_PER_US = 1_000


def is_pushed(offer: Offer) -> bool:
    """Tell whether a stream's audio is brought to us."""
    return offer.media.stream_arn == PUSHED_STREAM


class PushedAudio:
    """Opens the pushed streams of contacts, wherever their sources connect."""

    def __init__(self, *, journal: Journal, audio: AudioLog, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._audio = audio
        self._now = now

    async def admit(self, contact: ContactRef) -> None:
        """Do nothing, unless the contact's audio is read from elsewhere.

        Raises:
            IngestRefused: it is.
        """
        _refuse_read(Call(await self._history(contact)).offers)

    async def open(self, contact: ContactRef) -> "PushedStream":
        """Return the stream that the contact offered, as far as it is stored.

        Raises:
            IngestRefused: the contact's audio is read from elsewhere.
            LogUnavailable: the log does not show yet that the stream was offered.
        """
        history = await self._history(contact)
        call = Call(history)
        _refuse_read(call.offers)
        offer = next(iter(call.offers), None)
        if offer is None:
            raise LogUnavailable("it does not show that a stream was offered")
        # Two connections number their frames alike, and need not bring the same samples.
        ledger = Ledger(
            contact,
            call,
            journal=self._journal,
            audio=self._audio,
            now=self._now,
            writer=f"/{uuid.uuid4().hex}",
        )
        await ledger.restore(history)
        return PushedStream(offer, ledger)

    async def _history(self, contact: ContactRef) -> list[Recorded]:
        reading: AsyncGenerator[Recorded] = self._journal.read(contact, lanes=LANES)
        async with aclosing(reading):
            return [recorded async for recorded in reading]


class PushedStream:
    """One stream, written by whoever holds its source's connection."""

    def __init__(self, offer: Offer, ledger: Ledger) -> None:
        self._offer = offer
        self._ledger = ledger

    @property
    def started_at(self) -> datetime:
        """The instant of sample 0."""
        return self._offer.media.started_at

    @property
    def stored(self) -> int:
        """The sequence id of the last stored frame; 0 before the first."""
        resume = self._ledger.resumes.get(PUSHED_STREAM)
        return 0 if resume is None else resume.mark[0]

    @property
    def ends(self) -> Mapping[Track, int]:
        """The first sample after what is stored, by track, since the stream's start."""
        zero_at = self._ledger.clock_zero_at
        if zero_at is None:
            return {}
        began = round((zero_at - self.started_at) / _SAMPLE)
        return {track: began + end for track, end in self._ledger.ends.items()}

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._offer.ordinal in self._ledger.closed

    async def store(self, frames: Sequence[PushedFrame]) -> None:
        """Store frames, in order.

        Raises:
            StreamMoved: another process holds a connection of this source.
            Fault: open the stream again.
        """
        start_ns = (self.started_at - _EPOCH) // timedelta(microseconds=1) * _NS_PER_US
        await self._ledger.store(
            self._offer,
            [
                Heard(
                    str(frame.sequence),
                    0,
                    frame.track,
                    start_ns + frame.first_sample * _SAMPLE_NS,
                    frame.samples,
                )
                for frame in frames
            ],
        )

    async def close(self) -> None:
        """State that this was all. Harmless when repeated.

        Raises:
            Fault: as `store`.
        """
        if not self.is_closed:
            await self._ledger.close(self._offer, "contact_ended")


def _refuse_read(offers: Iterable[Offer]) -> None:
    if not all(is_pushed(offer) for offer in offers):
        raise IngestRefused("audio_read_elsewhere")
