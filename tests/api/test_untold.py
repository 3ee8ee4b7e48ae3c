"""What a check found after the call, or whose time is over, is told by no route of the API.

The sweep puts a word into every text of every event there is, and asks every route that answers
to GET: an event or a route that is added is asked as well.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

import httpx
import msgspec
import pytest_asyncio
from antiphon.api.ports import Limits
from antiphon.events.base import START, ContactId, Event, Position, TenantName, UtteranceId
from antiphon.events.redaction import RedactionApplied, TextMask
from antiphon.events.sealed import Sealed, sealed_fields
from antiphon.events.untold import ABOUT_THE_CALL
from antiphon.projections import guidance_usage, insights
from antiphon.projections.catalogue import PROJECTIONS
from antiphon.projections.projection import Projection

from .. import builders
from ..builders import (
    CONTACT,
    NOON,
    agent_connected,
    contact_ended,
    contact_erased,
    contact_started,
    guidance_issued,
    guidance_shown,
    transcript_completed,
    utterance_finalized,
)
from ..insight_builders import contact_measured, feeling_turned
from ..redaction_builders import redaction_applied, redaction_verified, utterance_original
from ..retention_builders import data_deleted
from ..summary_builders import summary_edited
from .screen import Served
from .sse_client import listening
from .then import Then, lines_of
from .then import then as make_then
from .world import Api

WORD = "Okonkwo"
SAID = f"my name is {WORD}"
FOUND = (TextMask(UtteranceId("from_customer-1"), "person_name", 3, 3),)

# Whose texts are the call's own, or who say that the call is over, anew or gone.
_NOT_TOLD = {
    *ABOUT_THE_CALL,
    *(event.TYPE for event in (utterance_finalized(), utterance_original(), contact_ended())),
    *(event.TYPE for event in (contact_erased(), transcript_completed(), data_deleted())),
}
ASKED = {
    "contact_id": CONTACT.contact_id,
    "agent_id": agent_connected().agent_id,
    "at_ms": "600000",
    "speed": "100",
}
# As a client has it that saw the first fact, or none.
RESUMED = ("stream", "replay")
KEPT = [one for one in PROJECTIONS if isinstance(one, Projection)]
# A stream has told everything that was before it looks at how long it may last.
SHORT = Limits(heartbeat_s=0.05, lifetime_s=0.0, catch_up_s=15.0, summary_s=0.0, settle_s=0.0)


class Shelf:
    """A knowledge base that nobody asks: questions without an answer are listed all the same."""

    async def ask(self, tenant: TenantName, question: str, *, contact_id: ContactId | None) -> Any:
        raise AssertionError

    async def listed(
        self, tenant: TenantName, *, after: str, articles_max: int, id_: str | None
    ) -> Sequence[Any]:
        return ()

    async def shown_upto(self, tenant: TenantName) -> Position:
        return START


class Swept(Then):
    """An API, and another over the same past whose streams end by themselves."""

    streaming: Api

    async def answer(self, path: str, **given: str) -> httpx.Response:
        path, _, resumed = path.partition("?")
        headers = {"Last-Event-ID": f"{await self.epoch()}-1"} if resumed else {}
        api = self.streaming if path.endswith("/stream") else self
        return await api.http.get(path, params=given, headers=headers)


@pytest_asyncio.fixture
async def then(postgres_url: str) -> AsyncGenerator[Swept]:
    given: dict[str, Any] = {"knowledge": Shelf(), "now": lambda: NOON}
    async with make_then(postgres_url, Swept, **given) as made:
        made.streaming = Api(made.world, limits=SHORT, **given)
        async with made.streaming.http:
            yield made


def saying(sample: Event, text: str = SAID) -> Event:
    """Return an event that says a text wherever it says anything."""
    texts: dict[str, Sealed | dict[str, Sealed]] = {}
    for name in sealed_fields(type(sample)):
        value = getattr(sample, name)
        if isinstance(value, dict):
            texts[name] = dict.fromkeys(cast("dict[str, Sealed]", value), Sealed(text))
        elif value is not None:
            texts[name] = Sealed(text)
    return msgspec.structs.replace(sample, **texts)


def made_of_words() -> list[Event]:
    """Return every event of a contact that holds what was said, or was made of it."""
    made = [one() for one in builders.SAMPLES]
    return [
        saying(one)
        for one in made
        if sealed_fields(type(one)) and one.LANE != "redaction" and one.TYPE not in _NOT_TOLD
    ]


async def call(then: Swept, said: str = SAID) -> None:
    await then.tell(contact_started(), agent_connected(), utterance_finalized(said))
    await then.tell(*made_of_words(), contact_ended(), transcript_completed())


async def check(then: Swept, *masks: TextMask) -> None:
    upto = Position((await then.journal.state(CONTACT.tenant)).last + 2)
    applied: RedactionApplied = redaction_applied(
        heard_upto=upto, audio=None, reason="not_recorded", masks=masks
    )
    await then.tell(applied, redaction_verified(attempt=1))


async def telling(then: Swept, word: str = WORD) -> dict[str, int]:
    """Return which routes say a word, as often as they say it; every GET is asked."""
    await then.world.project(*KEPT)
    answers = {path: await then.answer(path, **given) for path, given in every_get(then)}
    assert all(one.status_code < 500 for one in answers.values()), answers
    return {path: count for path, one in answers.items() if (count := one.text.count(word))}


def every_get(then: Swept) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for route in then.app.routes:
        template = route.path_format
        if "GET" not in getattr(route, "methods", ()) or not template.startswith("/v1"):
            continue
        path = re.sub(r"{(\w+)}", lambda match: ASKED.get(match[1], "1"), template)
        name = template.rpartition("/")[2]
        given = {"at_ms": ASKED["at_ms"]} if name == "desk" else {}
        given |= {"speed": ASKED["speed"]} if name == "replay" else {}
        found.append((path, given))
        if name in RESUMED:
            found.append((f"{path}?resumed", given))
    return found


TELLING = {
    "/v1/agents/a-1/stream",
    "/v1/agents/a-1/stream?resumed",
    "/v1/audit/events",
    "/v1/contacts/c-1/desk",
    "/v1/contacts/c-1/events",
    "/v1/contacts/c-1/guidance",
    "/v1/contacts/c-1/insights",
    "/v1/contacts/c-1/moments",
    "/v1/contacts/c-1/replay",
    "/v1/contacts/c-1/replay?resumed",
    "/v1/contacts/c-1/stream",
    "/v1/contacts/c-1/stream?resumed",
    "/v1/contacts/c-1/summary",
    "/v1/contacts/c-1/transcript",
    "/v1/contacts/c-1/translation",
    "/v1/knowledge/unanswered",
}


async def test_a_word_that_a_check_found_is_told_by_no_route(then: Swept) -> None:
    await call(then)
    await check(then)
    before = await telling(then)

    await check(then, *FOUND)
    after = await telling(then)

    assert before.keys() == TELLING
    assert after == {}


async def test_of_what_is_past_its_time_no_route_tells_and_a_rebuild_brings_nothing_back(
    then: Swept,
) -> None:
    await call(then, said="my roof leaks")
    await check(then)
    before = await telling(then)

    await then.tell(data_deleted(kind="annotations", keys=(), objects=0))
    late = saying(summary_edited())
    await then.tell(late)
    after = await telling(then)

    assert before.keys() == TELLING - {"/v1/contacts/c-1/transcript"}
    assert after == {}
    assert "my roof leaks" in (await then.get("/v1/contacts/c-1/transcript")).text
    for name in ("guidance", "moments", "summary", "translation"):
        answer = await then.get(f"/v1/contacts/c-1/{name}")
        assert (answer.status_code, answer.json()["code"]) == (410, "past_retention"), name
    lines = {line["type"]: line for line in lines_of(await then.get("/v1/audit/events"))[:-1]}
    assert lines["guidance_issued"]["withheld"] == "past_retention"
    for projection in KEPT:
        await then.world.rebuild(projection)
        assert WORD not in str(await then.world.content(projection.tables)), projection.name


async def test_numbers_past_their_time_are_in_no_row_and_a_rebuild_brings_none_back(
    then: Swept,
) -> None:
    await call(then)
    await then.world.project(*KEPT)
    before = await counted(then)
    told = (await then.get("/v1/audit/events", texts="sealed", lane="insights")).text
    assert "interruption_count" in told
    assert "past_retention" not in told

    await then.tell(data_deleted(kind="analytics", keys=(), objects=0))
    # Of who had not heard of it.
    await then.tell(contact_measured(), feeling_turned(), guidance_issued(), guidance_shown())
    await then.world.project(*KEPT)
    after = await counted(then)
    for projection in (insights.PROJECTION, guidance_usage.PROJECTION):
        await then.world.rebuild(projection)

    assert all(before)
    assert after == await counted(then) == (0, 0)
    for path in ("/v1/audit/events", "/v1/contacts/c-1/events"):
        for texts in ("open", "sealed"):
            lines = lines_of(await then.get(path, texts=texts, lane="insights"))
            facts = [line for line in lines if "type" in line]
            assert [one["type"] for one in facts[-2:]] == ["contact_measured", "feeling_turned"]
            assert {(one["withheld"], one["data"]) for one in facts} == {("past_retention", None)}
    played = (await then.get("/v1/contacts/c-1/replay", speed="100")).text
    assert "event: contact_measured" in played
    assert "interruption_count" not in played
    answer = await then.get("/v1/contacts/c-1/insights")
    assert (answer.status_code, answer.json()["code"]) == (410, "past_retention")
    assert (await then.get("/v1/contacts/c-1/summary")).status_code == 200
    for table in ("insight_seat", "insight_measured", "insight_turned", "usage_arm"):
        assert await then.world.rows(f"SELECT * FROM {table}") == []


async def counted(then: Swept) -> tuple[int, int]:
    """Return how many contacts the export tells, and how many cues are counted."""
    lines = (await then.get("/v1/insights")).text.splitlines()
    usage = (await then.get("/v1/guidance/usage")).json()
    return len(lines), len(usage["rows"])


async def test_an_open_desk_is_told_again_without_the_words(served: Served) -> None:
    async with listening(served.agent("a-1")) as stream:
        await stream.until("snapshot")
        await served.tell(contact_started(), agent_connected(), utterance_finalized(SAID))
        await served.tell(guidance_issued(evidence=Sealed(SAID)))
        await stream.until("guidance_issued")
        await served.tell(contact_ended(), transcript_completed())
        await served.tell(redaction_applied(audio=None, reason="not_recorded", masks=FOUND))
        await stream.until("redaction_applied")
        await served.tell(summary_edited(text=Sealed(f"{WORD} called")))
        edited = await stream.until("summary_edited")

    applied = next(n for n, one in enumerate(stream.heard) if one.event == "redaction_applied")
    before, again = stream.heard[: applied - 1], stream.heard[applied - 1]
    assert str([one.data for one in before]).count(WORD) >= 2
    assert again.event == "snapshot"
    assert again.data["contact"]["cues"][0]["evidence"] == "my name is [person-name]"
    assert WORD not in str(again.data)
    assert edited.data["text"] == "[person-name] called"
