"""The stages of a conversation, and what is best done next in each. Pure.

A stage is entered by a moment, from any other: who goes back to an earlier matter is there again.
"""

from collections.abc import Sequence

from msgspec import Struct


class Stage(Struct, frozen=True, kw_only=True):
    """A part of the conversation."""

    name: str
    title: str
    on: frozenset[str]  # moments, any of which enters it
    next_action: str | None = None  # the cue that entering it earns, by that cue's conditions


def entered(stages: Sequence[Stage], moment: str, *, current: str | None) -> Stage | None:
    """Return the stage that a moment enters; None: no other than the current one."""
    found = next((stage for stage in stages if moment in stage.on), None)
    return None if found is None or found.name == current else found
