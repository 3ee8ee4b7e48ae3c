"""A tenant's privacy policy as what is said is masked by it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from ..base import TenantName
from ..patterns import compile_pattern
from ..privacy_policy import PrivacyPolicyPublished
from .kinds import PLACES, PersonalKind, Place
from .rules import NO_RULES, PersonalRecognizer, Rules, rules_of

Shown = Mapping[PersonalKind, tuple[Place, ...]]  # where kinds may be shown; others nowhere


class Protection(Struct, frozen=True, kw_only=True):
    """What is found, and where what was found may be shown all the same."""

    version: str  # of the policy; empty where none was published
    rules: Rules = NO_RULES
    shown_in: Shown = {}

    @property
    def shown_live(self) -> Shown:
        """What a partial may show: it goes to everybody at once, so what all may be shown."""
        return {kind: places for kind, places in self.shown_in.items() if set(PLACES) <= {*places}}


EVERYTHING = Protection(version="")  # everything is masked everywhere


def protection_of(
    policy: PrivacyPolicyPublished | None, recognizers: Sequence[PersonalRecognizer] = ()
) -> Protection:
    """Return how a policy protects; without one, everything is masked everywhere.

    `recognizers` look for personal data beside ours.

    Raises:
        ValueError: a pattern that was published is none to this version's engine.
    """
    if policy is None:
        return Protection(version="", rules=rules_of(recognizers=recognizers))
    # A pattern is told by its kind: that is what its matches are.
    patterns = [(one.kind, compile_pattern(one.expression).compiled) for one in policy.patterns]
    return Protection(
        version=policy.version,
        rules=rules_of(patterns, policy.allowed, recognizers),
        shown_in={one.kind: one.shown_in for one in policy.exemptions},
    )


ProtectionOf = Callable[[TenantName], Awaitable[Protection]]


async def everything(_: TenantName) -> Protection:
    """Mask everything, whoever's contact it is."""
    return EVERYTHING
