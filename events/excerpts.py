"""Excerpts: an event as far as one reader looks into it.

A struct with an event's `TYPE` and some of its fields, declared beside its reader and named in
the reader's `Reading` in place of the event. What it leaves out is not decoded: it costs nothing,
and parks nobody whatever it holds, just as an event that nobody reads.
"""

import msgspec

from .base import Event


def check_excerpt(excerpt: type[Event], whole: type[Event]) -> None:
    """Check that every field of an excerpt is its event's own, in the version that is written now.

    Raises:
        ValueError: it would read something else than what is stored.
    """
    if excerpt.VERSION != whole.VERSION:
        raise ValueError(
            f"{excerpt.__name__} is of {whole.TYPE} {excerpt.VERSION}, "
            f"whose newest version is {whole.VERSION}"
        )
    own = msgspec.structs.fields(whole)
    for field in msgspec.structs.fields(excerpt):
        if field not in own:
            raise ValueError(f"{excerpt.__name__}.{field.name} is no field of {whole.TYPE}")
