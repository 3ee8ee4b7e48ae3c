"""Which arm of an experiment a contact falls to: by its id alone, for ever. Pure."""

import hashlib
from collections.abc import Sequence

from ...events.base import ContactId

WHOLE = 100.0  # percent

_PLACE_BYTES = 8
_PLACES = 1 << (8 * _PLACE_BYTES)


def place_of(contact_id: ContactId, experiment: str) -> float:
    """Return where a contact stands in an experiment, from 0 to under 100.

    Evenly spread, and unrelated to its place in an experiment of another name.
    """
    # Neither holds a zero byte, so no two pairs are written alike.
    digest = hashlib.sha256(f"{experiment}\0{contact_id}".encode()).digest()
    return int.from_bytes(digest[:_PLACE_BYTES]) * WHOLE / _PLACES


def arm_of(contact_id: ContactId, experiment: str, arms: Sequence[tuple[str, float]]) -> str | None:
    """Return the arm of a contact; None where the arms leave it out.

    `arms` are names with percents, 100 together at most. They lie side by side in this order:
    to give the last one more leaves everybody where they are who were in any.
    """
    place, until = place_of(contact_id, experiment), 0.0
    for name, percent in arms:
        until += percent
        if place < until:
            return name
    return None
