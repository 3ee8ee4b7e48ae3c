"""Positions in a session's audio: seconds as the protocol writes them, samples as we count."""

import re
from decimal import Decimal

from ...errors import IngestRefused
from ...events.base import SAMPLE_RATE_HZ

# Source: AudioHook protocol, Duration. A day has five digits before the point.
_DURATION = re.compile(r"PT((?:[0-9]{0,9}\.)?[0-9]{1,9})S")


def samples_in(duration: str) -> int:
    """Return how many samples a duration such as `PT1.25S` is, to the nearest.

    Raises:
        IngestRefused: it is none.
    """
    form = _DURATION.fullmatch(duration)
    if form is None:
        raise IngestRefused("duration_malformed")
    return round(Decimal(form[1]) * SAMPLE_RATE_HZ)


def duration_of(samples: int) -> str:
    """Return a count of samples as a duration, without rounding."""
    seconds = (Decimal(samples) / SAMPLE_RATE_HZ).normalize()
    return f"PT{seconds:f}S"
