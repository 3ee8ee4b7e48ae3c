"""A tenant's privacy policy as what is said is masked by it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from ..base import TenantName
from ..patterns import compile_pattern
from ..privacy_policy import PrivacyPolicyPublished
from .kinds import PLACES, PersonalKind, Place
from .rules import NO_RULES, Rules, rules_of

Shown = Mapping[PersonalKind, tuple[Place, ...]]  # where kinds may be shown; others nowhere
FoundBeside = tuple[tuple[PersonalKind, int, int], ...]  # kind, first and last word


class Beside(Protocol):
    """Detectors beside ours, which may take their time and fail. They may only add."""

    async def look(self, words: Sequence[str], /) -> FoundBeside | None:
        """Return what they find in an utterance; None: they cannot say. Never raises."""
        ...


class Protection(Struct, frozen=True, kw_only=True):
    """What is found, and where what was found may be shown all the same."""

    version: str  # of the policy; empty where none was published
    rules: Rules = NO_RULES
    shown_in: Shown = {}
    beside: Beside | None = None

    @property
    def shown_live(self) -> Shown:
        """What a partial may show: it goes to everybody at once, so what all may be shown."""
        return {kind: places for kind, places in self.shown_in.items() if set(PLACES) <= {*places}}

    async def look_beside(self, text: str) -> FoundBeside | None:
        """Return what further detectors find in an utterance; None: nobody could look through it.

        Finals only: a partial is gone before they are done.
        """
        return () if self.beside is None else await self.beside.look(text.split())


EVERYTHING = Protection(version="")  # everything is masked everywhere


def protection_of(
    policy: PrivacyPolicyPublished | None, beside: Beside | None = None
) -> Protection:
    """Return how a policy protects; without one, everything is masked everywhere.

    `beside` looks for personal data beside our detectors.

    Raises:
        ValueError: a pattern that was published is none to this version's engine.
    """
    if policy is None:
        return Protection(version="", beside=beside)
    # A pattern is told by its kind: that is what its matches are.
    patterns = [(one.kind, compile_pattern(one.expression).compiled) for one in policy.patterns]
    return Protection(
        version=policy.version,
        rules=rules_of(patterns, policy.allowed),
        shown_in={one.kind: one.shown_in for one in policy.exemptions},
        beside=beside,
    )


ProtectionOf = Callable[[TenantName], Awaitable[Protection]]


async def everything(_: TenantName) -> Protection:
    """Mask everything, whoever's contact it is."""
    return EVERYTHING
