"""The notation of phrases, and how they are found among words.

    want to cancel                 these words, one after the other
    cancel*                        a word that starts so: cancelling, cancellation
    (want|would like) to cancel    one of several
    cancel my? contract            perhaps a word; (…)? perhaps one of several
    want to ... cancel             up to four other words between
    <number> days                  any number, spoken or in digits; write numbers as digits

Phrase and speech are compared after `words.tokens_of`: `don't` also finds "do not".
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import re2  # pyright: ignore[reportMissingTypeStubs] (it has none)
from msgspec import Struct

from ...events.patterns import MEMORY_MAX
from .words import Token, tokens_of

PHRASE_CHARS_MAX = 300  # longer ones belong in two
DEPTH_MAX = 4  # groups within groups; nobody reads more
GAPS_MAX = 3  # each multiplies the ways a match is tried
GAP_WORDS_MAX = 4

# A playbook writes some hundred words, each in dozens of its phrases.
_WORDS_KEPT_MAX = 4_096

_re2: Any = re2

NEGATORS = frozenset({"not", "never", "without", "nor"})
_NEGATION_REACH = 4  # tokens: "I do not really want to …"
_SUBJECTS = frozenset({"i", "we", "you", "they", "he", "she", "it"})


class Phrase(Struct, frozen=True):
    """A phrase, ready to be looked for."""

    source: str
    # Run by RE2, for tenants write them: `a? b? …` takes others for ever on the wrong words.
    pattern: Any
    # Every match holds one of these; empty: no such words. Saves most searches.
    anchors: frozenset[str]
    negates: bool  # says itself what is not


class Span(Struct, frozen=True):
    """Tokens `first` to `last`, both included."""

    first: int
    last: int


class Speech:
    """The tokens of an utterance, or of its stable beginning, ready to be searched."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.tokens = tokens_of(words)
        self._vocabulary = frozenset(token.text for token in self.tokens)
        self._starts: list[int] = []
        length = 1
        for token in self.tokens:
            self._starts.append(length)
            length += len(token.text) + 1
        self._text = f" {''.join(f'{token.text} ' for token in self.tokens)}"

    def find(self, phrase: Phrase) -> Iterator[Span]:
        """Yield where the phrase stands, from left to right."""
        if phrase.anchors and phrase.anchors.isdisjoint(self._vocabulary):
            return
        match = phrase.pattern.search(self._text)
        while match:
            # What is found begins with the space before it.
            first = bisect_right(self._starts, match.start() + 1) - 1
            last = bisect_right(self._starts, match.end() - 1) - 1
            yield Span(first, last)
            match = phrase.pattern.search(self._text, match.start() + 1)

    def negated(self, span: Span, phrase: Phrase) -> bool:
        """Tell whether the speaker says that it is not so."""
        inside = range(span.first, span.last + 1)
        if not phrase.negates and any(self._negates(at) for at in inside):
            return True
        for at in range(span.first - 1, max(-1, span.first - 1 - _NEGATION_REACH), -1):
            if self.tokens[at].ends_sentence:
                return False
            if self._negates(at):
                return True
        return False

    def _negates(self, at: int) -> bool:
        text = self.tokens[at].text
        before = self.tokens[at - 1].text if at else ""
        after = self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""
        if text == "no":
            return after in {"desire", "intention", "need", "plan", "plans", "reason", "wish"}
        if text not in NEGATORS:
            return False
        # "Can I not just cancel", "why don't we cancel" ask for it.
        asks = before in _SUBJECTS and at > 1 and self.tokens[at - 2].text in _AUXILIARIES
        wonders = before in _AUXILIARIES and (
            after in _SUBJECTS or (at > 1 and self.tokens[at - 2].text == "why")
        )
        return not (asks or wonders)


_AUXILIARIES = frozenset({"can", "could", "would", "will", "should", "do", "does", "did", "may"})


def compile_phrase(source: str) -> Phrase:
    """Return the phrase that `source` writes.

    Raises:
        ValueError: it breaks the notation above.
    """
    if len(source) > PHRASE_CHARS_MAX:
        raise ValueError(f"a phrase has at most {PHRASE_CHARS_MAX} characters")
    reader = _Reader(source)
    whole = reader.alternatives(depth=0)
    if reader.left:
        raise ValueError(f"`{reader.left[0]}` has no `(` before it")
    if not whole.matches_words:
        raise ValueError("a phrase needs at least one word that must be there")
    return Phrase(
        source,
        _compiled(f" {whole.pattern}"),
        whole.anchors,
        any(token.text in NEGATORS for token in tokens_of(source.replace("|", " ").split())),
    )


