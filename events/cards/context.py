"""What a contact's utterances so far say of the numbers that come."""

from collections.abc import Sequence

from msgspec import Struct

from ..base import Track
from ..speech import CardMask
from .cues import Topic, cues_of
from .issuers import CARD_DIGITS_MIN
from .judging import Situation, judge
from .masking import folded_words
from .runs import says_nothing

# On the contact clock. Who is asked for a card may have to fetch it first.
TOPIC_MS = 120_000
OTHER_TOPIC_MS = 45_000  # a phone number is given at once
PAYMENT_MS = 300_000  # card data is given within one part of a call
OPEN_MS = 30_000  # the longest pause between the parts of one number
_ANSWER_MIN = 3  # fewer are not a whole code, nor month and year
_ANSWER_DIGITS = 6  # as many answer a question for a number: it asks no further


class _Tail(Struct, frozen=True):
    """Digits that a track's last utterance ended with."""

    ended_ms: int
    masked: int = 0
    clear: str = ""


class CardContext:
    """The fold of finals, masked as they are stored, so that a restart knows as much.

    Changed by `take` alone, with finals in the order of their positions.
    """

    def __init__(self) -> None:
        self._topic: Topic | None = None
        self._topic_ms = 0
        self._payment_ms: int | None = None
        self._complete_ms: int | None = None
        self._tails: dict[Track, _Tail] = {}

    def take(
        self, track: Track, text: str, masks: Sequence[CardMask], *, started_ms: int, ended_ms: int
    ) -> None:
        """Fold a final, as it is stored."""
        words = folded_words(text)
        before = self.situation(track, at_ms=started_ms)
        masked_at = {mask.word: mask for mask in masks}
        plain = ["" if at in masked_at else word for at, word in enumerate(words)]
        named: dict[int, Topic] = {cue.last_word: cue.topic for cue in cues_of(plain)}
        trailing = judge(plain, before).trailing
        clear = trailing.digits if trailing else ""
        masked = 0
        for at in sorted(named.keys() | masked_at.keys()):
            mask = masked_at.get(at)
            if mask is not None:
                masked = self._take_mask(mask, (masked or before.open_masked), ended_ms)
            elif named[at] != "part":
                self._name(named[at], ended_ms)
            elif self._topic is not None and self._topic != "other":
                self._name("card", ended_ms)  # "and what are the last four?"
        if self._topic == "other" and len(clear) >= _ANSWER_DIGITS:
            self._topic = None
        is_open = bool(masks) and says_nothing(words[masks[-1].word + 1 :])
        self._tails[track] = _Tail(ended_ms, masked if is_open else 0, clear)

    def situation(self, track: Track, *, at_ms: int, beside: str = "") -> Situation:
        """Return what bears on numbers that `track` says from `at_ms` on.

        `beside`: what the other track is saying at this moment.
        """
        tail = self._tails.get(track)
        is_open = tail is not None and at_ms - tail.ended_ms <= OPEN_MS
        saying: list[Topic] = [
            cue.topic for cue in cues_of(folded_words(beside)) if cue.topic != "part"
        ]
        lasts_ms = OTHER_TOPIC_MS if self._topic == "other" else TOPIC_MS
        lasting = self._topic if at_ms - self._topic_ms <= lasts_ms else None
        return Situation(
            topic=saying[-1] if saying else lasting,
            is_payment=_within(self._payment_ms, at_ms, PAYMENT_MS)
            or any(topic != "other" for topic in saying),
            is_complete=_within(self._complete_ms, at_ms, TOPIC_MS),
            open_masked=tail.masked if tail and is_open else 0,
            open_clear=tail.clear if tail and is_open else "",
        )

    def _name(self, topic: Topic, at_ms: int) -> None:
        if topic == "loosely" and self._topic in {"card", "code", "expiry"}:
            # "the card number please" "which card?": still the number that is asked for.
            self._topic_ms = at_ms
        else:
            self._topic, self._topic_ms = topic, at_ms
        if topic != "other":
            self._payment_ms = at_ms

    def _take_mask(self, mask: CardMask, before: int, at_ms: int) -> int:
        """Return how many digits of one card number were given with this, `before` included."""
        self._payment_ms = self._topic_ms = at_ms
        self._topic = "loosely"
        if mask.kind != "card_number":
            if mask.digits < _ANSWER_MIN:
                self._topic = "code" if mask.kind == "security_code" else "expiry"
            return 0
        digits = before + mask.digits
        if digits < CARD_DIGITS_MIN:
            self._topic = "card"
        else:
            self._complete_ms = at_ms
        return digits


def _within(since_ms: int | None, at_ms: int, longest_ms: int) -> bool:
    return since_ms is not None and at_ms - since_ms <= longest_ms
