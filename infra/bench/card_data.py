"""Microseconds of processor time that looking for card data takes, an utterance.

Context and masks included. Not time by the clock: on a busy machine that measures the others.
"""

import time

from ...events.base import Track
from ...events.cards.context import CardContext
from ...events.cards.judging import judge
from ...events.cards.masking import folded_words, masked
from .rows import Row, quantile

ROUNDS = 300
_TURN_MS = 4_000
_P99_US_MAX = 1_000.0  # unnoticed beside a recogniser's hundreds of milliseconds
_TURNS: tuple[tuple[Track, str], ...] = (
    ("to_customer", "thank you for calling how can I help you today"),
    ("from_customer", "hi there was a storm last night and now water comes through the roof"),
    ("to_customer", "I am sorry to hear that could you give me your policy number please"),
    ("from_customer", "yes of course that would be HX-4429817 and I have been with you since 2019"),
    ("to_customer", "thank you there is an excess of $250.00 can I take a card number for that"),
    ("from_customer", "sure it's four two four two uh four two four two then 4242 forty two 42"),
    ("to_customer", "and when does it expire and what are the three digits on the back"),
    ("from_customer", "oh nine twenty seven and the security code is seven three one"),
    ("to_customer", "lovely the claim number is five five one two eight eight four two"),
    ("from_customer", "great and somebody will call me back on 415 555 0132 this afternoon right"),
)


def run() -> list[Row]:
    """Return median and 99th percentile over a made-up call, said again and again."""
    taken_us = [us for _ in range(ROUNDS) for us in _play_us()]
    slowest = quantile(taken_us, 0.99)
    return [
        Row(what="card data, an utterance, p50", value=quantile(taken_us, 0.5), unit="µs"),
        Row(
            what="card data, an utterance, p99",
            value=slowest,
            unit="µs",
            aim=f"under {_P99_US_MAX:,.0f} µs",
            met=slowest < _P99_US_MAX,
        ),
    ]


def _play_us() -> list[float]:
    context = CardContext()
    taken_us: list[float] = []
    for number, (track, text) in enumerate(_TURNS):
        at_ms = number * _TURN_MS
        began = time.thread_time()
        found = judge(folded_words(text), context.situation(track, at_ms=at_ms)).found
        safe = masked(text, (), found)
        context.take(track, safe.text, safe.masks, started_ms=at_ms, ended_ms=at_ms + _TURN_MS // 2)
        taken_us.append((time.thread_time() - began) * 1e6)
    return taken_us
