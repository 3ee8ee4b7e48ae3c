"""Lines are made in a quick way and, where that will not do, by the codec: nobody sees which."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest
from antiphon.api.lines import line_of
from antiphon.api.plain import PLAIN, PlainForms
from antiphon.api.quarantined import Released
from antiphon.api.told import to_json, to_lines
from antiphon.events.base import ContactId, Envelope, Event, KeyId, Lane, Position, Unreadable
from antiphon.events.catalogue import CATALOGUE, WITHHELD
from antiphon.events.codec import decode_envelope, decode_event
from antiphon.events.keys import Key
from antiphon.events.log import Stored
from antiphon.events.sealed import KEY_BYTES, Sealed, sealed_fields
from antiphon.events.untold import NOTHING
from antiphon.projections.transcript_rows import ERASED
from msgspec import Raw

from .. import builders, register_builders
from ..golden import DIRECTORY, KEY, STORED, name_of, stored

KEYS = {KEY.id: KEY}
AT = datetime(2026, 3, 2, 12, 0, 1, 250_000, tzinfo=UTC)
VERSIONS = {event.TYPE: event.VERSION for event in CATALOGUE}
RELEASED: Released = {ContactId("c-golden"): NOTHING}
SAMPLES = (*builders.SAMPLES, *register_builders.SAMPLES)
GOLDEN = [
    pytest.param((DIRECTORY / f"{name_of(event, version)}{STORED}").read_bytes(), id=event.TYPE)
    for event in CATALOGUE
    for version in range(1, event.VERSION + 1)
]
SAMPLED = [pytest.param(stored(builders.draft(make())), id=make().TYPE) for make in SAMPLES]


def told(payload: bytes, *, keys: Mapping[KeyId, Key], texts_open: bool) -> bytes:
    fact = Stored(Position(7), AT, "ev.demo.00.contact.c-golden.speech", payload)
    line = line_of(
        fact, decode_envelope(payload), keys=keys, texts_open=texts_open, released=RELEASED
    )
    return to_lines([line])


def is_newest(payload: bytes) -> bool:
    """Tell whether it is of the version that is written today: others are left to the codec."""
    envelope = decode_envelope(payload)
    return envelope.version == VERSIONS[envelope.type]


def slowly(payload: bytes, *, keys: Mapping[KeyId, Key], texts_open: bool) -> bytes:
    """Put a line together from what the codec makes of a fact."""
    envelope = decode_envelope(payload)
    event = decode_event(envelope, keys=keys)
    assert not isinstance(event, Unreadable)
    texts_open = texts_open and envelope.type not in WITHHELD
    opens = texts_open and (envelope.key_id is not None or envelope.version != event.VERSION)
    closed = {} if texts_open or envelope.key_id is None else {"key_id": envelope.key_id}
    line = {
        "position": 7,
        "type": envelope.type,
        "version": event.VERSION if opens else envelope.version,
        "recorded_at": AT,
        "occurred_at": envelope.occurred_at,
        "id": envelope.id,
        "contact_id": "c-golden",
        "lane": "speech",
        "actor": envelope.actor,
        "correlation": envelope.correlation,
        "causation": envelope.causation,
        **closed,
        "data": event if opens else envelope.data,
    }
    return to_json(line) + b"\n"


@pytest.mark.parametrize("payload", [*GOLDEN, *SAMPLED])
@pytest.mark.parametrize(
    ("keys", "texts_open"),
    [
        pytest.param(KEYS, True, id="open"),
        pytest.param({}, True, id="erased"),
        pytest.param({}, False, id="sealed"),
    ],
)
def test_every_event_gives_the_same_line_either_way(
    payload: bytes, keys: Mapping[KeyId, Key], *, texts_open: bool
) -> None:
    line = told(payload, keys=keys, texts_open=texts_open)

    assert (PLAIN.read(decode_envelope(payload)) is not None) == is_newest(payload)
    assert line == slowly(payload, keys=keys, texts_open=texts_open)
    assert line.count(b"\n") == 1


def test_a_text_is_told_in_clear_as_erased_or_as_it_is_stored() -> None:
    payload = stored(builders.draft(builders.utterance_finalized("my roof leaks")))
    cipher = json.loads(payload)["data"]["text"]

    texts = [
        json.loads(told(payload, keys=keys, texts_open=texts_open))["data"]["text"]
        for keys, texts_open in ((KEYS, True), ({}, True), (KEYS, False))
    ]

    assert texts == ["my roof leaks", ERASED, cipher]


@pytest.mark.parametrize(
    "payload",
    [
        one
        for one in (*GOLDEN, *SAMPLED)
        if isinstance(payload := one.values[0], bytes) and is_newest(payload)
    ],
)
def test_what_the_codec_refuses_the_quick_way_refuses_too(payload: bytes) -> None:
    envelope = decode_envelope(payload)
    damaged = list(_damaged(json.loads(bytes(envelope.data))))

    readable = [
        (
            PLAIN.read(one) is not None,
            not isinstance(decode_event(one, keys={}), Unreadable),
        )
        for data in damaged
        for one in [msgspec.structs.replace(envelope, data=Raw(json.dumps(data).encode()))]
    ]

    assert damaged
    assert all(quick == codec for quick, codec in readable)


def _damaged(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an event's fields, each in turn missing, or of what may be another type."""
    for name in data:
        yield {other: value for other, value in data.items() if other != name}
        for wrong in (None, 3, -1.5, "x", True, [], ["x"], {}, {"x": 1}, {"x": "y"}):
            yield data | {name: wrong}
    yield data | {"unknown": [1]}


