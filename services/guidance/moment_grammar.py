"""The grammar of moments. `docs/playbook-grammar.md` tells it with examples."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from ...events.base import TRACKS
from ...events.patterns import PATTERN_CHARS_MAX, compile_pattern
from .fields import Field
from .grammar import Decimal, Each, Kinds, Moments, Record, Shape, Text, Whole, Word, words
from .moments import (
    STATES,
    Attribute,
    Condition,
    Conjunction,
    Label,
    Meaning,
    Moment,
    Patterns,
    Phrases,
    Question,
    in_order,
)
from .phrases import PHRASE_CHARS_MAX, compile_phrase

NAME_CHARS_MAX = 60
SENTENCE_CHARS_MAX = 200  # an example of what somebody says in one breath
QUESTION_CHARS_MAX = 300
PHRASES_MAX = 200  # of one moment
SENTENCES_MAX = 50
TERMS_MAX = 20
TIMES_MAX = 20  # of one moment, so many instants are remembered
WITHIN_S_MAX = 4 * 3_600  # longer than calls last
NUMBER_MAX = 10**12

_phrases = Each(of=Text(chars_max=PHRASE_CHARS_MAX, reads=compile_phrase), most=PHRASES_MAX)
_patterns = Each(of=Text(chars_max=PATTERN_CHARS_MAX, reads=compile_pattern), most=PHRASES_MAX)
_sentences = Each(of=Text(chars_max=SENTENCE_CHARS_MAX), most=SENTENCES_MAX)
_name = Text(chars_max=NAME_CHARS_MAX)
_track = Word({**{track: (track,) for track in TRACKS}, "either": TRACKS})
_term = Moments(besides=STATES)
_terms = Each(of=_term, most=TERMS_MAX)
_several = Each(of=_term, least=2, most=TERMS_MAX)
_any_of = Each(of=_term, most=TERMS_MAX, into=frozenset)
_score = Decimal(least=0.0, most=1.0)
_number = Whole(least=0, most=NUMBER_MAX)
_within = Whole(least=1, most=WITHIN_S_MAX)
_on = words("partial", "final")
_phase = words("with_agent", "on_hold", "off_hold", "before_end", "after_end")


def _inferred(**own: Shape) -> Record:
    optional: dict[str, Shape] = {"on": _on, "after": _any_of}
    if "asks" not in own:
        optional["least"] = _score
    return Record(required={**own, "track": _track}, optional=optional)


def _condition(*, optional: Mapping[str, Shape] | None = None, **own: Shape) -> Record:
    guards: dict[str, Shape] = {"unless": _any_of, "track": _track, "while": _phase}
    return Record(required=own, optional={**(optional or {}), **guards})


MOMENT = Kinds(
    {
        "heard": Record(
            required={"heard": _phrases, "track": _track},
            optional={"unless": _phrases, "negation": words("ignore", "match"), "on": _on},
        ),
        "pattern": Record(
            required={"pattern": _patterns, "track": _track},
            optional={"unless": _phrases, "on": _on},
        ),
        "meaning": _inferred(meaning=_sentences),
        "label": Record(
            required={"label": _name, "classifier": _name, "track": _track},
            optional={
                "on": _on,
                "after": _any_of,
                "least": _score,
                "phrases": _phrases,
                "sure": _phrases,
                "unless": _phrases,
                "least_with_phrases": _score,
            },
        ),
        "asks": _inferred(asks=Text(chars_max=QUESTION_CHARS_MAX)),
        "attribute": Record(
            required={"attribute": Text(chars_max=100)},
            optional={
                "is": Each(of=Text(chars_max=200, reads=str.casefold), most=100, into=frozenset),
                "least": _number,
                "most": _number,
            },
        ),
        "all": _condition(all=_several, optional={"within_s": _within}),
        "any": _condition(any=_terms),
        "then": _condition(then=_several, within_s=_within),
        "times": _condition(times=Whole(least=2, most=TIMES_MAX), of=_term, within_s=_within),
        "missing": _condition(missing=_term, since=_term, within_s=_within),
    }
)

# What a field of the file is called in the types, where that differs.
_CALLED = {
    "track": "tracks",
    "pattern": "patterns",
    "meaning": "sentences",
    "is": "among",
    "while": "phase",
    "all": "terms",
    "any": "terms",
    "then": "terms",
    "of": "terms",
    "missing": "terms",
}
_MADE: Mapping[str, Callable[..., Moment]] = {
    "heard": Phrases,
    "pattern": Patterns,
    "meaning": Meaning,
    "label": Label,
    "asks": Question,
    "attribute": Attribute,
}


def moments_of(given: Mapping[str, tuple[str, dict[str, Any]]]) -> tuple[Moment, ...]:
    """Return the moments that were read, as `MOMENT` reads them."""
    return tuple(_moment(name, kind, values) for name, (kind, values) in given.items())


def check_moments(moments: Iterable[Moment], field: Field) -> None:
    """Refuse moments that look at each other, or cannot come true; `field` is their place.

    Raises:
        PlaybookMalformed: at the moment that is wrong.
    """
    entries = field.entries()
    for moment in moments:
        if moment.name in STATES:
            entries[moment.name].refuse("is the name of something that the log itself tells")
        if isinstance(moment, Attribute) and _is_empty(moment):
            entries[moment.name].refuse("`most` is less than `least`")
        if isinstance(moment, Condition) and moment.since in moment.terms:
            entries[moment.name].refuse("waits for what starts the waiting")
    try:
        in_order(moments)
    except ValueError as error:
        circle = str(error)
        entries[circle.split(" → ", maxsplit=1)[0]].refuse(f"looks at itself: {circle}")


def _is_empty(moment: Attribute) -> bool:
    return moment.most is not None and moment.most < (moment.least or 0)


def _moment(name: str, kind: str, values: dict[str, Any]) -> Moment:
    called = {_CALLED.get(given, given): value for given, value in values.items()}
    if (make := _MADE.get(kind)) is not None:
        return make(name=name, **({"on": "final"} if kind == "asks" else {}) | called)
    if isinstance(called["terms"], str):
        called["terms"] = (called["terms"],)
    return Condition(name=name, kind=cast("Conjunction", kind), **called)
