"""What a page makes of a stream, and an API that serves one."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from antiphon.api.ports import Limits
from antiphon.events.base import AgentId, ContactRef, Event, GuidanceId, UtteranceId
from antiphon.projections.desk import desk_contact_of

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    audio_stream_opened,
    checklist_item_ticked,
    contact_ended,
    contact_held,
    contact_resumed,
    guidance_issued,
    guidance_used,
    transcript_completed,
    utterance_finalized,
)
from ..summary_builders import summary_written
from .sse_client import Heard
from .world import QUICK, Api
from .world import api as make_api

WAIT_S = 30.0  # on a machine that does much else


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
    summary_written(),
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
