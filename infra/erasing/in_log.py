"""What the log keeps of contacts: facts, which stay and cannot be opened, and recent audio."""

from collections import Counter
from collections.abc import Sequence

from ...events.base import ContactId, ContactRef, TenantName
from ...events.erasure import Counted
from ...events.faultpoints import FaultPoint, reach
from ...events.subjects import audio_stream, audio_subject, fact_filters, facts_stream
from ..jetstream.subjects_kept import SubjectsKept


class FactsKept:
    """See `Store`. Facts are never deleted: what was personal in them is sealed."""

    name = "facts"

    def __init__(self, subjects: SubjectsKept) -> None:
        self._subjects = subjects

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`: by lane."""
        lanes: Counter[str] = Counter()
        for contact_id in contact_ids:
            for pattern in fact_filters(tenant, contact_id=contact_id):
                found = await self._subjects.count(facts_stream(tenant), pattern)
                for subject, number in found.items():
                    lanes[subject.rpartition(".")[2]] += number
        return [Counted(self.name, lane, number) for lane, number in sorted(lanes.items())]

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`: the keys are gone, and that is enough."""


class AudioKept:
    """See `Store`. Of the last day; sealed, and purged all the same."""

    name = "audio"

    def __init__(self, subjects: SubjectsKept) -> None:
        self._subjects = subjects

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`."""
        total = 0
        for contact_id in contact_ids:
            subject = audio_subject(ContactRef(tenant, contact_id))
            found = await self._subjects.count(audio_stream(tenant), subject)
            total += sum(found.values())
        return [Counted(self.name, "chunks", total)] if total else []

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`."""
        for contact_id in contact_ids:
            subject = audio_subject(ContactRef(tenant, contact_id))
            await self._subjects.purge(audio_stream(tenant), subject)
        await reach(FaultPoint.AUDIO_PURGED)
