"""Lane `guidance`: what was detected and shown. One writer: `services/guidance`.

A moment is something detected; a cue is something shown. Both name the playbook's
version and hold what was heard, so that a cue can be explained years later.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import AgentId, Event, GuidanceId, Lane, Track, UtteranceId
from .sealed import Sealed

CueKind = Literal["hint", "warning", "next_action"]


class Heard(Struct, frozen=True, kw_only=True):
    """The words that earned something: where they stand, not what they are."""

    utterance_id: UtteranceId
    revision: int | None  # of the partial; None: the final
    track: Track
    started_ms: int  # of the matching words, on the contact clock
    ended_ms: int


DetectorKind = Literal[
    "phrase", "pattern", "meaning", "label", "question", "attribute", "condition"
]


class Detector(Struct, frozen=True, kw_only=True):
    """What found a moment: its kind, and which model and prompt, where one was asked."""

    kind: DetectorKind
    model: str | None = None  # name and version
    prompt: str | None = None  # name and version
    score: float | None = None  # how sure it was, 0 to 1, where it says so


BY_PHRASE = Detector(kind="phrase")  # all there was in 0.1


class PinnedPlaybook(Struct, frozen=True, kw_only=True):
    """One version of a playbook, as it is published."""

    name: str
    version: str


class ExperimentArm(Struct, frozen=True, kw_only=True):
    """Which arm of an experiment of the policy a contact fell to."""

    experiment: str
    arm: str


class PolicyPinned(Event, frozen=True, kw_only=True):
    """What is listened for in this contact, from here on until the next such fact.

    Its cause is what made it due: that the contact began, or that an agent took it. What is
    published meanwhile changes nothing; another agent's playbooks may be added or left out.
    """

    TYPE: ClassVar[str] = "policy_pinned"
    LANE: ClassVar[Lane] = "guidance"
    # Who reads cues alone loses nothing by passing over it.
    IGNORABLE: ClassVar[bool] = True

    policy_version: str | None  # None: the tenant had published none
    bindings: tuple[str, ...]  # of that policy: those that apply
    playbooks: tuple[PinnedPlaybook, ...]  # the most specific first: it wins where names are equal
    off: tuple[str, ...] = ()  # `cues/NAME`, `moments/NAME`, …: left out of them
    agent_id: AgentId | None  # None: nobody had taken the contact
    teams: tuple[str, ...] = ()  # that the policy puts the agent in
    queue: str | None
    language: str
    hours_at: datetime  # the instant at which hours were looked at: when the contact began
    experiments: tuple[ExperimentArm, ...] = ()  # of that policy: those it takes part in
    why: Literal["contact_began", "agent_connected", "version_gone"]


class MomentDetected(Event, frozen=True, kw_only=True):
    """A moment of the playbook came true.

    Its cause is the fact that it was found in. One that came true by the clock is no less a
    fact: `at` is its instant, and whoever folds the log needs no clock.
    """

    TYPE: ClassVar[str] = "moment_detected"
    LANE: ClassVar[Lane] = "guidance"

    moment: str
    heard: Heard | None  # None: nothing was said, as of an attribute, or of what was not said
    evidence: Sealed  # the matching words, or the value of the attribute
    at: datetime | None = None  # when it came true; None, in 0.1: when it was recorded
    detector: Detector = BY_PHRASE
    because: tuple[Heard, ...] = ()  # of a condition: what the moments it looks at were heard in
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


class GuidanceIssued(Event, frozen=True, kw_only=True):
    """A cue goes to the agent's screen."""

    TYPE: ClassVar[str] = "guidance_issued"
    LANE: ClassVar[Lane] = "guidance"

    guidance_id: GuidanceId
    cue: str  # the playbook's name of it
    kind: CueKind
    title: str
    body: str
    moment: str
    heard: Heard | None  # None: nothing was said
    evidence: Sealed
    detector: Detector = BY_PHRASE  # of the moment
    because: tuple[Heard, ...] = ()  # as the moment says
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none
    expires_at: datetime


class GuidanceExpired(Event, frozen=True, kw_only=True):
    """A cue lost its use before the agent took it up."""

    TYPE: ClassVar[str] = "guidance_expired"
    LANE: ClassVar[Lane] = "guidance"

    guidance_id: GuidanceId
    # displaced: a warning, or what came later, needed its place; superseded: another next action
    reason: Literal["timed_out", "contact_ended", "displaced", "superseded"]


