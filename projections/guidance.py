"""What guidance found and showed in a contact: moments, cues with what became of them, checklist.

Everything says by which playbook, policy, model and prompt it came to be, and what it was heard in.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..events.base import ContactId, GuidanceId, Position, UtteranceId
from ..events.guidance import (
    BY_PHRASE,
    CueKind,
    Detector,
    ExperimentArm,
    Heard,
    InferenceFinished,
    NodeKind,
    Outcome,
    PinnedPlaybook,
)
from .generations import read_together
from .guidance_rows import READS, SCHEMA, TABLES, project
from .projection import Projection
from .store import Connection

# A long call has some hundred; beyond, the oldest are told.
FACTS_MAX = 5_000

_SELECT = f"""
SELECT position, type, occurred_at, shows, evidence
  FROM guidance_fact WHERE contact_id = $1 ORDER BY position LIMIT {FACTS_MAX}
"""


class Provenance(Struct, frozen=True, kw_only=True):
    """Whose rule it was."""

    playbook: str
    playbook_version: str
    policy_version: str | None = None


class FoundMoment(Provenance, frozen=True, kw_only=True):
    """A moment that came true."""

    moment: str
    at: datetime
    heard: Heard | None  # None: nothing was said
    evidence: str
    detector: Detector = BY_PHRASE
    because: tuple[Heard, ...] = ()  # of a condition: what it follows from was heard in
    position: Position


CueState = Literal["withheld", "open", "used", "dismissed", "expired"]


class GuidedCue(Provenance, frozen=True, kw_only=True):
    """A cue that was earned, and what became of it."""

    guidance_id: GuidanceId
    cue: str
    kind: CueKind
    title: str | None = None  # None: it was not shown
    body: str | None = None
    moment: str
    heard: Heard | None
    evidence: str | None = None
    detector: Detector = BY_PHRASE
    because: tuple[Heard, ...] = ()
    expires_at: datetime
    state: CueState
    reason: str | None = None  # of withholding or expiring, snake_case
    issued_at: datetime | None = None
    shown_at: datetime | None = None
    closed_at: datetime | None = None  # used, dismissed or expired
    position: Position


class GuidedItem(Struct, frozen=True, kw_only=True):
    """Something the agent must say."""

    item: str
    title: str
    state: Literal["open", "said", "missed"]
    heard: Heard | None = None
    evidence: str | None = None
    position: Position


class AskedModel(Struct, frozen=True, kw_only=True):
    """A model that was asked about an utterance."""

    node: str
    kind: NodeKind
    utterance_id: UtteranceId
    revision: int | None
    outcome: Outcome
    reason: str | None = None
    took_ms: int
    model: str | None = None
    prompt: str | None = None
    position: Position


class PinnedPolicy(Struct, frozen=True, kw_only=True):
    """What was listened for, from a position on."""

    policy_version: str | None
    bindings: tuple[str, ...]
    playbooks: tuple[PinnedPlaybook, ...]
    experiments: tuple[ExperimentArm, ...] = ()
    position: Position


class ContactGuidance(Struct, frozen=True, kw_only=True):
    """One contact as guidance saw it. `position` is of the last fact that is shown; 0: none."""

    contact_id: ContactId
    position: Position
    pins: tuple[PinnedPolicy, ...] = ()
    moments: tuple[FoundMoment, ...] = ()
    cues: tuple[GuidedCue, ...] = ()
    checklist: tuple[GuidedItem, ...] = ()
    inferences: tuple[AskedModel, ...] = ()


async def guidance_of(connection: Connection, contact_id: ContactId) -> ContactGuidance:
    """Return what guidance came to in a contact; nothing for one that is not known.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> ContactGuidance:
        return _told(
            contact_id, [_fact(row) for row in await connection.fetch(_SELECT, contact_id)]
        )

    return await read_together(connection, (PROJECTION,), read)


class _Fact(Struct, frozen=True):
    position: Position
    type: str
    occurred_at: datetime
    shows: dict[str, Any]


