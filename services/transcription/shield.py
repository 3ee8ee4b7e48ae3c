"""Keeps personal data out of what is appended and shown. Pure: decides, and holds finals back.

A final that ends with digits which nobody named, and which may be the first of a card's or
another number, cannot be masked once it is stored, and would often be masked in vain. It waits
for the words that follow it, on the contact clock and not for long.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import TRACKS, Track
from ...events.privacy.context import PersonalContext
from ...events.privacy.judging import FoundPersonal, PersonalJudgement, judge_personal
from ...events.privacy.masking import EVERYWHERE, NOWHERE, MaskedPersonal, masked_personal
from ...events.privacy.protection import FoundBeside, Protection, Shown
from ...events.privacy.whole import all_of
from ...events.speech import CardMask, PersonalSpan
from .port import Hypothesis

# How much of its track is heard after a final before it is no longer held back: who reads out
# a number pauses less, and words are shown that much later only after such digits.
HOLD_MS = 2_000
# The same of the other track, should this one bring no audio any more.
HOLD_ELSEWHERE_MS = 10_000


class Original(Struct, frozen=True):
    """What was said, but for card data, where a final leaves something out."""

    text: str
    spans: tuple[PersonalSpan, ...]


class Shielded(Struct, frozen=True):
    """A final without its personal data, ready to be appended."""

    final: Hypothesis
    masks: tuple[CardMask, ...] = ()
    personal: tuple[PersonalSpan, ...] = ()
    original: Original | None = None  # None: nothing but card data was left out


class _Held(Struct, frozen=True):
    """A final that waits, and what others found in it."""

    final: Hypothesis
    beside: FoundBeside


class Shield:
    """One contact's. `context` is folded by its owner, with every final that was appended."""

    def __init__(self, context: PersonalContext, protection: Protection) -> None:
        self._context = context
        self._protection = protection
        self._held: dict[Track, _Held] = {}
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
            for track, held in list(self._held.items())
            if self._is_settled(held.final, heard)
        ]

    def settle_all(self) -> list[Shielded]:
        """Return what was held back: nothing follows."""
        self._saying = dict.fromkeys(TRACKS, "")
        return [self._release(track) for track in list(self._held)]

    def take(self, final: Hypothesis, *, beside: FoundBeside | None = ()) -> list[Shielded]:
        """Return a final ready to be appended, or nothing: then it is held back.

        `beside`: what others found in it. Where they could not say, all of it is masked
        everywhere, whatever the policy shows.
        """
        self._saying[final.track] = ""
        judgement = self._judge(final, beside=beside or ())
        if beside is None:
            found = all_of(final.text.split(), judgement.found)
            return [self._shielded(final, found, shown_in=NOWHERE)]
        if judgement.pending is not None:
            self._held[final.track] = _Held(final, beside)
            return []
        return [self._shielded(final, judgement.found)]

    def show(self, partial: Hypothesis) -> Hypothesis:
        """Return a partial as it may be shown: without personal data and what may become it."""
        self._saying[partial.track] = partial.text
        held = self._held.get(partial.track)
        before = held.final.text.split() if held else []
        judgement = self._judge(partial, before=before)
        shown = partial
        if judgement.begun is not None:
            shown = _cut(partial, max(0, judgement.begun - len(before)))
        found = _behind(judgement.found, len(before))
        safe = _masked(shown, found, self._protection.shown_live)
        return _with(shown, safe) if found else shown

    def _is_settled(self, final: Hypothesis, heard: Hypothesis) -> bool:
        since_ms = heard.heard_ms - final.ended_ms
        if heard.track != final.track:
            return since_ms >= HOLD_ELSEWHERE_MS
        if heard.is_final or not heard.text:
            return heard.is_final or since_ms >= HOLD_MS
        # Words follow. As long as they are digits too, it is open what becomes of them.
        return self._judge(heard, before=final.text.split()).pending is None

    def _release(self, track: Track, *, following: str = "") -> Shielded:
        held = self._held.pop(track)
        final = held.final
        judgement = self._judge(final, after=following.split(), beside=held.beside)
        return self._shielded(final, _before(judgement.found, len(final.text.split())))

    def _judge(
        self,
        said: Hypothesis,
        *,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        beside: FoundBeside = (),
    ) -> PersonalJudgement:
        words = said.text.split()
        other: Track = "to_customer" if said.track == "from_customer" else "from_customer"
        situation = self._context.situation(
            said.track, at_ms=said.started_ms, beside=self._saying[other]
        )
        seam = len(before) if before else len(words) if after else None
        return judge_personal(
            [*before, *words, *after],
            situation,
            rules=self._protection.rules,
            beside=beside,
            seam=seam,
        )

    def _shielded(
        self, said: Hypothesis, found: Sequence[FoundPersonal], *, shown_in: Shown | None = None
    ) -> Shielded:
        if not found:
            return Shielded(said)
        safe = _masked(said, found, self._protection.shown_in if shown_in is None else shown_in)
        original = None
        if not all(span.shown_in for span in safe.personal):
            whole = _masked(said, found, EVERYWHERE)
            original = Original(
                whole.text, tuple(replace(one, shown_in=()) for one in whole.personal)
            )
        return Shielded(_with(said, safe), safe.masks, safe.personal, original)


def _masked(said: Hypothesis, found: Sequence[FoundPersonal], shown_in: Shown) -> MaskedPersonal:
    return masked_personal(
        said.text, said.words, found, shown_in=shown_in, stable_words=said.stable_words
    )


def _with(said: Hypothesis, safe: MaskedPersonal) -> Hypothesis:
    return replace(said, text=safe.text, words=safe.words, stable_words=safe.stable_words)


def _before(found: Sequence[FoundPersonal], end: int) -> list[FoundPersonal]:
    """Return what lies in the first `end` words, cut off there."""
    return [
        replace(one, last_word=min(one.last_word, end - 1)) for one in found if one.first_word < end
    ]


def _behind(found: Sequence[FoundPersonal], start: int) -> list[FoundPersonal]:
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
