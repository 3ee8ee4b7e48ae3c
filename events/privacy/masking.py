"""Puts one word in the place of personal data, and keeps the words' times in step."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ..cards.masking import MASKS, together, trailing_signs
from ..speech import CardMask, PersonalSpan, WordTime
from .judging import FoundPersonal
from .kinds import PERSONAL_KINDS, PERSONAL_MASKS, PLACES, PersonalKind, Place

EVERYWHERE: Mapping[PersonalKind, tuple[Place, ...]] = dict.fromkeys(PERSONAL_KINDS, PLACES)
NOWHERE: Mapping[PersonalKind, tuple[Place, ...]] = {}


class MaskedPersonal(Struct, frozen=True, kw_only=True):
    """A text without its personal data. `personal` never repeats what `masks` tells."""

    text: str
    words: tuple[WordTime, ...]  # the nth belongs to the nth word of `text`
    stable_words: int
    masks: tuple[CardMask, ...]  # of card data, in the order of their words
    personal: tuple[PersonalSpan, ...]  # of the rest, in the order of their words


def masked_personal(
    text: str,
    words: Sequence[WordTime],
    found: Sequence[FoundPersonal],
    *,
    shown_in: Mapping[PersonalKind, tuple[Place, ...]] = NOWHERE,
    stable_words: int = 0,
) -> MaskedPersonal:
    """Return the text with what was found masked. `words` that do not match it are dropped.

    What may be shown somewhere stays, and its span says where. Card data never stays.
    """
    if not found:
        return MaskedPersonal(
            text=text, words=tuple(words), stable_words=stable_words, masks=(), personal=()
        )
    said = text.split()
    times = tuple(words) if len(words) == len(said) else ()
    kept: list[str] = []
    kept_times: list[WordTime] = []
    masks: list[CardMask] = []
    personal: list[PersonalSpan] = []
    stable = at = 0

    def keep(until: int) -> None:
        nonlocal at, stable
        kept.extend(said[at:until])
        kept_times.extend(times[at:until])
        stable += max(0, min(stable_words, until) - at)
        at = max(at, until)

    for one in found:
        first, last = max(at, one.first_word), min(one.last_word, len(said) - 1)
        if first > last:
            continue
        keep(first)
        word = len(kept)
        if one.kind in MASKS:
            masks.append(CardMask(one.kind, word, one.digits))
        elif places := shown_in.get(one.kind, ()):
            keep(last + 1)
            personal.append(PersonalSpan(one.kind, word, len(kept) - 1, places, one.digits))
            continue
        else:
            personal.append(PersonalSpan(one.kind, word, word, (), one.digits))
        kept.append(PERSONAL_MASKS[one.kind] + trailing_signs(said[last]))
        if times:
            kept_times.append(together(times[first : last + 1]))
        stable += last < stable_words
        at = last + 1
    keep(len(said))
    return MaskedPersonal(
        text=" ".join(kept),
        words=tuple(kept_times),
        stable_words=stable,
        masks=tuple(masks),
        personal=tuple(personal),
    )
