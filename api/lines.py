"""Facts as an auditor reads them: a JSON object a line.

The fields of what holds nothing sealed are passed on as they are stored, and so are those of
every fact where `texts=sealed` is asked for, and of what is in quarantine. A fact that this
version cannot read is told all the same, with what is the matter with it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ..events.base import (
    Causation,
    ContactId,
    Envelope,
    Epoch,
    Event,
    KeyId,
    TenantName,
    Unreadable,
    UtteranceId,
)
from ..events.catalogue import WITHHELD
from ..events.codec import decode_envelope, decode_event
from ..events.keys import Key
from ..events.log import Stored
from ..events.privacy.places import shown_in
from ..events.sealed import Sealed
from ..events.speech import UtteranceFinalized
from ..events.untold import COUNTED, NOTHING, Masks, masked
from .plain import PLAIN
from .ports import Ports
from .quarantined import Release, Released, Withheld, repeats_words, withheld
from .selection import Selection
from .told import to_json, to_lines

NDJSON = "application/x-ndjson"
EPOCH = "Antiphon-Epoch"  # header: with a line's position, where to go on

_NOTHING = Raw(b"null")


Wanted = tuple[Stored, Envelope | None]  # no envelope where the bytes are none


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """A fact, and what surrounds it."""

    position: int
    type: str
    version: int
    recorded_at: datetime
    occurred_at: datetime
    id: str
    contact_id: str
    lane: str
    actor: str
    correlation: str
    causation: Causation | None
    key_id: str | UnsetType = UNSET  # where `data` holds sealed texts that were not to be opened
    withheld: Withheld | UnsetType = UNSET  # why, where open ones were asked for; or `data` is null
    problem: str | UnsetType = UNSET  # where this version cannot read it: `data` is as stored
    data: Raw | Struct


class Lines:
    """Makes lines of stored facts."""

    def __init__(
        self, tenant: TenantName, selection: Selection, ports: Ports, *, release: Release
    ) -> None:
        self._tenant = tenant
        self._selection = selection
        self._ports = ports
        self._release = release

    def wanted(self, batch: Sequence[Stored]) -> list[Wanted]:
        """Return those facts of a batch that are wanted."""
        selection = self._selection
        if not selection.takes_any_time:
            batch = [stored for stored in batch if selection.takes_time(stored.recorded_at)]
        wanted: list[Wanted] = [(stored, _envelope_of(stored)) for stored in batch]
        if types := selection.types:
            wanted = [(stored, one) for stored, one in wanted if one and one.type in types]
        return wanted

    async def look_up(self, wanted: Sequence[Wanted]) -> tuple[Mapping[KeyId, Key], Released]:
        """Return the keys of the facts' texts, as far as they exist, and whose may be told.

        None of either where none is asked for.

        Raises:
            StoreUnavailable, LogUnavailable: they cannot be had.
        """
        if not self._selection.texts_open:
            return {}, {}
        ids = {envelope.key_id for _, envelope in wanted if envelope and envelope.key_id}
        speaking = {_contact_of(one) for one, about in wanted if about and repeats_words(about)}
        # First who may be told of, then the keys: who is erased between the two is not told.
        released = await self._release.among(speaking)
        return await self._ports.journal.find_keys(self._tenant, ids), released

    async def of(self, wanted: Sequence[Wanted]) -> bytes:
        """Return facts as lines, each with its line break.

        Raises:
            StoreUnavailable, LogUnavailable: keys, or whose texts may be told, cannot be had.
        """
        keys, released = await self.look_up(wanted)
        # Much of what was counted stands in clear: asked for with texts or without.
        counted = {_contact_of(one) for one, _ in wanted if _lane_of(one) == COUNTED}
        uncounted = await self._release.uncounted(counted)
        texts_open = self._selection.texts_open
        return to_lines(
            [
                line_of(
                    stored,
                    envelope,
                    keys=keys,
                    texts_open=texts_open,
                    released=released,
                    uncounted=uncounted,
                )
                for stored, envelope in wanted
            ]
        )


def line_of(
    stored: Stored,
    envelope: Envelope | None,
    *,
    keys: Mapping[KeyId, Key],
    texts_open: bool,
    released: Released,
    uncounted: Collection[ContactId] = (),
) -> Line:
    """Return what is told of a fact."""
    # The subject says which contact and lane even where the payload says nothing.
    _, contact_id, lane = stored.subject.rsplit(".", 2)
    if envelope is None:
        return _undecodable(stored, contact_id=contact_id, lane=lane)
    if lane == COUNTED and contact_id in uncounted:
        version, over = envelope.version, "past_retention"
        return _told(stored, envelope, version=version, told=_NOTHING, why=over)
    version, problem, why = envelope.version, None, UNSET
    texts_open = texts_open and envelope.type not in WITHHELD
    masks = NOTHING.masks
    if texts_open:
        why = withheld(envelope, ContactId(contact_id), keys=keys, released=released)
        texts_open = why is UNSET
        masks = released.get(ContactId(contact_id), NOTHING).masks
    fields = _plain(stored, envelope, keys=keys, texts_open=texts_open, masks=masks)
    if fields is None:
        version, fields, problem = _decoded(envelope, keys=keys, texts_open=texts_open, masks=masks)
    key_id = UNSET if envelope.key_id is None or texts_open else envelope.key_id
    return _told(
        stored, envelope, version=version, told=fields, why=why, key_id=key_id, problem=problem
    )


def _told(
    stored: Stored,
    envelope: Envelope,
    *,
    version: int,
    told: Raw | Struct,
    why: Withheld | UnsetType,
    key_id: str | UnsetType = UNSET,
    problem: str | None = None,
) -> Line:
    _, contact_id, lane = stored.subject.rsplit(".", 2)
    return Line(
        position=stored.position,
        type=envelope.type,
        version=version,
        recorded_at=stored.recorded_at,
        occurred_at=envelope.occurred_at,
        id=envelope.id,
        contact_id=contact_id,
        lane=lane,
        actor=envelope.actor,
        correlation=envelope.correlation,
        causation=envelope.causation,
        key_id=key_id,
        withheld=why,
        problem=problem or UNSET,
        data=told,
    )


def _plain(
    stored: Stored,
    envelope: Envelope,
    *,
    keys: Mapping[KeyId, Key],
    texts_open: bool,
    masks: Masks,
) -> Raw | Struct | None:
    """Return the fields as almost every fact has them; None where the codec has to look."""
    if b"\n" in stored.payload or b"\r" in stored.payload:
        return None
    if texts_open and envelope.key_id is not None:
        fields = PLAIN.opened(envelope, keys)
        if getattr(fields, "personal", ()) or (masks and _masked_in(fields, masks)):
            return None
        return fields
    return None if PLAIN.read(envelope) is None else envelope.data


def _decoded(
    envelope: Envelope, *, keys: Mapping[KeyId, Key], texts_open: bool, masks: Masks
) -> tuple[int, Raw | Struct, str | None]:
    """Return version and fields: opened and of today's version, or as stored."""
    event = decode_event(envelope, keys=keys)
    if isinstance(event, Unreadable):
        return envelope.version, _on_one_line(envelope.data), event.problem
    if texts_open and (envelope.key_id is not None or envelope.version != event.VERSION):
        if isinstance(event, UtteranceFinalized):
            event = _without(masks, shown_in("transcript", event))
        return event.VERSION, event, None
    return envelope.version, _on_one_line(envelope.data), None


