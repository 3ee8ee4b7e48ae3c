"""Utterances and the voice behind them, as they would be heard."""

from collections.abc import Sequence
from typing import Any

from antiphon.events.base import Track, UtteranceId
from antiphon.events.cards.masking import folded_words
from antiphon.events.privacy.kinds import PERSONAL_MASKS, PersonalKind
from antiphon.events.redaction import AudioSpan, Ground
from antiphon.events.speech import WordTime
from antiphon.services.redaction.heard import Heard, Personal, SpeechStretch
from antiphon.services.redaction.spans import plan

WORD_MS = 300
DURATION_MS = 120_000
_DIGITS: dict[PersonalKind, int] = {
    "card_number": 16,
    "expiry_date": 4,
    "security_code": 3,
    "pin": 4,
    "account_number": 8,
    "national_id": 9,
    "phone_number": 10,
}
_KINDS: dict[str, PersonalKind] = {mask: kind for kind, mask in PERSONAL_MASKS.items()}


def said(
    text: str,
    *,
    at_ms: int = 1_000,
    track: Track = "from_customer",
    word_ms: int = WORD_MS,
    digits: int | None = None,
    **given: Any,
) -> Heard:
    """Return an utterance: masks in its text are personal, and as long as their digits take."""
    words = tuple(folded_words(text))
    kinds: list[PersonalKind | None] = [_KINDS.get(word.rstrip(".,?")) for word in words]
    counts: list[int] = [_DIGITS.get(kind, 0) if kind else 0 for kind in kinds]
    if digits is not None:
        counts = [digits if kind else 0 for kind in kinds]
    times: list[WordTime] = []
    for count in counts:
        start = times[-1].ended_ms if times else at_ms
        times.append(WordTime(start, start + word_ms * max(1, count), 0.9))
    fields: dict[str, Any] = {
        "utterance_id": UtteranceId(f"{track}-{at_ms}"),
        "track": track,
        "started_ms": at_ms,
        "ended_ms": times[-1].ended_ms if times else at_ms,
        "words": words,
        "times": tuple(times),
        "personal": tuple(
            Personal(kind, at, at, counts[at]) for at, kind in enumerate(kinds) if kind
        ),
    }
    return Heard(**fields | given)


def voice(*heard: Heard, lasts_ms: int = 0) -> list[SpeechStretch]:
    """Return a voice for as long as each is said, the last one so much longer."""
    stretches = [SpeechStretch(one.track, one.started_ms, one.ended_ms) for one in heard]
    last = stretches[-1]
    longer = SpeechStretch(last.track, last.from_ms, last.until_ms + lasts_ms)
    return [*stretches[:-1], longer]


def removed(
    heard: Sequence[Heard], speech: Sequence[SpeechStretch] | None = None, **given: Any
) -> tuple[AudioSpan, ...]:
    """Return the plan of the first attempt."""
    fields: dict[str, Any] = {"widen_ms": 200, "duration_ms": DURATION_MS}
    return plan(heard, voice(*heard) if speech is None else speech, **fields | given)


def whole(heard: Heard, kind: PersonalKind, ground: Ground, *, until_ms: int | None = None) -> Any:
    """Return the plan of a turn that is removed from its beginning to its end."""
    end = heard.ended_ms if until_ms is None else until_ms
    return (AudioSpan(heard.track, heard.started_ms - 200, end + 200, kind, ground),)


def words_of(heard: Heard, first: int, last: int, kind: PersonalKind) -> Any:
    """Return the plan of a few words that are removed."""
    start, end = heard.times[first].started_ms, heard.times[last].ended_ms
    return (AudioSpan(heard.track, start - 200, end + 200, kind, "words"),)
