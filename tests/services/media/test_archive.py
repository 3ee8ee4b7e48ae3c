"""A page of ListFragments is read as it is documented, and nothing else is."""

import json
from datetime import timedelta
from typing import Any

import pytest
from antiphon.errors import MediaFailed
from antiphon.services.media.archive import kept_in

from .scene import at

ROW = {
    "FragmentNumber": "91343852333181432392682062607743920146264105190",
    "FragmentSizeInBytes": 33_900,
    "ProducerTimestamp": 1_700_000_000.25,
    "ServerTimestamp": 1_700_000_001.0,
    "FragmentLengthInMilliseconds": 1_024,
}


def page(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"Fragments": rows, **more}).encode()


def test_a_row_says_what_is_kept() -> None:
    (kept,), token = kept_in(page(ROW, NextToken="go on"))

    assert (kept.number, kept.size_bytes) == (ROW["FragmentNumber"], 33_900)
    assert kept.began_at == at(1_700_000_000_250)
    assert kept.length == timedelta(milliseconds=1_024)
    assert token == "go on"


def test_an_empty_page_keeps_nothing() -> None:
    assert kept_in(b"{}") == ([], None)
    assert kept_in(page(NextToken="")) == ([], None)


@pytest.mark.parametrize(
    "odd",
    [
        {"FragmentNumber": "12a"},
        {"FragmentNumber": ""},
        {"FragmentNumber": "1\n"},
        {"FragmentNumber": "9" * 200},
        {"ProducerTimestamp": 1e300},
        {"ProducerTimestamp": -1},
        {"FragmentLengthInMilliseconds": -5},
        {"FragmentLengthInMilliseconds": 1 << 60},
        {"FragmentSizeInBytes": -1},
    ],
    ids=str,
)
def test_what_is_no_fragment_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(MediaFailed, match="fragment_list_unreadable"):
        kept_in(page(ROW | odd))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"Fragments": 3}'], ids=str)
def test_what_is_no_page_is_refused(content: bytes) -> None:
    with pytest.raises(MediaFailed):
        kept_in(content)
