"""An event as far as one reader looks into it."""

from typing import Any, ClassVar

import msgspec
import pytest
from antiphon.events.base import (
    Envelope,
    Event,
    KeyId,
    Lane,
    Position,
    Unread,
    Unreadable,
    UtteranceId,
)
from antiphon.events.codec import CODEC, decode_envelope, encode
from antiphon.events.contact import ContactErased
from antiphon.events.keys import Key
from antiphon.events.sealed import Sealed
from antiphon.events.speech import UtteranceFinalized

from .. import builders
from ..golden import KEY
from .invented import DoorOpened

OPEN: dict[KeyId, Key] = {KEY.id: KEY}


class Said(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = UtteranceFinalized.TYPE
    LANE: ClassVar[Lane] = "speech"

    utterance_id: UtteranceId
    text: Sealed


READS = frozenset((ContactErased, Said))


def stored_with(**changed: Any) -> Envelope:
    """Return a final as the log holds it, but for some of its fields."""
    draft = builders.draft(builders.utterance_finalized("my roof leaks"))
    envelope = decode_envelope(encode(draft, builders.CONTACT, key=KEY))
    fields = {**msgspec.json.decode(envelope.data), **changed}
    return msgspec.structs.replace(envelope, data=msgspec.Raw(msgspec.json.encode(fields)))


def test_a_reader_is_told_the_fields_it_names_opened() -> None:
    read = CODEC.decode(stored_with(), OPEN, READS)

    assert read == Said(utterance_id=UtteranceId("from_customer-1"), text=Sealed("my roof leaks"))


def test_without_the_key_its_texts_stay_closed() -> None:
    read = CODEC.decode(stored_with(), {}, READS)

    assert isinstance(read, Said)
    assert read.text.reveal_or(None) is None


@pytest.mark.parametrize("words", [7, [["soon", 250, 0.9]], None])
def test_what_an_excerpt_leaves_out_may_hold_anything_and_a_whole_event_may_not(
    words: object,
) -> None:
    envelope = stored_with(words=words)

    assert isinstance(CODEC.decode(envelope, OPEN, READS), Said)
    assert isinstance(CODEC.decode(envelope, OPEN), Unreadable)


@pytest.mark.parametrize(
    "changed", [{"utterance_id": 7}, {"text": None}, {"text": "bm90IHNlYWxlZA=="}]
)
def test_a_field_it_names_that_is_none_of_the_events_is_undecodable(
    changed: dict[str, object],
) -> None:
    read = CODEC.decode(stored_with(**changed), OPEN, READS)

    assert read == Unreadable(type="utterance_finalized", version=1, problem="undecodable")


def test_a_newer_version_is_as_unreadable_in_part_as_it_is_whole() -> None:
    newer = msgspec.structs.replace(stored_with(), version=2)

    read = CODEC.decode(newer, OPEN, READS)

    assert read == Unreadable(type="utterance_finalized", version=2, problem="newer_version")


def test_readers_of_the_whole_and_of_a_part_are_each_told_theirs() -> None:
    readings = (None, READS, frozenset((UtteranceFinalized,)), frozenset((ContactErased,)), READS)

    told = [type(CODEC.decode(stored_with(), OPEN, only)) for only in readings]

    assert told == [UtteranceFinalized, Said, UtteranceFinalized, Unread, Said]


class Renamed(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = UtteranceFinalized.TYPE
    LANE: ClassVar[Lane] = "speech"

    spoken: Sealed


class Retyped(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = UtteranceFinalized.TYPE
    LANE: ClassVar[Lane] = "speech"

    audio_upto: str


class Defaulted(Event, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = UtteranceFinalized.TYPE
    LANE: ClassVar[Lane] = "speech"

    audio_upto: Position = Position(1)


class Later(Said, frozen=True, kw_only=True):
    VERSION: ClassVar[int] = 2


@pytest.mark.parametrize(
    ("only", "why"),
    [
        ({Renamed}, r"Renamed\.spoken is no field of utterance_finalized"),
        ({Retyped}, r"Retyped\.audio_upto is no field of utterance_finalized"),
        ({Defaulted}, r"Defaulted\.audio_upto is no field of utterance_finalized"),
        ({Later}, "newest version is 1"),
        ({DoorOpened}, "door_opened that no catalogue lists"),
        ({Said, UtteranceFinalized}, "utterance_finalized twice"),
    ],
)
def test_a_reading_that_would_read_something_else_is_refused(
    only: set[type[Event]], why: str
) -> None:
    for _ in range(2):  # nothing of it is kept
        with pytest.raises(ValueError, match=why):
            CODEC.decode(stored_with(), OPEN, frozenset(only))
