"""Stretches of time: joined, cut and taken away, held against every single millisecond."""

from antiphon.services.redaction.stretches import Stretch, length_ms, merged, within, without
from hypothesis import given, settings
from hypothesis import strategies as st

END = 60
moments = st.integers(0, END)
several = st.lists(st.tuples(moments, moments), max_size=6)


def moments_in(stretches: list[Stretch]) -> set[int]:
    return {at for start, end in stretches for at in range(start, end)}


@settings(max_examples=60)
@given(several, several, moments, moments)
def test_each_moment_is_where_it_should_be(
    some: list[Stretch], others: list[Stretch], start: int, end: int
) -> None:
    one, other = merged(some), merged(others)

    assert moments_in(one) == moments_in(some)
    assert moments_in(without(one, other)) == moments_in(some) - moments_in(others)
    assert moments_in(within(one, start, end)) == moments_in(some) & set(range(start, end))
    assert length_ms(one) == len(moments_in(some))


def test_what_is_close_enough_is_one() -> None:
    assert merged([(10, 20), (0, 5), (25, 25), (30, 40)], gap_ms=10) == [(0, 40)]
    assert merged([(10, 20), (31, 40)], gap_ms=10) == [(10, 20), (31, 40)]
