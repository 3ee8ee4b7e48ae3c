"""How a sentence is quoted and cut: whole, or up to where a clause of it ends. Pure."""

import re

from msgspec.structs import replace

from ...events.summary import Owner, SummaryField
from . import english as said
from .drafts import Sentence
from .turns import Clause

QUOTED_WORDS_MAX = 28
CUT_WORDS_MIN = 5  # fewer words tell nothing
_TELLING_WORDS = 3

_CONJUNCTIONS = frozenset(
    {
        "and", "or", "but", "so", "nor", "because", "cause", "cos", "if", "when", "which", "who",
        "whose", "where", "while", "until", "till", "unless", "although", "though", "since",
        "whether", "then", "plus", "than", "as", "once", "except", "like", "also",
    }
)  # fmt: skip
_DETERMINERS = frozenset(
    {"a", "an", "the", "my", "your", "our", "their", "his", "its", "every", "any", "of", "okay"}
)
_PREPOSITIONS = frozenset(
    {
        "about", "after", "against", "at", "before", "between", "by", "during", "for", "from", "in",
        "into", "of", "on", "onto", "over", "through", "to", "under", "up", "via", "with",
        "within", "without",
    }
)  # fmt: skip
# What only begins to say something: who, that they do, and how.
_BEGINNINGS = frozenset(
    {
        "i", "we", "they", "he", "she", "you", "there", "that", "this", "these", "those", "what",
        "how", "why", "i'm", "i've", "i'll", "i'd", "we're", "we've", "we'll", "we'd", "you're",
        "you've", "you'll", "you'd", "they're", "they've", "they'll", "he's", "she's", "it's",
        "that's", "there's", "is", "are", "am", "was", "were", "be", "been", "being", "has", "have",
        "had", "do", "does", "did", "will", "would", "can", "could", "should", "might",
        "must", "can't", "won't", "don't", "didn't", "doesn't", "isn't", "wasn't", "haven't",
        "hasn't", "couldn't", "not", "very", "really", "just", "still", "even", "only", "another",
        "going", "gonna", "trying", "supposed", "able", "want", "wanted", "some", "no", "well",
        "mr", "mrs", "ms", "dr", "go", "goes", "come", "comes", "get",
        "gets", "put", "got", "need", "needs", "said", "says", "saying", "think", "know", "see",
    }
)  # fmt: skip
_LOOSE = _CONJUNCTIONS | _DETERMINERS | _PREPOSITIONS | _BEGINNINGS
_OPENS_CLAUSE = _CONJUNCTIONS - {"like", "as", "than", "also"}
_WAITING = re.compile(
    r"(?:(?:and|so|but)\ )?(?:if|when|once|as\ soon\ as|because|unless|until|before|after|since"
    r"|while|although|though|whenever)\b",
    re.IGNORECASE | re.VERBOSE,
)
# They tell nothing without the clause that follows: "I was wondering if".
_TAKES_CLAUSE = re.compile(
    r"(?:wonder|ask|know|see|check|tell|told|sa[iy]|think|thought|sure|understand|understood"
    r"|explain"
    r"|find|found|hear|heard|hop|notic|mean|show|out|me|you|us|them)\w*",
    re.IGNORECASE,
)
_OPENS_WAITING = frozenset(
    {"if", "when", "once", "unless", "until", "because", "while", "whenever"}
)
_SIGNS = " \t,;:–—-…"


def quoted(
    clause: Clause,
    field: SummaryField,
    *,
    owner: Owner | None = None,
    due: str | None = None,
) -> Sentence:
    """Return a clause under its speaker's name; of a long one what ends with a clause of it."""
    return Sentence(
        field=field,
        text=f"{clause.speaker.capitalize()}: {shortened(clause.text, QUOTED_WORDS_MAX)}",
        utterance_ids=clause.utterance_ids,
        owner=owner,
        due=due,
    )


def without_loose_end(text: str) -> str:
    """Return a piece without the word that was to begin the next: "and", "because", "the"."""
    return _stripped(text.split(), _CONJUNCTIONS | _DETERMINERS)


