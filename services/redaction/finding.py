"""Where the second detectors see something: in what was heard again, and in what is to be read."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.base import TRACKS, Track, UtteranceId
from ...events.privacy.kinds import PersonalKind
from ...events.redaction import Finding
from . import second_look
from .port import HeardWord
from .spoken import Spoken

# People give a number in instalments; after so long, something else is being said.
_BREAK_MS = 4_000


class Placed(Struct, frozen=True):
    """A word on the contact clock, and the utterance it stands in, if in any."""

    text: str
    started_ms: int
    ended_ms: int
    utterance_id: UtteranceId | None = None


def placed_of(word: HeardWord, offset_ms: int) -> Placed:
    """Return a word that was heard so long after the contact's clock began."""
    return Placed(word.text, offset_ms + word.started_ms, offset_ms + word.ended_ms)


def findings_in(words: Sequence[Placed], *, track: Track, names: bool) -> tuple[Finding, ...]:
    """Return what looks like personal data among the words of a track, in order of time."""
    return tuple(
        finding
        for run in _runs(words)
        for finding in _found(run, check="heard_again", track=track, names=names)
    )


def findings_in_texts(spoken: Sequence[Spoken]) -> tuple[Finding, ...]:
    """Return what looks like personal data in texts: each by itself, and one after another."""
    found: dict[Finding, None] = {}
    asked: PersonalKind | None = None
    for one in spoken:
        names = one.track == "from_customer"
        words = _placed(one)
        for finding in _found(words, check="text", track=one.track, names=names, asked=asked):
            found[finding] = None
        asked = second_look.asked_in(one.words)
    for track in TRACKS:
        said = [word for one in spoken if one.track == track for word in _placed(one)]
        for run in _runs(said):
            for finding in _found(run, check="text", track=track, names=False):
                found[finding] = None
    return tuple(found)


def _placed(spoken: Spoken) -> list[Placed]:
    return [
        Placed(word, *times, spoken.utterance_id)
        for word, times in zip(spoken.words, spoken.times, strict=True)
    ]


def _runs(words: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Yield words that were said without a long pause."""
    run: list[Placed] = []
    for word in words:
        if run and word.started_ms - run[-1].ended_ms > _BREAK_MS:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _found(
    words: Sequence[Placed],
    *,
    check: str,
    track: Track,
    names: bool,
    asked: PersonalKind | None = None,
) -> Iterator[Finding]:
    texts = [
        # More than one word to a word is nothing a recogniser of words gives; none is lost by it.
        "".join(word.text.split())
        for word in words
    ]
    for seen in second_look.look(texts, asked=asked, names=names):
        part = words[seen.first_word : seen.last_word + 1]
        # A finding in two utterances is one in each.
        for utterance_id in dict.fromkeys(word.utterance_id for word in part):
            own = [word for word in part if word.utterance_id == utterance_id]
            from_ms = min(word.started_ms for word in own)
            until_ms = max(word.ended_ms for word in own)
            yield Finding(
                check,
                "found_again",
                seen.kind,
                track,
                from_ms,
                max(until_ms, from_ms + 1),
                utterance_id,
            )
