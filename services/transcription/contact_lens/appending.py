"""Appends what a contact's text tells to its lane `speech`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from ....events.base import TRACKS, ContactRef, Draft, Event, Track, service_event_id
from ....events.journal import Journal
from ....events.speech import SpeechGap, TranscriptCompleted
from .standing import Standing

SERVICE = "transcription"


class Appending:
    """The lane of one contact, as far as `standing` knows it."""

    def __init__(
        self,
        contact: ContactRef,
        standing: Standing,
        *,
        journal: Journal,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._standing = standing
        self._journal = journal
        self._now = now

    async def append(self, events: Mapping[str, Event], *, rule: str) -> None:
        """Append events, by their cause, all or none, and fold them.

        Raises:
            StreamMoved: somebody else wrote to the lane since it was read.
            LogUnavailable, KeyDestroyed: see `Journal.append`.
        """
        drafts = [
            Draft(
                event=event,
                id=service_event_id(SERVICE, self._contact, cause, rule),
                occurred_at=self._now(),
                actor=f"service:{SERVICE}",
                correlation=self._standing.hearing.correlation,
                causation=self._standing.cause,
            )
            for cause, event in events.items()
        ]
        position = await self._journal.append(
            self._contact, drafts, expected=self._standing.hearing.lane_end
        )
        for event in events.values():
            self._standing.take_own(event, position=position)

    async def deafen(self, reason: str) -> None:
        """Append that the rest of both tracks was not heard, unless that is said already.

        Raises:
            StreamMoved, LogUnavailable, KeyDestroyed: as `append`.
        """
        if self._standing.hearing.deaf_because is not None:
            return
        ends: dict[Track, int] = {track: self._standing.closed_ms(track) for track in TRACKS}
        gaps = {
            f"{track}-{from_ms}": SpeechGap(
                track=track, from_ms=from_ms, until_ms=None, reason=reason
            )
            for track, from_ms in ends.items()
        }
        await self.append(gaps, rule="gap")

    async def complete(self) -> None:
        """Append that no final follows.

        Raises:
            StreamMoved, LogUnavailable, KeyDestroyed: as `append`.
        """
        completed = TranscriptCompleted(
            utterances=len(self._standing.finals),
            reason="drained" if self._standing.hearing.deaf_because is None else "deadline",
        )
        await self.append({"end": completed}, rule="completed")
