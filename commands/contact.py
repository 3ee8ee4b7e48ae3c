"""What may be asked of a contact, and what follows: commands, state, decide, evolve.

After the end only late news is taken: what carries its own instant, before the end, is
recorded and relabels; what is already so is a repeat; everything else is refused.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeVar, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from ..errors import ContactFinished, ContactStale, ContactUnknown, Malformed
from ..events.base import AgentId, ContactId, Event, GuidanceId
from ..events.cards.masking import mask_value
from ..events.contact import (
    AgentConnected,
    AttributesSet,
    ContactEndCorrected,
    ContactEnded,
    ContactHeld,
    ContactResumed,
    ContactStarted,
    GuidanceDismissed,
    GuidanceShown,
    GuidanceUsed,
    MediaOffered,
    MediaStream,
)
from ..events.guidance import GuidanceExpired, GuidanceIssued
from ..events.sealed import Sealed
from .cue import (
    CueCommand,
    Cues,
    CueState,
    DismissGuidance,
    MarkGuidanceShown,
    UseGuidance,
    answer,
    evolve_cues,
)
from .reply import TypeReply, typed

# Audio older than this is gone from the streams, so its contact could not be heard.
START_AGE_S_MAX = 24 * 3_600

# Contact records hold whole seconds, events milliseconds: closer than this is the same instant.
SAME_END_S = 1


class StartContact(Struct, frozen=True, kw_only=True):
    """Begin to follow a contact, or tell of a further stream of it.

    Its key is (instance_arn, contact_id, start_fragment_number): Connect sends the same
    start up to four times.
    """

    contact_id: ContactId
    instance_arn: str
    initial_contact_id: str | None = None  # None: the contact is the first of its chain
    initiated_at: datetime | None = None
    queue: str | None = None
    profile: str | None = None
    language: str = "en-US"
    media: MediaStream | None = None
    customer_endpoint: Sealed | None = None
    attributes: dict[str, Sealed] = field(default_factory=dict[str, Sealed])


class ConnectAgent(Struct, frozen=True, kw_only=True):
    """Tell which agent took the contact, and when (None: now)."""

    contact_id: ContactId
    agent_id: AgentId
    agent_name: Sealed | None = None
    connected_at: datetime | None = None


class HoldContact(Struct, frozen=True, kw_only=True):
    """Tell that the customer was put on hold, and when (None: now)."""

    contact_id: ContactId
    at: datetime | None = None


class ResumeContact(Struct, frozen=True, kw_only=True):
    """Tell that the hold ended, and when (None: now)."""

    contact_id: ContactId
    at: datetime | None = None


class SetAttributes(Struct, frozen=True, kw_only=True):
    """Give contact attributes values; those not named keep theirs."""

    contact_id: ContactId
    attributes: dict[str, Sealed]


class EndContact(Struct, frozen=True, kw_only=True):
    """Tell that the parties hung up, and when (None: now). The first to tell is believed."""

    contact_id: ContactId
    ended_at: datetime | None = None
    reason: str | None = None


class CorrectEnd(Struct, frozen=True, kw_only=True):
    """Tell when the parties really hung up, in place of what was told first.

    A contact that nobody told the end of ends by it.
    """

    contact_id: ContactId
    ended_at: datetime
    reason: str | None = None  # None: as it was told
    told_at: datetime | None = None  # when its source wrote it; what is older is passed over


ContactCommand = (
    StartContact
    | ConnectAgent
    | HoldContact
    | ResumeContact
    | SetAttributes
    | EndContact
    | CorrectEnd
    | CueCommand
    | TypeReply
)

_Value = TypeVar("_Value")


class Contact(Struct, frozen=True, kw_only=True):
    """As much of a contact as decisions need. Screens read projections instead."""

    phase: Literal["absent", "live", "ended"] = "absent"
    instance_arn: str = ""
    initial_contact_id: str = ""
    ended_at: datetime | None = None
    end_reason: str | None = None
    end_told_at: datetime | None = None  # by whoever corrected it last
    fragments: frozenset[str] = frozenset()  # where its streams start
    attributes: Mapping[str, Sealed] = field(default_factory=dict[str, Sealed])
    agents: Mapping[datetime, AgentId] = field(default_factory=dict[datetime, AgentId])
    holds: Mapping[datetime, bool] = field(default_factory=dict[datetime, bool])  # True: held
    cues: Cues = field(default_factory=dict[GuidanceId, frozenset[CueState]])


def decide(  # noqa: C901, PLR0911 (one case and one return a command)
    contact: Contact, command: ContactCommand, *, now: datetime
) -> list[Event]:
    """Return the facts `command` makes true; none if they already are.

    Pure. `now` stands in for instants a command leaves out, and ages a start.

    Raises:
        ContactUnknown: it never started.
        ContactFinished: it ended, and the command is no late news of before the end.
        ContactStale: its audio is older than `START_AGE_S_MAX`.
        GuidanceUnknown: the cue was never issued to this contact.
        Malformed: the contact was started by another instance.
    """
    if isinstance(command, StartContact):
        return _start(contact, command, now)
    if contact.phase == "absent":
        raise ContactUnknown(command.contact_id)

    match command:
        case ConnectAgent():
            return _connect(contact, command, now)
        case HoldContact():
            return _hold(contact, command, now)
        case ResumeContact():
            return _resume(contact, command, now)
        case SetAttributes():
            return _set_attributes(contact, command)
        case EndContact(ended_at=ended_at, reason=reason):
            ended = ContactEnded(ended_at=ended_at or now, reason=reason)
            return [] if contact.phase == "ended" else [ended]
        case CorrectEnd():
            return _correct_end(contact, command)
        case MarkGuidanceShown() | UseGuidance() | DismissGuidance():
            news = answer(contact.cues, command)
            return [] if news is None else _unless_ended(contact, command.contact_id, news)
        case TypeReply():
            return _unless_ended(contact, command.contact_id, typed(command))
        case _:
            assert_never(command)


def evolve(contact: Contact, event: Event) -> Contact:  # noqa: PLR0911 (one return a fact)
    """Return the contact as it stands after `event`. Never refuses: facts are facts."""
    match event:
        case ContactStarted():
            return replace(
                contact,
                phase="live",
                instance_arn=event.instance_arn,
                initial_contact_id=event.initial_contact_id,
                fragments=_fragments(event.media),
                attributes=event.attributes,
            )
        case MediaOffered(media=media):
            return replace(contact, fragments=contact.fragments | _fragments(media))
        case AgentConnected(agent_id=agent_id, connected_at=connected_at):
            return replace(contact, agents={**contact.agents, connected_at: agent_id})
        case ContactHeld(held_at=held_at):
            return replace(contact, holds={**contact.holds, held_at: True})
        case ContactResumed(resumed_at=resumed_at):
            return replace(contact, holds={**contact.holds, resumed_at: False})
        case AttributesSet(attributes=attributes):
            return replace(contact, attributes={**contact.attributes, **attributes})
        case ContactEnded(ended_at=ended_at, reason=reason):
            return replace(contact, phase="ended", ended_at=ended_at, end_reason=reason)
        case ContactEndCorrected(ended_at=ended_at, reason=reason, told_at=told_at):
            return replace(contact, ended_at=ended_at, end_reason=reason, end_told_at=told_at)
        case (
            GuidanceIssued()
            | GuidanceShown()
            | GuidanceUsed()
            | GuidanceDismissed()
            | GuidanceExpired()
        ):
            return replace(contact, cues=evolve_cues(contact.cues, event))
        case _:
            return contact  # a fact no decision depends on


def _start(contact: Contact, command: StartContact, now: datetime) -> list[Event]:
    offered = _fragments(command.media)
    if contact.phase != "absent":
        if command.instance_arn != contact.instance_arn:
            raise Malformed("instance_arn", "another instance started this contact")
        if offered <= contact.fragments:
            return []
        if contact.phase == "ended":
            raise ContactFinished(command.contact_id)

    began_at = command.initiated_at if command.media is None else command.media.started_at
    if began_at is not None and now - began_at > timedelta(seconds=START_AGE_S_MAX):
        raise ContactStale(command.contact_id, age_s_max=START_AGE_S_MAX)
    if contact.phase == "absent":
        return [_started(command)]

    assert command.media is not None, "only media can be new in a repeated start"
    news: list[Event] = [MediaOffered(media=command.media)]
    # A start with further audio is news in full. A mere repeat is not: it may be older
    # than what attributes were set to since.
    if changed := _changed(contact, command.attributes):
        news.append(AttributesSet(attributes=changed))
    return news


def _started(command: StartContact) -> ContactStarted:
    return ContactStarted(
        instance_arn=command.instance_arn,
        initial_contact_id=command.initial_contact_id or command.contact_id,
        initiated_at=command.initiated_at,
        queue=command.queue,
        profile=command.profile,
        language=command.language,
        media=command.media,
        customer_endpoint=command.customer_endpoint,
        attributes=_without_cards(command.attributes),
    )


def _connect(contact: Contact, command: ConnectAgent, now: datetime) -> list[Event]:
    # Two feeds tell of one connection a moment apart: whoever has the contact, has it.
    if _latest(contact.agents, upto=command.connected_at) == command.agent_id:
        return []
    connected_at = _late_or_live(contact, command.contact_id, command.connected_at, now)
    return [
        AgentConnected(
            agent_id=command.agent_id, connected_at=connected_at, agent_name=command.agent_name
        )
    ]


def _hold(contact: Contact, command: HoldContact, now: datetime) -> list[Event]:
    if _latest(contact.holds, upto=command.at) is True:
        return []
    return [ContactHeld(held_at=_late_or_live(contact, command.contact_id, command.at, now))]


def _resume(contact: Contact, command: ResumeContact, now: datetime) -> list[Event]:
    held = _latest(contact.holds, upto=command.at)
    if held is False or (held is None and command.at is None):
        return []
    # With its instant given, a resume may have overtaken the hold that it ends: keep it.
    return [ContactResumed(resumed_at=_late_or_live(contact, command.contact_id, command.at, now))]


def _set_attributes(contact: Contact, command: SetAttributes) -> list[Event]:
    if not (changed := _changed(contact, command.attributes)):
        return []
    return _unless_ended(contact, command.contact_id, AttributesSet(attributes=changed))


def _correct_end(contact: Contact, command: CorrectEnd) -> list[Event]:
    if contact.ended_at is None:
        return [ContactEnded(ended_at=command.ended_at, reason=command.reason)]
    told_at, stands = command.told_at, contact.end_told_at
    if told_at is not None and stands is not None and told_at < stands:
        return []
    reason = command.reason or contact.end_reason
    apart = abs(command.ended_at - contact.ended_at)
    if apart < timedelta(seconds=SAME_END_S) and reason == contact.end_reason:
        return []
    return [ContactEndCorrected(ended_at=command.ended_at, reason=reason, told_at=told_at)]


def _late_or_live(
    contact: Contact, contact_id: ContactId, told_at: datetime | None, now: datetime
) -> datetime:
    """Return when it happened; refuse what did not happen before the end."""
    if contact.ended_at is not None and (told_at is None or told_at >= contact.ended_at):
        raise ContactFinished(contact_id)
    return told_at or now


def _unless_ended(contact: Contact, contact_id: ContactId, event: Event) -> list[Event]:
    if contact.phase == "ended":
        raise ContactFinished(contact_id)
    return [event]


def _latest(by_instant: Mapping[datetime, _Value], *, upto: datetime | None) -> _Value | None:
    instants = [instant for instant in by_instant if upto is None or instant <= upto]
    return by_instant[max(instants)] if instants else None


def _changed(contact: Contact, attributes: Mapping[str, Sealed]) -> dict[str, Sealed]:
    safe = _without_cards(attributes)
    return {key: value for key, value in safe.items() if contact.attributes.get(key) != value}


def _without_cards(attributes: Mapping[str, Sealed]) -> dict[str, Sealed]:
    """Return attributes as they may be stored: card data may not, not even sealed."""
    return {key: Sealed(mask_value(value.reveal(), name=key)) for key, value in attributes.items()}


def _fragments(media: MediaStream | None) -> frozenset[str]:
    # Fragment numbers are integers of 47 digits, written as text.
    return frozenset() if media is None else frozenset({media.start_fragment_number.lstrip("0")})
