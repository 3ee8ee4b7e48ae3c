"""Where a tenant has keys, a session is of whoever signed its handshake by one of them."""

import base64
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from antiphon.api.audiohook.signature import check
from antiphon.errors import SignatureRefused
from antiphon.events.base import TenantName
from websockets.asyncio.client import connect

from ...projections.world import TENANT
from ..ingest.world import NOW, Cell
from ..ingest.world import cell as make_cell
from .client import CONVERSATION, NULL, ORGANIZATION, SESSION, Session, signed, uuid_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY, SECRET = "antiphon-genesys", b"TySuperSecretKeyTellNo1!2@3#45"
SIGNED_AT = int(NOW.timestamp())
PATH = "/v1/audiohook"


class Keys:
    """One tenant's key."""

    def keys_of(self, tenant: TenantName, /) -> Mapping[str, bytes]:
        return {KEY: SECRET} if tenant == TENANT else {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving() -> AsyncGenerator[tuple[Cell, str]]:
    async with make_cell(audiohook_keys=Keys()) as made, made.serving() as url:
        yield made, url.removeprefix("http://")


def headers(host: str, /, **other: Any) -> dict[str, str]:
    given: dict[str, Any] = {
        "host": host,
        "path": PATH,
        "key": KEY,
        "secret": SECRET,
        "created": SIGNED_AT,
    }
    return signed(**(given | other))


async def answered(
    host: str, told: Mapping[str, str], *, path: str = PATH, **parameters: Any
) -> dict[str, Any]:
    """Open a session with such a handshake, and return how it went."""
    async with connect(f"ws://{host}{path}", additional_headers=dict(told)) as socket:
        session = Session(socket, told.get("audiohook-session-id", NULL), CONVERSATION)
        await session.tell("open", session.opening(**parameters))
        answer = await session.hear()
        await session.close("disconnect")
        return answer["parameters"]


async def test_a_signed_session_is_opened(serving: tuple[Cell, str]) -> None:
    _, host = serving

    answer = await answered(host, headers(host))
    with_query = await answered(
        host, headers(host, path=f"{PATH}?site=7%2F8"), path=f"{PATH}?site=7%2F8"
    )

    assert answer["media"]
    assert with_query["media"]


@pytest.mark.parametrize(
    "other",
    [
        {"secret": b"another secret of the same length."},
        {"key": "another-key"},
        {"path": "/v1/ingest"},
        {"path": f"{PATH}?site=8"},
        {"host": "audiohook.example.com"},
        {"created": SIGNED_AT - 41},
        {"created": SIGNED_AT + 11},
        {"expires": SIGNED_AT - 11},
        {"nonce": "short"},
        {"api_key": "another-key"},
        {"alg": "rsa-v1_5-sha256"},
        {"twice": ["x-api-key"]},
        *(
            {"left_out": name}
            for name in (
                "@request-target",
                "@authority",
                "audiohook-organization-id",
                "audiohook-session-id",
                "audiohook-correlation-id",
                "x-api-key",
            )
        ),
    ],
)
async def test_a_wrong_signature_is_refused_before_a_contact_is_started(
    serving: tuple[Cell, str], other: dict[str, Any]
) -> None:
    cell, host = serving
    conversation = uuid_of(404)

    answer = await answered(host, headers(host, **other), conversationId=conversation)

    assert answer == {"reason": "unauthorized", "info": "signature_refused"}
    assert await cell.facts(conversation) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-api-key", "antiphon-genesys-2"),
        ("audiohook-session-id", uuid_of(3)),
        ("audiohook-organization-id", uuid_of(4)),
        ("audiohook-correlation-id", uuid_of(5)),
        ("signature", "sig1=:AAAA:"),
        ("signature", "sig2=:AAAA:"),
        ("signature", "sig1=AAAA"),
        ("signature", ""),
        ("signature-input", ""),
        ("signature-input", "sig1=()"),
        ("signature-input", 'sig1=("@signature-params");keyid="x"'),
        ("signature-input", "(" * 5_000),
    ],
)
async def test_what_was_changed_after_it_was_signed_is_refused(
    serving: tuple[Cell, str], name: str, value: str
) -> None:
    cell, host = serving
    conversation = uuid_of(405)

    answer = await answered(host, headers(host) | {name: value}, conversationId=conversation)

    assert answer == {"reason": "unauthorized", "info": "signature_refused"}
    assert await cell.facts(conversation) == []


async def test_an_unsigned_session_is_refused(serving: tuple[Cell, str]) -> None:
    _, host = serving
    unsigned = {
        "audiohook-organization-id": ORGANIZATION,
        "audiohook-session-id": SESSION,
        "x-api-key": KEY,
    }

    assert await answered(host, unsigned) == {
        "reason": "unauthorized",
        "info": "signature_refused",
    }


async def test_an_organization_cannot_speak_for_another(serving: tuple[Cell, str]) -> None:
    _, host = serving

    answer = await answered(host, headers(host), organizationId=uuid_of(6))

    assert answer == {"reason": "unauthorized", "info": "signature_refused"}


# Source: Genesys's documentation of AudioHook, the example of a signed handshake.
DOCUMENTED = {
    "host": "audiohook.example.com",
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh",
    "signature": "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:",
    "signature-input": (
        'sig1=("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" '
        '"audiohook-correlation-id" "x-api-key");keyid="SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh";'
        'nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created=1641013200;expires=3282026430'
    ),
}
DOCUMENTED_KEYS = {
    DOCUMENTED["x-api-key"]: base64.b64decode("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
}


def checked(told: Mapping[str, str], *, after_s: float = 0.0) -> None:
    check(
        told,
        DOCUMENTED_KEYS,
        target="/api/v1/voicebiometrics/ws",
        now=datetime.fromtimestamp(1_641_013_200 + after_s, UTC),
    )


@pytest.mark.parametrize("host", ["audiohook.example.com", "AudioHook.Example.com:443"])
async def test_the_documented_example_is_taken(host: str) -> None:
    checked(DOCUMENTED | {"host": host})


async def test_the_documented_example_is_taken_however_it_is_spaced() -> None:
    spaced = DOCUMENTED["signature-input"].replace('" "', '"  "').replace(";", "; ")

    checked(DOCUMENTED | {"signature-input": spaced})


@pytest.mark.parametrize(
    ("told", "after_s"),
    [
        (DOCUMENTED, 41.0),
        (DOCUMENTED | {"host": "audiohook.example.com:8443"}, 0.0),
        (DOCUMENTED | {"audiohook-session-id": uuid_of(1)}, 0.0),
    ],
)
async def test_the_documented_example_is_not_taken_for_another(
    told: Mapping[str, str], after_s: float
) -> None:
    with pytest.raises(SignatureRefused):
        checked(told, after_s=after_s)
