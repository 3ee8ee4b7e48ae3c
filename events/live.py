"""Partials: shown while somebody speaks, then forgotten. Never stored, so never an event."""

from collections.abc import AsyncGenerator
from typing import ClassVar, Protocol

from msgspec import Struct

from .base import ContactId, ContactRef, TenantName, Track, UtteranceId


class UtterancePartial(Struct, frozen=True, kw_only=True):
    """What the recogniser believes so far of an utterance that is still being said."""

    TYPE: ClassVar[str] = "utterance_partial"

    contact_id: ContactId
    utterance_id: UtteranceId  # the one its final will have
    revision: int  # from 1, grows within the utterance
    track: Track
    text: str
    stable_words: int  # so many words from the start, split at spaces, will hardly change
    started_ms: int  # on the contact clock
    ended_ms: int
    words: tuple[tuple[int, int], ...]  # start and end of each word, on the contact clock


class Live(Protocol):
    """Carries partials to whoever listens at this moment. At most once, unordered over contacts."""

    async def publish(self, contact: ContactRef, partial: UtterancePartial) -> None:
        """Send a partial; a lost one is replaced by the next."""
        ...

    def subscribe(self, tenant: TenantName) -> AsyncGenerator[UtterancePartial]:
        """Yield the partials of all of a tenant's contacts, for ever."""
        ...
