"""Microseconds of processor time that a partial costs with fifty moments, up to what it earns.

Words, patterns and the conditions that look at them: what is between a partial's arrival and the
first append. Beside it, a loop that searches the same partial for every phrase with `re`, without
contractions, numbers, negation or evidence. Not time by the clock: that measures the others.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

import msgspec

from ...events.base import ContactId, ContactRef, TenantName, UtteranceId
from ...events.patterns import compile_pattern
from ...services.guidance.case import Case
from ...services.guidance.earning import Earning
from ...services.guidance.graph import Graph, Models, compile_graph
from ...services.guidance.moments import Condition, Moment, Patterns, Phrases, by_words_of
from ...services.guidance.playbook import Playbook, built_in_playbook
from ...services.guidance.policy import compiled
from ...services.guidance.rules import matches_of
from ...services.guidance.utterances import Utterance
from .history import BEGAN_AT
from .rows import Row, quantile

MOMENTS = 50
_CONDITIONS = 5
_PATTERNS = 3
ROUNDS = 20
_P99_US_MAX = 2_000.0  # a partial comes every 100 ms; fifty calls of them are a tenth of a core
_SAID = (
    "hi yeah so I was wondering about the bill that came in this morning because it went up again",
    "the internet has been going down every evening this week and I work from home you see",
    "honestly I don't want to be difficult but I would like to cancel the whole contract please",
    "my order is AB-1234 and nobody called me back although somebody promised to do that on Monday",
)


def run() -> list[Row]:
    """Return what a partial costs, growing word by word."""
    playbook = _playbook()
    graph = compile_graph(playbook, Models(), tenant=TenantName("demo"))
    partials = [_partial(words) for said in _SAID for words in _growing(said.split())]
    ours = [us for _ in range(ROUNDS) for us in _ours_us(playbook, graph, partials)]
    naive = [us for _ in range(ROUNDS) for us in _naive_us(graph, partials)]
    slowest = quantile(ours, 0.99)
    return [
        Row(
            what=f"a partial, {len(playbook.moments)} moments, p50",
            value=quantile(ours, 0.5),
            unit="µs",
            beside=f"a loop of `re` {quantile(naive, 0.5):,.0f} µs",
        ),
        Row(
            what=f"a partial, {len(playbook.moments)} moments, p99",
            value=slowest,
            unit="µs",
            beside=f"a loop of `re` {quantile(naive, 0.99):,.0f} µs",
            aim=f"under {_P99_US_MAX:,.0f} µs",
            met=slowest < _P99_US_MAX,
        ),
    ]


def _playbook() -> Playbook:
    """The built-in playbook, its moments repeated under other names, with conditions on them."""
    known = built_in_playbook()
    phrases = [one for one in by_words_of(known.moments) if isinstance(one, Phrases)]
    wanted = MOMENTS - _CONDITIONS - _PATTERNS
    spoken: list[Moment] = [
        msgspec.structs.replace(one, name=f"{one.name}_{number}" if number else one.name)
        for number, one in _numbered(phrases, wanted)
    ]
    pattern = (compile_pattern(r"\b[A-Z]{2}-?\d{4}\b"),)
    tracks = ("from_customer",)
    spoken += [
        Patterns(name=f"pattern_{number}", tracks=tracks, patterns=pattern)
        for number in range(_PATTERNS)
    ]
    names = [one.name for one in spoken]
    conditions = [
        Condition(name=f"both_{number}", kind="all", terms=(names[0], names[number + 1]))
        for number in range(_CONDITIONS)
    ]
    return msgspec.structs.replace(known, moments=(*spoken, *conditions))


def _numbered(phrases: list[Phrases], wanted: int) -> Iterator[tuple[int, Phrases]]:
    for place, one in enumerate(islice(cycle(phrases), wanted)):
        yield place // len(phrases), one


def _growing(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for stable in range(1, len(words) + 1):
        yield tuple(words[:stable])


def _partial(words: tuple[str, ...]) -> Utterance:
    return Utterance(
        utterance_id=UtteranceId("from_customer-1"),
        revision=len(words),
        track="from_customer",
        words=words,
        times=(),
        started_ms=0,
        ended_ms=300 * len(words),
    )


def _ours_us(playbook: Playbook, graph: Graph, partials: list[Utterance]) -> Iterator[float]:
    earning = Earning(
        contact=ContactRef(TenantName("demo"), ContactId("c-1")),
        compiled=compiled([playbook]),
        graph=graph,
        now=BEGAN_AT,
        said_at=BEGAN_AT,
    )
    case = Case()
    for partial in partials:
        began = time.thread_time()
        case = Case() if len(partial.words) == 1 else case
        known = case.known(partial.utterance_id)
        for match in list(matches_of(graph.reflexes, partial, known=known)):
            _, case = earning.by_match(case, match)
        yield (time.thread_time() - began) * 1e6


def _naive_us(graph: Graph, partials: list[Utterance]) -> Iterator[float]:
    phrases = [phrase for one in graph.reflexes if isinstance(one, Phrases) for phrase in one.heard]
    for partial in partials:
        began = time.thread_time()
        text = " ".join(partial.words).lower() + " "
        for phrase in phrases:
            phrase.pattern.search(text)
        yield (time.thread_time() - began) * 1e6
