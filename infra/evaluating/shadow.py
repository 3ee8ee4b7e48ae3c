"""Stored contacts, heard once more with another playbook, policy or model. Nothing is written.

The guidance service itself hears them, on a log in memory; what it comes to is held against what
the contact's own log says was issued.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct

from ...events.base import ContactRef, Recorded, TenantName
from ...events.contact import ContactEndCorrected, ContactEnded
from ...events.speech import UtteranceFinalized
from ...services.guidance.playbook import Playbook
from ...services.guidance.policy import Policy
from ...services.guidance.shelf import Edition, Shelf
from .comparing import Answer, Compared, answer_of, compare, labels_of
from .player import NO_HEADS, Heads, play
from .retelling import Retold, retold


class ShadowShelf:
    """A shelf of playbooks, and of the policy that chooses among them, for every tenant.

    Without a policy, `playbook` is for everybody.
    """

    def __init__(
        self,
        playbook: Playbook,
        *,
        policy: Policy | None = None,
        others: Mapping[str, Playbook] | None = None,
    ) -> None:
        """`others` are what a policy may name besides, by name; `playbook` goes before them."""
        self._playbooks = {**(others or {}), playbook.name: playbook}
        self._policy = policy
        self._for_everybody = (playbook.name,)

    async def edition(self, tenant: TenantName) -> Edition:  # noqa: ARG002 (one for all)
        """See `Shelf.edition`."""
        return Edition(
            policy=self._policy,
            playbooks=self._playbooks,
            built_in={},
            for_everybody=self._for_everybody,
        )

    async def policy(self, tenant: TenantName, version: str) -> Policy | None:  # noqa: ARG002
        """See `Shelf.policy`."""
        held = self._policy
        return held if held is not None and held.version == version else None

    async def playbook(self, tenant: TenantName, name: str, version: str) -> Playbook | None:  # noqa: ARG002
        """See `Shelf.playbook`."""
        held = self._playbooks.get(name)
        return held if held is not None and held.version == version else None


class Shadowed(Struct, frozen=True, kw_only=True):
    """A contact that was heard once more."""

    compared: Compared
    retold: Retold


async def shadow(
    facts: Sequence[Recorded],
    shelf: Shelf,
    *,
    against: Shelf | None = None,
    heads: Heads = NO_HEADS,
) -> Shadowed:
    """Hear a contact once more and hold it against its log; with `against`, against that shelf.

    `facts` are a contact's, in the order of its log, one at least. In a thread: other contacts
    may be read meanwhile, and models be asked that belong to this loop.

    Raises:
        Fault: what the service raises.
    """
    contact, again = facts[0].contact, retold(facts)
    after = await _heard(again, contact, shelf, heads)
    if against is None:
        before = answer_of(facts, clock_zero_at=again.clock_zero_at)
    else:
        before = await _heard(again, contact, against, heads)
    compared = compare(
        contact.contact_id,
        minutes=_minutes(facts, again),
        before=before,
        after=after,
        labels=labels_of(facts),
    )
    return Shadowed(compared=compared, retold=again)


async def _heard(again: Retold, contact: ContactRef, shelf: Shelf, heads: Heads) -> Answer:
    came = await asyncio.to_thread(
        play, again.told, shelf, contact=contact, begin=again.begin, heads=heads
    )
    return answer_of(came, clock_zero_at=again.clock_zero_at)


def _minutes(facts: Sequence[Recorded], again: Retold) -> float:
    """Return how long a contact lasted: to its end, or to the end of its last words."""
    zero = again.clock_zero_at
    if zero is None:
        return 0.0
    ends = [
        zero + timedelta(milliseconds=one.event.ended_ms)
        for one in facts
        if isinstance(one.event, UtteranceFinalized)
    ]
    told = [
        one.event.ended_at
        for one in facts
        if isinstance(one.event, ContactEnded | ContactEndCorrected)
    ]
    # The last that was told of the end is right; words that ran on past it were said.
    last = max([*ends, *told[-1:]], default=zero)
    return max(0.0, (last - zero) / timedelta(minutes=1))
