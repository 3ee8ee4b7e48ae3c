"""Originals that a policy does not want kept: gone for good, and never against a hold.

That they go stands in the register before it is done, as with those whose time is over: a key
store that is restored is told again, and a hold that was acknowledged before is seen.
"""

from msgspec import Struct

from ...commands.erasure_ports import Holds
from ...commands.expiry import Expirer
from ...events.base import ContactRef, Holder
from ...events.faultpoints import FaultPoint, reach
from ...events.privacy_policy import PrivacyPolicyPublished
from ...events.quarantine import Quarantine
from ...events.redaction import OriginalDestroyed, OriginalKept
from .redactor import Redactor
from .rounds import SERVICE

ACTOR = f"service:{SERVICE}"

_ORIGINAL: Holder = "original"


class Fate(Struct, frozen=True, kw_only=True):
    """What is to become of a contact's originals now."""

    unwanted: bool = False  # by policy
    hold_ids: tuple[str, ...] = ()  # that keep them from it
    decided: bool = False  # the register says that they go


_STAY = Fate()


class Originals:
    """Decides about a contact's originals, and destroys them. Any number may be at one contact."""

    def __init__(self, *, redactor: Redactor, expirer: Expirer, holds: Holds) -> None:
        """`expirer` acts as `ACTOR`."""
        self._redactor = redactor
        self._expirer = expirer
        self._holds = holds

    async def fate(
        self, contact: ContactRef, known: Quarantine, policy: PrivacyPolicyPublished | None
    ) -> Fate:
        """Return what is to become of originals.

        Whether they are wanted, and held, is asked once all else is done. What was decided is
        carried out whatever policies and holds say since: their key may be gone.

        Raises:
            HistoryUnreadable: another version placed a hold, or decided something here.
            LogUnavailable: no answer; asking again is safe.
        """
        if known.round == 0 or known.destroyed:
            return _STAY  # nobody decides before there is something in their place
        if _ORIGINAL in (await self._expirer.find(contact)).holders:
            return Fate(decided=True)
        if known.released is None or policy is None or policy.originals != "destroy":
            return _STAY
        return Fate(unwanted=True, hold_ids=await self._hold_ids(contact))

    async def destroy(
        self, contact: ContactRef, policy: PrivacyPolicyPublished | None
    ) -> OriginalDestroyed | OriginalKept:
        """Destroy them unless a hold came meanwhile; return the fact of it. May be repeated.

        Raises:
            StreamMoved: another process is at it.
            StoreUnavailable, ArchiveUnavailable, LogUnavailable: call again; what is done is done.
        """
        expiry = await self._expirer.find(contact)
        if _ORIGINAL not in expiry.holders:
            assert policy is not None, "who wants originals destroyed has said so"
            version = policy.version
            expiry = await self._expirer.propose(contact, ("original",), policy_version=version)
            await reach(FaultPoint.ORIGINAL_PROPOSED)
            if hold_ids := await self._hold_ids(contact):
                return OriginalKept(hold_ids=hold_ids, policy_version=version)
            expiry = await self._expirer.decide(contact, expiry, {_ORIGINAL}, version=version)
            await reach(FaultPoint.ORIGINAL_DECIDED)
        await self._expirer.destroy(contact, {_ORIGINAL})
        objects = await self._redactor.delete_original(contact)
        await reach(FaultPoint.ORIGINAL_GONE)
        is_own = expiry.decided_by[_ORIGINAL] == ACTOR
        return OriginalDestroyed(objects=objects, by="policy" if is_own else "retention")

    async def _hold_ids(self, contact: ContactRef) -> tuple[str, ...]:
        held = await self._holds.covering(contact.tenant, (contact.contact_id,))
        return held.get(contact.contact_id, ())