def _fact(row: Any) -> _Fact:
    shows = msgspec.json.decode(row["shows"]) | {"position": row["position"]}
    if row["evidence"] is not None:
        shows["evidence"] = row["evidence"]
    return _Fact(row["position"], row["type"], row["occurred_at"], shows)


def _told(contact_id: ContactId, facts: Sequence[_Fact]) -> ContactGuidance:
    return ContactGuidance(
        contact_id=contact_id,
        position=facts[-1].position if facts else Position(0),
        pins=tuple(_each(facts, "policy_pinned", PinnedPolicy)),
        moments=tuple(_moments(facts)),
        cues=tuple(_cues(facts)),
        checklist=tuple(_checklist(facts)),
        inferences=tuple(_each(facts, InferenceFinished.TYPE, AskedModel)),
    )


T = TypeVar("T")


def _each(facts: Sequence[_Fact], type_: str, into: type[T]) -> Iterator[T]:
    for fact in facts:
        if fact.type == type_:
            yield msgspec.convert(fact.shows, into)


def _moments(facts: Sequence[_Fact]) -> Iterator[FoundMoment]:
    for fact in facts:
        if fact.type == "moment_detected":
            at = fact.shows.get("at") or fact.occurred_at
            yield msgspec.convert(fact.shows | {"at": at}, FoundMoment)


def _cues(facts: Sequence[_Fact]) -> list[GuidedCue]:
    """Fold the cues; news of one comes from two lanes, so its use may come before its issue."""
    earned = [fact for fact in facts if fact.type in ("guidance_withheld", "guidance_issued")]
    cues: dict[GuidanceId, GuidedCue] = {}
    for fact in earned:
        issued = fact.type == "guidance_issued"
        told = {"state": "open" if issued else "withheld"}
        told |= {"issued_at": fact.occurred_at} if issued else {}
        cue = msgspec.convert(fact.shows | told, GuidedCue)
        cues[cue.guidance_id] = cue
    for fact in facts:
        cue = cues.get(fact.shows.get("guidance_id", ""))
        if cue is not None and (change := _CHANGES.get(fact.type)) is not None:
            cues[cue.guidance_id] = change(cue, fact)
    return list(cues.values())


def _shown(cue: GuidedCue, fact: _Fact) -> GuidedCue:
    return replace(cue, shown_at=cue.shown_at or fact.occurred_at)


def _closed(state: CueState) -> Callable[[GuidedCue, _Fact], GuidedCue]:
    def close(cue: GuidedCue, fact: _Fact) -> GuidedCue:
        # What the agent decided stands against an expiry, whichever is told first.
        if cue.state in {"used", "dismissed"}:
            return cue
        reason = fact.shows.get("reason")
        return replace(cue, state=state, reason=reason, closed_at=fact.occurred_at)

    return close


_CHANGES: dict[str, Callable[[GuidedCue, _Fact], GuidedCue]] = {
    "guidance_shown": _shown,
    "guidance_used": _closed("used"),
    "guidance_dismissed": _closed("dismissed"),
    "guidance_expired": _closed("expired"),
}


def _checklist(facts: Sequence[_Fact]) -> list[GuidedItem]:
    items: dict[str, GuidedItem] = {}
    for fact in facts:
        match fact.type:
            case "checklist_opened":
                # Another list takes the place of the earlier one; what was said was said.
                opened = [one | {"position": fact.position} for one in fact.shows["items"]]
                said = {name: one for name, one in items.items() if one.state == "said"}
                fresh = {one["item"]: _item(one, "open") for one in opened}
                items = fresh | said
            case "checklist_item_ticked":
                items[fact.shows["item"]] = _item(fact.shows, "said")
            case "checklist_item_missed":
                items[fact.shows["item"]] = _item(fact.shows, "missed")
            case _:
                pass  # not about the checklist
    return list(items.values())


def _item(told: dict[str, Any], state: str) -> GuidedItem:
    return msgspec.convert(told | {"state": state}, GuidedItem)


PROJECTION = Projection(
    name="guidance",
    version=1,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
