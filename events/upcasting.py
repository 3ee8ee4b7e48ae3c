"""How what was stored in an older version is brought to the newest, one version at a time.

An upcaster is a pure function from the fields of one version to those of the next, as JSON
holds them. The chain of a type leads from its first version to the newest without a gap, and
is checked when a codec is built: at import, before anything is read.

A sealed text is carried closed, and its field keeps its name for ever: the name is bound to the
cipher. What stood in clear cannot become sealed on the way: that takes a new event.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from .base import ContactId, Event
from .erasure import FoundBy
from .sealed import Sealed, sealed_fields

Fields = dict[str, Any]  # an event's fields by name, as JSON holds them
Upcast = Callable[[Fields], Fields]


class Upcaster(Struct, frozen=True, kw_only=True):
    """Leads events of one type from `version` to the version after it."""

    shape: type[Struct]  # the fields that version had, as its event once listed them
    type: str
    version: int
    change: Upcast


class _ErasureRequested1(Struct):
    """Nobody had to approve it, nor to say how the person was known."""

    contact_ids: tuple[ContactId, ...]
    found_by: FoundBy
    reason: Sealed


def _needed_no_approval(fields: Fields) -> Fields:
    return fields | {"identity_proof": None, "identity_proof_sha256": "", "expires_at": None}


# Oldest first, by type. Entries stay for ever: the log holds what they read.
UPCASTERS: tuple[Upcaster, ...] = (
    Upcaster(
        shape=_ErasureRequested1, type="erasure_requested", version=1, change=_needed_no_approval
    ),
)


def chains(
    events: Iterable[type[Event]], upcasters: Iterable[Upcaster]
) -> Mapping[str, tuple[Upcast, ...]]:
    """Return by type the changes that lead to its newest version; the nth is of version n.

    Raises:
        ValueError: a chain has a gap or a second way, leads past the newest version or in a circle
            (every step leads to the next version), or would seal what was stored in clear.
    """
    newest = {event.TYPE: event for event in events}
    steps: dict[str, dict[int, Upcaster]] = {name: {} for name in newest}
    for one in upcasters:
        if one.type not in newest:
            raise ValueError(f"an upcaster reads {one.type}, which no catalogue lists")
        if one.version in steps[one.type]:
            raise ValueError(f"{one.type} has two upcasters of version {one.version}")
        if not 1 <= one.version < newest[one.type].VERSION:
            raise ValueError(
                f"an upcaster leads {one.type} on from version {one.version}; "
                f"its newest is {newest[one.type].VERSION}"
            )
        steps[one.type][one.version] = one
    return {name: _chain(event, steps[name]) for name, event in newest.items()}


def _chain(event: type[Event], steps: Mapping[int, Upcaster]) -> tuple[Upcast, ...]:
    missing = [version for version in range(1, event.VERSION) if version not in steps]
    if missing:
        raise ValueError(
            f"{event.TYPE} is at version {event.VERSION}; no upcaster leads on from {missing[0]}"
        )
    chain = [steps[version] for version in range(1, event.VERSION)]
    shapes: list[type[Struct]] = [*(one.shape for one in chain), event]
    for version, (older, newer) in enumerate(itertools.pairwise(shapes), start=1):
        clear = set(older.__struct_fields__) - set(sealed_fields(older))
        if bared := clear & set(sealed_fields(newer)):
            raise ValueError(
                f"{event.TYPE} stored {', '.join(sorted(bared))} in clear at version {version}: "
                "what was stored in clear cannot be sealed by an upcaster"
            )
    return tuple(one.change for one in chain)
