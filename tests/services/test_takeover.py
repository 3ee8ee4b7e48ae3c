"""A service goes on where it was, in one process at a time, on the stream it knows."""

import asyncio

import pytest
from antiphon.errors import (
    EpochChanged,
    Fault,
    PositionBeyondEnd,
    StreamMoved,
)
from antiphon.events.base import (
    START,
    ContactRef,
)
from antiphon.events.journal import Journal
from antiphon.events.log import EventLog
from antiphon.infra.jetstream.attendance import LEASE_TTL_S
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.attempts import leaves
from antiphon.services.ranges import RANGES
from antiphon.services.reactor import Care, Inbox
from structlog.testing import capture_logs

from ..builders import CONTACT, contact
from ..contracts.crowd import Watched
from .site import (
    PROMPT_S,
    STREAM,
    DistantLog,
    Seen,
    Site,
    hastening,
    output,
    standing_still,
    until,
)

A_LITTLE_S = 0.25  # of the time of who runs and looks as often as that


async def test_a_restart_wakes_who_was_not_finished_with_and_goes_on(site: Site) -> None:
    done, live = contact("done"), contact("live")

    def caring(seen: Seen) -> Care:
        async def care(of: ContactRef, inbox: Inbox) -> None:
            if of == done:
                seen.starts.append(of)
                return
            await seen(of, inbox)

        return care

    first, second = Seen(), Seen()
    progress = site.start(caring(first))
    [ended] = await site.happens(done)
    before = await site.happens(live, 3)
    await until(lambda: progress.position == before[-1])
    await until(first.saw(live, before))
    async with asyncio.timeout(PROMPT_S):
        saved = await site.saved(done)
        while saved.position < ended or done.contact_id in saved.open:
            saved = await site.saved(done)
    await site.stop()
    while_away = await site.happens(live, 2)
    site.start(caring(second))
    after = await site.happens(live)

    await until(second.saw(live, before + while_away + after))
    for _ in range(200):
        await asyncio.sleep(0)  # time enough for others to be woken
    assert second.starts == [live]


async def test_a_bookmark_is_saved_while_running(site: Site) -> None:
    seen = Seen()
    site.start(seen)
    [position] = await site.happens()
    await until(lambda: CONTACT in seen.positions)

    state = await site.saved()
    async with asyncio.timeout(PROMPT_S):
        while state.position != position:
            state = await site.saved()

    assert state.open == {CONTACT.contact_id: position}
    assert state.epoch == (await site.log.state(STREAM)).epoch


async def test_a_second_process_waits_until_the_first_releases(site: Site) -> None:
    first, second = Seen(), Seen()
    site.start(first, owner="one")
    before = await site.happens()
    await until(first.saw(CONTACT, before))
    standby = site.start(second, owner="two")
    between = await site.happens()
    await until(first.saw(CONTACT, between))
    assert second.starts == []
    assert standby.silent_s < PROMPT_S

    await site.stop("one")

    await until(second.saw(CONTACT, before + between))


async def test_a_zombie_cannot_write_and_stops_when_it_notices(memory_site: Site) -> None:
    site = memory_site
    outcomes: list[tuple[str, type[Exception] | None]] = []
    to_journal, to_leases = DistantLog(site.log), DistantLog(site.log)

    def caring(owner: str, journal: Journal) -> Care:
        async def care(of: ContactRef, inbox: Inbox) -> None:
            try:
                await journal.append(of, [output(of, owner)], expected=START)
            except Fault as fault:
                outcomes.append((owner, type(fault)))
                raise
            outcomes.append((owner, None))
            await asyncio.Event().wait()

        return care

    zombies = Journal(to_journal, MemoryKeys())
    to_journal.up.clear()
    # Its clock stands, as that of a process that was stopped in the middle of a step.
    site.start(caring("zombie", zombies), owner="one", leases_on=to_leases, clock=standing_still)
    await site.happens()
    async with asyncio.timeout(PROMPT_S):
        while not (await site.saved()).open:
            pass
    to_leases.up.clear()
    site.start(caring("heir", site.journal), owner="two", clock=hastening)

    await until(lambda: ("heir", None) in outcomes)
    with capture_logs() as logs:
        to_journal.up.set()
        await until(lambda: len(outcomes) == 2)
        for _ in range(200):
            await asyncio.sleep(0)  # time enough to try again, for who would
        to_leases.up.set()
        await until(lambda: "lease_lost" in [entry["event"] for entry in logs])

    # Refused, and not tried again before the lease was asked for.
    assert outcomes == [("heir", None), ("zombie", StreamMoved)]
    facts = [one async for one in site.journal.read(CONTACT, lanes=["guidance"])]
    assert [one.id for one in facts] == ["c-1-heir"]


