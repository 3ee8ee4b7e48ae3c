"""Where a reader starts: the six selectors of GetMedia.

Source: StartSelector in the Kinesis Video Streams API reference. "The chunk after" a fragment
number is taken at its word: the named fragment is not sent again.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Annotated, Literal, assert_never

from msgspec import Meta, Struct

from .clock import Clock
from .stream import MS_PER_S, Fragment, Stream

SelectorType = Literal[
    "FRAGMENT_NUMBER",
    "SERVER_TIMESTAMP",
    "PRODUCER_TIMESTAMP",
    "NOW",
    "EARLIEST",
    "CONTINUATION_TOKEN",
]
Digits = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[0-9]+$")]


class StartSelector(Struct, frozen=True, kw_only=True, rename="pascal"):
    """The request's own words."""

    start_selector_type: SelectorType
    after_fragment_number: Digits | None = None
    start_timestamp: float | None = None  # epoch seconds
    continuation_token: Digits | None = None

    @property
    def missing(self) -> str | None:
        """The name of the field that this type of selector needs and lacks."""
        match self.start_selector_type:
            case "FRAGMENT_NUMBER":
                return None if self.after_fragment_number else "AfterFragmentNumber"
            case "CONTINUATION_TOKEN":
                return None if self.continuation_token else "ContinuationToken"
            case "SERVER_TIMESTAMP" | "PRODUCER_TIMESTAMP":
                return None if self.start_timestamp is not None else "StartTimestamp"
            case "NOW" | "EARLIEST":
                return None


def first_ordinal(stream: Stream, selector: StartSelector, clock: Clock) -> int | None:
    """Return the ordinal of the first fragment to send, which may be yet to come.

    None when the fragment that the selector names is not on the stream.
    """
    stream.forget_expired()
    match selector.start_selector_type:
        case "FRAGMENT_NUMBER":
            return _after(stream, selector.after_fragment_number)
        case "CONTINUATION_TOKEN":
            # A chunk's token is its fragment's number: reading goes on behind it.
            return _after(stream, selector.continuation_token)
        case "PRODUCER_TIMESTAMP":
            return _containing(stream, selector.start_timestamp, lambda f: f.producer_ended_ms)
        case "SERVER_TIMESTAMP":
            return _containing(stream, selector.start_timestamp, lambda f: f.server_ended_ms)
        case "EARLIEST":
            return stream.earliest_ordinal
        case "NOW":
            return _latest(stream, clock.monotonic())
        case _:
            assert_never(selector.start_selector_type)


def _after(stream: Stream, number: str | None) -> int | None:
    ordinal = stream.ordinal(int(number or 0))
    return None if ordinal is None else ordinal + 1


def _containing(
    stream: Stream, timestamp_s: float | None, ended_ms: Callable[[Fragment], int]
) -> int:
    """Return the fragment that contains the moment, else the next one after it."""
    moment_ms = (timestamp_s or 0) * MS_PER_S
    for call in stream.calls:
        ordinals = range(call.first_ordinal, call.end_ordinal)
        passed = bisect_right(
            ordinals, moment_ms, key=lambda ordinal: ended_ms(_present(stream, ordinal))
        )
        if passed < len(ordinals):
            return ordinals[passed]
    return stream.next_ordinal


def _latest(stream: Stream, now_s: float) -> int:
    """Return the fragment that is being spoken, or the next one if nobody speaks."""
    for call in stream.calls:
        if now_s >= call.ended_s:
            continue
        ordinals = range(call.first_ordinal, call.end_ordinal)
        return ordinals[
            bisect_right(ordinals, now_s, key=lambda ordinal: _present(stream, ordinal).complete_s)
        ]
    return stream.next_ordinal


def _present(stream: Stream, ordinal: int) -> Fragment:
    fragment = stream.fragment(ordinal)
    assert fragment is not None, "the stream's own calls name its fragments"
    return fragment
