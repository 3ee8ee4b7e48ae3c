"""Whoever is cut comes back and has missed nothing."""

import asyncio

import httpx
import pytest
from antiphon.api.ports import Limits
from antiphon.events.base import ContactRef

from ..builders import (
    CONTACT,
    contact,
    contact_started,
)
from .screen import CALL, Screen, Served, facts, said, serving, taken_by, truth
from .sse_client import listening
from .world import QUICK
from .world import api as make_api


async def screen_of(served: Served, agent_id: str, of: ContactRef, *, cut_after: int) -> Screen:
    """Follow a desk while a call is played; be cut after so many facts, and come back."""
    screen = Screen()
    async with listening(served.agent(agent_id)) as stream:
        screen.take(await stream.until("snapshot"))
        playing = asyncio.create_task(served.tell(contact_started(), *CALL, contact=of))
        taken = 0
        while taken < cut_after and (heard := await stream.next()) is not None:
            screen.take(heard)
            taken += heard.id is not None
            if heard.event == "transcript_completed":
                break
        last_id = stream.last_id
    end = await playing
    async with listening(served.agent(agent_id), last_event_id=last_id) as stream:
        # Not until it looks complete: a snapshot of two read models may, and the rest follows.
        while position_of(stream.last_id or last_id) < end:
            heard = await stream.next()
            assert heard is not None, "the stream ended early"
            screen.take(heard)
    for progress in served.api.shown:
        await progress.until(end)
    return screen


def position_of(event_id: str | None) -> int:
    return int((event_id or "-0").rpartition("-")[2])


async def test_a_desk_that_is_cut_at_any_fact_ends_up_showing_everything(served: Served) -> None:
    facts_of_the_desk = CALL[4:]  # from the moment that the agent is known

    for cut_after in range(len(facts_of_the_desk) + 1):
        of = contact(f"c-{cut_after}")
        screen = await screen_of(served, "late", of, cut_after=cut_after)

        assert screen.contacts[of.contact_id] == await truth(served.api, of), cut_after


async def test_a_contact_stream_cut_at_any_fact_gives_every_fact_once(served: Served) -> None:
    expected = [event.TYPE for event in CALL]

    for cut_after in range(len(CALL) + 1):
        of = contact(f"k-{cut_after}")
        await served.show(contact_started(), contact=of)
        url = served.contact(of.contact_id)
        async with listening(url) as stream:
            await stream.until("snapshot")
            playing = asyncio.create_task(served.tell(*CALL, contact=of))
            while len(facts(stream.heard)) < cut_after:
                assert await stream.next() is not None
            first, last_id = facts(stream.heard), stream.last_id
        await playing
        async with listening(url, last_event_id=last_id) as stream:
            rest = facts(await stream.rest()) if stream.response.status_code == 200 else []

        assert first + rest == expected, cut_after


async def test_who_comes_back_with_an_id_is_sent_what_followed(served: Served) -> None:
    await served.show(contact_started(), *CALL[:2])
    async with listening(served.contact()) as stream:
        last_id = (await stream.until("snapshot")).id
    await served.tell(*CALL[2:4], said(9))

    async with listening(served.contact(), last_event_id=last_id) as by_header:
        first = [await by_header.next() for _ in range(3)]
    async with listening(f"{served.contact()}?last_event_id={last_id}") as by_query:
        second = [await by_query.next() for _ in range(3)]

    for told in (first, second):
        names = [one.event for one in told if one is not None]
        assert names == ["utterance_finalized", "guidance_issued", "utterance_finalized"]


async def test_who_was_away_for_long_begins_with_a_snapshot(postgres_url: str) -> None:
    limits = Limits(heartbeat_s=0.2, resume_positions=3)
    async with serving(postgres_url, limits) as served:
        await served.show(contact_started(), taken_by("ada"))
        async with listening(served.agent()) as stream:
            last_id = (await stream.until("snapshot")).id
        await served.show(*(said(number) for number in range(5)))

        async with listening(served.agent(), last_event_id=last_id) as stream:
            told = await stream.next()

    assert told is not None
    assert (told.event, len(told.data["contacts"][0]["lines"])) == ("snapshot", 5)


