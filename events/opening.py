"""Stored bytes to events, a batch at a time: the one way for live, parked and archived ones."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from .base import ContactId, Envelope, Event, KeyId, TenantName, Unreadable
from .codec import CODEC, Codec, Reading, decode_envelope
from .contact import ContactErased
from .keys import Key, KeyStore, holders_of
from .log import Stored

Opened = tuple[Stored, Envelope | None, Event]  # no envelope where the bytes are none


async def opened(
    tenant: TenantName,
    batch: Sequence[Stored],
    *,
    keys: KeyStore,
    codec: Codec = CODEC,
    only: Reading = None,
) -> Iterator[Opened]:
    """Yield each entry with its envelope and event, personal fields open where their key is left.

    What cannot be read is `Unreadable`, what `only` does not name `Unread`; nothing is left out.
    """
    envelopes, found = await with_keys(tenant, batch, keys=keys)
    decode = codec.decode
    events = [NO_EVENT if one is None else decode(one, found, only) for one in envelopes]
    return zip(batch, envelopes, events, strict=True)


async def with_keys(
    tenant: TenantName, batch: Sequence[Stored], *, keys: KeyStore
) -> tuple[Sequence[Envelope | None], Mapping[KeyId, Key]]:
    """Return each entry's envelope, None where its bytes are none, and the keys that are left.

    Whose erasure is among the entries is forgotten by this process's key store: that is how an
    erasure reaches every process.
    """
    envelopes = [_envelope_of(stored) for stored in batch]
    for one in envelopes:
        # First of all: what stands beside it in the batch is not to be read either.
        if one is not None and one.type == ContactErased.TYPE:
            for holder in holders_of(ContactId(one.aggregate.removeprefix("contact/"))):
                keys.forget(tenant, holder)
    wanted = {one.key_id for one in envelopes if one is not None and one.key_id is not None}
    return envelopes, await keys.find(tenant, wanted) if wanted else {}


NO_EVENT = Unreadable(type="", version=0, problem="undecodable")


def _envelope_of(stored: Stored) -> Envelope | None:
    try:
        return decode_envelope(stored.payload)
    except msgspec.MsgspecError:
        return None
