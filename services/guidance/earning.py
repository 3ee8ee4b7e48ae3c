"""What comes of a moment or a state: cues and ticks, and the conditions it completes. Pure.

In the order of appending: what the moment earned itself, so that the agent waits for nothing
else; then the conditions, each after what it earned; the moment last, because where it stands
in the lane, all of this was decided.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from ...events.base import ContactRef, Event
from ...events.guidance import Detector
from .case import Case, Output, evolve
from .conditions import Deadline, Fulfilled, Occurrence, deadlines, follow
from .graph import Graph
from .moments import STATES
from .outputs import (
    Desk,
    checklist_outputs,
    missed_outputs,
    outputs_of,
    ranked,
    tripped_by,
)
from .policy import Compiled
from .rules import Match
from .states import attributes_of, state_of
from .utterances import Utterance

STATES_KNOWN = frozenset(STATES)  # from the log itself, whether anybody is heard or not
BY_CONDITION = Detector(kind="condition")
BY_ATTRIBUTE = Detector(kind="attribute")


class Earning(Struct, frozen=True, kw_only=True):
    """What decides what is earned, besides the case."""

    contact: ContactRef
    compiled: Compiled
    graph: Graph  # of `compiled`
    now: datetime
    said_at: datetime  # when it was known
    agent_since_ms: int | None = None  # when the agent began what they are saying

    @property
    def desk(self) -> Desk:
        """For whom it is decided, as what follows of a moment asks."""
        return Desk(
            contact=self.contact,
            compiled=self.compiled,
            now=self.now,
            said_at=self.said_at,
            agent_since_ms=self.agent_since_ms,
        )

    def by_words(self, case: Case, utterance: Utterance) -> tuple[list[Output], Case]:
        """Return what follows of what guardrails find in words, and the case after it."""
        outputs = tripped_by(case, utterance, self.desk)
        return outputs, self._assuming(case, outputs)

    def opened(self, case: Case) -> tuple[list[Output], Case]:
        """Return the checklist, where it is news, and the case after it."""
        outputs = checklist_outputs(case, self.desk)
        return outputs, self._assuming(case, outputs)

    def missed(self, case: Case) -> tuple[list[Output], Case]:
        """Return what of the checklist was not said, once all was heard, and the case after."""
        outputs = missed_outputs(case, self.desk)
        return outputs, self._assuming(case, outputs)

    def in_order(self, matches: Iterable[Match]) -> list[Match]:
        """Return matches of one utterance, those first whose cues matter most."""
        return ranked(list(matches), self.compiled)

    def by_match(self, case: Case, match: Match) -> tuple[list[Output], Case]:
        """Return what a match earns, and the case once that is stored."""
        *earned, moment = self._outputs(case, match)
        news = Occurrence(at=match.at or self.said_at, heard=match.heard)
        name, evidence = match.moment.name, match.evidence
        case = self._assuming(case, earned)
        followed, case = self._followed(case, name, news, evidence=evidence)
        return [*earned, *followed, moment], self._assuming(case, [moment])

    def by_state(
        self, case: Case, event: Event, occurred_at: datetime
    ) -> tuple[list[Output], Case]:
        """Return what a fact of the contact earns by being so, and by the attributes it sets."""
        outputs: list[Output] = []
        if (state := state_of(event, occurred_at)) is not None:
            name, at = state
            outputs, case = self._followed(case, name, Occurrence(at=at), evidence="")
        attributes = attributes_of(event)
        for moment in self.graph.attributes:
            value = attributes.get(moment.attribute, "")
            if moment.name in case.moments or not moment.holds(value):
                continue
            match = Match(
                moment=moment,
                heard=None,
                evidence=value,
                at=occurred_at,
                detector=BY_ATTRIBUTE,
            )
            earned, case = self.by_match(case, match)
            outputs += earned
        return outputs, case

    def by_clock(self, case: Case, due: Deadline) -> tuple[list[Output], Case]:
        """Return what it earns that something did not come true in time."""
        since = due.since.heard
        match = Match(
            moment=due.condition,
            heard=None,
            evidence="",
            at=due.until,
            detector=BY_CONDITION,
            because=() if since is None else (since,),
        )
        return self.by_match(case, match)

    def _followed(
        self, case: Case, name: str, news: Occurrence, *, evidence: str
    ) -> tuple[list[Output], Case]:
        outputs: list[Output] = []
        for fulfilled in follow(self.graph.conditions, case.occurred, name, news):
            if fulfilled.condition.name in case.known(fulfilled.latest.key):
                continue
            words = evidence if fulfilled.latest.key == news.key else ""
            earned = self._outputs(case, _match(fulfilled, evidence=words))
            case = self._assuming(case, earned)
            outputs += earned
        return outputs, case

    def _outputs(self, case: Case, match: Match) -> list[Output]:
        return outputs_of(case, match, self.desk)

    def _assuming(self, case: Case, outputs: Sequence[Output]) -> Case:
        for output in outputs:
            case = assuming(case, output, self.now)
        return case


def waiting(case: Case, graph: Graph, *, clock_zero_at: datetime | None) -> Iterator[Deadline]:
    """Yield what is waited for: not decided, and within what could be heard."""
    for one in deadlines(graph.conditions, case.occurred):
        decided = one.condition.name in case.known(Occurrence(at=one.until).key)
        if not decided and _could_be_known(case, one, clock_zero_at):
            yield one


def is_due(case: Case, one: Deadline, now: datetime) -> bool:
    """Tell whether it can be said that something was missing; of a whole transcript, at once."""
    return (one.until if case.transcribed else one.due_at) <= now


def _could_be_known(case: Case, one: Deadline, clock_zero_at: datetime | None) -> bool:
    """Tell whether it would be known if it had been said: nothing is claimed of the unheard."""
    if STATES_KNOWN.issuperset(one.condition.terms):
        return True
    if clock_zero_at is None or (case.transcribed_at or one.until) < one.until:
        return False
    since_ms = (one.since.at - clock_zero_at).total_seconds() * 1_000
    until_ms = (one.until - clock_zero_at).total_seconds() * 1_000
    return not any(
        start < until_ms and (end is None or since_ms < end) for start, end in case.unheard
    )


def assuming(case: Case, output: Output, now: datetime) -> Case:
    """Return the case once an output is stored; the log tells its position a moment later."""
    return evolve(case, output.event, cause=None, occurred_at=now)


def _match(fulfilled: Fulfilled, *, evidence: str) -> Match:
    heard = tuple(one.heard for one in fulfilled.parts if one.heard)
    return Match(
        moment=fulfilled.condition,
        heard=fulfilled.latest.heard,
        evidence=evidence,
        at=fulfilled.latest.at,
        detector=BY_CONDITION,
        because=heard if len(fulfilled.parts) > 1 else (),
    )
