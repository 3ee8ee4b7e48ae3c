"""Reads what Connect sends: keys in any case, anything missing, empty or of another kind.

Source: reference of the contact events: their own samples mix camelCase and PascalCase, and
channels in capitals with others.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")  # what Antiphon takes as an id
EPOCH_MS_MAX = 253_402_300_799_999  # the last instant that a datetime can hold


class Malformed(Exception):
    """A record that is not what its source documents. Names the place, never the value."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def of(holder: object, *path: str) -> Any:
    """Return what stands at a path of keys, whatever their case; None where nothing does."""
    for key in path:
        holder = _entry(holder, key)
    return holder


def text(holder: object, *path: str) -> str | None:
    """Return the text at a path; None where there is none, an empty one or something else."""
    found = of(holder, *path)
    return found.strip() or None if isinstance(found, str) else None


def entries(holder: object, *path: str) -> Sequence[Any]:
    """Return the list at a path; empty where there is none."""
    found = of(holder, *path)
    return cast("list[Any]", found) if isinstance(found, list) else ()


def required_id(holder: object, *path: str) -> str:
    """Return the id at a path.

    Raises:
        Malformed: there is none, or it cannot be one.
    """
    found = text(holder, *path)
    if found is None:
        raise Malformed(".".join(path), "is missing")
    if not is_id(found):
        raise Malformed(".".join(path), "is no id")
    return found


def is_id(found: str) -> bool:
    """Tell whether Antiphon takes it as an id."""
    return _ID.fullmatch(found) is not None


def instant(holder: object, *path: str) -> datetime | None:
    """Return the instant at a path, in UTC; None where there is none.

    Raises:
        Malformed: there is something else.
    """
    found = text(holder, *path)
    if found is None:
        return None
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        raise Malformed(".".join(path), "is no instant") from None
    if read.tzinfo is None:
        # Source: contact record model: timestamps are UTC, whether they say so or not.
        return read.replace(tzinfo=UTC)
    return _in_utc(read, path)


def epoch_ms(found: str | None) -> datetime | None:
    """Return the instant that a number of milliseconds since 1970 names; None if it is none."""
    if found is None or not (found.isascii() and found.isdigit()) or len(found) > len("9" * 15):
        return None
    if (milliseconds := int(found)) > EPOCH_MS_MAX:
        return None
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).replace(
        microsecond=milliseconds % 1_000 * 1_000
    )


def written(moment: datetime) -> str:
    """Return an instant as requests hold it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def last_part(arn: str | None) -> str | None:
    """Return an ARN's last path part: the agent's or the queue's own id."""
    return None if arn is None else arn.rpartition("/")[2] or None


def is_voice(holder: object, *path: str) -> bool:
    """Tell whether the channel at a path is the telephone."""
    return (text(holder, *path) or "").upper() == "VOICE"


def _entry(holder: object, key: str) -> Any:
    if not isinstance(holder, Mapping):
        return None
    known = cast("Mapping[Any, Any]", holder)
    if key in known:
        return known[key]
    for other, value in known.items():
        if isinstance(other, str) and other.lower() == key.lower():
            return value
    return None


def _in_utc(read: datetime, path: Sequence[str]) -> datetime:
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise Malformed(".".join(path), "is no instant") from None