async def test_who_is_not_heard_stops_every_contact_before_another_may_start(
    memory_site: Site,
) -> None:
    site, to_leases, clock = memory_site, DistantLog(memory_site.log), Watched()
    cancelled: list[ContactRef] = []
    contacts = [contact(f"c-{number}") for number in range(20)]
    started: list[ContactRef] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        started.append(of)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(of)
            raise

    site.start(care, leases_on=to_leases, clock=clock)
    for one in contacts:
        await site.happens(one)
    # All are cared for now; a machine that stood still may have had them started twice.
    await until(lambda: len(started) - len(cancelled) == len(contacts))
    watching = Leases(site.log, clock=clock)
    async with watching.attending("two"):
        watching.offer("guidance")
        assert tuple(watching.sharers("guidance")) == ("one", "two")
        to_leases.up.clear()
        for _ in range(round(LEASE_TTL_S / A_LITTLE_S)):
            if len(cancelled) < len(started):
                clock.after(A_LITTLE_S)
                await clock.is_looked_at()
        assert len(cancelled) == len(started)

        # Nobody else would have thought of taking over yet.
        assert tuple(watching.sharers("guidance")) == ("one", "two")

    # Heard again, it asks again, and wakes them all again.
    to_leases.up.set()
    await until(lambda: len(started) - len(cancelled) == len(contacts))
    assert set(cancelled) == set(contacts)


# Another stream


async def test_a_bookmark_of_another_stream_is_refused_loudly(memory_site: Site) -> None:
    site, seen = memory_site, Seen()
    progress = site.start(seen)
    await site.happens()
    await until(lambda: progress.position == 1)
    await site.stop()
    await _made_anew(site.log)

    with capture_logs() as logs:
        for _ in range(2):
            site.start(seen)
            await _fails(site, EpochChanged)

    refusals = [entry for entry in logs if entry["event"] == "bookmark_of_another_stream"]
    # Each of the ranges says so, each time.
    assert [entry["log_level"] for entry in refusals] == 2 * len(RANGES) * ["error"]
    assert "start_over" in refusals[0]["way_out"]


async def _made_anew(log: EventLog) -> None:
    """The tenant's stream is deleted and made again; the leases stay."""
    assert isinstance(log, MemoryLog)
    log._streams.pop(STREAM)  # pyright: ignore[reportPrivateUsage]
    await log.create(STREAM)


async def test_starting_over_reads_all_the_new_stream_holds(memory_site: Site) -> None:
    site, seen, again = memory_site, Seen(), Seen()
    progress = site.start(seen)
    await site.happens(count=3)
    await until(lambda: progress.position == 3)
    await site.stop()
    await _made_anew(site.log)
    expected = await site.happens(contact("c-2"), 2)

    site.start(again, start_over=True)

    await until(again.saw(contact("c-2"), expected))
    assert again.starts == [contact("c-2")]


async def test_a_bookmark_past_the_end_is_refused(memory_site: Site) -> None:
    site, seen = memory_site, Seen()
    progress = site.start(seen)
    await site.happens(count=3)
    await until(lambda: progress.position == 3)
    await site.stop()
    # A backup older than the bookmark was restored.
    assert isinstance(site.log, MemoryLog)
    site.log._streams[STREAM].entries.pop()  # pyright: ignore[reportPrivateUsage]

    site.start(seen)

    await _fails(site, PositionBeyondEnd)


async def _fails(site: Site, error: type[Exception]) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await site.tasks.pop("one")
    assert [type(one) for one in leaves(raised.value)] == [error]
