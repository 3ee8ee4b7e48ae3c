"""What the classifier is trained on: examples, and turns of calls, as weighted rows."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ...services.router.intents import answering
from .examples import NOTHING, Example
from .taught import TaughtCall, before_in, meant_in

EXAMPLE_WEIGHT = 0.3  # of other labels than an example's own: somebody may mean two things at once
EARNING_WEIGHT = 1.5  # of a turn that earns its label: there are few
IDLE_WEIGHT = 0.7  # of one that does not

AGENTS = frozenset({"agent_threat"})  # labels of what agents say; the others are of customers


class Row(Struct, frozen=True, kw_only=True):
    """A text, and of each label whether it holds (1 or 0) and how much that counts."""

    text: str
    holds: tuple[float, ...]
    weights: tuple[float, ...]  # 0: it says nothing of this label


def labels_by_domain(examples: Iterable[Example]) -> dict[str, tuple[str, ...]]:
    """Return the labels of each domain, in the order of the examples."""
    named: dict[str, dict[str, None]] = {}
    for one in examples:
        for domain in one.domains:
            named.setdefault(domain, {})
            if one.label != NOTHING:
                named[domain][one.label] = None
    return {domain: tuple(labels) for domain, labels in named.items()}


def all_labels(domains: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return every domain's labels, each once."""
    return tuple(dict.fromkeys(label for labels in domains.values() for label in labels))


def rows_of_example(
    example: Example, domains: dict[str, tuple[str, ...]], labels: Sequence[str]
) -> Row:
    """Return the row of an example: of its domains' other labels it is one of not, if weakly."""
    own = {label for domain in example.domains for label in domains[domain]}
    earned = example.also | frozenset({example.label} if example.holds else ())
    is_agents = example.label in AGENTS

    def weight(label: str) -> float:
        if label not in own or (label in AGENTS) != is_agents:
            return 0.0
        told = label == example.label or label in earned or example.label == NOTHING
        return 1.0 if told else EXAMPLE_WEIGHT

    return Row(
        text=example.text,
        holds=tuple(float(one in earned) for one in labels),
        weights=tuple(weight(one) for one in labels),
    )


def rows_of_call(
    call: TaughtCall, domains: dict[str, tuple[str, ...]], labels: Sequence[str]
) -> Iterator[Row]:
    """Yield the rows of what customer and agent say; what a label allows says nothing of it."""
    own = set(domains[call.domain])
    for place, turn in enumerate(call.turns):
        if turn.speaker == "system":
            continue
        judged = [
            meant_in(call.turns, place, label)
            if label in own and (turn.speaker == "agent") == (label in AGENTS)
            else None
            for label in labels
        ]
        if any(one is not None for one in judged):
            yield Row(
                text=answering(before_in(call.turns, place), turn.text),
                holds=tuple(float(one is True) for one in judged),
                weights=tuple(
                    0.0 if one is None else EARNING_WEIGHT if one else IDLE_WEIGHT for one in judged
                ),
            )
