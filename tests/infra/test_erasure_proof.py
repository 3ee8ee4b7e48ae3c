"""Nothing readable is left of a person with twenty contacts: every byte of all is searched."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from antiphon.commands.erasure_receipt import verified
from antiphon.errors import KeyDestroyed, ReceiptRefused
from antiphon.events.base import START
from antiphon.events.speech import UtteranceOriginal
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.erasure_commands import compared
from antiphon.infra.faults.roles import Role, play
from antiphon.infra.parts import connect
from antiphon.infra.tenancy import add_tenant
from antiphon.services.sealed_recording import folder_of, opened_part, seal_of_original
from msgspec import json

from ..builders import draft
from .proving import CONTACTS, PERSONAL, TENANT, Proof

FOLLOWING: tuple[Role, ...] = ("project", "archive")
KEYS = 4  # of theirs, wrapped, that are looked for too


@pytest_asyncio.fixture
async def proof(
    nats_server: NatsServer, postgres_server: PostgresServer, private_dir: Path
) -> AsyncGenerator[Proof]:
    connection = await asyncpg.connect(postgres_server.url)
    cluster = Path(await connection.fetchval("SHOW data_directory"))
    await connection.close()
    async with connect(
        nats_url=nats_server.url, postgres_url=postgres_server.url, data_dir=private_dir
    ) as parts:
        await add_tenant(TENANT, parts)
        following = [
            asyncio.create_task(
                play(role, tenant=TENANT, owner=role, parts=parts, home=private_dir)
            )
            for role in FOLLOWING
        ]
        yield Proof(parts, private_dir, cluster, postgres_server.url)
        for one in following:
            one.cancel()
        await asyncio.wait(following)


async def test_nothing_readable_is_left_of_a_person_in_any_store(
    proof: Proof, capfd: pytest.CaptureFixture[str]
) -> None:
    await proof.live()
    asked = await proof.ask()
    part = await proof.objects.get(f"{folder_of(proof.contacts[0])}part")
    assert part is not None
    wrapped = await proof.wrapped_keys()
    wanted = {"person": proof.person.needles, "keys": wrapped[:KEYS], "objects": [part[:32]]}
    # The search finds what is there to be found: read models in clear, a copy that rests among
    # them, files of the log, objects, what the archive packs; and with the keys, every text.
    await proof.written()
    before = await proof.found(**wanted, facts=[await proof.payload()])
    assert before["person"]["rows"] > 2 * CONTACTS
    assert before["person"]["database"] > 0
    assert set(before["person"]) == {"rows", "database"}
    assert before["keys"]["database"] >= KEYS
    assert set(before["objects"]) == {"objects"}
    assert set(before["facts"]) == {"log", "archive"}
    assert len(wrapped) == 1 + 2 * CONTACTS
    assert await proof.opened() == CONTACTS * len(PERSONAL)
    # People write names into reasons, and into where a proof stands.
    assert await proof.written_of() == 2
    assert await proof.opened_of_register(await proof.remaining_keys()) == 1

    await proof.erase(asked)

    assert await proof.found(**wanted) == {"person": {}, "keys": {}, "objects": {}}
    spoken = capfd.readouterr()
    logged = f"{spoken.out}{spoken.err}".encode()
    assert [one for one in proof.person.needles if one in logged] == []
    await nothing_opens(proof, part)
    await a_receipt_tells(proof, keys=len(wrapped))


async def nothing_opens(proof: Proof, part: bytes) -> None:
    """Try each remaining key on what is left of the facts; of the rest there is nothing left."""
    contact, parts = proof.contacts[0], proof.parts
    keys = await proof.remaining_keys()
    assert len(keys) > 1
    assert await proof.opened(keys) == 0
    assert await proof.written_of() == await proof.opened_of_register(keys) == 0
    assert [page async for page in proof.objects.list("")] == []
    assert await parts.letters.load() == []
    assert await parts.audio.last(contact) is None
    for key in keys:
        with pytest.raises(ValueError, match="does not open with this key"):
            opened_part(part, number=0, seal=seal_of_original(contact, key))
    original = next(one for one in PERSONAL if isinstance(one, UtteranceOriginal))
    with pytest.raises(KeyDestroyed):
        await parts.journal.append(contact, [draft(original)], expected=START)


async def a_receipt_tells(proof: Proof, *, keys: int) -> None:
    """See that what went is on the receipt, and the person is not."""
    body = json.encode(await proof.parts.eraser.erasures.receipt(TENANT, "er-1"))
    receipt = await compared(body, proof.parts)
    gone = {(one.store, one.what): one.number for one in receipt.destroyed}
    wanted = {
        ("audio", "chunks"): CONTACTS,
        ("objects", "recordings"): CONTACTS,
        ("objects", "redactions"): CONTACTS,
        ("objects", "replies"): CONTACTS,
        ("letters", "transcription"): CONTACTS,
        ("copies", "generations"): 1,
        ("read_models", "endpoint_contact"): CONTACTS,
    }
    assert wanted.items() <= gone.items()
    assert len(receipt.contacts_destroyed) == CONTACTS
    assert len(receipt.key_ids_destroyed) == keys
    stays = {(one.store, one.what): one.why for one in receipt.remains}
    assert stays["register", "reason_and_proof"] == "unreadable"
    assert "written_later" not in {one.why for one in receipt.remains}
    assert not any(one in body for one in proof.person.needles)
    with pytest.raises(ReceiptRefused):
        verified(body, public_key=bytes(32))
