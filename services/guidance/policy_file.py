"""The grammar of a policy, one YAML document a tenant. `docs/playbooks.md` tells it with examples.

policy: VERSION                the author's; a hash of the content is added to it
teams: ?
  TEAM: [AGENT_ID …]
experiments: ?
  NAME:
    for: ?                     who takes part, as of a binding; left out: everybody
    arms:                      by a hash of the contact's id and the experiment's name
      ARM: PERCENT             0 to 100; all of them 100 at most
bindings:
  NAME:
    for: ?                     whom; all that stands here has to hold. Left out: everybody
      agents: [AGENT_ID …] ?
      teams: [TEAM …] ?
      queues: [QUEUE …] ?
      languages: [TAG …] ?     `en` holds for `en-US`, too
      hours: ?
        zone: ZONE             Europe/Berlin
        days: [DAY …] ?        mon to sun; left out: every day
        from: HH:MM
        until: HH:MM           before it; not after `from`: of the next day
      arms: ?                  contacts that fell to these arms
        EXPERIMENT: ARM
    playbooks: [PLAYBOOK …] ?  that they get
    without: [PLAYBOOK …] ?    that they do not get
    off: ?                     parts of playbooks that they do not get, by name
      moments|cues|checklist|guardrails: [NAME …] ?
    on: ?                      parts that they do get, where somebody less specific does not
"""

import hashlib
import math
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from msgspec import Struct

from ...errors import PlaybookMalformed, PolicyMalformed
from .experiments import WHOLE
from .fields import Field, read_fields
from .grammar import Decimal, Each, Entries, Json, Record, Shape, Text, words
from .policy import PARTS, Binding, Experiment, Hours, Part, Policy, Scope

NAME_CHARS_MAX = 60
ID_CHARS_MAX = 256  # an agent's id, a queue's name
TEAMS_MAX = 1_000
AGENTS_MAX = 10_000  # of one team
BINDINGS_MAX = 1_000  # each is looked at when a contact begins
NAMES_MAX = 500  # of one list
EXPERIMENTS_MAX = 100
ARMS_MAX = 20  # of one experiment: with more, each has too few contacts to tell anything
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ANY = "*"
_ROUNDING = 1e-6  # percent
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HASH_DIGITS = 8  # as playbooks' versions have
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("is no language tag, such as `en` or `de-AT`")
    return text


