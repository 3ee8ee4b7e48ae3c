"""Which parts of which playbooks apply: to whom, where, in which language, at which hours. Pure.

Every binding whose scope holds is counted. Where two of them disagree about the same thing, the
more specific one is right: one for agents before one for teams before one for all; of the same
level one that names queues, then one that names languages, then one that names hours. Where
both are as specific, what is switched off stays off. The order they are written in means nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar, cast, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from ...events.base import AgentId, ContactId
from .experiments import arm_of
from .playbook import Playbook

# The fields of a playbook that hold what can be switched off by its name.
Part = Literal["moments", "cues", "checklist", "guardrails"]
PARTS: tuple[Part, ...] = get_args(Part)

MINUTES_A_DAY = 24 * 60

Thing = TypeVar("Thing", str, tuple[Part, str])

# Level, then whether it names queues, languages, hours, arms of experiments.
Rank = tuple[int, bool, bool, bool, bool]


class Hours(Struct, frozen=True, kw_only=True):
    """Some hours of some days, by the clocks of a place."""

    zone: str  # of the IANA database
    days: frozenset[int]  # 0 is Monday; where they span midnight: the day on which they begin
    from_minute: int  # of the day
    until_minute: int  # before it; not after `from_minute`: of the next day

    def hold(self, at: datetime) -> bool:
        """Tell whether an aware instant lies within, as a clock on the wall shows it there."""
        there = at.astimezone(ZoneInfo(self.zone))
        minute, day = there.hour * 60 + there.minute, there.weekday()
        if self.from_minute < self.until_minute:
            return day in self.days and self.from_minute <= minute < self.until_minute
        if minute >= self.from_minute:
            return day in self.days
        began_on = (there.date() - timedelta(days=1)).weekday()
        return minute < self.until_minute and began_on in self.days


class Scope(Struct, frozen=True, kw_only=True):
    """Whom a binding is for. What is empty is not asked; all that is not has to hold."""

    agents: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()  # `en` holds for `en-US`, too
    hours: Hours | None = None
    arms: frozenset[tuple[str, str]] = frozenset()  # of experiments: in each of these

    @property
    def rank(self) -> Rank:
        """How specific it is; the greater is right."""
        level = 2 if self.agents else 1 if self.teams else 0
        named = (self.queues, self.languages, self.hours, self.arms)
        queues, languages, hours, arms = (bool(one) for one in named)
        return (level, queues, languages, hours, arms)


class Binding(Struct, frozen=True, kw_only=True):
    """What some of the contacts get, or do not."""

    name: str
    scope: Scope = Scope()
    playbooks: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # playbooks
    on: frozenset[tuple[Part, str]] = frozenset()
    off: frozenset[tuple[Part, str]] = frozenset()


class Experiment(Struct, frozen=True, kw_only=True):
    """Contacts that are told apart by chance, so that what they get can be compared."""

    name: str
    scope: Scope = Scope()  # who takes part
    arms: tuple[tuple[str, float], ...]  # with the percent of contacts, by name


class Policy(Struct, frozen=True, kw_only=True):
    """One version of a tenant's policy."""

    version: str  # the author's, and a hash of the content
    teams: Mapping[str, frozenset[str]]  # agents by team
    bindings: tuple[Binding, ...]
    experiments: tuple[Experiment, ...] = ()


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is known of a contact that a policy may ask for."""

    contact_id: ContactId
    agent_id: AgentId | None
    queue: str | None
    language: str
    at: datetime


class Selection(Struct, frozen=True, kw_only=True):
    """What applies to a contact."""

    playbooks: tuple[str, ...]  # the most specific first, else by name
    off: frozenset[tuple[Part, str]] = frozenset()
    bindings: tuple[str, ...] = ()  # that were counted, by name
    teams: tuple[str, ...] = ()  # of the agent, by name
    arms: tuple[tuple[str, str], ...] = ()  # experiment and arm, by name


class Compiled(Struct, frozen=True, kw_only=True):
    """The playbooks of a contact as one, which knows where each part is from.

    A name that is referred to may be missing in it, where it was switched off: it is then
    something that is never heard.
    """

    playbook: Playbook
    policy_version: str | None = None
    # Of each part whose playbook is not `playbook` itself: name and version of its own.
    origins: Mapping[tuple[str, str], tuple[str, str]] = field(
        default_factory=dict[tuple[str, str], tuple[str, str]]
    )

    def stamp(self, part: str, name: str) -> dict[str, Any]:
        """Return what a fact about a part, `cues` or `moments`, says of where it is from."""
        own = (self.playbook.name, self.playbook.version)
        playbook, version = self.origins.get((part, name), own)
        return {
            "playbook": playbook,
            "playbook_version": version,
            "policy_version": self.policy_version,
        }


def select(policy: Policy, circumstances: Circumstances) -> Selection:
    """Return what a policy gives a contact: nothing, where no binding names a playbook for it."""
    agent = circumstances.agent_id
    teams = {team for team, agents in policy.teams.items() if agent in agents}
    arms = tuple(_arms(policy, circumstances, teams))
    holding = [
        one
        for one in policy.bindings
        if one.scope.arms.issubset(arms) and _holds(one.scope, circumstances, teams)
    ]
    playbooks, parts = _Ballot[str](), _Ballot[tuple[Part, str]]()
    for binding in holding:
        rank = binding.scope.rank
        playbooks.vote(binding.playbooks, rank, on=True)
        playbooks.vote(binding.without, rank, on=False)
        parts.vote(binding.on, rank, on=True)
        parts.vote(binding.off, rank, on=False)
    return Selection(
        playbooks=tuple(playbooks.elected()),
        off=frozenset(parts.rejected()),
        bindings=tuple(sorted(one.name for one in holding)),
        teams=tuple(sorted(teams)),
        arms=arms,
    )


def compiled(
    playbooks: Sequence[Playbook],
    *,
    off: frozenset[tuple[Part, str]] = frozenset(),
    policy_version: str | None = None,
) -> Compiled:
    """Return playbooks as one. Where two name a part alike, that of the first is taken.

    Names are one vocabulary: a cue of one playbook may wait for a moment that another, which
    comes first, describes better.
    """
    if len(playbooks) == 1 and not off:
        return Compiled(playbook=playbooks[0], policy_version=policy_version)
    merged: dict[str, Any] = {
        "name": ", ".join(one.name for one in playbooks),
        "version": ", ".join(one.version for one in playbooks),
        "language": playbooks[0].language if playbooks else "",
        "moments": (),
        "cues": (),
    }
    origins: dict[tuple[str, str], tuple[str, str]] = {}
    for about in msgspec.structs.fields(Playbook):
        if about.name in ("name", "version", "language"):
            continue
        values = [(one, getattr(one, about.name)) for one in playbooks]
        if all(isinstance(value, tuple) for _, value in values):
            merged[about.name] = _merged(about.name, values, off=off, origins=origins)
            continue
        # Of what is there but once, the first that says something is right.
        told = [value for _, value in values if value != about.default]
        if told:
            merged[about.name] = told[0]
    return Compiled(playbook=Playbook(**merged), policy_version=policy_version, origins=origins)


def _merged(
    part: str,
    values: Sequence[tuple[Playbook, tuple[Any, ...]]],
    *,
    off: frozenset[tuple[Part, str]],
    origins: dict[tuple[str, str], tuple[str, str]],
) -> tuple[Any, ...]:
    """Return the items of all, each name once; note whose each is."""
    found: dict[Any, Any] = {}
    for playbook, items in values:
        for item in items:
            name = getattr(item, "name", item)
            if name in found or _is_off(part, item, off):
                continue
            found[name] = item
            if hasattr(item, "name"):
                origins[part, name] = (playbook.name, playbook.version)
    return tuple(found.values())


def _is_off(part: str, item: Any, off: frozenset[tuple[Part, str]]) -> bool:
    if (cast("Part", part), getattr(item, "name", None)) in off:
        return True
    if part == "moments":
        return False
    # What hangs on nothing but moments that are switched off has no way to come.
    on: str | frozenset[str] = getattr(item, "on", frozenset[str]())
    moments = {on} if isinstance(on, str) else on
    return bool(moments) and all(("moments", moment) in off for moment in moments)


def _arms(
    policy: Policy, circumstances: Circumstances, teams: set[str]
) -> Iterator[tuple[str, str]]:
    for one in sorted(policy.experiments, key=lambda one: one.name):
        if _holds(one.scope, circumstances, teams):
            arm = arm_of(circumstances.contact_id, one.name, one.arms)
            if arm is not None:
                yield one.name, arm


def _holds(scope: Scope, circumstances: Circumstances, teams: set[str]) -> bool:
    if scope.agents and circumstances.agent_id not in scope.agents:
        return False
    if scope.teams and scope.teams.isdisjoint(teams):
        return False
    if scope.queues and circumstances.queue not in scope.queues:
        return False
    if scope.languages and not any(_speaks(circumstances.language, one) for one in scope.languages):
        return False
    return scope.hours is None or scope.hours.hold(circumstances.at)


def _speaks(language: str, wanted: str) -> bool:
    # Source: RFC 4647, section 3.3.1, basic filtering.
    return f"{language}-".lower().startswith(f"{wanted}-".lower())


class _Ballot(Generic[Thing]):
    """What bindings say of each thing: the most specific is heard, and of equals a no."""

    def __init__(self) -> None:
        self._heard: dict[Thing, tuple[Rank, bool]] = {}  # the winner's rank, and whether a no

    def vote(self, things: frozenset[Thing], rank: Rank, *, on: bool) -> None:
        for thing in things:
            vote = (rank, not on)
            self._heard[thing] = max(self._heard.get(thing, vote), vote)

    def elected(self) -> list[Thing]:
        """Return what stays on, the most specific first."""
        on = [(thing, rank) for thing, (rank, is_no) in self._heard.items() if not is_no]
        by_name = sorted(on, key=lambda one: one[0])
        return [thing for thing, _ in sorted(by_name, key=lambda one: one[1], reverse=True)]

    def rejected(self) -> list[Thing]:
        """Return what is switched off."""
        return [thing for thing, (_, is_no) in self._heard.items() if is_no]
