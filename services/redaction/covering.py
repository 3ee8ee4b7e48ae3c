"""Speech after a cue for personal data that no word of the transcript covers. Pure.

What nobody recognised, nobody can have looked at: where a number was asked for, that is no
silence but a number that was not heard.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.privacy.kinds import PersonalKind
from ...events.redaction import AudioSpan, Finding
from .second_look import asked_in
from .spoken import Spoken

_AFTER_MS = 15_000  # how long after it was asked for a number may come
_NEAR_MS = 300  # how far a word reaches: word times are off by 0.2 s
_UNCOVERED_MS = 700  # two digits; less is a breath

_Stretch = tuple[int, int]


def uncovered_in(
    voices: Mapping[Track, Sequence[_Stretch]],
    spoken: Sequence[Spoken],
    *,
    spans: Sequence[AudioSpan],
    beyond: int,
) -> tuple[Finding, ...]:
    """Return stretches of voice that neither words nor a planned span cover, after a cue."""
    cues = _cues_in(spoken)
    found: list[Finding] = []
    for track in TRACKS:
        covered = sorted(
            [
                *(
                    (from_ms - _NEAR_MS, until_ms + _NEAR_MS)
                    for one in spoken
                    if one.track == track
                    for from_ms, until_ms in one.times
                ),
                *((one.from_ms, one.until_ms) for one in spans if one.track == track),
            ]
        )
        for stretch in voices[track]:
            for from_ms, until_ms in _left(stretch, covered):
                kind = _asked_before(cues, from_ms, until_ms)
                if kind is not None and until_ms - from_ms >= _UNCOVERED_MS:
                    found.append(
                        Finding(
                            "covered",
                            "uncovered_speech",
                            kind,
                            track,
                            max(0, from_ms),
                            min(until_ms, beyond),
                        )
                    )
    return tuple(found)


def asked_before(spoken: Sequence[Spoken], from_ms: int, until_ms: int) -> PersonalKind | None:
    """Return what was asked for or announced shortly before a stretch; None: nothing was."""
    return _asked_before(_cues_in(spoken), from_ms, until_ms)


class _Cue(Struct, frozen=True):
    """Something that a turn asks for, and when."""

    kind: PersonalKind
    started_ms: int
    ended_ms: int


def _cues_in(spoken: Sequence[Spoken]) -> list[_Cue]:
    return [
        _Cue(kind, one.started_ms, one.ended_ms)
        for one in spoken
        if (kind := asked_in(one.words)) is not None
    ]


def _asked_before(cues: Sequence[_Cue], from_ms: int, until_ms: int) -> PersonalKind | None:
    near: list[PersonalKind] = [
        one.kind for one in cues if one.started_ms < until_ms and from_ms < one.ended_ms + _AFTER_MS
    ]
    return near[-1] if near else None


def _left(stretch: _Stretch, covered: Sequence[_Stretch]) -> Iterator[_Stretch]:
    """Yield what is left of a stretch between those that cover it, which are in order."""
    from_ms, until_ms = stretch
    for start, end in covered:
        if from_ms < min(start, until_ms):
            yield from_ms, min(start, until_ms)
        from_ms = max(from_ms, end)
        if from_ms >= until_ms:
            return
    yield from_ms, until_ms
