"""Old versions read as the newest, through the very codec that reads everything else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from antiphon.events.base import Event, Lane, Position, TenantName, Unreadable
from antiphon.events.codec import Codec, decode_envelope
from antiphon.events.log import Stored
from antiphon.events.opening import opened
from antiphon.events.sealed import Sealed
from antiphon.events.upcasting import Fields, Upcaster
from antiphon.infra.memory_keys import MemoryKeys

from .. import builders
from ..golden import KEY, files_of, stored
from ..golden.write import write

TENANT = TenantName("demo")


class LampLitV1(Event, frozen=True, kw_only=True):
    """A lamp was lit: as version 1 said it."""

    TYPE: ClassVar[str] = "lamp_lit"
    LANE: ClassVar[Lane] = "life"

    lamp: str
    after_s: int
    by: Sealed


class LampLitV2(LampLitV1, frozen=True, kw_only=True):
    VERSION: ClassVar[int] = 2

    colour: str


class LampLit(Event, frozen=True, kw_only=True):
    """A lamp was lit."""

    TYPE: ClassVar[str] = "lamp_lit"
    VERSION: ClassVar[int] = 3
    LANE: ClassVar[Lane] = "life"

    lamp: str
    after_ms: int
    by: Sealed
    colour: str


def _coloured(fields: Fields) -> Fields:
    return {**fields, "colour": "white"}


def _in_ms(fields: Fields) -> Fields:
    kept = {name: value for name, value in fields.items() if name != "after_s"}
    return {**kept, "after_ms": fields["after_s"] * 1_000}


FIRST = Upcaster(type="lamp_lit", version=1, shape=LampLitV1, change=_coloured)
SECOND = Upcaster(type="lamp_lit", version=2, shape=LampLitV2, change=_in_ms)
CODEC = Codec((LampLit,), (FIRST, SECOND))
ANN = Sealed("Ann")
V1 = LampLitV1(lamp="hall", after_s=2, by=ANN)
V2 = LampLitV2(lamp="hall", after_s=3, by=ANN, colour="red")
V3 = LampLit(lamp="hall", after_ms=4, by=ANN, colour="blue")


def bytes_of(event: Event) -> bytes:
    """Return what the codec of the event's own time stored."""
    kind = type(event)
    then = {1: (), 2: (FIRST,), 3: (FIRST, SECOND)}[kind.VERSION]
    return stored(builders.draft(event), codec=Codec((kind,), then))


@pytest.mark.parametrize(
    ("event", "meant"),
    [
        (V1, LampLit(lamp="hall", after_ms=2_000, by=ANN, colour="white")),
        (V2, LampLit(lamp="hall", after_ms=3_000, by=ANN, colour="red")),
        (V3, V3),
    ],
)
def test_every_version_ever_stored_reads_as_the_newest(event: Event, meant: LampLit) -> None:
    envelope = decode_envelope(bytes_of(event))

    read = CODEC.decode(envelope, keys={KEY.id: KEY})

    assert envelope.version == event.VERSION
    assert read == meant


@pytest.mark.parametrize("event", [V1, V2, V3])
def test_without_its_key_an_old_version_is_read_with_closed_texts(event: Event) -> None:
    envelope = decode_envelope(bytes_of(event))

    read = CODEC.decode(envelope, keys={})

    assert isinstance(read, LampLit)
    assert read.lamp == "hall"
    assert read.by.reveal_or("erased") == "erased"