def _changed(cipher: str) -> str:
    return ("B" if cipher[20] == "A" else "A").join((cipher[:20], cipher[21:]))


def _emptied(cipher: str) -> str:
    return cipher[:0]


def _replaced(cipher: str) -> str:
    return f"no base64 of {len(cipher)}"


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        pytest.param({KEY.id: Key(KEY.id, bytes(KEY_BYTES))}, str, id="another key"),
        pytest.param(KEYS, _changed, id="a changed byte"),
        pytest.param(KEYS, _emptied, id="nothing there"),
        pytest.param(KEYS, _replaced, id="no cipher"),
    ],
)
def test_a_text_that_does_not_open_is_told_with_what_is_the_matter(
    keys: Mapping[KeyId, Key], change: Callable[[str], str]
) -> None:
    payload = stored(builders.draft(builders.utterance_finalized("my roof leaks")))
    cipher = json.loads(payload)["data"]["text"]
    payload = payload.replace(cipher.encode(), change(cipher).encode())

    line = json.loads(told(payload, keys=keys, texts_open=True))

    assert line["problem"] == "undecodable"
    assert line["data"]["text"] == change(cipher)


class Remarked(Event, frozen=True, kw_only=True):
    """Stands for an event in its third version, with every kind of text."""

    TYPE: ClassVar[str] = "remarked"
    VERSION: ClassVar[int] = 3
    LANE: ClassVar[Lane] = "life"

    remark: Sealed
    name: Sealed | None = None
    others: dict[str, Sealed] = msgspec.field(default_factory=dict[str, Sealed])
    told_at: datetime | None = None


def test_only_the_newest_version_is_read_in_the_quick_way() -> None:
    forms = PlainForms([Remarked])
    envelope = decode_envelope(stored(builders.draft(builders.contact_held())))
    remarked = msgspec.structs.replace(
        envelope, type="remarked", version=3, data=Raw(b'{"remark":"x"}')
    )

    read = {
        version: forms.read(msgspec.structs.replace(remarked, version=version)) is not None
        for version in (0, 1, 2, 3, 4)
    }

    assert read == {0: False, 1: False, 2: False, 3: True, 4: False}
    assert forms.read(envelope) is None


def test_a_text_may_be_missing_and_empty_ones_are_opened_too() -> None:
    forms = PlainForms([Remarked])

    def read(**changes: Sealed) -> dict[str, Any]:
        envelope = _sealed("remarked", remark=Sealed(""), others={"a": Sealed("b")}, **changes)
        fields = forms.opened(envelope, KEYS)
        assert fields is not None
        return msgspec.to_builtins(fields)

    assert read() == {"remark": "", "name": None, "others": {"a": "b"}, "told_at": None}
    assert read(name=Sealed("Ada"))["name"] == "Ada"


def _sealed(kind: str, **texts: Sealed | dict[str, Sealed]) -> Envelope:
    """Return the envelope of an event of no catalogue, its texts sealed as the codec seals."""

    def close(text: Sealed, about: str) -> str | None:
        return text.close(KEY.secret, key_id=KEY.id, about=f"e-1/{about}").cipher

    data = {
        name: (
            close(text, name)
            if isinstance(text, Sealed)
            else {item: close(one, f"{name}/{item}") for item, one in text.items()}
        )
        for name, text in texts.items()
    }
    around = decode_envelope(stored(builders.draft(builders.utterance_finalized())))
    return msgspec.structs.replace(
        around, id="e-1", type=kind, version=3, key_id=KEY.id, data=Raw(msgspec.json.encode(data))
    )


def test_the_samples_hold_every_kind_of_text() -> None:
    # Or what is above would prove nothing about it.
    events = [make() for make in SAMPLES]
    kinds = {
        type(getattr(event, name)).__name__
        for event in events
        for name in sealed_fields(type(event))
    }

    assert kinds >= {"Sealed", "dict"}
