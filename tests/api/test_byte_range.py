"""What a Range header asks for, as RFC 9110 has it."""

import pytest
from antiphon.api.byte_range import range_in


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-99", range(100)),
        ("bytes=0-", range(1_000)),
        ("bytes=990-", range(990, 1_000)),
        ("bytes=990-5000", range(990, 1_000)),
        ("bytes=999-999", range(999, 1_000)),
        ("bytes=-10", range(990, 1_000)),
        ("bytes=-5000", range(1_000)),
        ("Bytes = 5-6", range(5, 7)),
    ],
)
def test_one_range_is_heeded(header: str, wanted: range) -> None:
    assert range_in(header, size=1_000) == wanted


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "seconds=0-1", "x=1-2"],
)
def test_what_is_no_single_range_counts_as_no_header(header: str | None) -> None:
    assert range_in(header, size=1_000) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=5000-", "bytes=-0"])
def test_a_range_that_the_file_has_nothing_of_is_empty(header: str) -> None:
    wanted = range_in(header, size=1_000)

    assert wanted is not None
    assert not wanted
