"""Each judge of a trial finds what it is there to find."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from antiphon.events.base import EventId, TenantName
from antiphon.events.journal import Journal
from antiphon.infra.faults import strangers
from antiphon.infra.faults.finishing import has_settled
from antiphon.infra.faults.judging import (
    archive_problems,
    fact_problems,
    problems_of,
    read_model_problems,
)
from antiphon.infra.faults.judging_keys import copy_problems, key_problems, receipt_problems
from antiphon.infra.faults.judging_words import words_problems
from antiphon.infra.faults.roles import FOLLOWING, play
from antiphon.infra.faults.scene import Scene
from antiphon.infra.faults.workload import contacts, erasure, life_of, publish
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.parts import connect
from antiphon.infra.tenancy import add_tenant
from antiphon.projections.catalogue import PROJECTIONS
from antiphon.projections.generations import previous_home
from msgspec.structs import replace

from ..waiting import until


@pytest_asyncio.fixture
async def scene(nats_url: str, postgres_url: str, private_dir: Path) -> AsyncIterator[Scene]:
    """A trial in which nothing struck, with everything done."""
    control = f"judging_{uuid.uuid4().hex[:8]}"
    async with connect(
        nats_url=nats_url, postgres_url=await _database(postgres_url, control), data_dir=private_dir
    ) as parts:
        tenant = TenantName(f"judged-{uuid.uuid4().hex[:8]}")
        await add_tenant(tenant, parts)
        scene = Scene(parts=parts, tenant=tenant, home=private_dir)
        playing = [
            asyncio.create_task(
                play(role, tenant=tenant, owner=f"{tenant}-{role}", parts=parts, home=private_dir)
            )
            for role in FOLLOWING
        ]
        await publish(parts.journal, tenant)
        await until(lambda: has_settled(scene), within_s=30)
        for one in playing:
            one.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        yield scene


async def _database(url: str, name: str) -> str:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return url.rsplit("/", 1)[0] + f"/{name}"


async def execute(scene: Scene, statement: str) -> str:
    async with scene.parts.databases.connection(scene.tenant) as connection:
        return await connection.execute(statement)


async def test_where_nothing_struck_no_judge_finds_anything(scene: Scene) -> None:
    assert await problems_of(scene) == []


async def test_a_fact_too_many_and_facts_out_of_order_are_found(scene: Scene) -> None:
    first, second = contacts(scene.tenant)[:2]
    journal = scene.parts.journal
    draft = life_of(first)[0]
    stranger = replace(draft, id=EventId("stranger"))
    end = await journal.lane_end(first, "life")
    await journal.append(first, [stranger], expected=end)

    found = await fact_problems(scene)
    lost = await fact_problems(replace(scene, erased=(second.contact_id,)))

    assert found == ["contact-000, lane life: 0 lost, 0 twice, 1 of something else"]
    assert "contact-001, lane life: 1 lost, 0 twice, 0 of something else" in lost


async def test_a_row_changed_behind_a_projections_back_is_found(scene: Scene) -> None:
    for table, column, changed in (
        ("transcript_seat", "agent_id", "'x'"),
        ("desk_tick", "evidence", "NULL"),
        ("endpoint_contact", "token", "'x'"),
    ):
        status = await execute(
            scene,
            f"UPDATE {table} SET {column} = {changed} WHERE contact_id = 'contact-003'",
        )
        assert status != "UPDATE 0"

    found = await read_model_problems(scene)

    assert [one.partition(":")[0] for one in found] == ["transcript", "desk", "endpoint_index"]


async def test_a_read_model_with_nothing_in_it_proves_nothing(scene: Scene) -> None:
    await execute(scene, f"DROP SCHEMA {PROJECTIONS[0].home} CASCADE")

    found = await read_model_problems(scene)

    assert found == [f"{PROJECTIONS[0].name}: there is nothing to compare a replay with"]


async def test_a_flipped_byte_and_a_missing_end_of_the_archive_are_found(scene: Scene) -> None:
    journal, contact = scene.parts.journal, contacts(scene.tenant)[0]
    end = await journal.lane_end(contact, "life")
    last = await journal.append(
        contact, [replace(life_of(contact)[0], id=EventId("more"))], expected=end
    )
    short = await archive_problems(scene)
    segment = next((scene.home / "archive").rglob("*.parquet"))
    body = bytearray(segment.read_bytes())
    body[len(body) // 2] ^= 1
    segment.chmod(0o600)
    segment.write_bytes(body)

    flipped = await archive_problems(scene)

    assert short == [f"the archive ends at {last - 1}, the log at {last}"]
    assert len(flipped) == 2
    assert segment.name in flipped[0]


async def test_a_key_that_is_gone_and_one_that_is_left_are_found(scene: Scene) -> None:
    kept, erased = (one.contact_id for one in contacts(scene.tenant)[:2])
    await scene.parts.keys.destroy(scene.tenant, f"contact/{kept}")

    found = await key_problems(replace(scene, erased=(erased,)))
    words = await words_problems(replace(scene, erased=(erased,)))

    assert found == [f"{kept} has no key and was not erased", f"{erased} was erased and has a key"]
    assert {one.partition(" is shown")[0] for one in words if kept in one} == {
        "who read all along", "who begins to read",
    }  # fmt: skip
    assert {one.partition(" is shown")[0] for one in words if erased in one} == {
        "who read all along", "who begins to read", "the transcript",
    }  # fmt: skip


async def test_a_version_of_the_tenants_key_that_was_to_go_is_found(scene: Scene) -> None:
    await execute(
        scene,
        "UPDATE tenant_keys SET retired_at = now(); INSERT INTO tenant_keys "
        "(version, wrapped, wrapper) SELECT 2, wrapped, wrapper FROM tenant_keys",
    )

    found = await key_problems(replace(scene, rotated=True))
    not_rotated = await key_problems(scene)

    assert found[0] == "version 1 of the tenant's key is retired and was not destroyed"
    assert "the key of contact/contact-000 is wrapped by version 1, not 2" in found
    assert not_rotated[-1] == "version 2 of the tenant's key is the active one"


async def test_an_erasure_that_was_not_completed_and_a_copy_that_was_kept_are_found(
    scene: Scene,
) -> None:
    wish = erasure(scene.tenant)
    await scene.parts.eraser.request(scene.tenant, wish, actor="person:one")
    await execute(scene, f"CREATE SCHEMA {previous_home(PROJECTIONS[0])}")

    after = replace(scene, erased=wish.by_id)

    assert await receipt_problems(after) == [
        (
            "the register tells of the erasure ['ErasureRequested'], not ['ErasureRequested', "
            "'ErasureApproved', 'DestructionBegun', 'ContactsDestroyed', 'ErasureCompleted', "
            "'ReceiptSigned']"
        )
    ]
    assert await copy_problems(after) == [
        f"{previous_home(PROJECTIONS[0])} was kept, and shows who was erased"
    ]
    assert await copy_problems(scene) == []


async def test_who_reads_on_after_the_trial_is_found(
    scene: Scene, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "GONE_S_MAX", 0.2)
    async with connected(nats_url, name="test") as nc:
        assert await strangers.stranger_problems(nc, scene.tenant) == []
        # One of its own: a shared reader may not have asked the broker yet.
        facts = Journal(scene.parts.log, scene.parts.keys).follow(scene.tenant)
        async with aclosing(facts):
            await anext(facts)

            problems = await strangers.stranger_problems(nc, scene.tenant)

    assert problems == ["1 who are not of this trial read its facts"]
