"""What of a voice the second recogniser left without a word. Pure.

A recogniser whose words follow each other without a gap stretches the one before over whatever it
did not hear. So a word covers as much as it takes to say it, and not what it is said to last.

Source: 30 routine clips, 24 with numbers and two calls, read by Whisper base: of 7.4 minutes of
voice none is left so long; with words taken away that were there, 96 of 100 holes of 1.5 s are.
"""

from collections.abc import Sequence

from .port import HeardWord
from .stretches import Stretch, merged, without

# A voice that is left without a word so long is removed: two digits, or the first of a word.
UNHEARD_MS = 700
# So much of it is worth listening to by itself: what remains then may be shorter than it was.
ALONE_MS = 600
# With a little of what is around it: a first consonant is quieter than any level.
MARGIN_MS = 200
# How many are listened to by themselves, of a minute of a track: each takes a second or two of a
# core. More are no laughs and coughs, but a recogniser that does not work.
ALONE_MAX = 12

_NEAR_MS = 100  # how far a word reaches: its times are that imprecise
# What a word takes: of letters, slowly, and of digits, which stand for words themselves.
_WORD_MS = 300
_LETTER_MS = 80
_DIGIT_MS = 600


def unheard_in(
    voices: Sequence[Stretch], words: Sequence[HeardWord], *, least_ms: int
) -> list[Stretch]:
    """Return the stretches of voice of that length and more that no word covers, in order."""
    covered = merged(
        (one.started_ms - _NEAR_MS, min(one.ended_ms, one.started_ms + _takes_ms(one)) + _NEAR_MS)
        for one in words
    )
    return [
        (start, end) for start, end in without(merged(voices), covered) if end - start >= least_ms
    ]


def said_in(words: Sequence[HeardWord], start: int, end: int) -> list[HeardWord]:
    """Return the words of a stretch heard alone that are its own, and not of the margins."""
    return [one for one in words if one.started_ms < end and one.ended_ms > start]


def _takes_ms(word: HeardWord) -> int:
    digits = sum(character.isdecimal() for character in word.text)
    letters = sum(character.isalpha() for character in word.text)
    return _WORD_MS + _LETTER_MS * letters + _DIGIT_MS * digits
