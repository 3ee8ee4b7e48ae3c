"""What each tenant has masked, from its privacy policy as it holds at the moment."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ..commands.privacy import PrivacyPolicies
from ..events.base import TenantName
from ..events.privacy.protection import Protection, protection_of
from ..events.privacy.rules import PersonalRecognizer
from ..events.privacy_policy import PrivacyPolicyPublished
from ..events.register import Register
from .looking_beside import LookingBeside
from .presidio import presidio_recognizer
from .settings import Settings


class Protecting:
    """Tells how a tenant protects what is said. Compiles a policy once.

    Raises what `PrivacyPolicies.current` does: where the policy cannot be known, nobody is heard.
    """

    def __init__(
        self, policies: PrivacyPolicies, *, recognizers: Sequence[PersonalRecognizer] = ()
    ) -> None:
        self._policies = policies
        self._beside = LookingBeside(recognizers) if recognizers else None
        self._known: dict[TenantName, tuple[PrivacyPolicyPublished | None, Protection]] = {}

    async def __call__(self, tenant: TenantName) -> Protection:
        policy = await self._policies.current(tenant)
        known = self._known.get(tenant)
        if known is None or known[0] != policy:
            known = self._known[tenant] = policy, protection_of(policy, self._beside)
        return known[1]


def protecting_of(
    settings: Settings, register: Register, *, now: Callable[[], datetime]
) -> Protecting:
    """Return how tenants are protected in a process of these settings.

    Raises:
        SettingWrong: a further recogniser is asked for and not installed.
    """
    beside = [presidio_recognizer()] if settings.personal_recognizer == "presidio" else []
    return Protecting(PrivacyPolicies(register, now=now), recognizers=beside)
