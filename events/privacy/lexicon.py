"""What single words are: a name, a word too, or certainly no name. Of folded words."""

from .common_words import COMMON_WORDS
from .given_names import GIVEN_NAMES, WORDS_TOO
from .surnames import SURNAMES

# Never part of a name, however they are written.
FUNCTION_WORDS = frozenset(
    """
    a about after again ago all also although am an and any anybody anyone are as at back be
    because been before but by bye can can't cannot could did didn't do does doesn't doing don't
    done either else ever every for from get gets getting give go goes going gonna good got great
    had has have haven't he he'd he'll he's hello help her here here's hers hey hi him his how
    how's however i i'd i'll i'm i've if in into is isn't it it'd it'll it's its just let let's
    like ma'am maybe me might mine more most must my myself neither never no nobody none nope nor
    not nothing now of off oh ok okay on once one only or other our ours out over please quite
    rather really right same say says see she she'd she'll she's should sir so some somebody
    someone something sorry speak still such sure than thank thanks that that'd that's thats the
    their them then there there's these they they'd they'll they're they've thing things think
    this those though to today told tomorrow too two under until up upon us very wait want wanted
    was wasn't we we'd we'll we're we've well went were weren't what what's when where where's
    which while who who's whose why with won't would wouldn't yeah yep yes yesterday yet you you'd
    you'll you're you've your yours uh um uhm er erm hm hmm mm mhm ah alright anyway both actually
    already always another anything around away wow ha huh gotcha cheers perfect lovely monday
    tuesday wednesday thursday friday saturday sunday january february march april june july august
    september october november december morning afternoon evening night week month year calling
    aw aye ach eh yup nah blimey gosh jeez whoa oops ooh hiya reference
    speaking mr mrs ms miss dr mister missus doctor
    """.split()  # noqa: SIM905 (a list of words is read as lines of words)
)
# Known as names, and as something else that is written with a capital as well.
_CAPITAL_TOO = frozenset(
    """
    adelaide alexa america april asia august augusta aurora austin carolina charlotte chase chelsea
    cleveland dallas dale denver devon florence garland geneva georgia houston india irving israel
    jackson jordan kent kenya lane lincoln lourdes madison marion may mercedes odessa orlando paris
    jan june preston santiago savannah sierra sydney trenton troy victoria virginia ward
    christian roman frank sterling nova chester clinton carson parker mason summer autumn faith
    """.split()  # noqa: SIM905 (a list of words is read as lines of words)
)
# Stand between the parts of a family name.
PARTICLES = frozenset(
    ["de", "da", "dos", "del", "della", "di", "du", "la", "le", "van", "von", "der", "den", "ter",
     "al", "el", "bin", "ibn", "ben", "abu", "mac", "mc", "st", "saint", "san", "o", "y", "e"]
)  # fmt: skip
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ing", ("", "e")), ("ied", ("y",)),
    ("ed", ("", "e")), ("ly", ("", "le")), ("er", ("", "e")), ("est", ("", "e")),
)  # fmt: skip
_STEM_MIN = 3
_KNOWN = COMMON_WORDS | FUNCTION_WORDS
# So end adjectives and nouns of what happened, and hardly ever names.
_NO_NAME_ENDINGS = ("able", "ible", "ing", "tion", "sion", "ment", "ness", "ous", "ful", "less")


def is_given_name(word: str) -> bool:
    """Tell whether a word is somebody's first name, whatever stands around it."""
    return word in GIVEN_NAMES


def is_any_name(word: str) -> bool:
    """Tell whether a word is known as a name, maybe as a word too."""
    return word in GIVEN_NAMES or word in WORDS_TOO or word in SURNAMES


def is_surname(word: str) -> bool:
    """Tell whether a word is known as a family name."""
    return word in SURNAMES


def may_be_given_name(word: str) -> bool:
    """Tell whether a word is known as a first name, maybe as a word too."""
    return word in GIVEN_NAMES or word in WORDS_TOO


def is_name_by_capital(word: str) -> bool:
    """Tell whether a word is a name where it has a capital within a sentence: "she said Will"."""
    return word in WORDS_TOO and word not in _CAPITAL_TOO


def is_common(word: str) -> bool:
    """Tell whether a word is one of the language rather than a name nobody listed."""
    if word in FUNCTION_WORDS or word in COMMON_WORDS:
        return True
    if word in GIVEN_NAMES or word in SURNAMES:
        return False
    bare = word.removesuffix("'s")
    if bare != word:
        return is_common(bare)
    if "'" in word or word.endswith(_NO_NAME_ENDINGS):
        return not word.startswith(("o'", "d'"))
    return any(
        word.endswith(ending)
        and len(word) - len(ending) >= _STEM_MIN
        and any(word[: -len(ending)] + end in _KNOWN for end in ends)
        for ending, ends in _ENDINGS
    )
