"""Which stretches of the audio are to be removed. Pure.

Words that are personal data, widened: word times are that imprecise. Where such data is to be
expected and the turn cannot have been heard whole, the whole turn. And speech of which nobody
heard a word, whatever it was.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.cards.runs import Run
from ...events.privacy.kinds import PERSONAL_KINDS, PersonalKind
from ...events.redaction import AudioSpan, Ground
from .asked import (
    CODES,
    DIGITS_MIN,
    PART_DIGITS,
    digits_written,
    hints_at_digits,
    is_garbled,
    is_scrap,
    naming_of,
    unnamed_in,
)
from .doubts import doubt_of, numbers_in
from .expecting import Expecting, Told
from .heard import Heard, Personal, SpeechStretch, heard_in
from .stretches import Stretch, merged, within, without

__all__ = ["PLANNER", "Heard", "SpeechStretch", "heard_in", "plan", "widen_ms_of"]

PLANNER = "spans/1"

WIDEN_MS = 200  # both sides; what word times are off by
WIDEN_MS_MAX = 1_000
TURN_GAP_MS = 700  # a pause within a turn; recognisers end one after half a second
# Speech in which nobody heard a word is removed from this length on. Less is a breath or a laugh.
UNHEARD_MS = 1_500
UNHEARD_EXPECTED_MS = 300  # where personal data is to be expected: a digit
NEAR_MS = 300  # how far a word reaches that was heard
# What is left between two stretches that are removed says nothing and sounds broken.
LEFT_MS_MIN = 150
# What a card holds is removed whatever a policy says.
ALWAYS: frozenset[PersonalKind] = frozenset({"card_number", "expiry_date", "security_code"})


def widen_ms_of(attempt: int) -> int:
    """Return how far an attempt widens what it removes; attempts count from 1."""
    return min(WIDEN_MS * 2 ** (attempt - 1), WIDEN_MS_MAX)


def plan(
    heard: Sequence[Heard],
    speech: Sequence[SpeechStretch],
    *,
    widen_ms: int,
    duration_ms: int,
    extra: Sequence[AudioSpan] = (),
    kinds: frozenset[PersonalKind] | None = None,
) -> tuple[AudioSpan, ...]:
    """Return what to remove of a recording, by track and in order, nowhere overlapping.

    `extra` was found by a check, and takes the turn it lies in with it; or a person marked it, and
    is taken as it is. `kinds` are those that are removed besides what a card holds; None: all.
    Where stretches touch, the kind that `PERSONAL_KINDS` names first gives its name, and a doubt
    its ground rather than words.
    """
    voices: dict[Track, list[Stretch]] = {
        track: merged((one.from_ms, one.until_ms) for one in speech if one.track == track)
        for track in TRACKS
    }
    removed = frozenset(PERSONAL_KINDS) if kinds is None else kinds | ALWAYS
    found = [
        *(one for one in _said(heard, voices, widen_ms=widen_ms) if one.kind in removed),
        *(_grown(one, voices[one.track], widen_ms=widen_ms) for one in extra),
    ]
    return tuple(
        span for track in TRACKS for span in _joined(found, track, duration_ms=duration_ms)
    )


class _Turn(Struct, frozen=True):
    """An utterance and where it was said; or speech, in which none was heard."""

    place: Stretch
    track: Track
    heard: Heard | None


def _said(
    heard: Sequence[Heard], voices: Mapping[Track, Sequence[Stretch]], *, widen_ms: int
) -> Iterator[AudioSpan]:
    expecting = Expecting()
    turns = [turn for track in TRACKS for turn in _turns(heard, track, voices[track])]
    for turn in sorted(turns, key=lambda one: (one.place, one.track)):
        if turn.heard is None:
            yield from _unheard(turn, expecting)
        else:
            yield from _of_utterance(
                turn.heard, turn.place, voices[turn.track], expecting, widen_ms=widen_ms
            )


def _turns(heard: Sequence[Heard], track: Track, voiced: Sequence[Stretch]) -> Iterator[_Turn]:
    """Yield what was said on a track, and what was said without being heard."""
    said = sorted((one for one in heard if one.track == track), key=lambda one: one.started_ms)
    joined = merged(voiced, gap_ms=TURN_GAP_MS)
    for at, one in enumerate(said):
        after = said[at - 1].ended_ms if at else None
        before = said[at + 1].started_ms if at + 1 < len(said) else None
        yield _Turn(_place(one, joined, after=after, before=before), track, one)
    near = merged((start - NEAR_MS, end + NEAR_MS) for one in said for start, end in _heard_at(one))
    for place in without(voiced, near):
        yield _Turn(place, track, None)


def _heard_at(heard: Heard) -> list[Stretch]:
    if not heard.times:
        return [(heard.started_ms, heard.ended_ms + 1)] if heard.words else []
    return [(time.started_ms, time.ended_ms + 1) for time in heard.times]


def _place(
    heard: Heard, joined: Sequence[Stretch], *, after: int | None, before: int | None
) -> Stretch:
    """Return where an utterance was said: the speech it lies in, up to those before and after."""
    start, end = heard.started_ms, heard.ended_ms
    for one, other in joined:
        if other > heard.started_ms - NEAR_MS and one < heard.ended_ms + NEAR_MS:
            start = min(start, one if after is None else max(one, after))
            end = max(end, other if before is None else min(other, before))
    return min(start, heard.started_ms), max(end, heard.ended_ms)


def _unheard(turn: _Turn, expecting: Expecting) -> Iterator[AudioSpan]:
    start, end = turn.place
    expected = expecting.of(turn.track, at_ms=start)
    kinds: list[PersonalKind] = [one for one in PERSONAL_KINDS if one in expected]
    if end - start > (UNHEARD_EXPECTED_MS if expected else UNHEARD_MS):
        yield AudioSpan(
            turn.track, start - NEAR_MS, end + NEAR_MS, _first(kinds), "uncovered_speech"
        )


def _first(kinds: Sequence[PersonalKind]) -> PersonalKind:
    return kinds[0] if kinds else "other"


def _of_utterance(
    heard: Heard,
    place: Stretch,
    voiced: Sequence[Stretch],
    expecting: Expecting,
    *,
    widen_ms: int,
) -> Iterator[AudioSpan]:
    naming = naming_of(heard.words)
    asked = expecting.of(heard.track, at_ms=heard.started_ms)
    expecting.name(naming, ended_ms=place[1])
    shown: dict[PersonalKind, int] = {
        one.kind: DIGITS_MIN.get(one.kind, 0) for one in heard.personal
    }
    # What was asked for goes first: it may have been the last four digits only.
    wanted: dict[PersonalKind, int] = {
        **shown,
        **expecting.of(heard.track, at_ms=heard.started_ms),
        **asked,
    }
    numbers = numbers_in(heard)
    told = _told(heard, numbers)
    expecting.take(heard.track, told)
    for one in heard.personal:
        yield _span(one.kind, "words", heard.track, _words(one, heard, place), widen_ms)
    if not wanted and is_scrap(heard.words, numbers):
        yield _span("security_code", "too_few_digits", heard.track, place, widen_ms)
        return
    if not wanted:
        for run in unnamed_in(heard.words, numbers):
            place_of = _words(_personal(run, "other"), heard, place)
            yield _span("other", "words", heard.track, place_of, widen_ms)
        return
    yield from _nameless(heard, place, numbers, wanted, widen_ms=widen_ms)
    kind: PersonalKind = next(one for one in PERSONAL_KINDS if one in wanted)
    ground = _too_few(wanted, told, naming.tells) or doubt_of(heard, place, voiced)
    if is_garbled(heard.words, naming) or _is_answer_in_doubt(heard, asked, told):
        ground = "too_few_digits"
    if ground is not None:
        yield _span(kind, ground, heard.track, place, widen_ms)


def _is_answer_in_doubt(heard: Heard, asked: Mapping[PersonalKind, int], told: Told) -> bool:
    """Tell whether a customer was asked for digits, and said some that were not understood."""
    wanting = {kind for kind, digits in asked.items() if told.of(kind) < digits}
    if heard.track != "from_customer" or not wanting:
        return False
    if wanting & CODES and hints_at_digits(heard.words):
        return True
    return digits_written(heard.words) >= PART_DIGITS


def _nameless(
    heard: Heard,
    place: Stretch,
    numbers: Sequence[Run],
    wanted: Mapping[PersonalKind, int],
    *,
    widen_ms: int,
) -> Iterator[AudioSpan]:
    """Yield numbers that may be what was asked for, though no detector has said so."""
    kinds: list[PersonalKind] = [one for one in PERSONAL_KINDS if wanted.get(one)]
    least = min((PART_DIGITS, *(wanted[one] for one in kinds)))
    for run in numbers:
        if kinds and len(run.digits) >= least:
            place_of = _words(_personal(run, kinds[0]), heard, place)
            yield _span(kinds[0], "words", heard.track, place_of, widen_ms)


def _personal(run: Run, kind: PersonalKind) -> Personal:
    return Personal(kind, run.first_word, run.last_word, len(run.digits))


def _told(heard: Heard, numbers: Sequence[Run]) -> Told:
    own: dict[PersonalKind, int] = dict.fromkeys((one.kind for one in heard.personal), 0)
    for one in heard.personal:
        own[one.kind] += one.digits
    return Told(own, sum(len(run.digits) for run in numbers))


def _too_few(
    wanted: Mapping[PersonalKind, int], told: Told, tells: frozenset[PersonalKind]
) -> Ground | None:
    """Tell whether digits were begun and not ended, of anything that may have been told.

    That none were heard is no ground by itself, or every answer that has none would be removed:
    but it is where somebody was about to tell.
    """
    wanting: set[PersonalKind] = {kind for kind, digits in wanted.items() if told.of(kind) < digits}
    begun = any(told.own.get(kind) or kind in tells for kind in wanting)
    # Nameless digits are enough where they are enough for anything.
    nameless = told.nameless and wanting == {kind for kind, digits in wanted.items() if digits}
    return "too_few_digits" if wanting and (begun or nameless) else None


def _words(one: Personal, heard: Heard, place: Stretch) -> Stretch:
    """Return when words were said; where nobody knows, all of the turn."""
    if not 0 <= one.first_word <= one.last_word < len(heard.times):
        return place
    times = heard.times[one.first_word : one.last_word + 1]
    return min(time.started_ms for time in times), max(time.ended_ms for time in times)


def _span(
    kind: PersonalKind, ground: Ground, track: Track, place: Stretch, widen_ms: int
) -> AudioSpan:
    start, end = place
    return AudioSpan(track, start - widen_ms, end + widen_ms, kind, ground)


def _grown(extra: AudioSpan, voiced: Sequence[Stretch], *, widen_ms: int) -> AudioSpan:
    """Return what a check found with the turn around it; what a person marked, as it is.

    A voice that no word covers where nobody asked for anything is removed without its turn: it is
    a laugh or a noise rather than a part of what was said around it, which was heard.
    """
    if extra.ground == "review":
        return extra
    start, end = extra.from_ms - widen_ms, extra.until_ms + widen_ms
    if (extra.ground, extra.kind) == ("uncovered_speech", "other"):
        return _span(extra.kind, extra.ground, extra.track, (start, end), 0)
    turns = [
        (one, other)
        for one, other in merged(voiced, gap_ms=TURN_GAP_MS)
        if within([(one, other)], start, end)
    ]
    place = min([start, *(one for one, _ in turns)]), max([end, *(other for _, other in turns)])
    return _span(extra.kind, extra.ground, extra.track, place, widen_ms if turns else 0)


def _joined(found: Sequence[AudioSpan], track: Track, *, duration_ms: int) -> Iterator[AudioSpan]:
    own = [
        (max(0, one.from_ms), min(one.until_ms, duration_ms), one)
        for one in found
        if one.track == track
    ]
    own = [one for one in own if one[1] > one[0]]
    for start, end in merged(((one, other) for one, other, _ in own), gap_ms=LEFT_MS_MIN):
        gravest = min(
            (span for one, other, span in own if start <= one and other <= end),
            key=lambda one: (PERSONAL_KINDS.index(one.kind), one.ground == "words"),
        )
        yield AudioSpan(track, start, end, gravest.kind, gravest.ground)
