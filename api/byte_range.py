"""The part of a file that a request asks for. Source: RFC 9110, section 14."""

import re

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def range_in(header: str | None, *, size: int) -> range | None:
    """Return which bytes of a file of `size` are wanted; None: all of it.

    Several ranges at once, other units and what is no range count as no header at all, as
    they may. An empty range is one that the file has nothing of.
    """
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last = found.groups()
    if not first:
        # The last so many.
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    end = min(size, int(last) + 1) if last else size
    return range(int(first), max(end, int(first)))