class ChecklistItemTicked(Event, frozen=True, kw_only=True):
    """Something the agent must say was said."""

    TYPE: ClassVar[str] = "checklist_item_ticked"
    LANE: ClassVar[Lane] = "guidance"

    item: str
    title: str
    heard: Heard | None  # None: nothing was said
    evidence: Sealed
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


NodeKind = Literal["meaning", "label", "question"]

# late: no answer before the deadline; failed: none at all; refused: not what was asked for, or
# nothing that may be asked.
Outcome = Literal["done", "late", "failed", "refused"]


class InferenceFinished(Event, frozen=True, kw_only=True):
    """A model was asked about an utterance, and what came of it; what it found are moments.

    Told of as many a contact as `services/guidance` allows; metrics count the others.
    """

    TYPE: ClassVar[str] = "inference_finished"
    LANE: ClassVar[Lane] = "guidance"
    IGNORABLE: ClassVar[bool] = True

    node: str  # of the contact's graph: its kind, and what it asks
    kind: NodeKind
    utterance_id: UtteranceId
    revision: int | None  # of the partial; None: the final
    outcome: Outcome
    reason: str | None = None  # snake_case; None: done
    took_ms: int
    model: str | None = None  # None: it did not come to that
    prompt: str | None = None  # name and version


WithheldReason = Literal[
    "agent_talking", "too_many_a_minute", "desk_full", "same_cause", "guardrail", "too_late"
]


class GuidanceWithheld(Event, frozen=True, kw_only=True):
    """A cue was earned and is not shown, so that the agent can listen; or not shown yet.

    One that waits comes later under the same `guidance_id`, or is withheld for good by a second
    such fact. It holds no texts: what was heard stands in the moment.
    """

    TYPE: ClassVar[str] = "guidance_withheld"
    LANE: ClassVar[Lane] = "guidance"
    IGNORABLE: ClassVar[bool] = True

    guidance_id: GuidanceId
    cue: str
    kind: CueKind
    moment: str
    heard: Heard | None  # None: nothing was said
    reason: WithheldReason
    until: datetime | None = None  # it waits until then at most; None: it does not come
    expires_at: datetime  # from then on it would be of no use
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


GuardrailKind = Literal["system", "supervisory"]
GuardrailAct = Literal["block", "sanitise", "warn", "alert"]


class GuardrailTripped(Event, frozen=True, kw_only=True):
    """A guardrail came upon what it watches for. With the act `alert` it is for supervisors."""

    TYPE: ClassVar[str] = "guardrail_tripped"
    LANE: ClassVar[Lane] = "guidance"

    guardrail: str
    kind: GuardrailKind
    act: GuardrailAct
    title: str
    found: tuple[str, ...]  # kinds of private data, or the moment
    heard: Heard | None  # None: nothing was said
    evidence: Sealed  # the words, private numbers masked
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


class StageEntered(Event, frozen=True, kw_only=True):
    """The contact came to another stage of the playbook."""

    TYPE: ClassVar[str] = "stage_entered"
    LANE: ClassVar[Lane] = "guidance"
    IGNORABLE: ClassVar[bool] = True

    stage: str
    title: str
    moment: str
    heard: Heard | None  # None: nothing was said
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


class ListedItem(Struct, frozen=True, kw_only=True):
    """Something the agent must say."""

    item: str
    title: str


class ChecklistOpened(Event, frozen=True, kw_only=True):
    """What the agent must say in this contact; another list takes the place of an earlier one."""

    TYPE: ClassVar[str] = "checklist_opened"
    LANE: ClassVar[Lane] = "guidance"
    IGNORABLE: ClassVar[bool] = True

    items: tuple[ListedItem, ...]
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none


class ChecklistItemMissed(Event, frozen=True, kw_only=True):
    """All was heard, and this was not said."""

    TYPE: ClassVar[str] = "checklist_item_missed"
    LANE: ClassVar[Lane] = "guidance"
    IGNORABLE: ClassVar[bool] = True

    item: str
    title: str
    playbook: str
    playbook_version: str
    policy_version: str | None = None  # None: there was none
