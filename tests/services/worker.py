"""A process that runs a service, for tests that kill it: `python -m tests.services.worker`.

It answers every fact of lane `life` with one of lane `guidance`. Unlike a service's, its ids
are its own: an answer that another process gave already is kept out by nothing but the history
and the condition of the append. For a contact called `gate` it stands still before it writes,
with all its coroutines, until the pipe named GATE has a byte for it; then it writes in any case
and says on its standard output how that came out.
"""

import asyncio
import os
import sys
from collections.abc import Container
from pathlib import Path

from antiphon.errors import Fault
from antiphon.events.base import (
    START,
    ContactRef,
    Draft,
    EventId,
    Position,
    Recorded,
    TenantName,
    service_event_id,
)
from antiphon.events.journal import Journal
from antiphon.events.progress import Progress
from antiphon.infra.jetstream import attendance
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.logs import set_up_logs
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.services.reactor import Inbox, run

from ..builders import draft, guidance_expired

TENANT = TenantName("demo")
LANES = ("life", "guidance")
# A quarter of the real ones, so that tests need not wait; the same order, and room for a
# machine that is busy.
TTL_S, UNHEARD_S_MAX, BEAT_EVERY_S = 1.5, 0.9, 0.2


def answer_to(of: ContactRef, fact: Recorded, *, owner: str) -> Draft:
    """Return what a fact earns, with who answers as the correlation."""
    return Draft(
        event=guidance_expired(),
        id=service_event_id("guidance", of, fact.id, owner),
        occurred_at=draft(guidance_expired()).occurred_at,
        actor="service:guidance",
        correlation=owner,
        causation=fact.cause,
    )


class Answering:
    """The service."""

    name = "guidance"
    lanes = LANES

    def __init__(self, journal: Journal, owner: str) -> None:
        self._journal = journal
        self._owner = owner

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        answers = [fact for fact in inbox.history if fact.lane == "guidance"]
        answered = {one.causation.event_id for one in answers if one.causation is not None}
        end = answers[-1].position if answers else START
        for fact in inbox.history:
            end = await self._answer(contact, fact, answered, end)
        async for fact in inbox:
            end = await self._answer(contact, fact, answered, end)

    async def _answer(
        self, contact: ContactRef, fact: Recorded, answered: Container[EventId], end: Position
    ) -> Position:
        made = answer_to(contact, fact, owner=self._owner)
        if fact.lane != "life" or fact.id in answered:
            return end
        if contact.contact_id == "gate":
            return await asyncio.shield(self._pass_the_gate(contact, made, end))
        await self._journal.lane_end(contact, "life")  # some I/O between cause and effect
        return await self._journal.append(contact, [made], expected=end)

    async def _pass_the_gate(self, contact: ContactRef, made: Draft, end: Position) -> Position:
        _say("at the gate")
        # In the middle of a step: nothing else may run.
        with Path(os.environ["GATE"]).open("rb", buffering=0) as gate:  # noqa: ASYNC230
            gate.read(1)
        try:
            end = await self._journal.append(contact, [made], expected=end)
        except Fault as fault:
            _say(f"refused: {fault.code}")
            raise
        _say("written")
        return end


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(url: str, owner: str) -> None:
    attendance.LEASE_TTL_S = TTL_S
    attendance.UNHEARD_S_MAX = UNHEARD_S_MAX
    attendance.BEAT_EVERY_S = BEAT_EVERY_S
    async with connected(url, name=owner) as nc:
        log = JetStreamLog(nc)
        leases, letters = Leases(log), LetterBox(log)
        journal = Journal(log, MemoryKeys())
        async with leases.attending(owner), asyncio.TaskGroup() as tasks:
            tasks.create_task(letters.run())
            await run(
                Answering(journal, owner),
                tenant=TENANT,
                journal=journal,
                leases=leases,
                letters=letters,
                progress=Progress("worker", TENANT),
            )


if __name__ == "__main__":
    set_up_logs("info", file=sys.stderr)
    asyncio.run(main(sys.argv[1], sys.argv[2]))
