"""Whether a turn in which personal data is to be expected was heard as it was said. Pure.

A recogniser that stops early in a row of digits leaves no trace in its text, and its times for the
words it has are wrong then. What shows is that digits are wanting, that somebody speaks where no
word is, or that a word lasts longer than anybody says one.

Source: 96 clips with random numbers, of which beeping the recognised words alone leaked three.
"""

from collections.abc import Sequence

from ...events.cards.runs import Run, runs_of
from ...events.redaction import Ground
from .heard import Heard
from .stretches import Stretch, length_ms, merged, within, without

UNCOVERED_MS_MAX = 600  # of a voice without a word, before, among or after words
OVERLONG_MS = 1_200  # of a last word of one digit or of none
SAID_MS_MAX = 600  # a further digit; slow readers take half a second each
# How far from any voice a word may be placed: word times are that precise.
TOLERANCE_MS = 200
# A turn is too long for its words when it takes longer than so much a word, and this besides.
WORD_MS_MAX = 600
SPARE_MS = 1_500


def numbers_in(heard: Heard) -> list[Run]:
    """Return the numbers of a text that nobody took for personal, quantities aside."""
    masked = {word for one in heard.personal for word in range(one.first_word, one.last_word + 1)}
    return runs_of(["…" if at in masked else word for at, word in enumerate(heard.words)])


def doubt_of(heard: Heard, turn: Stretch, speech: Sequence[Stretch]) -> Ground | None:
    """Return why a turn cannot be trusted to have been heard whole; None: it can.

    `turn` is where it was said, `speech` all of its track that holds a voice.
    """
    voiced = within(speech, *turn)
    if length_ms(voiced) > WORD_MS_MAX * _units(heard) + SPARE_MS:
        return "uncovered_speech"
    if not heard.times:
        return None if not heard.words else _untimed(voiced, turn)
    near = merged((start - TOLERANCE_MS, end + TOLERANCE_MS) for start, end in speech)
    times = [(time.started_ms, time.ended_ms) for time in heard.times]
    if any(not _touches(near, start, end) for start, end in times):
        return "implausible_times"
    if any(end - start > UNCOVERED_MS_MAX for start, end in without(voiced, merged(times))):
        return "uncovered_speech"
    if _is_overlong(heard, voiced):
        return "overlong_word"
    return None


def _untimed(voiced: Sequence[Stretch], turn: Stretch) -> Ground | None:
    """Without word times there is only the utterance's own place to be held against the voice."""
    return "implausible_times" if not voiced and turn[1] > turn[0] else None


def _touches(near: Sequence[Stretch], start: int, end: int) -> bool:
    return any(one <= end and start <= other for one, other in near)


def _units(heard: Heard) -> int:
    return sum(_units_of(heard, at) for at in range(len(heard.words)))


def _units_of(heard: Heard, at: int) -> int:
    """Return how many words were said at least where one stands in the text."""
    digits = sum(character.isdecimal() for character in heard.words[at])
    masked = [one.digits for one in heard.personal if one.first_word <= at <= one.last_word]
    return max(1, digits, *masked) if masked else max(1, digits)


def _is_overlong(heard: Heard, voiced: Sequence[Stretch]) -> bool:
    last = len(heard.words) - 1
    if any(one.last_word == last and not one.digits for one in heard.personal):
        return False  # an address, a name: nobody knows how many words one mask stands for
    time = heard.times[last]
    spoken_ms = length_ms(within(voiced, time.started_ms, time.ended_ms))
    return spoken_ms > OVERLONG_MS + SAID_MS_MAX * (_units_of(heard, last) - 1)
