"""When each word was said, where only the whole is timed. Pure."""

from itertools import accumulate, pairwise

from ....events.speech import WordTime


def spread(text: str, *, started_ms: int, ended_ms: int, confidence: float) -> tuple[WordTime, ...]:
    """Return times for the words of `text`, split at spaces, over the whole stretch.

    Each has a share as long as it is written: they follow each other without a pause, the first
    begins where the stretch does, and the last ends where it does.
    """
    words = text.split()
    letters = sum(map(len, words))
    length_ms = ended_ms - started_ms
    edges = [
        started_ms + length_ms * done // letters for done in accumulate(map(len, words), initial=0)
    ]
    return tuple(WordTime(begin, end, confidence) for begin, end in pairwise(edges))
