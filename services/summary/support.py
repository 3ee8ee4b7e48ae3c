"""Whether utterances say what a sentence says: its content words, numbers, names and negations.

Strict on purpose. A sentence in other words than the speakers' is dropped, which costs a sentence;
one that nobody said costs the trust in all of them.
"""

import re
import unicodedata
from collections.abc import Sequence

from ..guardrail_support import unsupported

Lack = str  # snake_case: what the utterances do not say


def lacks_of(sentence: str, sources: Sequence[str]) -> list[Lack]:
    """Return what a sentence claims that its utterances do not; empty when it stands."""
    if not sources:
        return ["no_utterance"]
    found: list[Lack] = list(unsupported(sentence, sources))
    said = [clause for source in sources for clause in _clauses(source)]
    told = _clauses(sentence)
    heard = {_stem(token) for clause in said for token in clause}
    if any(stem not in heard for clause in told for stem in _content(clause)):
        found.append("word_not_heard")
    if not _negations_agree(told, said):
        found.append("negation_not_heard")
    return found


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NEGATORS = frozenset(
    {"no", "not", "never", "none", "nothing", "neither", "nor", "without", "nobody", "cannot"}
)
_BARE_NOT = frozenset(
    {
        "aint", "arent", "cant", "couldnt", "didnt", "doesnt", "dont", "hasnt", "havent", "isnt",
        "shouldnt", "wasnt", "werent", "wont", "wouldnt",
    }
)  # fmt: skip
# They hold a sentence together, or say who speaks and that it was said; none of them tells what.
_FRAME = frozenset(
    {
        "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as",
        "ask", "asked", "asking", "asks", "at", "be", "because", "been", "before", "being", "but",
        "by", "call", "called", "caller", "calling", "calls", "can", "client", "contact", "could",
        "customer", "customers", "agent", "agents", "agent's", "customer's", "did", "do", "does",
        "doing", "done", "during", "each", "for", "from", "further", "get", "gets", "getting",
        "going", "got", "had", "has", "have", "having", "he", "her", "him", "his", "i", "if", "in",
        "into", "is", "it", "its", "itself", "let", "like", "likely", "made", "make", "me",
        "mention", "mentioned", "mentions", "my", "need", "needed", "needs", "now", "of", "on",
        "one", "or", "our", "out", "over", "own", "per", "please", "regarding", "report",
        "reported", "reports", "request", "requested", "requests", "said", "say", "says", "she",
        "should", "so", "some", "state", "stated", "states", "such", "tell", "tells", "than",
        "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to",
        "told", "too", "up", "us", "via", "want", "wanted", "wants", "was", "we", "were", "what",
        "when", "where", "which", "while", "who", "why", "will", "wish", "wishes", "with", "would",
        "yet", "you", "your", "yours", "explain", "explained", "explains", "confirm", "confirmed",
        "confirms", "advise", "advised", "advises", "offer", "offered", "offers", "agree",
        "agreed", "agrees", "promise", "promised", "promises", "question", "issue",
    }
)  # fmt: skip
_WINDOW = 3  # content words that a negation reaches


def _clauses(text: str) -> list[list[str]]:
    """Return the words of each clause: a negation reaches no further than that."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return [tokens for part in _BREAK.split(folded) if (tokens := _tokens(part))]


_BREAK = re.compile(r"[.?!;:,]+(?=\s|$)|\s[-–—]\s|\n")
_PRONOUNS = frozenset({"i", "we", "it", "that", "this", "you", "he", "she", "they", "there"})


def _tokens(clause: str) -> list[str]:
    tokens: list[str] = []
    for word in _WORD.findall(clause):
        if word.endswith("n't") or word in _BARE_NOT:
            tokens.append("not")
        else:
            tokens.append(word.split("'")[0])
    if len(tokens) > 1 and tokens[0] == "no" and tokens[1] in _PRONOUNS:
        return tokens[1:]  # an answer: "no I want to"
    return tokens


def _content(tokens: Sequence[str]) -> list[str]:
    """Return the stems of the words that tell something, in order."""
    return [_stem(token) for token in tokens if _is_content(token)]


def _is_content(token: str) -> bool:
    # Numbers are looked at as numbers, however they are written.
    return not token.isdigit() and token not in _FRAME and token not in _NEGATORS


def _stem(token: str) -> str:
    """Return what forms of a word have in common. Crude: both sides are treated alike."""
    for ending in ("ations", "ation", "ments", "ment", "ingly", "ings", "ing", "ied", "ies"):
        if token.endswith(ending) and len(token) - len(ending) >= _STEM_MIN:
            return _trimmed(token.removesuffix(ending))
    for ending in ("ed", "es", "s", "ly", "er", "e", "y"):
        if token.endswith(ending) and len(token) - len(ending) >= _STEM_MIN:
            return _trimmed(token.removesuffix(ending))
    return _trimmed(token)


_STEM_MIN = 3


def _trimmed(stem: str) -> str:
    if len(stem) > _STEM_MIN and stem[-1] == stem[-2]:
        stem = stem[:-1]  # cancelled, canceled
    return stem.removesuffix("e").removesuffix("y") if len(stem) > _STEM_MIN else stem


def _negations_agree(told: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> bool:
    """Tell whether a sentence denies what its utterances deny, and nothing else."""
    if any(stem not in _denied(said, _WINDOW) for stem in _denied(told, 1)):
        return False
    denied = _denied(said, 1)
    affirmed = {stem for clause in said for stem in _content(clause)} - denied
    claimed = {stem for clause in told for stem in _content(clause)} - _denied(told, _WINDOW)
    return not (claimed & denied) - affirmed


def _denied(clauses: Sequence[Sequence[str]], reach: int) -> set[str]:
    """Return the stems that follow a negation, so many of each."""
    found: set[str] = set()
    for tokens in clauses:
        for at, token in enumerate(tokens):
            if token in _NEGATORS:
                found.update(_content(tokens[at + 1 :])[:reach])
    return found
