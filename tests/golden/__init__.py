"""Every event of every version as the log once stored it, and what it must still mean.

`<type>_v<version>.stored.json` holds the very bytes, sealed under `KEY`;
`<type>_v<version>.expected.json` the event's fields in clear, as they were then;
`<type>_v<version>.as_v<newer>.json` what upcasters make of them. None is ever edited.
`python -m tests.golden.write` adds the files of events that have none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from antiphon.events.base import ContactId, Draft, Event, KeyId, RegisterEvent, TenantName
from antiphon.events.codec import CODEC, Codec
from antiphon.events.keys import Key
from antiphon.events.sealed import KEY_BYTES, Sealed

DIRECTORY = Path(__file__).parent
STORED = ".stored.json"
EXPECTED = ".expected.json"

# A key for files that hold nobody's words.
KEY = Key(KeyId("k-golden"), bytes(range(KEY_BYTES)))
TENANT = TenantName("demo")
CONTACT_ID = ContactId("c-golden")


def name_of(event: type[Event], version: int) -> str:
    return f"{event.TYPE}_v{version}"


def meaning_of(event: type[Event], version: int, *, newest: int | None = None) -> str:
    """Return the name of the file that says what a version means in terms of the newest."""
    newest = newest or event.VERSION
    ending = EXPECTED if version == newest else f".as_v{newest}.json"
    return f"{name_of(event, version)}{ending}"


def files_of(event: type[Event]) -> Iterator[str]:
    """Yield the names of all files of an event, those that older newest versions left too."""
    for version in range(1, event.VERSION + 1):
        yield f"{name_of(event, version)}{STORED}"
        for newest in range(version, event.VERSION + 1):
            yield meaning_of(event, version, newest=newest)


def aggregate_of(event: type[Event]) -> str:
    """Return what the golden event is about."""
    if issubclass(event, RegisterEvent):
        return f"{event.KIND}/golden"
    return f"contact/{CONTACT_ID}"


def stored(draft: Draft, *, codec: Codec = CODEC) -> bytes:
    """Return the bytes the log stores of an event, sealed under `KEY` where it is personal."""
    key = KEY if codec.is_personal(draft.event) else None
    aggregate = aggregate_of(type(draft.event))
    return codec.encode(draft, tenant=TENANT, aggregate=aggregate, key=key)


def in_clear(event: Event) -> dict[str, Any]:
    """Return the event's fields as JSON holds them, sealed texts opened."""
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event, enc_hook=_reveal))
    return fields


def _reveal(value: Any) -> str:
    assert isinstance(value, Sealed)
    return value.reveal()
