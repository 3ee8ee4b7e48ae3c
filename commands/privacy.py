"""What may be asked of a tenant's privacy policy: let another hold from now on."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from ..errors import Malformed
from ..events.base import TenantName, is_id
from ..events.patterns import PATTERN_CHARS_MAX, compile_pattern
from ..events.privacy.kinds import PersonalKind
from ..events.privacy_policy import (
    ID,
    Cover,
    Exemption,
    Originals,
    PersonalPattern,
    PrivacyPolicyPublished,
)
from ..events.register import Register
from .handle import Outcome
from .holding_one import HoldingOne, version_of
from .lists import check_count, check_name, check_once, check_texts

PATTERNS_MAX = 50  # each is looked for in everything that is said
ALLOWED_MAX = 500
READERS_MAX = 200

ANONYMOUS = "anonymous"  # is recorded of readers who do not say who they are

# Never shown anywhere and never audible: PCI DSS asks that they are kept nowhere.
CARD_KINDS: frozenset[PersonalKind] = frozenset({"card_number", "expiry_date", "security_code"})


class PublishPrivacyPolicy(Struct, frozen=True, kw_only=True):
    """Protect what is said like this from now on. Fields as in `PrivacyPolicyPublished`."""

    exemptions: tuple[Exemption, ...] = ()
    patterns: tuple[PersonalPattern, ...] = ()
    allowed: tuple[str, ...] = ()
    audible: tuple[PersonalKind, ...] = ()
    cover: Cover = "beep"
    originals: Originals = "keep"
    original_readers: tuple[str, ...] = ()


def decide(
    held: PrivacyPolicyPublished | None, command: PublishPrivacyPolicy
) -> PrivacyPolicyPublished | None:
    """Return the fact a command makes true; None: that policy holds already.

    Raises:
        Malformed: it names the field that cannot hold.
    """
    check(command)
    version = version_of(command)
    if held is not None and held.version == version:
        return None
    return PrivacyPolicyPublished(version=version, **msgspec.structs.asdict(command))


def check(policy: PublishPrivacyPolicy) -> None:
    """Raise Malformed, which names the field, for a policy that cannot hold."""
    check_once("exemptions", [one.kind for one in policy.exemptions])
    for number, one in enumerate(policy.exemptions, start=1):
        where = f"exemptions[{number}]"
        if one.kind in CARD_KINDS:
            raise Malformed(f"{where}.kind", f"{one.kind} is card data, and is shown nowhere")
        if not one.shown_in:
            raise Malformed(f"{where}.shown_in", "names no place; leave the kind out")
        check_once(f"{where}.shown_in", one.shown_in)
    _check_patterns(policy.patterns)
    check_count("allowed", policy.allowed, ALLOWED_MAX)
    check_texts("allowed", policy.allowed)
    if cards := CARD_KINDS.intersection(policy.audible):
        raise Malformed("audible", f"{min(cards)} is card data, and is never audible")
    check_once("audible", policy.audible)
    check_count("original_readers", policy.original_readers, READERS_MAX)
    check_once("original_readers", policy.original_readers)
    for reader in policy.original_readers:
        if reader == ANONYMOUS:
            raise Malformed("original_readers", f"`{ANONYMOUS}` is who does not say who they are")
        if not is_id(reader):
            raise Malformed(
                "original_readers", "must be ids of letters, digits, hyphens or underscores"
            )


def _check_patterns(patterns: Sequence[PersonalPattern]) -> None:
    check_count("patterns", patterns, PATTERNS_MAX)
    check_once("patterns", [one.name for one in patterns])
    for number, one in enumerate(patterns, start=1):
        where = f"patterns[{number}]"
        check_name(f"{where}.name", one.name)
        if len(one.expression) > PATTERN_CHARS_MAX:
            raise Malformed(f"{where}.expression", f"is longer than {PATTERN_CHARS_MAX} characters")
        try:
            compile_pattern(one.expression)
        except ValueError as error:
            raise Malformed(f"{where}.expression", str(error)) from error


class PrivacyPolicies:
    """Handles commands about privacy policies, and tells which one holds."""

    def __init__(self, register: Register, *, now: Callable[[], datetime]) -> None:
        self._held = HoldingOne(register, fact=PrivacyPolicyPublished, id=ID, now=now)

    async def current(self, tenant: TenantName) -> PrivacyPolicyPublished | None:
        """Return the policy that holds; None: the tenant has published none.

        Raises:
            HistoryUnreadable: another version published it.
            LogUnavailable: no answer; asking again is safe.
        """
        return await self._held.current(tenant)

    async def may_read_originals(self, tenant: TenantName, reader_id: str) -> bool:
        """Tell whether somebody may read and hear what was said before anything was removed.

        Raises:
            as `current`.
        """
        held = await self.current(tenant)
        return held is not None and reader_id in held.original_readers

    async def publish(
        self, tenant: TenantName, command: PublishPrivacyPolicy, *, command_id: str, actor: str
    ) -> Outcome:
        """Let a policy hold from now on.

        Raises:
            Malformed: it cannot hold; what held goes on holding.
            LogUnavailable: no answer; repeating the call is safe.
        """
        return await self._held.publish(
            tenant, lambda held: decide(held, command), command_id=command_id, actor=actor
        )
