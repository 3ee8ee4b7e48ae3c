"""Which recording of a contact may be heard, and why none may: folded from the contact's facts."""

from collections.abc import Mapping
from contextlib import aclosing

from ..errors import (
    ContactUnknown,
    OriginalsGone,
    PastRetention,
    RecordingAbsent,
    RecordingGone,
    RecordingInQuarantine,
    RecordingMissed,
    RecordingUnfinished,
    RecordingUnwanted,
)
from ..events.access import RecordingPart
from ..events.base import ContactRef, Event, Lane
from ..events.contact import ContactErased
from ..events.quarantine import Quarantine, evolve
from ..events.recording import (
    RecordingConsented,
    RecordingDeclined,
    RecordingErased,
    RecordingFailed,
    RecordingStored,
)
from ..events.redaction import RedactedAudio
from ..events.retention import DataDeleted
from .ports import Ports

# As it was heard, or what was made of that.
StoredAudio = RecordingStored | RedactedAudio


_LANES: tuple[Lane, ...] = ("life", "speech", "recording", "redaction", "retention")


async def recording_wanted(what: RecordingPart, contact: ContactRef, ports: Ports) -> StoredAudio:
    """Return the recording that may be heard of a contact, folded from its facts.

    Raises:
        ContactUnknown: there is no such contact.
        RecordingAbsent, RecordingUnwanted, RecordingUnfinished, RecordingMissed, RecordingGone:
            there is none.
        RecordingInQuarantine: nobody has passed it yet.
        OriginalsGone: the original is asked for, and was destroyed.
        PastRetention: what is asked for was deleted when its time was over.
    """
    newest: dict[type[Event], Event] = {}
    known, deleted = Quarantine(), set[str]()
    facts = ports.history.read(contact, lanes=_LANES)
    async with aclosing(facts):
        async for fact in facts:
            if isinstance(fact.event, DataDeleted):
                deleted.add(fact.event.kind)
            newest[type(fact.event)] = fact.event
            known = evolve(known, fact)
    # Before all else: where the transcript's time was over, the contact is told of as erased.
    if (kind := "original" if what == "original" else "audio") in deleted:
        raise PastRetention(contact.contact_id, kind=kind)
    recording = _stored(contact, newest)
    if what == "original":
        if known.destroyed:
            raise OriginalsGone(contact.contact_id)
        return recording
    audio = known.released_audio
    if what == "quarantined" and audio is None and known.awaiting is not None:
        audio = known.awaiting.audio
    if audio is None:
        raise RecordingInQuarantine(contact.contact_id, _state_of(known))
    return audio


def _state_of(known: Quarantine) -> str:
    """Say how far its redaction is, for people."""
    if known.state == "failed":
        return f"attempt {known.attempt} failed like those before it, and it waits for people"
    if known.state == "under_way":
        return "its transcript is not complete"
    if not known.standing.is_current or not known.applied:
        # By the facts nobody can tell one that is about to begin from one that never will.
        return "it has not been redacted yet, which the role `redaction` does where it runs"
    verdict = known.verdicts.get(known.attempt)
    stands = "is being checked" if verdict is None else "was doubted, and another follows"
    return f"attempt {known.attempt} to redact it {stands}"


def _stored(contact: ContactRef, newest: Mapping[type[Event], Event]) -> RecordingStored:
    """Return the newest fact of a recording.

    Raises:
        as `recording_wanted`: there is none.
    """
    if not newest:
        raise ContactUnknown(contact.contact_id)
    if ContactErased in newest or RecordingErased in newest:
        raise RecordingGone(contact.contact_id)
    # The newest one: what was found after the contact is in it.
    if isinstance(stored := newest.get(RecordingStored), RecordingStored):
        return stored
    if isinstance(failed := newest.get(RecordingFailed), RecordingFailed):
        raise RecordingMissed(contact.contact_id, failed.reason)
    if RecordingConsented in newest:
        raise RecordingUnfinished(contact.contact_id)
    if isinstance(declined := newest.get(RecordingDeclined), RecordingDeclined):
        raise RecordingUnwanted(contact.contact_id, declined.reason)
    raise RecordingAbsent(contact.contact_id)
