"""Microseconds of processor time that looking for personal data takes, an utterance.

Ours with context and masks, and card data; stock Presidio beside it, on the same utterances.
"""

import asyncio
import time

from msgspec import Struct

from ...events.base import Track
from ...events.privacy.context import PersonalContext
from ...events.privacy.judging import judge_personal
from ...events.privacy.masking import masked_personal
from .peer_environment import PeerFailedError, run_peer
from .rows import Row, quantile

ROUNDS = 200
PEER_ROUNDS = 20
P95_US_MAX = 1_000.0  # unnoticed beside a recogniser's hundreds of milliseconds
_TURN_MS = 4_000
# What is said in a call that settles a bill; so many of the turns hold personal data.
TURNS: tuple[tuple[Track, str], ...] = (
    ("to_customer", "Thank you for calling Northlake, my name is Denise, how can I help you?"),
    ("from_customer", "Hi Denise, this is Priya Ramanathan calling about my last two bills."),
    ("to_customer", "I am sorry to hear that. Could I have your account number please?"),
    ("from_customer", "yes of course that would be eight eight two oh four four one seven"),
    ("to_customer", "Thank you. And the date of birth and the postcode on the account?"),
    ("from_customer", "March 14, 1986, and it's L S six, two A B"),
    ("from_customer", "it was one hundred and forty two dollars and before it was ninety eight"),
    ("to_customer", "I can see that. The plan is 100 megabits for $49.99, and it went up in May."),
    ("from_customer", "nobody told me, and I called three times in the last two weeks about it"),
    ("to_customer", "I can take ten dollars off for six months. Where should I confirm that to?"),
    ("from_customer", "send it to priya underscore r ninety two at yahoo dot com please"),
    ("to_customer", "And the best number to reach you on?"),
    ("from_customer", "it's area code two one two, five five five, oh one eight seven"),
    ("from_customer", "and I moved to 42 Maple Street, Apartment 4B, Springfield, Illinois 62704"),
    ("to_customer", "Lovely. Your reference is 4 4 7 1 2 9, and it takes five to seven days."),
    ("from_customer", "that's great thank you so much for sorting that out"),
)
PERSONAL = (0, 1, 3, 5, 10, 12, 13)


class PeerFound(Struct, frozen=True):
    """What `peers/presidio_text.py` answers."""

    taken_us: tuple[float, ...]
    found: tuple[int, ...]
    configuration: str


def run() -> list[Row]:
    """Return median and 95th percentile, ours and Presidio's, and in how many turns each found."""
    peer = asyncio.run(_presidio())
    taken_us: list[float] = []
    found: set[int] = set()
    for _ in range(ROUNDS):
        for number, us, is_found in _play():
            taken_us.append(us)
            found |= {number} if is_found else set()
    slowest = quantile(taken_us, 0.95)
    return [
        Row(
            what="personal data, an utterance, p50",
            value=quantile(taken_us, 0.5),
            unit="µs",
            beside=_beside(peer, 0.5),
        ),
        Row(
            what="personal data, an utterance, p95",
            value=slowest,
            unit="µs",
            beside=_beside(peer, 0.95),
            aim=f"under {P95_US_MAX:,.0f} µs",
            met=slowest < P95_US_MAX,
        ),
        Row(
            what=f"turns found, of {len(PERSONAL)} with personal data",
            value=len(found.intersection(PERSONAL)),
            unit="turns",
            beside=_found(peer),
        ),
    ]


async def _presidio() -> PeerFound | str:
    told = {"texts": [text for _, text in TURNS], "rounds": PEER_ROUNDS}
    try:
        return await run_peer("presidio", "presidio_text", told, answer=PeerFound)
    except PeerFailedError as error:
        return str(error)


def _beside(peer: PeerFound | str, share: float) -> str:
    if isinstance(peer, str):
        return peer
    return f"{quantile(peer.taken_us, share):,.0f} µs: {peer.configuration}"


def _found(peer: PeerFound | str) -> str:
    if isinstance(peer, str):
        return peer
    right = len(set(peer.found).intersection(PERSONAL))
    return f"{right} turns, and {len(peer.found) - right} without"


def _play() -> list[tuple[int, float, bool]]:
    context = PersonalContext()
    played: list[tuple[int, float, bool]] = []
    for number, (track, text) in enumerate(TURNS):
        at_ms = number * _TURN_MS
        began = time.thread_time()
        situation = context.situation(track, at_ms=at_ms)
        found = judge_personal(text.split(), situation).found
        safe = masked_personal(text, (), found)
        context.take(
            track,
            safe.text,
            safe.masks,
            safe.personal,
            started_ms=at_ms,
            ended_ms=at_ms + _TURN_MS // 2,
        )
        played.append((number, (time.thread_time() - began) * 1e6, bool(found)))
    return played
