"""Which playbooks a contact is listened to with: decided once, recorded, and kept to.

It is decided when the first words are heard, and again when another agent takes the contact;
every utterance is heard with what held where it stands in the log. So a process that starts
anew, or whoever replays the contact, hears each as it was heard.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from ...events.base import (
    START,
    AgentId,
    Causation,
    ContactRef,
    EventId,
    Position,
    Recorded,
    service_event_id,
)
from ...events.contact import AgentConnected, ContactStarted
from ...events.guidance import ExperimentArm, PinnedPlaybook, PolicyPinned
from ...events.speech import UtteranceFinalized
from ...events.voices import Voices, current_agent
from .playbook import Playbook
from .policy import Circumstances, Compiled, Part, Policy, Selection, compiled, select
from .shelf import Edition, Shelf

SERVICE = "guidance"

log = structlog.get_logger()


class Due(Struct, frozen=True, kw_only=True):
    """A fact to append before anything else is heard."""

    id: EventId
    event: PolicyPinned
    cause: Causation | None
    compiled: Compiled


class _Pin(Struct, frozen=True):
    since: Position  # of what made it due
    event: PolicyPinned


class Pinning:
    """One contact's pins, and what they come to."""

    def __init__(self, contact: ContactRef, shelf: Shelf) -> None:
        self._contact = contact
        self._shelf = shelf
        self._began: Causation | None = None
        self._about = Circumstances(
            contact_id=contact.contact_id,
            agent_id=None,
            queue=None,
            language="",
            at=datetime.min.replace(tzinfo=UTC),
        )
        self._pins: list[_Pin] = []
        self._seats: dict[Position, Causation] = {}
        self._compiled: dict[int, Compiled] = {}  # by the pin's index
        # Agents for whom the nth pin holds as well: for them nothing would be different.
        self._settled: set[tuple[int, AgentId | None]] = set()

    def learn(self, recorded: Recorded) -> None:
        """Take in a fact of the contact; meeting one again changes nothing."""
        match recorded.event:
            case ContactStarted() as started if self._began is None:
                self._began = recorded.cause
                self._about = replace(
                    self._about,
                    queue=started.queue,
                    language=started.language,
                    at=started.initiated_at or recorded.occurred_at,
                )
            case AgentConnected():
                self._seats[recorded.position] = recorded.cause
            case PolicyPinned() as event:
                self._add(_Pin(_position_of(recorded.causation), event))
            case _:
                pass  # a fact that no choice depends on

    def heard_from(
        self, final: UtteranceFinalized, voices: Voices, *, position: Position
    ) -> Position:
        """Return from where in the log on a final could be heard as somebody's.

        What an agent said is heard once it is known that an agent was there, however late that
        is told; what held then is what it is heard with.
        """
        if final.track == "from_customer" or voices.clock_zero_at is None:
            return position
        said_at = voices.clock_zero_at + timedelta(milliseconds=final.started_ms)
        told = [seat.position for seat in voices.seats if seat.connected_at <= said_at]
        return max(position, min(told, default=START))

    async def due(self, voices: Voices, *, upto: Position) -> Due | None:
        """Return what to record before anything is heard with what is known at `upto`, if any.

        Raises:
            LogUnavailable: playbooks cannot be had now.
        """
        agent, cause = self._agent_at(voices, upto)
        index = self._in_force(upto)
        before = None if index is None else self._pins[index].event
        if (
            index is not None
            and before is not None
            and await self._is_at_hand(index)
            and (before.agent_id == agent or (index, agent) in self._settled)
        ):
            return None
        chosen = await self._choose(before, agent)
        if index is not None and before is not None and _same(before, chosen.event):
            self._settled.add((index, agent))
            return None
        return replace(chosen, cause=cause)

    def pinned(self, due: Due) -> None:
        """Take in that it stands in the log."""
        self._add(_Pin(_position_of(due.cause), due.event))
        self._compiled[len(self._pins) - 1] = due.compiled

    def compiled(self, upto: Position) -> Compiled:
        """Return what holds at `upto`; `due` has been asked, and heeded."""
        index = self._in_force(upto)
        assert index is not None, "something was pinned"
        return self._compiled[index]

    def _add(self, pin: _Pin) -> None:
        if pin not in self._pins:
            self._pins.append(pin)

    def _in_force(self, upto: Position) -> int | None:
        held = [index for index, pin in enumerate(self._pins) if pin.since <= upto]
        return held[-1] if held else None

    def _agent_at(self, voices: Voices, upto: Position) -> tuple[AgentId | None, Causation | None]:
        """Return who had taken the contact, as far as was known, and what told it."""
        seats = tuple(seat for seat in voices.seats if seat.position <= upto)
        agent = current_agent(replace(voices, seats=seats))
        told = [seat.position for seat in seats if seat.agent_id == agent]
        return agent, self._seats.get(max(told)) if told else self._began

    async def _is_at_hand(self, index: int) -> bool:
        """Tell whether every playbook of a pin can be had, and have them."""
        if index not in self._compiled:
            event = self._pins[index].event
            playbooks = [await self._version(one) for one in event.playbooks]
            found = [one for one in playbooks if one is not None]
            if len(found) < len(playbooks):
                return False
            self._compiled[index] = _compiled_as(event, found)
        return True

    async def _choose(self, before: PolicyPinned | None, agent: AgentId | None) -> Due:
        edition = await self._shelf.edition(self._contact.tenant)
        policy = await self._policy(before, edition)
        selection = self._selection(before, policy, edition, agent)
        playbooks = [await self._held(name, edition) for name in selection.playbooks]
        found = [one for one in playbooks if one is not None]
        why = "contact_began" if agent is None else "agent_connected"
        event = PolicyPinned(
            policy_version=None if policy is None else policy.version,
            bindings=selection.bindings,
            playbooks=tuple(PinnedPlaybook(name=one.name, version=one.version) for one in found),
            off=tuple(sorted(f"{part}/{name}" for part, name in selection.off)),
            agent_id=agent,
            teams=selection.teams,
            experiments=tuple(
                ExperimentArm(experiment=name, arm=arm) for name, arm in selection.arms
            ),
            queue=self._about.queue,
            language=self._about.language,
            hours_at=self._about.at,
            why="version_gone" if before is not None and before.agent_id == agent else why,
        )
        return Due(
            id=self._id_of(event), event=event, cause=None, compiled=_compiled_as(event, found)
        )

    async def _policy(self, before: PolicyPinned | None, edition: Edition) -> Policy | None:
        """Return the policy that the contact began with, if it can still be had."""
        if before is None:
            return edition.policy
        if before.policy_version is None:
            return None
        tenant = self._contact.tenant
        return await self._shelf.policy(tenant, before.policy_version) or edition.policy

    def _selection(
        self,
        before: PolicyPinned | None,
        policy: Policy | None,
        edition: Edition,
        agent: AgentId | None,
    ) -> Selection:
        if policy is not None:
            return select(policy, replace(self._about, agent_id=agent))
        if before is not None and before.policy_version is None:
            return Selection(playbooks=tuple(one.name for one in before.playbooks))
        return Selection(playbooks=edition.for_everybody)

    async def _held(self, name: str, edition: Edition) -> Playbook | None:
        """Return the version that the contact has met, else the one that is published."""
        for pin in reversed(self._pins):
            for one in pin.event.playbooks:
                if one.name == name and (playbook := await self._version(one)) is not None:
                    return playbook
        found = edition.find(name)
        if found is None:
            log.warning(
                "playbook_missing",
                tenant=self._contact.tenant,
                contact_id=self._contact.contact_id,
                playbook=name,
            )
        return found

    async def _version(self, one: PinnedPlaybook) -> Playbook | None:
        return await self._shelf.playbook(self._contact.tenant, one.name, one.version)

    def _id_of(self, event: PolicyPinned) -> EventId:
        # What it says is part of it: of two processes that chose differently, one is refused.
        said = msgspec.json.encode(event, order="deterministic").decode()
        return service_event_id(SERVICE, self._contact, f"pin/{len(self._pins)}", said)


def _compiled_as(event: PolicyPinned, playbooks: Sequence[Playbook]) -> Compiled:
    pairs = (one.split("/", 1) for one in event.off)
    off: frozenset[tuple[Part, str]] = frozenset((cast("Part", one), name) for one, name in pairs)
    return compiled(playbooks, off=off, policy_version=event.policy_version)


def _same(one: PolicyPinned, other: PolicyPinned) -> bool:
    """Tell whether two pins say the same of what is listened for, and why."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("policy_version", "bindings", "playbooks", "off", "teams", "experiments")
    )


def _position_of(cause: Causation | None) -> Position:
    return START if cause is None else cause.position
