"""Small parts that everything stands on: who is in a segment, what a filter means, sums."""

import hashlib
import os

import pytest
from antiphon.infra.memory_log import subject_matches
from antiphon.services.archive.index import aggregates_of, index_of, may_hold
from antiphon.services.archive.matching import matcher_of
from antiphon.services.archive.wrong_byte import sums_of, wrong_byte
from hypothesis import given, settings
from hypothesis import strategies as st

TOKENS = st.sampled_from(["ev", "demo", "07", "contact", "c-1", "c-2", "life"])
SUBJECTS = st.lists(TOKENS, min_size=1, max_size=6).map(".".join)
PATTERNS = st.tuples(
    st.lists(st.one_of(TOKENS, st.just("*")), min_size=1, max_size=6), st.booleans()
).map(lambda drawn: ".".join([*drawn[0], *([">"] if drawn[1] else [])]))


def subject(n: int, lane: str = "life") -> str:
    return f"ev.demo.{n % 64:02d}.contact.c-{n}.{lane}"


@pytest.mark.parametrize("count", [1, 10, 1_000])
def test_whoever_is_in_a_segment_is_found(count: int) -> None:
    index = index_of(subject(n, "speech") for n in range(count))

    missed = [n for n in range(count) if not may_hold(index, [subject(n).rpartition(".")[0]])]

    assert missed == []


def test_few_who_are_not_are_taken_for_one_who_is() -> None:
    index = index_of(subject(n) for n in range(1_000))

    wrong = sum(may_hold(index, [subject(n).rpartition(".")[0]]) for n in range(10_000, 20_000))

    assert wrong < 200


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["ev.demo.07.contact.c-1.*"], {"ev.demo.07.contact.c-1"}),
        (["ev.demo.07.contact.c-1.life", "ev.demo.07.contact.c-1.speech"],
         {"ev.demo.07.contact.c-1"}),
        (["cf.demo.access.a-1"], {"cf.demo.access.a-1"}),
        (["cf.demo.access.*"], None),
        (["ev.demo.*.contact.*.*"], None),
        (["ev.demo.07.contact.c-1.*", "ev.demo.08.contact.*.*"], None),
        (["ev.demo.>"], None),
        (["cf.demo.access.a-1", "cf.demo.>"], None),
    ],
)  # fmt: skip
def test_a_filter_that_means_certain_aggregates_names_them(
    filters: list[str], wanted: set[str] | None
) -> None:
    assert aggregates_of(filters) == wanted


@given(pattern=PATTERNS, of=SUBJECTS)
def test_a_filter_means_what_it_means_to_the_log(pattern: str, of: str) -> None:
    assert matcher_of([pattern])(of) == subject_matches(pattern, of)


@settings(deadline=None)
@given(drawn=st.data(), size=st.sampled_from([1, 2, 1_000, 1024 * 1024, 1024 * 1024 + 7]))
def test_a_single_wrong_byte_is_found_by_two_sums(drawn: st.DataObject, size: int) -> None:
    body = os.urandom(size)
    offset = drawn.draw(st.integers(0, size - 1))
    changed = bytearray(body)
    changed[offset] ^= drawn.draw(st.integers(1, 255))

    found = wrong_byte(bytes(changed), sums=sums_of(body), sha256=hashlib.sha256(body).hexdigest())

    assert found is not None
    assert (found.offset, found.is_now, found.was) == (offset, changed[offset], body[offset])


@pytest.mark.parametrize("offsets", [(), (3, 9), (0, 999), (10, 11, 12)])
def test_none_or_several_wrong_bytes_are_not_taken_for_one(offsets: tuple[int, ...]) -> None:
    body = bytes(range(250)) * 4
    changed = bytearray(body)
    for offset in offsets:
        changed[offset] = 255

    assert (
        wrong_byte(bytes(changed), sums=sums_of(body), sha256=hashlib.sha256(body).hexdigest())
        is None
    )
