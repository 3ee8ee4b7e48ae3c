"""What the life of the contact says about its audio: which streams to read, and until when."""

import asyncio
from collections.abc import AsyncIterable, Iterable
from datetime import datetime

from msgspec import Struct

from ...events.base import Causation, Recorded
from ...events.contact import (
    ContactEndCorrected,
    ContactEnded,
    ContactStarted,
    MediaOffered,
    MediaStream,
)


class Offer(Struct, frozen=True):
    """A stream of the contact, and the fact that named it."""

    ordinal: int  # among the contact's streams, from 1
    media: MediaStream
    cause: Causation
    correlation: str


class Call:
    """The contact's streams and its end, as far as they are known."""

    def __init__(self, history: Iterable[Recorded]) -> None:
        self.offers: list[Offer] = []
        self.ended_at: datetime | None = None
        self.news = asyncio.Event()  # set by whatever may change what there is to do
        for recorded in history:
            self._take(recorded)

    async def follow(self, facts: AsyncIterable[Recorded]) -> None:
        """Take facts as they come."""
        async for recorded in facts:
            self._take(recorded)
            self.news.set()

    def finish_of(self, offer: Offer) -> datetime | None:
        """Return when the stream's last audio was spoken, or None while it may go on.

        A stream is done with when the contact is, or when a further stream takes over.
        """
        if offer.ordinal < len(self.offers):
            return self.offers[offer.ordinal].media.started_at
        return self.ended_at

    def is_superseded(self, offer: Offer) -> bool:
        """Tell whether a further stream was offered."""
        return offer.ordinal < len(self.offers)

    def _take(self, recorded: Recorded) -> None:
        match recorded.event:
            case ContactStarted(media=MediaStream() as media) | MediaOffered(media=media):
                ordinal = len(self.offers) + 1
                offer = Offer(ordinal, media, recorded.cause, recorded.correlation)
                self.offers.append(offer)
            case ContactEnded(ended_at=ended_at) | ContactEndCorrected(ended_at=ended_at):
                self.ended_at = ended_at
            case _:
                pass  # no other fact moves the audio
