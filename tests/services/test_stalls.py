"""A process stands still for longer than others wait for it: what becomes of its contacts."""

import asyncio

from antiphon.events.base import ContactRef
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import LEASE_TTL_S
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.services.ranges import RANGES
from antiphon.services.reactor import Inbox
from structlog.testing import capture_logs

from ..contracts.crowd import NOTHING, Deaf, Silencing, Watched
from .site import Seen, Site, hastening, one_of_each_range, until


async def test_a_process_that_stood_still_and_was_not_replaced_starts_no_contact_again(
    site: Site,
) -> None:
    seen, clock, network = Seen(), Watched(), Silencing(site.log)
    contacts = one_of_each_range()
    site.start(seen, leases_on=network, clock=clock)
    before = {one: await site.happens(one) for one in contacts}
    for one in contacts:
        await until(seen.saw(one, before[one]))

    with capture_logs() as logs:
        network.silence(PROCESSES)
        await network.refused.wait()
        clock.after(10 * LEASE_TTL_S)
        await clock.is_looked_at()
        while_unheard = {one: await site.happens(one) for one in contacts}
        network.silence(NOTHING)
        await until(lambda: "leases_renewed" in [entry["event"] for entry in logs])
    after = {one: await site.happens(one) for one in contacts}

    for one in contacts:
        await until(seen.saw(one, before[one] + while_unheard[one] + after[one]))
    assert sorted(seen.starts) == sorted(contacts)
    assert "lease_lost" not in [entry["event"] for entry in logs]
    kept = [entry["kept"] for entry in logs if entry["event"] == "leases_renewed"]
    assert kept == [len(RANGES)]


async def test_a_process_that_stood_still_and_was_replaced_stops_every_contact(
    memory_site: Site,
) -> None:
    site, heir, clock = memory_site, Seen(), Watched()
    # It does not hear who takes its leases: it has to find out by asking.
    network = Silencing(Deaf(site.log, LEASES))
    contacts = one_of_each_range()
    started: list[ContactRef] = []
    stopped: list[ContactRef] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        started.append(of)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(of)

    site.start(care, leases_on=network, clock=clock)
    facts = {one: await site.happens(one) for one in contacts}
    await until(lambda: len(started) == len(contacts))
    network.silence(PROCESSES)
    await network.refused.wait()
    site.start(heir, owner="two", clock=hastening)
    for one in contacts:
        await until(heir.saw(one, facts[one]))
    # Some it gave up in order, when it heard that there are two of them now.
    still_cared_for = set(contacts) - set(stopped)

    clock.after(10 * LEASE_TTL_S)
    network.silence(NOTHING)

    await until(lambda: set(stopped) == set(contacts))
    assert still_cared_for