def _minute(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError('is no time of day, such as "08:30"; 24 hours, in quotes')
    return int(found[1]) * 60 + int(found[2])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError("is no time zone that is known here, such as `Europe/Berlin`")
    return text


class _Known(Struct, frozen=True, kw_only=True):
    """The name of something that has to be known, as `_names` lists what is."""

    what: str

    def read(self, field: Field, *, moments: Collection[str]) -> str:
        name = field.text(chars_max=NAME_CHARS_MAX)
        if not {f"{self.what} {name}", f"{self.what} {_ANY}"} & set(moments):
            field.refuse(f"is no {self.what} that is known here")
        return name

    def schema(self) -> Json:
        return {"type": "string", "minLength": 1, "description": f"The name of a {self.what}."}


def _set(of: Any, *, most: int = NAMES_MAX) -> Each:
    return Each(of=of, most=most, into=frozenset)


_name = Text(chars_max=NAME_CHARS_MAX)
_id = Text(chars_max=ID_CHARS_MAX)
_HOURS = Record(
    required={
        "zone": Text(chars_max=NAME_CHARS_MAX, reads=_zone, means="Of the IANA database."),
        "from": Text(chars_max=5, reads=_minute, means="HH:MM"),
        "until": Text(chars_max=5, reads=_minute, means="HH:MM"),
    },
    optional={"days": _set(words(*DAYS))},
)
_PARTS = Record(required={}, optional={part: _set(_name) for part in PARTS})
_WHOM: dict[str, Shape] = {
    "agents": _set(_id, most=AGENTS_MAX),
    "teams": _set(_Known(what="team")),
    "queues": _set(_id),
    "languages": _set(Text(chars_max=NAME_CHARS_MAX, reads=_language)),
    "hours": _HOURS,
}
_SCOPE = Record(required={}, optional={**_WHOM, "arms": Entries(of=_name, most=EXPERIMENTS_MAX)})
_EXPERIMENT = Record(
    required={"arms": Entries(of=Decimal(least=0.0, most=WHOLE), most=ARMS_MAX)},
    optional={"for": Record(required={}, optional=_WHOM)},
)
_playbooks = _set(_Known(what="playbook"))
_BINDING = Record(
    required={},
    optional={
        "for": _SCOPE,
        "playbooks": _playbooks,
        "without": _playbooks,
        "on": _PARTS,
        "off": _PARTS,
    },
)
_TEAMS = Entries(of=_set(_id, most=AGENTS_MAX), most=TEAMS_MAX)
_POLICY = Record(
    required={"policy": _name, "bindings": Entries(of=_BINDING, most=BINDINGS_MAX)},
    optional={
        "teams": _TEAMS,
        "experiments": Entries(of=_EXPERIMENT, most=EXPERIMENTS_MAX),
    },
)


def parse_policy(content: str, *, file: str, playbooks: Collection[str] | None = None) -> Policy:
    """Return the policy a text holds; `file` is what complaints call it.

    `playbooks` are those that it may bind; None: any, since nobody says which there are.

    Raises:
        PolicyMalformed: it breaks the grammar, or names a team or playbook that is not known;
            names file, line and field.
    """
    try:
        whole = read_fields(content, file=file)
        fields = whole.fields(required=_POLICY.required, optional=_POLICY.optional)
        teams = fields["teams"].entries() if "teams" in fields else ()
        given = _POLICY.read(whole, moments=_names(teams, playbooks))
        _check_experiments(whole, given.get("experiments", {}))
    except PlaybookMalformed as error:
        # Whoever reads fields says so of any file; this one is a policy.
        raise PolicyMalformed(error.file, error.line, error.field, error.problem) from error
    digest = hashlib.sha256(content.encode()).hexdigest()[:_HASH_DIGITS]
    return Policy(
        version=f"{given['policy']}+{digest}",
        teams=given.get("teams", {}),
        bindings=tuple(_binding(name, one) for name, one in given["bindings"].items()),
        experiments=tuple(
            _experiment(name, one) for name, one in given.get("experiments", {}).items()
        ),
    )


def policy_schema() -> Json:
    """Return the grammar as JSON Schema. That a name is known, only `parse_policy` can tell."""
    return {"$schema": _DIALECT, "title": "A policy of Antiphon", **_POLICY.schema()}


def _names(teams: Collection[str], playbooks: Collection[str] | None) -> frozenset[str]:
    bound = [_ANY] if playbooks is None else playbooks
    return frozenset({f"team {one}" for one in teams} | {f"playbook {one}" for one in bound})


def _check_experiments(whole: Field, experiments: Mapping[str, Any]) -> None:
    """Refuse arms that are too much together, and bindings for arms that there are not."""
    fields = whole.entries()
    for name, given in experiments.items():
        place = fields["experiments"].entries()[name].entries()["arms"]
        if not given["arms"]:
            place.refuse("an arm is missing")
        # Thirds, written with two digits, are not to be refused for a rounding.
        if math.fsum(given["arms"].values()) > WHOLE + _ROUNDING:
            place.refuse("is more than 100 percent together")
    for binding in fields["bindings"].entries().values():
        scope = binding.entries().get("for")
        arms = None if scope is None else scope.entries().get("arms")
        for experiment, place in ({} if arms is None else arms.entries()).items():
            if experiment not in experiments:
                place.refuse("is no experiment of this policy")
            if place.text(chars_max=NAME_CHARS_MAX) not in experiments[experiment]["arms"]:
                place.refuse("is no arm of that experiment")


def _experiment(name: str, given: Mapping[str, Any]) -> Experiment:
    arms = tuple(sorted(given["arms"].items()))
    return Experiment(name=name, scope=_scope(given.get("for", {})), arms=arms)


def _binding(name: str, given: Mapping[str, Any]) -> Binding:
    return Binding(
        name=name,
        scope=_scope(given.get("for", {})),
        playbooks=given.get("playbooks", frozenset()),
        without=given.get("without", frozenset()),
        on=_parts(given.get("on", {})),
        off=_parts(given.get("off", {})),
    )


def _scope(given: Mapping[str, Any]) -> Scope:
    hours = given.get("hours")
    return Scope(
        agents=given.get("agents", frozenset()),
        teams=given.get("teams", frozenset()),
        queues=given.get("queues", frozenset()),
        languages=given.get("languages", frozenset()),
        hours=None if hours is None else _hours(hours),
        arms=frozenset(given.get("arms", {}).items()),
    )


def _hours(given: Mapping[str, Any]) -> Hours:
    days = given.get("days", DAYS)
    return Hours(
        zone=given["zone"],
        days=frozenset(DAYS.index(day) for day in days),
        from_minute=given["from"],
        until_minute=given["until"],
    )


def _parts(given: Mapping[str, frozenset[str]]) -> frozenset[tuple[Part, str]]:
    return frozenset((part, name) for part in PARTS for name in given.get(part, frozenset()))
