"""Keeps card data out of what is appended and shown. Pure: decides, and holds finals back.

A final that ends with digits which nobody named, and which may be the first of a card number,
cannot be masked once it is stored, and would often be masked in vain. It waits for the words
that follow it, on the contact clock and not for long.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import TRACKS, Track
from ...events.cards.context import CardContext
from ...events.cards.judging import Found, Judgement, judge
from ...events.cards.masking import folded_words, masked
from ...events.speech import CardMask
from .port import Hypothesis

# How much of its track is heard after a final before it is no longer held back: who reads out
# a number pauses less, and words are shown that much later only after such digits.
HOLD_MS = 2_000
# The same of the other track, should this one bring no audio any more.
HOLD_ELSEWHERE_MS = 10_000


class Shielded(Struct, frozen=True):
    """A final without its card data, ready to be appended."""

    final: Hypothesis
    masks: tuple[CardMask, ...]


class Shield:
    """One contact's. `context` is folded by its owner, with every final that was appended."""

    def __init__(self, context: CardContext) -> None:
        self._context = context
        self._held: dict[Track, Hypothesis] = {}
        self._saying: dict[Track, str] = dict.fromkeys(TRACKS, "")

    def holds(self, track: Track) -> bool:
        """Tell whether a final of a track is held back.

        Then nothing that its next utterance says is shown: it is decided together with that.
        """
        return track in self._held

    def settle(self, heard: Hypothesis) -> list[Shielded]:
        """Return the finals that need no longer be held back, now that this was heard."""
        return [
            self._release(track, following=heard.text if track == heard.track else "")
            for track, final in list(self._held.items())
            if self._is_settled(final, heard)
        ]

    def settle_all(self) -> list[Shielded]:
        """Return what was held back: nothing follows."""
        self._saying = dict.fromkeys(TRACKS, "")
        return [self._release(track) for track in list(self._held)]

    def take(self, final: Hypothesis) -> list[Shielded]:
        """Return a final ready to be appended, or nothing: then it is held back."""
        self._saying[final.track] = ""
        judgement = self._judge(final)
        if judgement.pending is not None:
            self._held[final.track] = final
            return []
        return [_shielded(final, judgement.found)]

    def show(self, partial: Hypothesis) -> Hypothesis:
        """Return a partial as it may be shown: without card data and what may become it."""
        self._saying[partial.track] = partial.text
        held = self._held.get(partial.track)
        before = folded_words(held.text) if held else []
        judgement = self._judge(partial, before=before)
        shown = partial
        if judgement.begun is not None:
            shown = _cut(partial, max(0, judgement.begun.first_word - len(before)))
        return _shielded(shown, _behind(judgement.found, len(before))).final

    def _is_settled(self, final: Hypothesis, heard: Hypothesis) -> bool:
        since_ms = heard.heard_ms - final.ended_ms
        if heard.track != final.track:
            return since_ms >= HOLD_ELSEWHERE_MS
        if heard.is_final or not heard.text:
            return heard.is_final or since_ms >= HOLD_MS
        # Words follow. As long as they are digits too, it is open what becomes of them.
        both = [*folded_words(final.text), *folded_words(heard.text)]
        return self._judge(heard, before=both[: len(final.text.split())]).pending is None

    def _release(self, track: Track, *, following: str = "") -> Shielded:
        final = self._held.pop(track)
        after = folded_words(following)
        judgement = self._judge(final, after=after)
        return _shielded(final, _before(judgement.found, len(final.text.split())))

    def _judge(
        self, said: Hypothesis, *, before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> Judgement:
        words = folded_words(said.text)
        other: Track = "to_customer" if said.track == "from_customer" else "from_customer"
        situation = self._context.situation(
            said.track, at_ms=said.started_ms, beside=self._saying[other]
        )
        seam = len(before) if before else len(words) if after else None
        return judge([*before, *words, *after], situation, seam=seam)


def _shielded(said: Hypothesis, found: Sequence[Found]) -> Shielded:
    if not found:
        return Shielded(said, ())
    safe = masked(said.text, said.words, found, stable_words=said.stable_words)
    return Shielded(
        replace(said, text=safe.text, words=safe.words, stable_words=safe.stable_words),
        safe.masks,
    )


def _before(found: Sequence[Found], end: int) -> list[Found]:
    """Return what lies in the first `end` words, cut off there."""
    return [
        replace(one, last_word=min(one.last_word, end - 1)) for one in found if one.first_word < end
    ]


def _behind(found: Sequence[Found], start: int) -> list[Found]:
    """Return what lies behind the first `start` words, counted from there."""
    return [
        replace(
            one,
            first_word=max(one.first_word, start) - start,
            last_word=one.last_word - start,
        )
        for one in found
        if one.last_word >= start
    ]


def _cut(said: Hypothesis, words: int) -> Hypothesis:
    kept = said.text.split()[:words]
    return replace(
        said,
        text=" ".join(kept),
        words=said.words[:words],
        stable_words=min(said.stable_words, words),
    )