async def test_a_read_model_that_lags_leaves_no_hole(postgres_url: str) -> None:
    async with make_api(postgres_url, limits=QUICK) as api:
        await api.tell(contact_started(), taken_by("ada"), said(1))
        await api.project()
        async with api.serving() as url, listening(f"{url}/v1/agents/ada/stream") as first:
            await first.until("snapshot")
            await api.tell(said(2), said(3))  # nobody projects these
            await first.until(lambda heard: heard.data.get("utterance_id", "")[-1:] == "3")

            async with listening(f"{url}/v1/agents/ada/stream") as desk:
                opening = await desk.until("snapshot")
                later = [await desk.until("utterance_finalized") for _ in range(2)]
            async with listening(f"{url}/v1/contacts/c-1/stream") as one:
                await one.until("snapshot")
                also = [await one.until("utterance_finalized") for _ in range(2)]

    assert len(opening.data["contacts"][0]["lines"]) == 1
    for told in (later, also):
        assert [one.data["utterance_id"] for one in told] == [
            "from_customer-2",
            "from_customer-3",
        ]


async def test_a_contact_that_came_while_the_read_models_lagged_is_followed(
    postgres_url: str,
) -> None:
    async with make_api(postgres_url, limits=QUICK) as api, api.serving() as url:
        await api.tell(contact_started())
        await api.project()
        async with listening(f"{url}/v1/contacts/c-1/stream") as other:
            await other.until("snapshot")
            # This was sent on before the desk below listens, and nobody projected it.
            await api.tell(taken_by("ada"))
            await other.until("agent_connected")

            async with listening(f"{url}/v1/agents/ada/stream") as desk:
                opening = await desk.until("snapshot")
                await api.tell(said(1))
                async with api.projecting():
                    joined = await desk.until("snapshot")
                    told = await desk.until("utterance_finalized")

    assert opening.data["contacts"] == []
    assert (joined.data["contact_id"], told.data["contact_id"]) == ("c-1", "c-1")


async def refused(url: str, last_event_id: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(url, headers={"Last-Event-ID": last_event_id})


@pytest.mark.parametrize("of", ["contact", "agent"])
async def test_an_id_of_another_epoch_or_beyond_the_end_is_refused_by_name(
    served: Served, of: str
) -> None:
    end = await served.show(contact_started(), taken_by("ada"))
    epoch = (await served.api.journal.state(CONTACT.tenant)).epoch
    url = served.contact() if of == "contact" else served.agent()

    answers = [
        await refused(url, f"another-{end}"),
        await refused(url, f"{epoch}-{end + 1}"),
        await refused(url, "nonsense"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "epoch_changed"),
        (409, "position_beyond_end"),
        (422, "malformed"),
    ]


async def test_a_stream_of_an_unknown_contact_is_not_found(served: Served) -> None:
    await served.show(contact_started())
    async with httpx.AsyncClient() as http:
        answer = await http.get(served.contact("never"))

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


async def test_an_agent_without_contacts_has_an_empty_desk(served: Served) -> None:
    await served.show(contact_started())

    async with listening(served.agent("nobody")) as stream:
        told = await stream.until("snapshot")

    assert told.data["contacts"] == []


async def test_who_has_seen_all_of_a_contact_is_told_not_to_return(served: Served) -> None:
    await served.show(contact_started(), *CALL)

    async with listening(served.contact()) as stream:
        told = await stream.rest()
    async with httpx.AsyncClient() as http:
        again = await http.get(served.contact(), headers={"Last-Event-ID": stream.last_id or ""})

    assert [one.event for one in told] == ["snapshot", "stream_closed"]
    assert (again.status_code, again.content) == (204, b"")
