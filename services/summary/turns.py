"""What was said, as clauses: cut where a sentence ends, without stammer, each with its source."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from ...events.base import Speaker, UtteranceId
from ...events.cards.vocabulary import UNITS

# A speaker who goes on after a longer pause says something else, punctuated or not.
PASSAGE_PAUSE_MS = 2_500

_ENDS = re.compile(r"(?<!\.)[.?!…][\"')\]]*$|(?<=\w)[.?!]+$")
_ABBREVIATION = re.compile(r"(?:mr|mrs|ms|dr|st|no|vs|etc|e\.g|i\.e|[a-z])\.$", re.IGNORECASE)
_HESITATION = frozenset({"ah", "eh", "er", "erm", "hm", "hmm", "mm", "uh", "uhm", "um", "mhm"})
_PHRASES = re.compile(r"(?<![\w'])(?:you know|i mean|sort of|kind of),?(?![\w'])\s*", re.IGNORECASE)
_LEADING = frozenset(
    {
        "alright", "and", "but", "hello", "hey", "hi", "oh", "okay", "ok", "right", "so", "sure",
        "thanks", "uh-huh", "well", "yeah", "yep", "yes",
    }
)  # fmt: skip
_CONTRACTIONS = {
    "arent": "aren't", "cant": "can't", "couldnt": "couldn't", "didnt": "didn't",
    "doesnt": "doesn't", "dont": "don't", "hasnt": "hasn't", "havent": "haven't", "im": "I'm",
    "isnt": "isn't", "ive": "I've", "thats": "that's", "theyll": "they'll", "theyre": "they're",
    "theyve": "they've", "wasnt": "wasn't", "weve": "we've", "wont": "won't",
    "wouldnt": "wouldn't", "youd": "you'd", "youll": "you'll", "youre": "you're",
    "youve": "you've",
}  # fmt: skip
_STUTTERED = frozenset({"a", "and", "i", "is", "my", "so", "the", "to", "we"})  # a comma between
_GREETINGS = frozenset({"hello", "hey", "hi", "thanks", "okay", "ok", "right", "yes"})
_BARE = " \t.,;:!?…\"'()-–—"


class Turn(Struct, frozen=True, kw_only=True, gc=False):
    """One utterance, with who said it as far as is known now."""

    utterance_id: UtteranceId
    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int


class Clause(Struct, frozen=True, kw_only=True, gc=False):
    """A sentence, or what stands for one where nobody set a full stop."""

    speaker: Speaker
    text: str  # without hesitation and stutter; else as it was said
    utterance_ids: tuple[UtteranceId, ...]
    index: int  # among all clauses of the contact
    passage: int  # what the speaker said without being interrupted
    asks: bool  # it ends in a question mark

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def word_count(turns: Sequence[Turn]) -> int:
    """Return how many words were said, prompts and music left out."""
    return sum(len(turn.text.split()) for turn in turns if turn.speaker != "system")


def clauses_of(turns: Sequence[Turn]) -> list[Clause]:
    """Return the clauses of customer and agent in speaking order; empty ones are left out."""
    found: list[Clause] = []
    for passage, group in enumerate(_passages(turns)):
        for words in _sentences(group):
            raw = " ".join(word for word, _ in words)
            text = cleaned(raw)
            if not text:
                continue
            found.append(
                Clause(
                    speaker=group[0].speaker,
                    text=text,
                    utterance_ids=tuple(dict.fromkeys(id_ for _, id_ in words)),
                    index=len(found),
                    passage=passage,
                    asks=raw.rstrip("\"')]").endswith("?"),
                )
            )
    return found


def cleaned(text: str) -> str:
    """Return a clause without hesitation, stutter and what merely opens it."""
    kept: list[str] = []
    for word in _PHRASES.sub("", text).split():
        bare = _bare(word)
        if not bare or bare in _HESITATION:
            continue
        if kept and bare == _bare(kept[-1]) and _is_stutter(kept[-1], bare):
            kept.pop()
        kept.append(word)
    greeted = False
    kept = _with_apostrophes(kept)
    while len(kept) > 1 and (_bare(kept[0]) in _LEADING or (greeted and kept[0].endswith(","))):
        greeted = _bare(kept.pop(0)) in _GREETINGS  # whom it greets comes next, and a comma
    if len(kept) == 1 and _bare(kept[0]) in _LEADING:
        return ""
    joined = " ".join(kept).strip(" ,;-–—")
    return joined[:1].upper() + joined[1:] if any(sign.isalnum() for sign in joined) else ""


def _is_stutter(before: str, bare: str) -> bool:
    """Tell whether a word that comes twice was meant once: "found it, it was" is two of them."""
    if not bare.isalpha() or bare in UNITS or (len(bare) == 1 and bare not in _STUTTERED):
        return False  # a number or a name that is read out
    return before[-1].isalnum() or bare in _STUTTERED


def _with_apostrophes(words: list[str]) -> list[str]:
    """Return contractions as they are written: some recognisers leave the apostrophe out."""
    written: list[str] = []
    for at, word in enumerate(words):
        bare = _bare(word)
        whole = _CONTRACTIONS.get(bare)
        if bare == "ill" and (at == 0 or _bare(words[at - 1]) in _LEADING | {"it", "then"}):
            whole = "I'll"
        written.append(word if whole is None else whole + word[len(word.rstrip(_BARE)) :])
    return written


def _bare(word: str) -> str:
    return word.casefold().strip(_BARE)


def _passages(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    spoken = sorted(
        (turn for turn in turns if turn.speaker != "system" and turn.text.strip()),
        key=lambda turn: (turn.started_ms, turn.utterance_id),
    )
    for _, group in groupby(spoken, key=lambda turn: turn.speaker):
        passage: list[Turn] = []
        for turn in group:
            if passage and turn.started_ms - passage[-1].ended_ms > PASSAGE_PAUSE_MS:
                yield passage
                passage = []
            passage.append(turn)
        yield passage


def _sentences(passage: Sequence[Turn]) -> Iterator[list[tuple[str, UtteranceId]]]:
    # Where a recogniser sets no full stops at all, its utterances are all there is to go by.
    is_punctuated = any(_ends(word) for turn in passage for word in turn.text.split())
    sentence: list[tuple[str, UtteranceId]] = []
    for turn in passage:
        for word in turn.text.split():
            is_spelt = bool(sentence) and len(_bare(sentence[-1][0])) == len(_bare(word)) == 1
            sentence.append((word, turn.utterance_id))
            if _ends(word) or (is_spelt and _ENDS.search(word)):
                yield sentence
                sentence = []
        if sentence and not is_punctuated:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _ends(word: str) -> bool:
    return bool(_ENDS.search(word)) and not _ABBREVIATION.fullmatch(word.lstrip("\"'(["))
