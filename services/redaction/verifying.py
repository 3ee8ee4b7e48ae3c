"""Checks an attempt by other means than those that made it, and believes nothing it cannot see.

Whatever goes wrong on the way, a recogniser that is late, silent or confused among it, is a
problem of the verdict, and a verdict with a problem lets nothing out.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from prometheus_client import Counter

from ...errors import RecordingDamaged
from ...events.base import SAMPLES_PER_MS, TRACKS, Track
from ...events.privacy.kinds import PersonalKind
from ...events.redaction import AudioSpan, Check, Finding, RedactedAudio, RedactionApplied
from . import second_look
from .covering import asked_before, uncovered_in
from .ears import Deadlines, Ears, Problem
from .finding import Placed, findings_in, findings_in_texts, placed_of
from .port import HeardWord, Samples, SecondListener, SpeechFinder
from .removal import is_removed
from .rounds import Verdict
from .spoken import Spoken
from .stretches import length_ms, merged
from .unheard import ALONE_MAX, ALONE_MS, MARGIN_MS, UNHEARD_MS, said_in, unheard_in

# How much speech the second recogniser may have made nothing of, removed by the next attempt or
# too short for that: laughs, breaths, music. Beyond, it is not the speech that is at fault.
UNHEARD_MS_MAX = 2_000
UNHEARD_SHARE_MAX = 0.25
_NEAR_MS = 300  # how far a word reaches
_AROUND_MS = 1_000  # two recognisers' times of the same words

REMOVAL = "tone-fit/1"

_CHECKED = Counter(
    "antiphon_redaction_checks_total", "Checks of redacted contacts.", ["check", "outcome"]
)


class Verifier:
    """Checks attempts, with ears and detectors that had no part in them."""

    def __init__(
        self,
        listener: SecondListener,
        finder: SpeechFinder,
        *,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._ears = Ears(listener, finder, deadlines or Deadlines())

    def check(self) -> None:
        """Return if there is something to verify with.

        Raises:
            ModelUnusable: there is not. Says what to install.
        """
        self._ears.listener.check()

    async def verify(
        self,
        applied: RedactionApplied,
        spoken: Sequence[Spoken],
        pieces: AsyncIterator[Samples],
        *,
        audible: frozenset[PersonalKind] = frozenset(),
    ) -> Verdict:
        """Return what came of every check that could be made.

        `spoken` is what readers would be shown. `pieces` are all samples of what was applied,
        in order, a column a track; none where there is no recording. Where what is `audible` was
        known to be said, it may be heard again.

        Raises:
            KeyDestroyed: the person was erased meanwhile.
            ArchiveUnavailable: the store does not answer: no check was made.
            ModelUnusable: there is no second recogniser here: no check was made.
        """
        made = [self._texts(spoken)]
        problem = ""
        if applied.audio is not None:
            try:
                made += await self._audio(applied.audio, spoken, pieces, audible=audible)
            except Problem as caught:
                problem = caught.code
            except RecordingDamaged:
                problem = "recording_damaged"
        for check, _ in made:
            _CHECKED.labels(check.name, "found" if check.findings else "clean").inc()
        if problem:
            _CHECKED.labels("all", problem).inc()
        return Verdict(
            checks=tuple(check for check, _ in made),
            findings=tuple(one for _, found in made for one in found),
            problem=problem,
        )

    def _texts(self, spoken: Sequence[Spoken]) -> tuple[Check, tuple[Finding, ...]]:
        found = findings_in_texts(spoken)
        return Check("text", second_look.NAME, len(found)), found

    async def _audio(
        self,
        audio: RedactedAudio,
        spoken: Sequence[Spoken],
        pieces: AsyncIterator[Samples],
        *,
        audible: frozenset[PersonalKind],
    ) -> list[tuple[Check, tuple[Finding, ...]]]:
        _refuse_impossible(audio)
        listener, finder = self._ears.listener.name, self._ears.finder.name
        if any(one.heard_by == listener for one in spoken):
            raise Problem("listener_not_independent")
        walk = _Walk(audio, self._ears)
        async for samples in pieces:
            await walk.take(samples)
        walk.end()
        heard = tuple(
            one
            for track in TRACKS
            for one in findings_in(walk.heard[track], track=track, names=track == "from_customer")
            if not _is_allowed(one, spoken, audible)
        )
        heard += tuple(
            one for track in TRACKS for one in _unheard(walk.unheard[track], track, spoken)
        )
        uncovered = uncovered_in(walk.voices, spoken, spans=audio.spans, beyond=audio.duration_ms)
        walk.refuse_unheard()
        return [
            (Check("whole", REMOVAL, 0), ()),
            (Check("removed", REMOVAL, len(walk.remains)), tuple(walk.remains)),
            (Check("heard_again", f"{listener} {second_look.NAME}", len(heard)), heard),
            (Check("covered", finder, len(uncovered)), uncovered),
        ]


class _Walk:
    """One way through what was applied, a minute at a time."""

    def __init__(self, audio: RedactedAudio, ears: Ears) -> None:
        self._audio = audio
        self._ears = ears
        self._at = 0  # sample
        self.remains: list[Finding] = []
        self.heard: dict[Track, list[Placed]] = {track: [] for track in TRACKS}
        self.voices: dict[Track, list[tuple[int, int]]] = {track: [] for track in TRACKS}
        self.unheard: dict[Track, list[tuple[int, int]]] = {track: [] for track in TRACKS}
        self._unheard_ms: dict[Track, int] = dict.fromkeys(TRACKS, 0)

    async def take(self, samples: Any) -> None:
        """Check the next samples of both tracks."""
        if getattr(samples, "ndim", 0) != 2 or samples.shape[1] != len(TRACKS):  # noqa: PLR2004
            raise Problem("tracks_differ")
        for column, track in enumerate(TRACKS):
            await self._take_track(samples[:, column].copy(), track)
        self._at += len(samples)

    def end(self) -> None:
        """See that this was all of it."""
        if self._at // SAMPLES_PER_MS != self._audio.duration_ms:
            raise Problem("durations_differ")

    def refuse_unheard(self) -> None:
        """See that the recogniser heard what the voice detector heard."""
        for track in TRACKS:
            speech_ms = sum(until - from_ for from_, until in self.voices[track])
            unheard_ms = self._unheard_ms[track]
            if unheard_ms > max(UNHEARD_MS_MAX, UNHEARD_SHARE_MAX * speech_ms):
                raise Problem("speech_unheard")

    async def _take_track(self, samples: Samples, track: Track) -> None:
        for span in self._audio.spans:
            if span.track == track:
                self._look_at(span, samples)
        voices = await self._ears.voices(samples)
        words = await self._words(samples, voices)
        unheard = unheard_in(voices, words, least_ms=UNHEARD_MS)
        silent = [one for one in voices if not _is_heard(words, *one)]
        starts_ms = self._at // SAMPLES_PER_MS
        self.heard[track] += [placed_of(one, starts_ms) for one in words]
        self.voices[track] += [(starts_ms + start, starts_ms + end) for start, end in voices]
        self.unheard[track] += [(starts_ms + start, starts_ms + end) for start, end in unheard]
        self._unheard_ms[track] += length_ms(merged([*unheard, *silent]))

    async def _words(
        self, samples: Samples, voices: Sequence[tuple[int, int]]
    ) -> Sequence[HeardWord]:
        """Return what is heard, of stretches without a word after another try with each alone.

        A recogniser that stopped early did so because of what came before.
        """
        words = await self._ears.words(samples, offset=0)
        left = unheard_in(voices, words, least_ms=ALONE_MS)
        if len(left) > ALONE_MAX:
            raise Problem("speech_unheard")
        for start, end in left:
            first = max(0, start - MARGIN_MS)
            alone = samples[first * SAMPLES_PER_MS : (end + MARGIN_MS) * SAMPLES_PER_MS]
            words += said_in(await self._ears.words(alone, offset=first), start, end)
        return sorted(words, key=lambda one: one.started_ms)

    def _look_at(self, span: AudioSpan, samples: Samples) -> None:
        """Check that a span is covered as far as it lies here, and leave silence in its place."""
        first = max(0, span.from_ms * SAMPLES_PER_MS - self._at)
        end = min(samples.size, span.until_ms * SAMPLES_PER_MS - self._at)
        if end <= first:
            return
        if is_removed(samples[first:end], cover=self._audio.cover):
            # What is proven to be no speech need not be listened to.
            samples[first:end] = 0
            return
        self.remains.append(
            Finding("removed", "not_removed", span.kind, span.track, span.from_ms, span.until_ms)
        )


def _refuse_impossible(audio: RedactedAudio) -> None:
    """See that the plan is one: a span outside of the audio was meant for another place."""
    for span in audio.spans:
        if span.track not in TRACKS or not 0 <= span.from_ms <= span.until_ms <= audio.duration_ms:
            raise Problem("span_outside_audio")


def _unheard(
    stretches: Sequence[tuple[int, int]], track: Track, spoken: Sequence[Spoken]
) -> Iterator[Finding]:
    """Yield what the second recogniser left without a word: nobody has checked that."""
    for from_ms, until_ms in stretches:
        kind = asked_before(spoken, from_ms, until_ms) or "other"
        yield Finding("heard_again", "uncovered_speech", kind, track, from_ms, until_ms)


def _is_allowed(
    finding: Finding, spoken: Sequence[Spoken], audible: frozenset[PersonalKind]
) -> bool:
    """Tell whether what was heard again is known, and may be."""
    return any(
        kind in audible
        and from_ms - _AROUND_MS <= finding.from_ms
        and finding.until_ms <= until_ms + _AROUND_MS
        for one in spoken
        if one.track == finding.track
        for kind, from_ms, until_ms in one.personal
    )


def _is_heard(words: Sequence[HeardWord], from_ms: int, until_ms: int) -> bool:
    return any(
        one.started_ms < until_ms + _NEAR_MS and one.ended_ms > from_ms - _NEAR_MS for one in words
    )
