"""A contact's translation over HTTP; replies that are typed, and their audio."""

import io
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from antiphon.api.app import create_app
from antiphon.events.base import Event
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.events.translation import ReplySpoken, ReplyTyped
from antiphon.infra.memory_live import MemoryLive
from antiphon.projections.translation import PROJECTION

from ..builders import CONTACT, at, contact, contact_ended, contact_erased, contact_started
from ..projections.world import TENANT
from ..retention_builders import data_deleted
from ..services.translation.booth import Booth, call
from ..translation_builders import (
    REPLY,
    language_identified,
    reply_failed,
    reply_typed,
    translation_set,
    utterance_translated,
)
from .world import QUICK, Api, OneDatabase, Registered

CONTACT_PATH = f"/v1/contacts/{CONTACT.contact_id}"
REPLIES = f"{CONTACT_PATH}/replies"
AUDIO = f"{REPLIES}/{REPLY}/audio"
TYPED = "A technician is coming"


@asynccontextmanager
async def asking(booth: Booth) -> AsyncGenerator[httpx.AsyncClient]:
    await booth.log.create(configuration_stream(TENANT))
    app: Any = create_app(
        journal=booth.journal,
        register=Register(booth.log, booth.keys),
        databases=OneDatabase(None),
        tenants=Registered(TENANT),
        live=MemoryLive(),
        loops=(),
        now=lambda: at(0),
        limits=QUICK,
        replies=booth.audio_store,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield http


async def replies_in(booth: Booth) -> list[ReplyTyped]:
    facts = [one.event async for one in booth.journal.read(CONTACT, lanes=("life",))]
    return [one for one in facts if isinstance(one, ReplyTyped)]


async def test_a_reply_that_is_typed_is_a_fact_and_then_audio_to_be_played(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with asking(booth) as http, booth.caring():
        accepted = await http.post(REPLIES, json={"text": TYPED})
        told = accepted.json()
        await booth.until(ReplySpoken)
        answer = await http.get(f"{REPLIES}/{told['reply_id']}/audio")

    assert accepted.status_code == 202
    assert [one.reply_id for one in await replies_in(booth)] == [told["reply_id"]]
    assert answer.status_code == 200
    assert answer.headers.items() >= {
        "content-type": "audio/wav",
        "content-length": str(len(answer.content)),
        "accept-ranges": "bytes",
        "cache-control": "no-store",
    }.items()  # fmt: skip
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.getnframes() == len("Va un técnico")


async def test_the_same_request_is_one_reply_and_another_is_another(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    key = {"Idempotency-Key": "k-1"}

    async with asking(booth) as http:
        first = await http.post(REPLIES, json={"text": TYPED}, headers=key)
        again = await http.post(REPLIES, json={"text": TYPED}, headers=key)
        other = await http.post(REPLIES, json={"text": TYPED})

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert first.json()["reply_id"] == again.json()["reply_id"] != other.json()["reply_id"]
    assert len(await replies_in(booth)) == 2


async def test_card_data_that_is_typed_is_not_stored(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with asking(booth) as http:
        await http.post(REPLIES, json={"text": "your card 4111 1111 1111 1111 was charged"})

    (reply,) = await replies_in(booth)
    assert "4111" not in reply.text.reveal()
    assert "[card-number]" in reply.text.reveal()


@pytest.mark.parametrize(
    ("told", "body", "status"),
    [
        ([translation_set(configured=False)], {"text": TYPED}, 409),
        ([translation_set(configured=False)], {"text": TYPED, "to": "en-GB"}, 202),
        ([translation_set(configured=False), language_identified(language="en")],
         {"text": TYPED}, 202),
        ([translation_set(configured=False), translation_set()], {"text": TYPED}, 202),
        ([], {"text": TYPED}, 202),
    ],
)  # fmt: skip
async def test_where_nothing_can_translate_a_reply_is_refused_that_would_have_to_be(
    tmp_path: Path, told: list[Event], body: dict[str, str], status: int
) -> None:
    booth = await call(tmp_path, language="es-ES")
    await booth.tell(*told)

    async with asking(booth) as http:
        answer = await http.post(REPLIES, json=body)

    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "translation_unconfigured"
        assert await replies_in(booth) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "   "},
        {"text": "a" * 1_001},
        {"text": "a\0b"},
        {"text": 5},
        {"text": TYPED, "to": "../en"},
    ],
)
async def test_a_reply_that_is_none_is_refused(tmp_path: Path, body: dict[str, object]) -> None:
    booth = await call(tmp_path)

    async with asking(booth) as http:
        answer = await http.post(REPLIES, json=body)

    assert answer.status_code == 422
    assert await replies_in(booth) == []


async def test_nobody_replies_to_who_has_hung_up_or_never_called(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.tell(contact_ended())

    async with asking(booth) as http:
        ended = await http.post(REPLIES, json={"text": TYPED})
        unknown = await http.post("/v1/contacts/c-404/replies", json={"text": TYPED})

    assert (ended.status_code, ended.json()["code"]) == (409, "contact_finished")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "contact_unknown")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=-2", 206, slice(-2, None)),
        ("bytes=44-", 206, slice(44, None)),
        ("bytes=9999999-", 416, None),
        ("lines=1-2", 200, slice(None)),
    ],
)
async def test_any_range_is_that_part_of_the_file(
    tmp_path: Path, asked: str, status: int, part: slice | None
) -> None:
    booth = await call(tmp_path)
    await booth.tell(reply_typed())
    async with asking(booth) as http, booth.caring():
        await booth.until(ReplySpoken)
        whole = await http.get(AUDIO)
        answer = await http.get(AUDIO, headers={"Range": asked})
        stale = await http.get(AUDIO, headers={"Range": asked, "If-Range": '"another"'})

    assert answer.status_code == status
    assert part is None or answer.content == whole.content[part]
    assert stale.content == whole.content


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ([], 404, "reply_unknown"),
        ([reply_typed()], 409, "reply_unspoken"),
        ([reply_typed(), reply_failed()], 409, "reply_unspoken"),
        ([reply_typed(), contact_erased()], 410, "recording_erased"),
        ([reply_typed(), data_deleted(kind="annotations")], 410, "past_retention"),
    ],
)
async def test_why_there_is_nothing_to_be_heard_is_said(
    tmp_path: Path, told: list[Event], status: int, code: str
) -> None:
    booth = await call(tmp_path)
    await booth.tell(*told)

    async with asking(booth) as http:
        answer = await http.get(AUDIO)
        unknown = await http.get(f"/v1/contacts/c-404/replies/{REPLY}/audio")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert unknown.json()["code"] == "contact_unknown"
    if told and isinstance(told[-1], type(reply_failed())):
        assert "unconfigured" in answer.json()["detail"]


async def test_a_key_that_was_destroyed_a_moment_ago_gives_nothing_away(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.tell(reply_typed())
    async with asking(booth) as http, booth.caring():
        await booth.until(ReplySpoken)
        await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
        answer = await http.get(AUDIO)

    assert answer.status_code == 410


async def test_a_translation_is_told_as_it_stands(api: Api) -> None:
    await api.tell(contact_started(), contact=contact("c-2"))
    await api.world.project(PROJECTION)
    await api.tell(contact_started(), translation_set(), utterance_translated())

    before = await api.http.get(f"{CONTACT_PATH}/translation")
    await api.world.project(PROJECTION)
    after = await api.http.get(f"{CONTACT_PATH}/translation")
    unknown = await api.http.get("/v1/contacts/c-404/translation")

    assert (before.status_code, before.json()["state"], before.json()["lines"]) == (200, "off", [])
    told = after.json()
    assert (told["state"], told["targets"], told["wish"]) == ("on", ["en"], "attribute")
    assert [one["text"] for one in told["lines"]] == ["I want to pay my bill"]
    assert unknown.json()["code"] == "contact_unknown"
