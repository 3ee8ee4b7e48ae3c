"""An utterance as detectors read it: its words, as they stand and bare, and its signs."""

from collections.abc import Sequence
from functools import cached_property

from ..cards.runs import spoken_in
from ..cards.spoken import Number, Spoken, folded

EDGES = " \t.,;:!?\"'()[]{}…-–—/*"
_TO_TWENTIETH = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
ORDINALS = {word: number for number, word in enumerate(_TO_TWENTIETH, start=1)} | {"thirtieth": 30}
_STOPS = (".", "!", "?", "…")


class Reading:
    """The words of an utterance. What costs time is read once, and only where it is asked for."""

    def __init__(self, words: Sequence[str]) -> None:
        self.raw = words
        self.folded = [folded(word) for word in words]
        self.bare = [word.strip(EDGES) for word in self.folded]
        self.text = " ".join(self.folded)

    def __len__(self) -> int:
        return len(self.raw)

    @cached_property
    def is_cased(self) -> bool:
        """Whether capitals tell anything: a word other than "I" has one."""
        return any(
            word[:1].isupper() and not bare.startswith("i'") and bare != "i"
            for word, bare in zip((word.lstrip(EDGES) for word in self.raw), self.bare, strict=True)
        )

    @cached_property
    def spoken(self) -> list[Spoken]:
        """Numbers as they were said, and what stands between them."""
        return spoken_in(self.folded)

    @cached_property
    def has_signs(self) -> bool:
        """Whether it holds figures, or letters that stand for themselves."""
        return any(
            isinstance(one, Number)
            or one.kind in {"apart", "times", "misheard"}
            or len(one.text) == 1
            for one in self.spoken
        ) or any(word.isupper() for word in self.raw)

    @cached_property
    def has_dates(self) -> bool:
        """Whether a number or a month stands in it."""
        return any(
            isinstance(one, Number) or one.kind in {"month", "date", "apart"} for one in self.spoken
        ) or any(bare in ORDINALS for bare in self.bare)

    def is_capital(self, at: int) -> bool:
        """Tell whether a word is written with a capital."""
        return self.raw[at].lstrip(EDGES)[:1].isupper()

    def opens(self, at: int) -> bool:
        """Tell whether a word begins a sentence."""
        return at == 0 or self.raw[at - 1].endswith(_STOPS)

    def ends_part(self, at: int) -> bool:
        """Tell whether a sign after a word parts it from the next."""
        return self.raw[at][-1:] in ".,;:!?…" or at == len(self.raw) - 1

    def ends_sentence(self, at: int) -> bool:
        """Tell whether a sentence ends with a word."""
        return self.raw[at].endswith(_STOPS)
