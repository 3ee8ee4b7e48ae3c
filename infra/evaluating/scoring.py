"""How right a screen was, by the labels of the call. Pure; the rules stand with the labelled calls.

A cue is found, missed, wrong, or neither (`allowed`): see `judge`. Everything beyond what labels
name is wrong, so that a playbook cannot gain by showing more.
"""

from collections.abc import Collection, Iterator
from typing import Literal

from msgspec import Struct

from .calls import LabelledCall, Must, Turn, Warned
from .mapping import Mapping
from .screen import Screen, ShownCue, Ticked

TICK_TURNS_BEFORE = 1  # an agent asks, the customer answers, and either may count
TICK_TURNS_AFTER = 2
REMINDER_TURNS = 2  # so soon after an item is said a reminder of it may still be on its way

Verdict = Literal["found", "missed", "wrong", "allowed"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What was made of one expectation, or of one thing shown beyond."""

    call: str
    domain: str
    shape: str
    kind: Literal["cue", "tick"]
    verdict: Verdict
    name: str  # of the intent, warning or item; of the cue, where it stands for none
    shown: str | None = None  # the cue or item of the playbook; None: missed
    turn: str | None = None  # that it is about; None: before anybody spoke
    latency_ms: int | None = None  # from the end of the words that earned it
    evidence: str = ""


class Judged(Struct, frozen=True, kw_only=True):
    """What a call brought."""

    call: str
    domain: str
    shape: str
    lasted_ms: int
    shown: int  # cues
    outcomes: tuple[Outcome, ...]


def judge(call: LabelledCall, screen: Screen, mapping: Mapping) -> Judged:
    """Hold what was on a screen against the labels of its call.

    Of a must, the first cue that comes from the beginning of its turn, or of an earlier `may`
    of the same intent, to the end of `by` is the find; one that comes later is wrong, and the
    must missed. What was found may be shown again. A tick is right from a turn before to two
    turns after its item is said.
    """
    judging = _Judging(call, mapping)
    outcomes = [
        *judging.cues(sorted(screen.cues, key=lambda cue: cue.at_ms)),
        *judging.ticks(sorted(screen.ticks, key=lambda tick: tick.at_ms)),
    ]
    labels = call.labels
    return Judged(
        call=labels.id,
        domain=labels.domain,
        shape=labels.shape,
        lasted_ms=max(turn.end_ms for turn in call.turns),
        shown=len(screen.cues),
        outcomes=tuple(outcomes),
    )


class _Judging:
    """A call, its labels and what the playbook's names stand for."""

    def __init__(self, call: LabelledCall, mapping: Mapping) -> None:
        self._call = call
        self._mapping = mapping
        self._found: dict[str, int] = {}  # intents, and when

    def cues(self, shown: Collection[ShownCue]) -> Iterator[Outcome]:
        """Yield what came of each cue, then the musts that none met."""
        for cue in shown:
            meant = self._mapping.intents_of(cue.cue)
            met = [one for one in self._musts() if self._meets(cue, one, meant)]
            latency_ms = None if cue.heard_until_ms is None else cue.at_ms - cue.heard_until_ms
            for must in met:
                name = _name(must)
                self._found[name] = cue.at_ms
                yield self._about_cue(cue, "found", name, latency_ms)
            if not met:
                verdict: Verdict = "allowed" if self._allows(cue, meant) else "wrong"
                yield self._about_cue(cue, verdict, "/".join(sorted(meant)) or cue.cue, latency_ms)
        for must in self._musts():
            if _name(must) not in self._found:
                yield self._outcome("cue", "missed", _name(must), turn=must.turn)

    def ticks(self, ticked: Collection[Ticked]) -> Iterator[Outcome]:
        """Yield what came of each tick, then the items that none was for."""
        said = {one.item: self._call.place(one.turn) for one in self._call.labels.said}
        right: set[str] = set()
        for tick in ticked:
            items = self._mapping.items_of(tick.item)
            met = [one for one in items if one in said and self._is_timely(tick, said[one])]
            for item in met:
                if item not in right:
                    yield self._about_tick(tick, "found", item)
                right.add(item)
            if not met:
                yield self._about_tick(tick, "wrong", "/".join(sorted(items)))
        for one in self._call.labels.said:
            if one.item not in right:
                yield self._outcome("tick", "missed", one.item, turn=one.turn)

    def _musts(self) -> tuple[Must | Warned, ...]:
        return (*self._call.labels.must, *self._call.labels.warnings)

    def _meets(self, cue: ShownCue, must: Must | Warned, meant: Collection[str]) -> bool:
        name = _name(must)
        if name not in meant or name in self._found:
            return False
        begins = [self._turn(must.turn).start_ms, *self._may_from(name)]
        return min(begins) <= cue.at_ms <= self._turn(must.by).end_ms

    def _allows(self, cue: ShownCue, meant: Collection[str]) -> bool:
        """Tell whether a cue that met no must is no fault either."""
        if any(name in self._found for name in meant):
            return True
        if any(began <= cue.at_ms for name in meant for began in self._may_from(name)):
            return True
        reminded = self._mapping.items_reminded(cue.cue)
        named = {_name(must) for must in self._musts()}
        return bool(reminded) and not named & set(meant) and not self._was_said(reminded, cue.at_ms)

    def _may_from(self, name: str) -> list[int]:
        mays = self._call.labels.may
        return [self._turn(may.turn).start_ms for may in mays if may.intent == name]

    def _was_said(self, items: Collection[str], at_ms: int) -> bool:
        """Tell whether one of the items was said long enough ago."""
        now = self._place_at(at_ms)
        said = [one.turn for one in self._call.labels.said if one.item in items]
        return any(self._call.place(turn) + REMINDER_TURNS <= now for turn in said)

    def _is_timely(self, tick: Ticked, said: int) -> bool:
        first = self._call.turns[max(0, said - TICK_TURNS_BEFORE)].start_ms
        after = said + TICK_TURNS_AFTER + 1
        turns = self._call.turns
        # The final of the last of them comes a little after it is over.
        last = turns[after].start_ms if after < len(turns) else None
        return first <= tick.at_ms and (last is None or tick.at_ms < last)

    def _turn(self, name: str) -> Turn:
        return self._call.turns[self._call.place(name)]

    def _place_at(self, at_ms: int) -> int:
        begun = [n for n, turn in enumerate(self._call.turns) if turn.start_ms <= at_ms]
        return max(begun, default=-1)

    def _about_cue(
        self, cue: ShownCue, verdict: Verdict, name: str, latency_ms: int | None
    ) -> Outcome:
        return self._outcome(
            "cue",
            verdict,
            name,
            shown=cue.cue,
            turn=self._turn_at(cue.at_ms),
            latency_ms=latency_ms,
            evidence=cue.evidence,
        )

    def _about_tick(self, tick: Ticked, verdict: Verdict, name: str) -> Outcome:
        at = self._turn_at(tick.at_ms)
        return self._outcome(
            "tick", verdict, name, shown=tick.item, turn=at, evidence=tick.evidence
        )

    def _turn_at(self, at_ms: int) -> str | None:
        place = self._place_at(at_ms)
        return None if place < 0 else self._call.turns[place].id

    def _outcome(
        self,
        kind: Literal["cue", "tick"],
        verdict: Verdict,
        name: str,
        *,
        turn: str | None,
        shown: str | None = None,
        latency_ms: int | None = None,
        evidence: str = "",
    ) -> Outcome:
        labels = self._call.labels
        return Outcome(
            call=labels.id,
            domain=labels.domain,
            shape=labels.shape,
            kind=kind,
            verdict=verdict,
            name=name,
            shown=shown,
            turn=turn,
            latency_ms=latency_ms,
            evidence=evidence,
        )


def _name(must: Must | Warned) -> str:
    return must.intent if isinstance(must, Must) else must.warning
