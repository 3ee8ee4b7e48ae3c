"""A contact's recording over HTTP: whole, in part, and why there is none to be heard."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from antiphon.api.app import create_app
from antiphon.commands.privacy import PrivacyPolicies, PublishPrivacyPolicy
from antiphon.events.access import RecordingRead
from antiphon.events.base import Event
from antiphon.events.register import Register
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream
from antiphon.infra.http import address_of, listen, serve
from antiphon.infra.memory_live import MemoryLive
from numpy.testing import assert_array_equal

from ..builders import CONTACT, at, contact_erased, contact_started
from ..projections.world import TENANT
from ..recording_builders import (
    recording_consented,
    recording_declined,
    recording_erased,
    recording_failed,
    recording_part_stored,
    recording_stored,
)
from ..services.recording.booth import (
    BLOCK,
    TWO_PARTS_AND_A_BIT,
    Booth,
    finished_call,
    new_booth,
    noise,
)
from ..services.recording.decoder import decoded
from ..services.redaction.releasing import release
from .world import QUICK, OneDatabase, Registered

PATH = f"/v1/contacts/{CONTACT.contact_id}/recording"
SAMPLES = noise(3 * BLOCK)


async def app_of(booth: Booth, *, readers: Sequence[str] = ()) -> Any:
    """Return an API that reads what the booth recorded; `readers` may hear originals."""
    await booth.log.create(configuration_stream(TENANT))
    register = Register(booth.log, booth.keys)
    policies = PrivacyPolicies(register, now=lambda: at(0))
    if readers:
        policy = PublishPrivacyPolicy(original_readers=tuple(readers))
        await policies.publish(TENANT, policy, command_id="readers", actor="machine")
    return create_app(
        journal=booth.journal,
        register=register,
        databases=OneDatabase(None),
        tenants=Registered(TENANT),
        live=MemoryLive(),
        loops=(),
        now=lambda: at(0),
        limits=QUICK,
        recordings=booth.playback,
        privacy_policies=policies,
    )


@asynccontextmanager
async def asking(booth: Booth, *, readers: Sequence[str] = ()) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(await app_of(booth, readers=readers))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield http


async def recorded(directory: Path) -> Booth:
    booth = await finished_call(directory, SAMPLES)
    await booth.care()
    await release(booth)
    return booth


async def accesses(booth: Booth) -> list[tuple[str, Event]]:
    read = Register(booth.log, booth.keys).read(TENANT, kind="access")
    return [(one.actor, one.event) async for one in read]


async def test_a_recording_is_given_as_a_file_that_others_decode(tmp_path: Path) -> None:
    booth = await recorded(tmp_path)

    async with asking(booth) as http:
        answer = await http.get(PATH)

    assert answer.status_code == 200
    assert_array_equal(decoded(answer.content), SAMPLES)
    assert answer.headers.items() >= {
        "content-type": "audio/flac",
        "content-length": str(len(answer.content)),
        "accept-ranges": "bytes",
        "cache-control": "no-store",
        "content-disposition": 'inline; filename="c-1.flac"',
    }.items()  # fmt: skip


async def test_who_listens_and_why_is_recorded_before_anything_is_told(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    given = {"Antiphon-Actor": "auditor-7", "Antiphon-Reason": "complaint 4711"}

    async with asking(booth) as http:
        await http.get(PATH, headers={**given, "Range": "bytes=0-9"})
        await http.get(f"{PATH}/waveform", params={"reason": "again"})

    assert await accesses(booth) == [
        (
            "reader:auditor-7",
            RecordingRead(
                contact_id=CONTACT.contact_id,
                what="audio",
                byte_range="bytes=0-9",
                reason=Sealed("complaint 4711"),
            ),
        ),
        (
            "reader:anonymous",
            RecordingRead(
                contact_id=CONTACT.contact_id,
                what="waveform",
                byte_range=None,
                reason=Sealed("again"),
            ),
        ),
    ]


async def test_any_range_is_that_part_of_the_file(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(TWO_PARTS_AND_A_BIT))
    await booth.care()
    await release(booth)

    async with asking(booth) as http:
        whole = (await http.get(PATH)).content
        size = len(whole)
        places = [0, 1, 41, 42, 43, size // 3, size // 2, size - 2, size - 1]
        for first in places:
            for last in (one for one in places if one >= first):
                answer = await http.get(PATH, headers={"Range": f"bytes={first}-{last}"})

                assert answer.status_code == 206
                assert answer.content == whole[first : last + 1]
                assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
                assert answer.headers["content-length"] == str(len(answer.content))


async def test_a_range_beyond_the_end_is_refused_with_the_size(tmp_path: Path) -> None:
    booth = await recorded(tmp_path)

    async with asking(booth) as http:
        size = (await http.get(PATH)).headers["content-length"]
        answer = await http.get(PATH, headers={"Range": f"bytes={size}-"})

    assert (answer.status_code, answer.json()["code"]) == (416, "range_unsatisfiable")
    assert answer.headers["content-range"] == f"bytes */{size}"


async def test_who_goes_on_with_another_recording_is_given_all_of_this_one(tmp_path: Path) -> None:
    booth = await recorded(tmp_path)

    async with asking(booth) as http:
        etag = (await http.get(PATH)).headers["etag"]
        same = await http.get(PATH, headers={"Range": "bytes=8-", "If-Range": etag})
        other = await http.get(PATH, headers={"Range": "bytes=8-", "If-Range": '"another"'})

    assert (same.status_code, other.status_code) == (206, 200)
    assert other.content[8:] == same.content


async def test_a_player_is_told_how_loud_both_tracks_are(tmp_path: Path) -> None:
    samples = np.zeros((2_048, 2), np.int16)
    samples[1_024:, 1] = 32_767
    booth = await finished_call(tmp_path, samples)
    await booth.care()
    await release(booth)

    async with asking(booth) as http:
        answer = await http.get(f"{PATH}/waveform")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "contact_id": "c-1",
        "duration_ms": 256,
        "window_ms": 128,
        "tracks": [
            {"track": "from_customer", "energy": [0, 0]},
            {"track": "to_customer", "energy": [0, 255]},
        ],
    }


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        pytest.param([], 404, "contact_unknown", id="unknown"),
        pytest.param([contact_started()], 404, "recording_absent", id="absent"),
        pytest.param(
            [contact_started(), recording_declined()], 404, "recording_declined", id="declined"
        ),
        pytest.param(
            [contact_started(), recording_declined(), recording_consented()],
            409,
            "recording_unfinished",
            id="consented",
        ),
        pytest.param(
            [contact_started(), recording_consented(), recording_part_stored()],
            409,
            "recording_unfinished",
            id="being recorded",
        ),
        pytest.param(
            [contact_started(), recording_consented(), recording_declined()],
            409,
            "recording_unfinished",
            id="withdrawn, what was said before is kept",
        ),
        pytest.param(
            [contact_started(), recording_consented(), recording_failed()],
            404,
            "recording_failed",
            id="failed",
        ),
        pytest.param(
            [contact_started(), recording_stored(), contact_erased()],
            410,
            "recording_erased",
            id="erased",
        ),
        pytest.param(
            [contact_started(), recording_stored(), recording_erased()],
            410,
            "recording_erased",
            id="deleted",
        ),
    ],
)
async def test_why_there_is_nothing_to_be_heard_is_told(
    tmp_path: Path, facts: Sequence[Event], status: int, code: str
) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(*facts)

    async with asking(booth) as http:
        answers = [await http.get(PATH), await http.get(f"{PATH}/waveform")]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(status, code)] * 2


async def test_once_the_key_is_gone_nothing_is_given_though_nobody_was_told_yet(
    tmp_path: Path,
) -> None:
    booth = await recorded(tmp_path)
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    async with asking(booth, readers=("dpo-1",)) as http:
        answers = [
            await http.get(PATH, params=params, headers={"Antiphon-Actor": "dpo-1"})
            for params in ({}, {"original": "true"})
        ]

    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert told == [(410, "recording_erased"), (410, "originals_gone")]


@pytest.mark.parametrize("harm", ["changed", "gone"])
async def test_a_damaged_recording_is_told_and_not_given(tmp_path: Path, harm: str) -> None:
    booth = await finished_call(tmp_path, SAMPLES)
    await booth.care()
    file = tmp_path / (await release(booth)).key
    body = file.read_bytes()
    file.unlink()
    if harm == "changed":
        file.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))

    async with asking(booth) as http:
        answer = await http.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (503, "recording_damaged")


async def test_an_answer_that_cannot_be_ended_is_broken_off(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(TWO_PARTS_AND_A_BIT))
    await booth.care()
    stored = await release(booth)
    last = (await booth.playback.index(CONTACT, stored)).pieces[-1]
    file = tmp_path / stored.key
    body = bytearray(file.read_bytes())
    body[last.offset] ^= 1
    file.unlink()
    file.write_bytes(body)

    with listen(0) as listener:
        serving = asyncio.create_task(serve(await app_of(booth), listener))
        try:
            async with httpx.AsyncClient(base_url=address_of(listener)) as http:
                with pytest.raises(httpx.RemoteProtocolError):
                    await http.get(PATH)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def test_what_was_found_after_the_call_is_heard(tmp_path: Path) -> None:
    booth = await recorded(tmp_path)
    await booth.find(("from_customer", 3 * BLOCK, SAMPLES[:BLOCK, 0]))
    await booth.care()

    async with asking(booth) as http:
        quarantined = await http.get(PATH)
        await release(booth, round_=2)
        answer = await http.get(PATH)

    assert quarantined.json()["code"] == "recording_in_quarantine"
    assert_array_equal(decoded(answer.content)[3 * BLOCK :, 0], SAMPLES[:BLOCK, 0])
