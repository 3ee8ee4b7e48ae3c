"""Checks an attempt by other means than those that made it, and believes nothing it cannot see.

Whatever goes wrong on the way, a recogniser that is late, silent or confused among it, is a
problem of the verdict, and a verdict with a problem lets nothing out.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from msgspec import Struct
from prometheus_client import Counter, Histogram

from ...errors import AntiphonError, KeyDestroyed, LogUnavailable, ModelUnusable, RecordingDamaged
from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, TRACKS, Track
from ...events.privacy.kinds import PersonalKind
from ...events.redaction import AudioSpan, Check, Finding, RedactedAudio, RedactionApplied
from . import second_look
from .covering import uncovered_in
from .finding import Placed, findings_in, findings_in_texts, placed_of
from .port import HeardWord, Samples, SecondListener, SpeechFinder
from .removal import is_removed
from .rounds import Verdict
from .spoken import Spoken

# The second recogniser takes a sixth of the audio's time on an idle core; this is a machine ten
# times as busy, and a start.
LISTEN_S = 60.0
LISTEN_S_PER_S = 2.0
FIND_S = 30.0  # a voice detector takes a hundredth of the audio's time

# How much speech the second recogniser may have made nothing of: laughs, breaths, music.
UNHEARD_MS_MAX = 2_000
UNHEARD_SHARE_MAX = 0.25
_ALONE_MS = 600  # a stretch worth listening to by itself
_NEAR_MS = 300  # how far a word reaches
_AROUND_MS = 1_000  # two recognisers' times of the same words

REMOVAL = "tone-fit/1"

log = structlog.get_logger()

_CHECKED = Counter(
    "antiphon_redaction_checks_total", "Checks of redacted contacts.", ["check", "outcome"]
)
_REAL_TIME = Histogram(
    "antiphon_redaction_listening_factor",
    "Seconds the second recogniser took for a second of audio.",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0),
)


class Problem(Exception):
    """A check cannot be made. `code` is snake_case."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Deadlines(Struct, frozen=True, kw_only=True):
    """How long the models may take."""

    listen_s: float = LISTEN_S
    listen_s_per_s: float = LISTEN_S_PER_S  # of audio
    find_s: float = FIND_S


