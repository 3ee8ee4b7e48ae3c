"""What the codec does with bytes of other times, other programs and broken disks."""

import random
from typing import ClassVar

import msgspec
import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import Event, Holder, Lane, RegisterEvent, TenantName, Unreadable
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.codec import CODEC, Codec, decode_envelope, decode_event, encode
from antiphon.events.guidance import MomentDetected
from antiphon.events.sealed import Sealed, sealed_fields

from .. import builders
from ..golden import DIRECTORY, KEY, STORED
from .invented import CODEC as INVENTED
from .invented import DoorOpened, VisitNoted

FLIPS_EACH = 150  # of every golden file; enough to hit each kind of token
STORED_FILES = sorted(DIRECTORY.glob(f"*{STORED}"))


@pytest.mark.parametrize("name", [path.name for path in STORED_FILES])
def test_whatever_byte_is_changed_the_reader_goes_on_and_says_what_it_could_not_read(
    name: str,
) -> None:
    payload = (DIRECTORY / name).read_bytes()
    chance = random.Random(name)
    told: set[type[Event] | None] = set()

    for _ in range(FLIPS_EACH):
        changed = bytearray(payload)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        try:
            envelope = decode_envelope(bytes(changed))
        except msgspec.MsgspecError:
            told.add(None)
        else:
            told.add(type(decode_event(envelope, keys={KEY.id: KEY})))

    assert Unreadable in told or None in told
    assert told <= {None, *CATALOGUE, Unreadable}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"id":"\xff"}',
        b"[" * 100_000,
        b'{"id":' + b"[" * 100_000,
        b'{"of_later":' + b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_envelope_are_named_so(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_envelope(payload)


@pytest.mark.parametrize(
    "data",
    [b"null", b"[]", b"{}", b'{"held_at":1e400}', b'{"held_at":"\xff"}', b"[" * 900 + b"]" * 900],
)
def test_fields_that_are_not_the_events_are_undecodable(data: bytes) -> None:
    envelope = decode_envelope(encode(builders.draft(builders.contact_held()), CONTACT, key=None))

    read = decode_event(msgspec.structs.replace(envelope, data=msgspec.Raw(data)), keys={})

    assert read == Unreadable(type="contact_held", version=1, problem="undecodable")


CONTACT = builders.CONTACT


def test_fields_of_a_later_minor_change_are_passed_over() -> None:
    payload = encode(builders.draft(builders.contact_held()), CONTACT, key=None)
    later = payload.replace(b'"data":{', b'"signed":true,"data":{"by":"customer",')

    read = decode_event(decode_envelope(later), keys={})

    assert later != payload
    assert read == builders.contact_held()


def test_a_sealed_text_that_is_no_text_is_undecodable() -> None:
    payload = encode(builders.draft(builders.moment_detected()), CONTACT, key=KEY)
    envelope = decode_envelope(payload)
    fields = {**msgspec.json.decode(envelope.data), "evidence": 7}

    for keys in ({}, {KEY.id: KEY}):
        data = msgspec.Raw(msgspec.json.encode(fields))
        read = decode_event(msgspec.structs.replace(envelope, data=data), keys=keys)

        assert read == Unreadable(type="moment_detected", version=1, problem="undecodable")


def test_a_closed_text_names_the_key_that_is_gone() -> None:
    payload = encode(builders.draft(builders.moment_detected()), CONTACT, key=KEY)

    read = decode_event(decode_envelope(payload), keys={})

    assert isinstance(read, MomentDetected)
    with pytest.raises(KeyDestroyed, match=KEY.id):
        read.evidence.reveal()


def test_a_reader_may_pass_over_what_its_writer_marked_and_nothing_else() -> None:
    drafts = [builders.draft(VisitNoted(contact_id="c", remark=Sealed("x"))), DOOR]
    payloads = [
        INVENTED.encode(draft, tenant=TENANT, aggregate="door/front", key=KEY) for draft in drafts
    ]

    visit, door = [decode_event(decode_envelope(payload), keys={}) for payload in payloads]

    assert isinstance(visit, Unreadable)
    assert isinstance(door, Unreadable)
    assert (visit.problem, visit.ignorable) == ("unknown_type", True)
    assert (door.problem, door.ignorable) == ("unknown_type", False)
    assert b'"ignorable":true' in payloads[0]
    assert b"ignorable" not in payloads[1]


TENANT = TenantName("demo")
DOOR = builders.draft(DoorOpened())


@pytest.mark.parametrize(("version", "ignorable"), [(2, True), (1, False)])
def test_newer_versions_may_be_passed_over_and_broken_ones_never(
    version: int,
    ignorable: bool,  # noqa: FBT001 (pytest names it)
) -> None:
    visit = builders.draft(VisitNoted(contact_id="c", remark=Sealed("x")))
    payload = INVENTED.encode(visit, tenant=TENANT, aggregate="door/front", key=KEY)
    broken = msgspec.structs.replace(
        decode_envelope(payload), version=version, data=msgspec.Raw(b"{}")
    )

    read = INVENTED.decode(broken, keys={})

    assert isinstance(read, Unreadable)
    assert read.ignorable is ignorable


def test_what_the_catalogue_does_not_list_cannot_be_stored() -> None:
    with pytest.raises(TypeError, match="DoorOpened is not in the catalogue"):
        encode(DOOR, CONTACT, key=None)


class ContactHeld(Event, frozen=True, kw_only=True):
    """Has the type of another event."""

    TYPE: ClassVar[str] = "contact_held"
    LANE: ClassVar[Lane] = "life"


def test_an_event_that_takes_anothers_type_cannot_be_stored() -> None:
    with pytest.raises(TypeError, match="not in the catalogue"):
        encode(builders.draft(ContactHeld()), CONTACT, key=None)


def test_personal_texts_cannot_be_stored_without_a_key() -> None:
    with pytest.raises(TypeError, match="in clear"):
        encode(builders.draft(builders.utterance_finalized()), CONTACT, key=None)


class Unheld(RegisterEvent, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "unheld"
    KIND: ClassVar[str] = "door"
    HOLDER: ClassVar[Holder] = "contact"

    remark: Sealed


class Astray(RegisterEvent, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "astray"
    KIND: ClassVar[str] = "door.>"


class Unnamed(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "unnamed"
    LANE: ClassVar[Lane] = "life"
    HOLDER: ClassVar[Holder] = "agent"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Unheld, "unheld has no contact_id"),
        (Unnamed, "unnamed has no agent_id"),
        (Astray, "cannot stand in a subject"),
    ],
)
def test_an_event_that_could_not_be_kept_is_refused_before_anything_is_read(
    event: type[Event], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Codec((event,))


class Nested(msgspec.Struct):
    words: tuple[Sealed, ...]


class Hidden(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "hidden"
    LANE: ClassVar[Lane] = "life"

    inner: Nested | None


def test_a_sealed_text_that_nothing_would_seal_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Hidden\.inner hides a Sealed"):
        Codec((Hidden,))


def test_texts_of_every_event_are_found() -> None:
    found = {event.TYPE: sealed_fields(event) for event in CATALOGUE}

    assert found["contact_started"] == ("customer_endpoint", "attributes")
    assert found["contact_held"] == ()
    assert not CODEC.is_personal(builders.contact_started(customer_endpoint=None, attributes={}))