def _masked_in(fields: Struct | None, masks: Masks) -> bool:
    id_: UtteranceId | None = getattr(fields, "utterance_id", None)
    return id_ in masks


def _without(masks: Masks, final: UtteranceFinalized) -> Event:
    """Return a final without the words that were found after the call."""
    later, text = masks.get(final.utterance_id), final.text.reveal_or(None)
    if not later or text is None:
        return final
    return msgspec.structs.replace(final, text=Sealed(masked(text, later)))


def _contact_of(stored: Stored) -> ContactId:
    return ContactId(stored.subject.rsplit(".", 2)[1])


def _lane_of(stored: Stored) -> str:
    return stored.subject.rsplit(".", 1)[1]


def _undecodable(stored: Stored, *, contact_id: str, lane: str) -> Line:
    return Line(
        position=stored.position,
        type=Unreadable.TYPE,
        version=0,
        recorded_at=stored.recorded_at,
        occurred_at=stored.recorded_at,
        id="",
        contact_id=contact_id,
        lane=lane,
        actor="",
        correlation=contact_id,
        causation=None,
        problem="undecodable",
        data=_NOTHING,
    )


def _on_one_line(data: Raw) -> Raw:
    # Ours is compact; whoever else wrote to the log may have liked it pretty.
    text = bytes(data)
    if b"\n" in text or b"\r" in text:
        return Raw(msgspec.json.format(text, indent=-1))
    return data


def _envelope_of(stored: Stored) -> Envelope | None:
    try:
        return decode_envelope(stored.payload)
    except msgspec.MsgspecError:
        return None


def control_line(told: Mapping[str, Any]) -> bytes:
    """Return a line that is no fact."""
    return to_json(told) + b"\n"


def lines_headers(epoch: Epoch) -> dict[str, str]:
    """Return the headers of an answer in lines."""
    return {"Cache-Control": "no-store", "X-Accel-Buffering": "no", EPOCH: epoch}