def _compiled(pattern: str) -> Any:
    options = _re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_MAX
    try:
        return _re2.compile(pattern, options)
    except _re2.error as error:
        raise ValueError("there is too much of it in one phrase") from error


class _Part(Struct, frozen=True):
    pattern: str
    anchors: frozenset[str] = frozenset()
    matches_words: bool = False  # False: it may stand for nothing


_LEXEMES = re.compile(r"\s*(\(|\)|\||\?|\.\.\.|<number>|[^\s()|?<>]+?(?=\.\.\.|[\s()|?<>]|$))")
_WORD = re.compile(r"[&\w'’-]+\*?$")


class _Reader:
    """Recursive descent over the lexemes of one phrase."""

    def __init__(self, source: str) -> None:
        self.left: list[str] = []
        self._gaps = 0
        at, source = 0, source.rstrip()
        while at < len(source):
            lexeme = _LEXEMES.match(source, at)
            if lexeme is None:
                raise ValueError(f"cannot read `{source[at:].strip()}`")
            self.left.append(lexeme[1])
            at = lexeme.end()

    def alternatives(self, *, depth: int) -> _Part:
        if depth > DEPTH_MAX:
            raise ValueError(f"groups nest deeper than {DEPTH_MAX}")
        parts = [self._sequence(depth)]
        while self.left[:1] == ["|"]:
            self.left.pop(0)
            parts.append(self._sequence(depth))
        if len(parts) == 1:
            return parts[0]
        anchors: frozenset[str] = frozenset()
        if all(part.anchors for part in parts):
            anchors = anchors.union(*(part.anchors for part in parts))
        return _Part(
            f"(?:{'|'.join(part.pattern for part in parts)})",
            anchors,
            all(part.matches_words for part in parts),
        )

    def _sequence(self, depth: int) -> _Part:
        parts: list[_Part] = []
        while self.left and self.left[0] not in {"|", ")"}:
            parts.append(self._item(depth))
        if not parts:
            raise ValueError("an alternative is empty")
        anchors = [part.anchors for part in parts if part.anchors]
        return _Part(
            "".join(part.pattern for part in parts),
            # The rarest is the best guard; long words are rarer.
            max(anchors, key=lambda one: min(map(len, one)), default=frozenset[str]()),
            any(part.matches_words for part in parts),
        )

    def _item(self, depth: int) -> _Part:
        lexeme = self.left.pop(0)
        match lexeme:
            case "(":
                part = self.alternatives(depth=depth + 1)
                if self.left[:1] != [")"]:
                    raise ValueError("a `(` is never closed")
                self.left.pop(0)
            case "...":
                self._gaps += 1
                if self._gaps > GAPS_MAX:
                    raise ValueError(f"a phrase has at most {GAPS_MAX} gaps")
                return _Part(f"(?:[^ ]+ ){{0,{GAP_WORDS_MAX}}}?")
            case "<number>":
                part = _Part("[0-9][0-9.]* ", matches_words=True)
            case "?":
                raise ValueError("`?` follows a word or a group")
            case _:
                part = _word(lexeme)
        if self.left[:1] == ["?"]:
            self.left.pop(0)
            return _Part(f"(?:{part.pattern})?")
        return part


@lru_cache(maxsize=_WORDS_KEPT_MAX)
def _word(lexeme: str) -> _Part:
    if not _WORD.match(lexeme):
        raise ValueError(f"cannot read `{lexeme}`: words, `( | )`, `?`, `*`, `...`, `<number>`")
    tokens: list[Token] = tokens_of([lexeme.removesuffix("*")])
    if not tokens:
        raise ValueError(f"`{lexeme}` is no word: it is never compared")
    pattern = "".join(f"{re.escape(token.text)} " for token in tokens)
    if lexeme.endswith("*"):
        anchors = frozenset(token.text for token in tokens[:-1])
        return _Part(pattern[:-1] + "[^ ]* ", anchors, matches_words=True)
    longest = max((token.text for token in tokens), key=len)
    return _Part(pattern, frozenset({longest}), matches_words=True)
