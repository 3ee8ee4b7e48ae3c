"""Streams: a snapshot, then all that comes; whoever is cut comes back and has missed nothing."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from antiphon.api.ports import Limits
from antiphon.events.base import AgentId, ContactRef, Event, GuidanceId, UtteranceId
from antiphon.events.progress import Progress
from antiphon.projections.desk import desk_contact_of

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    audio_stream_opened,
    checklist_item_ticked,
    contact,
    contact_ended,
    contact_held,
    contact_resumed,
    contact_started,
    guidance_issued,
    guidance_used,
    transcript_completed,
    utterance_finalized,
    utterance_partial,
)
from ..projections.world import TENANT
from .sse_client import Heard, Listener, listening
from .world import QUICK, Api
from .world import api as make_api

WAIT_S = 15.0


class Served:
    """An API that listens, with its read models up to date."""

    def __init__(self, api: Api, url: str) -> None:
        self.api = api
        self.url = url
        self.tell = api.tell

    async def show(self, *events: Event, contact: ContactRef = CONTACT) -> int:
        """Tell, and let the read models show it."""
        end = await self.tell(*events, contact=contact)
        for progress in self.api.shown:
            await progress.until(end)
        return end

    def contact(self, contact_id: str = CONTACT.contact_id) -> str:
        return f"{self.url}/v1/contacts/{contact_id}/stream"

    def agent(self, agent_id: str = "ada") -> str:
        return f"{self.url}/v1/agents/{agent_id}/stream"


@asynccontextmanager
async def serving(postgres_url: str, limits: Limits = QUICK) -> AsyncGenerator[Served]:
    async with (
        make_api(postgres_url, limits=limits) as api,
        api.projecting(),
        api.serving() as url,
    ):
        yield Served(api, url)


@pytest_asyncio.fixture
async def served(postgres_url: str) -> AsyncGenerator[Served]:
    async with serving(postgres_url) as made:
        yield made


def taken_by(agent_id: str, seconds: float = 0) -> Event:
    return agent_connected(agent_id=AgentId(agent_id), connected_at=at(seconds))


def said(number: int, *, track: str = "from_customer", started_ms: int = 1_000) -> Event:
    return utterance_finalized(
        utterance_id=UtteranceId(f"{track}-{number}"), track=track, started_ms=started_ms
    )


# One call with everything a desk shows, its agent told of late.
CALL: Sequence[Event] = [
    audio_stream_opened(clock_zero_at=at(0)),
    said(1),
    said(1, track="to_customer", started_ms=4_000),
    guidance_issued(),
    taken_by("late", 2),
    said(2, track="to_customer", started_ms=6_000),
    audio_gap(),
    contact_held(held_at=at(8)),
    said(3, track="to_customer", started_ms=9_000),
    contact_resumed(resumed_at=at(10)),
    guidance_used(),
    checklist_item_ticked(),
    guidance_issued(guidance_id=GuidanceId("g-2")),
    contact_ended(ended_at=at(20)),
    transcript_completed(),
]


def facts(heard: Sequence[Heard]) -> list[str]:
    """Return the names of the facts among events."""
    return [one.event for one in heard if one.id is not None and one.event != "snapshot"]


class Screen:
    """What a page would show: snapshots replace, facts change."""

    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, Any]] = {}

    def take(self, heard: Heard) -> None:
        if heard.event == "snapshot":
            alone = heard.data.get("contact")
            for one in heard.data["contacts"] if alone is None else [alone]:
                self.contacts[one["contact_id"]] = {
                    "lines": {line["utterance_id"]: line["speaker"] for line in one["lines"]},
                    "cues": {cue["guidance_id"] for cue in one["cues"]},
                    "ticks": {tick["item"] for tick in one["checklist"]},
                    "gaps": {gap["from_ms"] for gap in one["gaps"]},
                    "ended": one["ended_at"] is not None,
                    "completed": one["state"] == "completed",
                }
            return
        if "contact_id" in heard.data and heard.id is not None:
            self._change(self.contacts.setdefault(heard.data["contact_id"], blank()), heard)

    def _change(self, shown: dict[str, Any], heard: Heard) -> None:
        match heard.event:
            case "utterance_finalized":
                shown["lines"][heard.data["utterance_id"]] = heard.data["speaker"]
            case "guidance_issued":
                shown["cues"].add(heard.data["guidance_id"])
            case "guidance_used" | "guidance_expired" | "guidance_dismissed":
                shown["cues"].discard(heard.data["guidance_id"])
            case "checklist_item_ticked":
                shown["ticks"].add(heard.data["item"])
            case "audio_gap":
                shown["gaps"].add(heard.data["from_ms"])
            case "contact_ended":
                shown["ended"] = True
            case "transcript_completed":
                shown["completed"] = True
            case _:
                pass


def blank() -> dict[str, Any]:
    return {
        "lines": {},
        "cues": set(),
        "ticks": set(),
        "gaps": set(),
        "ended": False,
        "completed": False,
    }


async def truth(api: Api, of: ContactRef) -> dict[str, Any]:
    """Return what a screen has to show in the end, from the read model."""
    async with api.world.pool.acquire() as connection:
        desk = await desk_contact_of(connection, of.contact_id)
    (one,) = desk.contacts
    return {
        "lines": {line.utterance_id: line.speaker for line in one.lines},
        "cues": {cue.guidance_id for cue in one.cues},
        "ticks": {tick.item for tick in one.checklist},
        "gaps": {gap.from_ms for gap in one.gaps},
        "ended": one.ended_at is not None,
        "completed": one.state == "completed",
    }


async def test_a_contact_is_told_from_its_snapshot_to_its_end(served: Served) -> None:
    await served.show(contact_started(), *CALL[:2])

    async with listening(served.contact()) as stream:
        opening = await stream.until("snapshot")
        await served.tell(*CALL[2:])
        told = await stream.rest()

    assert [line["text"] for line in opening.data["contact"]["lines"]] == ["my roof leaks"]
    assert facts(told) == [event.TYPE for event in CALL[2:]]
    assert told[-1].event == "stream_closed"


async def test_an_event_carries_what_a_page_needs(served: Served) -> None:
    await served.show(contact_started(), CALL[0])
    state = await served.api.journal.state(CONTACT.tenant)

    async with listening(served.contact()) as stream:
        opening = await stream.until("snapshot")
        position = await served.tell(said(1))
        told = await stream.until("utterance_finalized")

    assert told.id == f"{state.epoch}-{position}"
    assert opening.id is not None
    assert (
        told.data.items()
        >= {
            "contact_id": "c-1",
            "position": position,
            "text": "my roof leaks",
            "speaker": "customer",
            "track": "from_customer",
        }.items()
    )
    assert told.data["recorded_at"].endswith("Z")


async def test_a_partial_is_shown_with_its_speaker_and_without_an_id(served: Served) -> None:
    await served.show(contact_started(), CALL[0], taken_by("ada", 0))

    async with listening(served.agent()) as stream:
        await stream.until("snapshot")
        await stream.until("heartbeat")  # the live feed is listened to by now
        partial = utterance_partial("good", utterance_id="to_customer-1", track="to_customer")
        await served.api.live.publish(CONTACT, partial)
        told = await stream.until("utterance_partial")

    assert (told.id, told.data["speaker"], told.data["text"]) == (None, "agent", "good")


async def test_a_partial_that_was_overtaken_by_its_final_is_not_shown(served: Served) -> None:
    await served.show(contact_started(), CALL[0])

    async with listening(served.contact()) as stream:
        await stream.until("heartbeat")
        await served.tell(said(1))
        await stream.until("utterance_finalized")
        await served.api.live.publish(CONTACT, utterance_partial("my"))
        await served.api.live.publish(
            CONTACT, utterance_partial("then", utterance_id=UtteranceId("from_customer-2"))
        )
        told = await stream.until("utterance_partial")

    assert told.data["text"] == "then"


async def test_a_late_agent_relabels_what_a_page_shows(served: Served) -> None:
    await served.show(contact_started(), *CALL[:3])

    async with listening(served.contact()) as stream:
        before = await stream.until("snapshot")
        await served.tell(taken_by("ada", 2))
        after = await stream.until("snapshot")
        cause = await stream.next()

    speakers = [
        {line["utterance_id"]: line["speaker"] for line in told.data["contact"]["lines"]}
        for told in (before, after)
    ]
    assert speakers[0]["to_customer-1"] == "system"
    assert speakers[1]["to_customer-1"] == "agent"
    assert cause is not None
    assert cause.event == "agent_connected"


async def test_a_desk_begins_with_its_contacts_and_others_join(served: Served) -> None:
    await served.show(contact_started(), taken_by("ada"), said(1))
    second = contact("c-2")

    async with listening(served.agent()) as stream:
        opening = await stream.until("snapshot")
        await served.show(contact_started(), said(1), contact=second)
        await served.tell(taken_by("ada"), said(2), contact=second)
        joined = await stream.until("snapshot")
        told = [await stream.until("agent_connected"), await stream.until("utterance_finalized")]

    assert [one["contact_id"] for one in opening.data["contacts"]] == ["c-1"]
    assert (joined.data["contact_id"], joined.id) == ("c-2", None)
    assert [one.data["contact_id"] for one in told] == ["c-2", "c-2"]


async def test_a_desk_hears_nothing_of_contacts_of_others(served: Served) -> None:
    await served.show(contact_started(), taken_by("bob"))

    async with listening(served.agent()) as stream:
        await stream.until("snapshot")
        await served.tell(said(1))
        await served.show(contact_started(), taken_by("ada"), contact=contact("c-2"))
        told = await stream.until("agent_connected")

    assert told.data["contact_id"] == "c-2"
    assert {one.data.get("contact_id") for one in stream.heard} <= {None, "c-2"}


async def test_a_contact_that_goes_to_another_desk_says_so_and_falls_silent(
    served: Served,
) -> None:
    await served.show(contact_started(), taken_by("ada", 0))

    async with listening(served.agent()) as stream, listening(served.agent("bob")) as other:
        await stream.until("snapshot")
        await other.until("snapshot")
        await served.tell(taken_by("bob", 60), said(1))
        left = await stream.until("agent_connected")
        joined = await other.until("snapshot")
        await other.until("utterance_finalized")
        await served.tell(taken_by("ada", 120), said(2))
        back = await stream.until("snapshot")
        await stream.until("utterance_finalized")

    assert left.data["agent_id"] == "bob"
    assert joined.data["contact"]["agent_id"] == "bob"
    assert len(back.data["contact"]["lines"]) >= 1
    assert facts(stream.heard) == ["agent_connected", "agent_connected", "utterance_finalized"]


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
        while not screen.contacts.get(of.contact_id, blank())["completed"]:
            heard = await stream.next()
            assert heard is not None, "the stream ended early"
            screen.take(heard)
    for progress in served.api.shown:
        await progress.until(end)
    return screen


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


async def test_streams_beat_while_nothing_happens(served: Served) -> None:
    await served.show(contact_started())

    async with listening(served.contact()) as stream:
        told = [await stream.until("heartbeat") for _ in range(2)]

    assert stream.comments >= 2
    assert told[0].data["late"] is False
    assert told[0].data["server_time"] < told[1].data["server_time"]


async def test_a_stream_ends_after_its_lifetime_and_goes_on_where_it_was(
    postgres_url: str,
) -> None:
    async with serving(postgres_url, Limits(heartbeat_s=0.1, lifetime_s=0.3)) as served:
        await served.show(contact_started())
        async with listening(served.contact()) as stream:
            told = await stream.rest()
        await served.tell(said(1))
        async with listening(served.contact(), last_event_id=stream.last_id) as again:
            after = await again.until("utterance_finalized")

    assert "stream_closed" not in {one.event for one in told}
    assert after.data["utterance_id"] == "from_customer-1"


async def test_a_log_that_falls_silent_makes_the_feed_late_and_then_right(
    served: Served,
) -> None:
    await served.show(contact_started())
    followed = served.api.world.log
    async with listening(served.contact()) as stream:
        await stream.until("snapshot")

        followed._idle_s = 3_600.0  # no more signs of life  # pyright: ignore[reportPrivateUsage]
        late = await stream.until("feed_late")
        followed._idle_s = 0.05  # pyright: ignore[reportPrivateUsage]
        await served.tell(said(1))
        right = await stream.until("feed_ok")

    assert (late.data["late"], right.data["late"]) == (True, False)
    assert late.data["late_s"] > 0


async def test_a_client_that_does_not_read_is_cut_and_others_go_on(postgres_url: str) -> None:
    limits = Limits(heartbeat_s=0.1, queue_frames=50, send_s=0.5)
    async with serving(postgres_url, limits) as served:
        await served.show(contact_started())
        host, port = served.url.removeprefix("http://").split(":")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect((host, int(port)))
            path = f"/v1/contacts/{CONTACT.contact_id}/stream"
            deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            async with listening(served.contact()) as reader:
                await reader.until("snapshot")
                await clients(served, 2)

                await flood(served, reader, until_clients=1)
                await served.tell(contact_ended())
                last = await reader.until("contact_ended")

    assert last.data["contact_id"] == CONTACT.contact_id


async def test_a_stalled_consumer_makes_the_feed_late(postgres_url: str) -> None:
    limits = Limits(heartbeat_s=0.2, silent_s=0.5)
    async with make_api(
        postgres_url, limits=limits, loops=[Progress("transcription", TENANT)]
    ) as api:
        await api.tell(contact_started())
        await api.project()
        async with api.serving() as url, listening(f"{url}/v1/contacts/c-1/stream") as stream:
            told = await stream.until("feed_late")

    assert told.data["stalled"] == ["transcription"]


async def clients(served: Served, wanted: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(WAIT_S):
        while await open_streams(served) != wanted:
            pass


async def open_streams(served: Served) -> int:
    figures = (await served.api.http.get("/metrics")).text
    (line,) = [one for one in figures.splitlines() if one.startswith("antiphon_sse_clients{")]
    return int(float(line.split()[-1]))


async def flood(served: Served, reader: Listener, *, until_clients: int) -> None:
    """Say large things until a stream was cut."""
    number = 0
    async with asyncio.timeout(60):
        while await open_streams(served) != until_clients:
            said_now = [UtteranceId(f"from_customer-{number + one}") for one in range(20)]
            number += len(said_now)
            for utterance_id in said_now:
                await served.tell(utterance_finalized("word " * 2_000, utterance_id=utterance_id))
            await reader.until(partial(is_utterance, said_now[-1]))


def is_utterance(utterance_id: UtteranceId, heard: Heard) -> bool:
    return heard.data.get("utterance_id") == utterance_id


async def test_a_client_that_leaves_is_forgotten(served: Served) -> None:
    await served.show(contact_started())

    async with listening(served.contact()) as stream:
        await stream.until("snapshot")
        await clients(served, 1)

    await clients(served, 0)
