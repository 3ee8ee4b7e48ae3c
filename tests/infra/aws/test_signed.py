"""The functions sign with the key that Secrets Manager keeps, and live through its rotation."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from antiphon.infra.aws.functions.connect import feeds, trigger
from antiphon.infra.aws.functions.connect.signing import SigningKey, signature_of
from antiphon.infra.machine_keys import MachineKeyFile

from ...api.world import Api
from . import secrets_server
from .conftest import Deploy, api_without_database
from .samples import contact_event, flow_event, queued
from .secrets_server import SECRET_ARN, SecretsServer


def secret(key_id: str) -> str:
    """Return a key's secret, as both sides keep it."""
    return base64.b64encode(hashlib.sha256(key_id.encode()).digest()).decode()


def kept(key_id: str) -> str:
    """Return what Secrets Manager keeps."""
    return json.dumps({"key_id": key_id, "secret": secret(key_id)})


def configure(path: Path, *key_ids: str) -> None:
    """Let Antiphon know these keys."""
    path.write_text(json.dumps({"demo": {key_id: secret(key_id) for key_id in key_ids}}))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", secrets_server.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secrets_server.SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", secrets_server.SESSION_TOKEN)
    with SecretsServer(kept("one")) as running:
        yield running


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "machine-keys.json"
    configure(path, "one")
    return path


@pytest_asyncio.fixture
async def guarded(key_file: Path, secrets: SecretsServer, deploy: Deploy) -> AsyncGenerator[Api]:
    async with (
        api_without_database(machine_keys=MachineKeyFile(key_file)) as api,
        api.serving() as url,
    ):
        deploy(
            url,
            ANTIPHON_SIGNING_SECRET_ARN=SECRET_ARN,
            AWS_ENDPOINT_URL_SECRETS_MANAGER=secrets.url,
        )
        yield api


async def start(contact_id: str = "c-1") -> dict[str, str]:
    # Without audio: the samples' is long gone by the machine's clock.
    event = flow_event("contact_flow_event_no_media", ContactId=contact_id)
    return await asyncio.to_thread(trigger.handle, event)


async def test_a_signed_start_is_taken(guarded: Api, secrets: SecretsServer) -> None:
    told = [await start(), await start()]

    assert [one["antiphon"] for one in told] == ["following", "following"]
    assert len(await guarded.facts()) == 1
    assert secrets.asked == 1  # kept while the function is warm


async def test_a_tenant_whose_keys_were_taken_out_is_not_open(guarded: Api, key_file: Path) -> None:
    key_file.write_text("{}")

    unsigned = await guarded.http.post("/v1/contacts", json={"contact_id": "c-1"})
    told = await start()

    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature_refused")
    assert (told["antiphon"], told["reason"]) == ("refused", "signature_refused")
    assert await guarded.facts() == []


async def test_a_rotation_loses_no_call(
    guarded: Api, key_file: Path, secrets: SecretsServer
) -> None:
    told = [await start("c-1")]
    configure(key_file, "one", "two")
    secrets.secret = kept("two")
    told.append(await start("c-2"))  # still signed with the first
    configure(key_file, "two")
    told.append(await start("c-3"))  # refused, asked for anew, taken

    assert [one["antiphon"] for one in told] == ["following"] * 3
    assert (len(await guarded.facts()), secrets.asked) == (3, 2)


async def test_a_wrong_key_is_refused_and_the_call_goes_on(
    guarded: Api, key_file: Path, secrets: SecretsServer
) -> None:
    configure(key_file, "two")

    told = await start()
    failed = await asyncio.to_thread(
        feeds.handle_contact_events, queued(contact_event("DISCONNECTED"))
    )

    assert (told["antiphon"], told["reason"]) == ("refused", "signature_refused")
    assert failed["batchItemFailures"] == [{"itemIdentifier": "m-1"}]
    assert await guarded.facts() == []


@pytest.mark.parametrize(
    "content",
    ["no JSON", "[]", json.dumps({"key_id": "one"}), json.dumps({"key_id": "1", "secret": "c2g="})],
)
async def test_a_secret_that_is_none_is_named(
    guarded: Api, secrets: SecretsServer, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.secret = content

    told = await start()

    assert (told["antiphon"], told["reason"]) == ("unreachable", "misconfigured")
    assert "the signing secret has" in capsys.readouterr().out


async def test_without_the_right_to_the_secret_the_call_goes_on(
    guarded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    told = await start()

    assert (told["antiphon"], told["reason"]) == ("unreachable", "key_unavailable")


def test_a_signature_is_what_the_documentation_says() -> None:
    key = SigningKey(key_id="2026-11", secret=b"0123456789abcdef0123456789abcdef")

    given = signature_of(
        key, method="POST", path="/v1/contacts", body=b'{"contact_id":"c-1"}', at_s=1_790_000_000
    )

    mac = "2952f852646c71dc343e80b406c7d48a8e046a5690854963d020791794afde6b"
    assert given == f"key=2026-11; at=1790000000; mac={mac}"


def test_a_key_does_not_show_its_secret() -> None:
    key: Any = SigningKey(key_id="one", secret=b"0123456789abcdef0123456789abcdef")

    assert "0123456789" not in f"{key!r} {key!s}"
