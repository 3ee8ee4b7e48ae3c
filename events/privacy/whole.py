"""Takes an utterance for personal data as a whole, where not everybody could look through it."""

from collections.abc import Iterator, Sequence

from ..cards.masking import folded_words
from ..cards.spoken import pieces_of
from .cues import personal_cues_of
from .judging import FoundPersonal
from .lexicon import is_common


def all_of(words: Sequence[str], found: Sequence[FoundPersonal]) -> tuple[FoundPersonal, ...]:
    """Return every word as personal data, those that were found as what they are, in order.

    But for everyday words that name numbers: without "what is your PIN", nobody could tell any
    more what the four digits are that follow it.
    """
    known = {at: one for one in found for at in range(one.first_word, one.last_word + 1)}
    open_words = set(_naming(words)) - set(known)
    taken: list[FoundPersonal] = []
    for at in range(len(words)):
        if at in open_words:
            continue
        one = known.get(at)
        if one is not None:
            if at == one.first_word:
                taken.append(one)
        elif taken and taken[-1].kind == "other" and taken[-1].last_word == at - 1:
            taken[-1] = FoundPersonal("other", taken[-1].first_word, at)
        else:
            taken.append(FoundPersonal("other", at, at))
    return tuple(taken)


_NO_NUMBER = frozenset({"word", "filler", "apart"})


def _naming(words: Sequence[str]) -> Iterator[int]:
    folded = folded_words(" ".join(words))
    for cue in personal_cues_of(folded):
        for at in range(cue.first_word, cue.last_word + 1):
            bare = folded[at].strip(".,;:!?")
            if is_common(bare) and all(one.kind in _NO_NUMBER for one in pieces_of([bare])):
                yield at
