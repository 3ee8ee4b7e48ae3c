"""What each tenant has masked, from its privacy policy as it holds at the moment."""

from ..commands.privacy import PrivacyPolicies
from ..events.base import TenantName
from ..events.privacy.protection import EVERYTHING, Protection, protection_of


class Protecting:
    """Tells how a tenant protects what is said. Compiles a policy once.

    Raises what `PrivacyPolicies.current` does: where the policy cannot be known, nobody is heard.
    """

    def __init__(self, policies: PrivacyPolicies) -> None:
        self._policies = policies
        self._known: dict[TenantName, Protection] = {}

    async def __call__(self, tenant: TenantName) -> Protection:
        policy = await self._policies.current(tenant)
        known = self._known.get(tenant, EVERYTHING)
        if known.version != ("" if policy is None else policy.version):
            known = self._known[tenant] = protection_of(policy)
        return known