class Colour(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "lamp_lit"
    VERSION: ClassVar[int] = 3
    LANE: ClassVar[Lane] = "life"

    colour: str


@pytest.mark.parametrize(("event", "colour"), [(V1, "white"), (V2, "red"), (V3, "blue")])
def test_who_reads_a_part_of_an_event_reads_it_in_every_version(event: Event, colour: str) -> None:
    read = CODEC.decode(decode_envelope(bytes_of(event)), {}, frozenset((Colour,)))

    assert read == Colour(colour=colour)


async def test_a_batch_of_mixed_versions_keeps_its_order_and_loses_none() -> None:
    keys = MemoryKeys()
    holder = await keys.obtain(TENANT, "contact/c-1")
    codecs = [(Codec((LampLitV1,)), V1), (CODEC, V3), (Codec((LampLitV2,), (FIRST,)), V2)]
    payloads = [
        codec.encode(builders.draft(event), tenant=TENANT, aggregate="contact/c-1", key=holder)
        for codec, event in codecs
    ]
    batch = [
        Stored(Position(n), builders.NOON, "ev.demo.00.contact.c-1.life", payload)
        for n, payload in enumerate([*payloads, b"broken"], start=1)
    ]

    read = [event for _, _, event in await opened(TENANT, batch, keys=keys, codec=CODEC)]

    assert [getattr(event, "after_ms", None) for event in read] == [2_000, 4, 3_000, None]
    assert isinstance(read[-1], Unreadable)


def _raises(_: Fields) -> Fields:
    raise KeyError("after_s")


def _renames_the_sealed(fields: Fields) -> Fields:
    return {**_in_ms(fields), "by": fields["lamp"]}


@pytest.mark.parametrize("change", [_raises, _coloured, _renames_the_sealed])
def test_what_an_upcaster_cannot_bring_forward_is_seen_and_not_guessed(
    change: Callable[[Fields], Fields],
) -> None:
    broken = msgspec.structs.replace(SECOND, change=change)
    codec = Codec((LampLit,), (FIRST, broken))

    read = codec.decode(decode_envelope(bytes_of(V2)), keys={KEY.id: KEY})

    assert read == Unreadable(type="lamp_lit", version=2, problem="undecodable")


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_before_the_first_is_undecodable(version: int) -> None:
    envelope = msgspec.structs.replace(decode_envelope(bytes_of(V1)), version=version)

    read = CODEC.decode(envelope, keys={})

    assert read == Unreadable(type="lamp_lit", version=version, problem="undecodable")


class Lost(LampLit, frozen=True, kw_only=True):
    """Says `clear` sealed where an older version said it in clear."""

    TYPE: ClassVar[str] = "lost"
    VERSION: ClassVar[int] = 2

    lamp: Sealed  # type: ignore[assignment]


def _step(version: int, *, of: str = "lamp_lit") -> Upcaster:
    return Upcaster(type=of, version=version, shape=LampLitV1, change=_coloured)


@pytest.mark.parametrize(
    ("events", "upcasters", "why"),
    [
        ((LampLit,), (), "lamp_lit is at version 3; no upcaster leads on from 1"),
        ((LampLit,), (FIRST,), "no upcaster leads on from 2"),
        ((LampLit,), (SECOND,), "no upcaster leads on from 1"),
        ((LampLit,), (FIRST, SECOND, FIRST), "lamp_lit has two upcasters of version 1"),
        ((LampLit,), (FIRST, SECOND, _step(3)), "on from version 3; its newest is 3"),
        ((LampLit,), (FIRST, SECOND, _step(9)), "on from version 9; its newest is 3"),
        ((LampLit,), (_step(0), FIRST, SECOND), "on from version 0"),
        ((LampLit,), (FIRST, SECOND, _step(1, of="lamp")), "which no catalogue lists"),
        ((Lost,), (_step(1, of="lost"),), "lost stored lamp in clear at version 1"),
        ((LampLit, LampLit), (FIRST, SECOND), "share a type"),
    ],
)
def test_a_chain_that_does_not_lead_to_the_newest_version_refuses_to_start(
    events: tuple[type[Event], ...], upcasters: tuple[Upcaster, ...], why: str
) -> None:
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        Codec(events, upcasters)


def test_golden_files_tell_what_upcasters_made_of_older_versions(tmp_path: Path) -> None:
    write([V1], tmp_path, codec=Codec((LampLitV1,)))
    write([V2], tmp_path, codec=Codec((LampLitV2,), (FIRST,)))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    write([V3], tmp_path, codec=CODEC)

    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after.keys() == set(files_of(LampLit))
    assert before.items() <= after.items()
    assert msgspec.json.decode(after["lamp_lit_v1.as_v3.json"]) == {
        "lamp": "hall", "after_ms": 2_000, "by": "Ann", "colour": "white",
    }  # fmt: skip
    shutil.rmtree(tmp_path)
