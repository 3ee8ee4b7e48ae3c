"""What may change in an event and what may not: each rule has a change that breaks it."""

from typing import Annotated, Any, Literal

import pytest
from antiphon.events.base import Event
from antiphon.events.compatibility import breakages
from antiphon.events.schemas import Json, catalogue_document
from antiphon.events.sealed import Sealed
from antiphon.events.upcasting import Upcaster
from msgspec import Meta

from .changes import BREAKING, Chain, Movable, Pair, Place, Triple, event


def found(before: type[Event], after: type[Event], *upcasters: Upcaster) -> list[str]:
    then, now = catalogue_document((before,), ()), catalogue_document((after,), upcasters)
    return [str(one) for one in breakages(then, now)]


@pytest.mark.parametrize(
    ("before", "after", "problem", "remedy"),
    [case[1:] for case in BREAKING],
    ids=[case[0] for case in BREAKING],
)
def test_a_change_that_breaks_is_found_and_told_with_the_way_out(
    before: type[Event], after: type[Event], problem: str, remedy: str
) -> None:
    [told] = found(before, after)

    assert told.startswith("seen_v1")
    assert problem in told
    assert remedy in told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(event(), event(("at_ms", int, 0)), id="a field with a default"),
        pytest.param(event(), event(("text", Sealed | None, None)), id="an optional sealed text"),
        pytest.param(
            event(("why", Literal["a"])), event(("why", Literal["a", "b"])), id="a wider choice"
        ),
        pytest.param(
            event(("at_ms", int)), event(("at_ms", int | None, None)), id="none is taken too"
        ),
        pytest.param(event(("at_ms", int)), event(("at_ms", int, 0)), id="no longer required"),
        pytest.param(event(("place", Place)), event(("place", Movable)), id="a nested field"),
        pytest.param(event(("pair", Pair)), event(("pair", Triple)), id="a further element"),
        pytest.param(
            event(("share", Annotated[float, Meta(le=1)])),
            event(("share", Annotated[float, Meta(le=2)])),
            id="a wider bound",
        ),
        pytest.param(event(), event(IGNORABLE=True), id="ignorable from now on"),
        pytest.param(event(), event(__doc__="Somebody was seen."), id="another description"),
        pytest.param(event(("chain", Chain)), event(("chain", Chain)), id="holds itself"),
    ],
)
def test_a_change_that_only_adds_passes(before: type[Event], after: type[Event]) -> None:
    assert found(before, after) == []


def test_a_new_version_passes_when_the_old_one_is_kept() -> None:
    before = event(("at_s", int))
    after = event(("at_ms", int), VERSION=2)
    upcaster = Upcaster(type="seen", version=1, shape=before, change=dict)

    assert found(before, after, upcaster) == []


def test_a_new_version_whose_shape_is_not_what_was_stored_is_found() -> None:
    before = event(("at_s", int))
    after = event(("at_ms", int), VERSION=2)
    upcaster = Upcaster(type="seen", version=1, shape=after, change=dict)

    problems = found(before, after, upcaster)

    assert [told.partition(":")[0] for told in problems] == ["seen_v1.at_s", "seen_v1.at_ms"]


def test_a_version_that_went_back_is_found() -> None:
    shape = event()
    after = event(VERSION=2)
    upcaster = Upcaster(type="seen", version=1, shape=shape, change=dict)
    then, now = catalogue_document((after,), (upcaster,)), catalogue_document((shape,), ())

    [told] = breakages(then, now)

    assert str(told).startswith("seen_v2: its version is gone")


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("properties", "key_id"), None, "envelope.key_id: is removed"),
        (("required",), ["key_id"], "envelope.key_id: is now required"),
        (("properties", "version", "type"), "string", "envelope.version: was integer, is string"),
        (("properties", "ignorable", "default"), True, "envelope.ignorable: has another default"),
    ],
)
def test_a_change_of_the_envelope_that_breaks_is_found(
    place: tuple[str, ...], value: Any, problem: str
) -> None:
    then, now = catalogue_document(), catalogue_document()
    part: Any = now["envelope"]

    for key in place[:-1]:
        part = part[key]
    if value is None:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    [told] = breakages(then, now)

    assert str(told).startswith(problem)
    assert "put it back" in str(told)


def test_further_events_pass_and_the_same_ones_do() -> None:
    document: Json = catalogue_document()
    fewer = {**document, "events": document["events"][:3]}

    assert breakages(fewer, document) == []
    assert breakages(document, document) == []
    assert len(breakages(document, fewer)) == len(document["events"]) - 3