class Verifier:
    """Checks attempts, with ears and detectors that had no part in them."""

    def __init__(
        self,
        listener: SecondListener,
        finder: SpeechFinder,
        *,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._listener = listener
        self._finder = finder
        self._deadlines = deadlines or Deadlines()

    def check(self) -> None:
        """Return if there is something to verify with.

        Raises:
            ModelUnusable: there is not. Says what to install.
        """
        self._listener.check()

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
        if any(one.heard_by == self._listener.name for one in spoken):
            raise Problem("listener_not_independent")
        walk = _Walk(audio, self._listener, self._finder, self._deadlines)
        async for samples in pieces:
            await walk.take(samples)
        walk.end()
        heard = tuple(
            one
            for track in TRACKS
            for one in findings_in(walk.heard[track], track=track, names=track == "from_customer")
            if not _is_allowed(one, spoken, audible)
        )
        uncovered = uncovered_in(walk.voices, spoken, spans=audio.spans, beyond=audio.duration_ms)
        walk.refuse_unheard()
        by = f"{self._listener.name} {second_look.NAME}"
        return [
            (Check("whole", REMOVAL, 0), ()),
            (Check("removed", REMOVAL, len(walk.remains)), tuple(walk.remains)),
            (Check("heard_again", by, len(heard)), heard),
            (Check("covered", self._finder.name, len(uncovered)), uncovered),
        ]


class _Walk:
    """One way through what was applied, a minute at a time."""

    def __init__(
        self,
        audio: RedactedAudio,
        listener: SecondListener,
        finder: SpeechFinder,
        deadlines: Deadlines,
    ) -> None:
        self._audio = audio
        self._listener = listener
        self._finder = finder
        self._deadlines = deadlines
        self._at = 0  # sample
        self.remains: list[Finding] = []
        self.heard: dict[Track, list[Placed]] = {track: [] for track in TRACKS}
        self.voices: dict[Track, list[tuple[int, int]]] = {track: [] for track in TRACKS}
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
        voices = await self._voices(samples)
        words = await self._listened(samples, offset=0)
        for from_, until in voices:
            if _is_heard(words, from_, until):
                continue
            again: list[HeardWord] = []
            if until - from_ >= _ALONE_MS:
                # A recogniser that stopped early did so because of what came before.
                alone = samples[from_ * SAMPLES_PER_MS : until * SAMPLES_PER_MS]
                again = await self._listened(alone, offset=from_)
            if not again:
                self._unheard_ms[track] += until - from_
            words = sorted([*words, *again], key=lambda one: one.started_ms)
        starts_ms = self._at // SAMPLES_PER_MS
        self.heard[track] += [placed_of(one, starts_ms) for one in words]
        self.voices[track] += [(starts_ms + from_, starts_ms + until) for from_, until in voices]

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

    async def _voices(self, samples: Samples) -> list[tuple[int, int]]:
        length_ms = -(-samples.size // SAMPLES_PER_MS)
        try:
            async with asyncio.timeout(self._deadlines.find_s):
                voices = [*await self._finder.find(samples, rate_hz=SAMPLE_RATE_HZ)]
        except TimeoutError as error:
            raise Problem("voice_detector_late") from error
        except Exception as error:
            raise _problem_of(error, "voice_detector_failed") from error
        for one in voices:
            if not _is_stretch(one, length_ms=length_ms):
                raise Problem("voice_detector_confused")
        return voices

    async def _listened(self, samples: Samples, *, offset: int) -> list[HeardWord]:
        loop = asyncio.get_running_loop()
        audio_s, began = samples.size / SAMPLE_RATE_HZ, loop.time()
        patience_s = self._deadlines.listen_s + self._deadlines.listen_s_per_s * audio_s
        try:
            async with asyncio.timeout(patience_s):
                words = [*await self._listener.listen(samples, rate_hz=SAMPLE_RATE_HZ)]
        except TimeoutError as error:
            raise Problem("second_listener_late") from error
        except Exception as error:
            raise _problem_of(error, "second_listener_failed") from error
        if audio_s:
            _REAL_TIME.observe((loop.time() - began) / audio_s)
        for word in words:
            _refuse_no_word(word, length_ms=round(audio_s * 1_000))
        return [
            HeardWord(one.text, one.started_ms + offset, one.ended_ms + offset) for one in words
        ]


def _refuse_impossible(audio: RedactedAudio) -> None:
    """See that the plan is one: a span outside of the audio was meant for another place."""
    for span in audio.spans:
        if span.track not in TRACKS or not 0 <= span.from_ms <= span.until_ms <= audio.duration_ms:
            raise Problem("span_outside_audio")


def _problem_of(error: Exception, code: str) -> Exception:
    """Return what a model's failure is to whoever checks; some failures are not the model's."""
    if isinstance(error, KeyDestroyed | LogUnavailable | ModelUnusable):
        return error
    # The message could hold anything; the type, or our own code, says what it is.
    what = error.code if isinstance(error, AntiphonError) else type(error).__name__
    log.error("redaction_check_failed", problem=code, what=what)
    return Problem(code)


def _is_stretch(one: Any, *, length_ms: int) -> bool:
    try:
        from_ms, until_ms = one
    except (TypeError, ValueError):
        return False
    is_whole = type(from_ms) is type(until_ms) is int
    return is_whole and bool(0 <= from_ms <= until_ms <= length_ms)


def _refuse_no_word(word: Any, *, length_ms: int) -> None:
    """See that what the recogniser gave is text with a place in what it was given."""
    is_word = (
        isinstance(word, HeardWord)
        and isinstance(word.text, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        and type(word.started_ms) is type(word.ended_ms) is int
        and 0 <= word.started_ms <= word.ended_ms <= length_ms + 1
    )
    if not is_word:
        raise Problem("second_listener_confused")


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
