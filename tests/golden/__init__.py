"""Every event of every version as the log once stored it, and what it must still mean.

`<type>_v<version>.stored.json` holds the very bytes, sealed under `KEY`;
`<type>_v<version>.expected.json` the event's fields in clear. Neither is ever edited.
`python -m tests.golden.write` adds the files of events that have none.
"""

from pathlib import Path
from typing import Any

import msgspec
from antiphon.events.base import ContactId, ContactRef, Event, KeyId, TenantName
from antiphon.events.keys import Key
from antiphon.events.sealed import KEY_BYTES, Sealed

DIRECTORY = Path(__file__).parent
STORED = ".stored.json"
EXPECTED = ".expected.json"

# A key for files that hold nobody's words.
KEY = Key(KeyId("k-golden"), bytes(range(KEY_BYTES)))
CONTACT = ContactRef(TenantName("demo"), ContactId("c-golden"))


def name_of(event: type[Event], version: int) -> str:
    return f"{event.TYPE}_v{version}"


def stored_file(name: str) -> Path:
    return DIRECTORY / f"{name}{STORED}"


def expected_file(name: str) -> Path:
    return DIRECTORY / f"{name}{EXPECTED}"


def in_clear(event: Event) -> dict[str, Any]:
    """Return the event's fields as JSON holds them, sealed texts opened."""
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event, enc_hook=_reveal))
    return fields


def _reveal(value: Any) -> str:
    assert isinstance(value, Sealed)
    return value.reveal()
