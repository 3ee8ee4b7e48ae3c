"""A call that is over, its recording made by the real service, and redaction about to begin.

Words are played as levels, each its own, so that ears that have nothing to do with the redactor
can tell from samples alone which of them are left.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from antiphon.commands.erasure_ports import NoHolds
from antiphon.commands.expiry import Expirer
from antiphon.errors import KeyDestroyed, ModelUnusable
from antiphon.events.audio import AudioLog
from antiphon.events.base import SAMPLES_PER_MS, ContactId, Event, TenantName, Track, UtteranceId
from antiphon.events.journal import Journal
from antiphon.events.keys import KeyStore
from antiphon.events.log import EventLog
from antiphon.events.privacy_policy import PrivacyPolicyPublished
from antiphon.events.quarantine import Quarantine, evolve
from antiphon.events.redaction import RedactionApplied
from antiphon.events.register import Register
from antiphon.events.retention import EXPIRY_KIND
from antiphon.events.speech import UtteranceFinalized, WordTime
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.flac import Samples as TwoTracks
from antiphon.services.playback import Playback
from antiphon.services.recording.service import Recording
from antiphon.services.redaction.activities import LANES, Activities
from antiphon.services.redaction.ears import Deadlines
from antiphon.services.redaction.originals import ACTOR, Originals
from antiphon.services.redaction.port import HeardWord, Samples
from antiphon.services.redaction.redactor import Redactor
from antiphon.services.redaction.service import Redaction
from antiphon.services.redaction.verifying import Verifier
from antiphon.services.redaction.workflow import Embedded, Workflows

from ...builders import (
    CONTACT,
    audio_stream_opened,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ..contact_stage import WAIT_S, ContactStage, Inbox
from ..recording.booth import QUICK as QUICK_TO_RECORD
from ..recording.booth import Booth, Shelf, consent

Said = Sequence[tuple[int, str]]  # when in ms, and the word

WORD_MS = 250
_HEARD_MS = 100  # less of a word is not understood
_PAUSE_MS = 100  # between two words of one breath
_LEVEL = 100  # of the first word; each has its own
QUICK = Deadlines(listen_s=0.2, listen_s_per_s=0.0, find_s=0.2)


class Tongue:
    """Words and the levels that stand for them."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._levels = {word: _LEVEL + number for number, word in enumerate(words)}

    def play(self, said: Mapping[Track, Said], *, length_ms: int) -> TwoTracks:
        """Return both tracks of a call in which this is said."""
        samples = np.zeros((length_ms * SAMPLES_PER_MS, 2), np.int16)
        for column, track in enumerate(("from_customer", "to_customer")):
            for at_ms, word in said.get(track, ()):
                first = at_ms * SAMPLES_PER_MS
                level = self._levels.setdefault(word, _LEVEL + len(self._levels))
                samples[first : first + WORD_MS * SAMPLES_PER_MS, column] = level
        return samples

    def understand(self, samples: Samples) -> list[HeardWord]:
        """Return the words whose levels are held for long enough."""
        words = {level: word for word, level in self._levels.items()}
        return [
            HeardWord(words[level], first // SAMPLES_PER_MS, end // SAMPLES_PER_MS)
            for first, end, level in _held(samples)
            if level in words and end - first >= _HEARD_MS * SAMPLES_PER_MS
        ]

    def voices(self, samples: Samples) -> list[tuple[int, int]]:
        """Return where somebody speaks: words that follow each other are one stretch."""
        found: list[tuple[int, int]] = []
        for word in self.understand(samples):
            if found and word.started_ms - found[-1][1] <= _PAUSE_MS:
                found[-1] = (found[-1][0], word.ended_ms)
            else:
                found.append((word.started_ms, word.ended_ms))
        return found


class Ears:
    """A second recogniser, which can be deaf, late, confused, broken or not there at all."""

    name = "ears/1"

    def __init__(self, tongue: Tongue) -> None:
        self.tongue = tongue
        self.answers: Any = None  # instead of what it hears
        self.raises: Exception | None = None
        self.is_late = False
        self.is_missing = False
        self.seconds = 0.0  # of audio that it was given
        self.begun = asyncio.Event()
        self.held: asyncio.Event | None = None
        self.is_stopped = False  # while it was held

    def check(self) -> None:
        if self.is_missing:
            raise ModelUnusable("there is none")

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        self.seconds += samples.size / rate_hz
        self.begun.set()
        if self.held is not None:
            try:
                await self.held.wait()
            except asyncio.CancelledError:
                self.is_stopped = True
                raise
        if self.is_late:
            await asyncio.Event().wait()
        if self.raises is not None:
            raise self.raises
        return self.tongue.understand(samples) if self.answers is None else self.answers


class Finder:
    """A voice detector; `answers` is what it gives instead of what there is."""

    name = "finder/1"

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self.answers: Any = None
        self.raises: Exception | None = None

    async def find(self, samples: Samples, *, rate_hz: int) -> Sequence[tuple[int, int]]:
        if self.raises is not None:
            raise self.raises
        return self._tongue.voices(samples) if self.answers is None else self.answers


class Placed(NoHolds):
    """Holds that a test places, or has placed once somebody has asked so often."""

    def __init__(self) -> None:
        self.on: set[ContactId] = set()
        self.asked = 0
        self.after: int | None = None

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> dict[ContactId, tuple[str, ...]]:
        del tenant
        if self.asked == self.after:
            self.on.update(contact_ids)
        self.asked += 1
        return {one: ("h-1",) for one in contact_ids if one in self.on}


class Cell(Booth):
    """Where a contact is kept until it is verified."""

    def __init__(self, directory: Path) -> None:
        ContactStage.__init__(self, lane="redaction", lanes=LANES)
        self._furnish(directory)

    async def created(self) -> None:
        """Make the streams; what is decided about originals stands in the register."""
        await super().created()
        assert isinstance(self.log, MemoryLog), "the streams of others are there already"
        await self.log.create(configuration_stream(CONTACT.tenant))

    async def expiries(self) -> list[Event]:
        """Return what the register says of what is to go."""
        facts = Register(self.log, self.keys).read(
            CONTACT.tenant, kind=EXPIRY_KIND, id=CONTACT.contact_id
        )
        return [one.event async for one in facts]

    async def has_original(self) -> bool:
        """Tell whether the original could be opened: its key is there, or could be made."""
        try:
            await self.keys.obtain(CONTACT.tenant, f"original/{CONTACT.contact_id}")
        except KeyDestroyed:
            return False
        return True

    def move(self, log: EventLog, keys: KeyStore, directory: Path) -> None:
        """Keep everything elsewhere from now on: where other processes see it, too."""
        self.log, self.keys = log, keys  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
        self.journal, self.audio = Journal(log, keys), AudioLog(log, keys)
        self._furnish(directory)

    def _furnish(self, directory: Path) -> None:
        self.shelf = Shelf(directory)
        self.playback = Playback(self.shelf, self.keys)
        self.policy: PrivacyPolicyPublished | None = None
        self.holds = Placed()
        self.deadlines = QUICK
        self.understand(Tongue())

    def understand(self, tongue: Tongue) -> None:
        """Let ears and detector know what these levels mean."""
        self.tongue, self.ears, self.finder = tongue, Ears(tongue), Finder(tongue)

    @property
    def redactor(self) -> Redactor:
        """What makes and reads redacted recordings here."""
        return Redactor(self.shelf, self.keys, Finder(self.tongue))

    def activities(self) -> Activities:
        async def policies(_tenant: object) -> PrivacyPolicyPublished | None:
            return self.policy

        originals = Originals(redactor=self.redactor, expirer=self.expirer(), holds=self.holds)
        return Activities(
            journal=self.journal,
            redactor=self.redactor,
            verifier=Verifier(self.ears, self.finder, deadlines=self.deadlines),
            policies=policies,
            originals=originals,
            now=lambda: datetime.now(UTC),
        )

    def expirer(self, *, actor: str = ACTOR) -> Expirer:
        """Return what records here that keys go, and destroys them; of originals, no more."""

        async def no_copies(_tenant: TenantName) -> None:
            raise AssertionError("with originals no read model goes")

        return Expirer(
            journal=self.journal,
            register=Register(self.log, self.keys),
            keys=self.keys,
            forget_copies=no_copies,
            now=lambda: datetime.now(UTC),
            actor=actor,
        )

    def redaction(self, *, workflows: Workflows | None = None) -> Redaction:
        activities = self.activities()
        return Redaction(
            journal=self.journal,
            activities=activities,
            workflows=workflows or Embedded(activities),
            redactor=self.redactor,
            now=lambda: datetime.now(UTC),
        )

    async def redact(self) -> None:
        """Let a new instance of the service care for the contact, as after a restart."""
        async with asyncio.timeout(WAIT_S):
            await self.redaction().care(CONTACT, await self.inbox())

    async def record(self, samples: TwoTracks, **started: Any) -> None:
        """Let the call be played, be over, and its recording be stored."""
        await self.tell(contact_started(attributes=consent(), **started), audio_stream_opened())
        await self.play(samples)
        await self.hang_up()
        await self.store()

    async def store(self) -> None:
        """Let the recording's service do what is left for it to do."""
        history = [one async for one in self.journal.read(CONTACT, lanes=Recording.lanes)]
        async with asyncio.timeout(WAIT_S):
            await self.service(limits=QUICK_TO_RECORD).care(CONTACT, Inbox(self, history))

    async def known(self) -> Quarantine:
        """Return how things stand, as whoever lets something out asks it."""
        known = Quarantine()
        async for recorded in self.journal.read(CONTACT, lanes=LANES):
            known = evolve(known, recorded)
        return known

    async def outcomes(self) -> list[Event]:
        """Return what redaction stated, but for attempts."""
        facts = await self.facts()
        return [one.event for one in facts if not isinstance(one.event, RedactionApplied)]


def final(track: Track, number: int, said: Said, **given: Any) -> UtteranceFinalized:
    """Return the final of what is said, its words as long as they are played."""
    times = tuple(WordTime(at_ms, at_ms + WORD_MS, 0.9) for at_ms, _ in said)
    return utterance_finalized(
        " ".join(word for _, word in said),
        **{
            "utterance_id": UtteranceId(f"{track}-{number}"),
            "track": track,
            "words": times,
            "started_ms": times[0].started_ms,
            "ended_ms": times[-1].ended_ms,
            **given,
        },
    )


def words(text: str, *, at_ms: int = 500, every_ms: int = 300) -> Said:
    """Return words said one after another."""
    return [(at_ms + every_ms * number, word) for number, word in enumerate(text.split())]


async def cell_of(
    directory: Path,
    said: Mapping[Track, str],
    *,
    heard: Mapping[Track, str] | None = None,
    length_ms: int = 10_000,
    completes: bool = True,
    **given: Any,
) -> Cell:
    """A call in which this was said, and that much of it recognised; None: all of it."""
    cell = Cell(directory)
    await cell.created()
    played: dict[Track, Said] = {track: words(text) for track, text in said.items()}
    await cell.record(cell.tongue.play(played, length_ms=length_ms))
    for track, text in (said if heard is None else heard).items():
        if text:
            await cell.tell(final(track, 1, words(text), **given))
    if completes:
        await cell.tell(transcript_completed())
    return cell


def _held(samples: Samples) -> list[tuple[int, int, int]]:
    """Return where samples stay the same and are not zero: first, end, level."""
    if not samples.size:
        return []
    edges = np.flatnonzero(np.diff(samples)) + 1
    firsts, ends = [0, *edges.tolist()], [*edges.tolist(), samples.size]
    runs = zip(firsts, ends, samples[firsts].tolist(), strict=True)
    return [(first, end, level) for first, end, level in runs if level]