def shortened(text: str, room: int) -> str:
    """Return at most so many words, up to where a clause ends, and `…` where any were left out."""
    words = text.split()
    if len(words) <= room:
        return text
    end = _end_of_clause(words, room)
    kept = _stripped(words[: end or room], _LOOSE)
    return f"{kept}…" if kept else ""


def cut(sentence: Sentence, room: int) -> Sentence:
    """Return as much of a sentence as there is room for, from where it comes to the matter."""
    who, _, text = sentence.text.partition(": ")
    ends = [*(match.start() for match in _PIECE.finditer(text)), len(text)]
    starts = [0, *(match.end() for match in _PIECE.finditer(text))]
    first = next(
        (
            at
            for at, end in zip(starts, ends, strict=True)
            if said.TROUBLE.search(text[at:end]) and len(text[at:end].split()) >= _TELLING_WORDS
        ),
        0,
    )
    told = shortened(text[first:], room - 1)
    return replace(sentence, text=f"{who}: {'…' if first else ''}{told}")


def fits_cut(sentence: Sentence, room: int) -> Sentence | None:
    """Return a sentence up to the end of a clause within so many words; None where none ends."""
    who, _, text = sentence.text.partition(": ")
    words = text.split()
    if len(words) < room:
        return sentence
    if room - 1 < CUT_WORDS_MIN or not _end_of_clause(words, room - 1):
        return None
    return replace(sentence, text=f"{who}: {shortened(text, room - 1)}")


_PIECE = re.compile(r",?\s+(?:and|so)\b,?\s+|,\s+", re.IGNORECASE)


def _end_of_clause(words: list[str], room: int) -> int:
    """Return after how many words a clause ends, the last that does within the room; 0: none."""
    ends = range(min(room, len(words) - 1), CUT_WORDS_MIN - 1, -1)
    clauses = (at for at in ends if _ends_clause(words, at) and _stands(words, at))
    phrases = (at for at in ends if _ends_phrase(words, at) and _stands(words, at))
    far = next(clauses, 0)
    if far >= room / 2:
        return far
    near = range(min(room, CUT_WORDS_MIN - 1), _TELLING_WORDS - 1, -1)
    short = (at for at in near if _ends_clause(words, at) and _stands(words, at))
    return max(far, next(phrases, 0)) or next(short, 0)


def _ends_clause(words: list[str], at: int) -> bool:
    if words[at - 1].endswith((",", ";", ".", "?", "!")):
        return True
    return _bare(words[at]) in _OPENS_CLAUSE and not _TAKES_CLAUSE.fullmatch(_bare(words[at - 1]))


def _ends_phrase(words: list[str], at: int) -> bool:
    # In a clause that waits for another there is no end before its own.
    begun = max((n for n in range(at) if words[n].endswith((",", ".", ";"))), default=-1)
    is_waiting = any(_bare(word) in _OPENS_WAITING for word in words[begun + 1 : at])
    return _bare(words[at]) in _PREPOSITIONS and not is_waiting


def _stands(words: list[str], at: int) -> bool:
    """Tell whether the words up to there say something by themselves."""
    is_loose = _bare(words[at - 1]) in _LOOSE
    is_aim = _bare(words[at]) == "to" and _bare(words[at - 1]) not in _DETERMINERS
    if is_loose or (is_aim and not _names(words[at + 1 : at + 2])):
        return False
    last = max((number for number in range(at) if _waits(words, number)), default=-1)
    # "if it comes back" with nothing after it waits for what then.
    return last != 0 or any(word.endswith(",") for word in words[: at - 1])


def _waits(words: list[str], number: int) -> bool:
    return number == 0 and bool(_WAITING.match(" ".join(words[:3])))


def _names(words: list[str]) -> bool:
    return any(_bare(word) in _DETERMINERS for word in words)


def _stripped(words: list[str], loose: frozenset[str]) -> str:
    end = len(words)
    while end > 1 and (not _bare(words[end - 1]) or _bare(words[end - 1]) in loose):
        end -= 1
    return (
        " ".join(words[:end]).rstrip(_SIGNS) if end < len(words) else " ".join(words).strip(_SIGNS)
    )


def _bare(word: str) -> str:
    return word.casefold().strip(" \t.,;:!?…\"'()-–—").replace("’", "'")
