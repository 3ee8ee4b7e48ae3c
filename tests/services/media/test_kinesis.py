"""GetDataEndpoint and GetMedia as AWS wants them asked, and their failures by kind."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from antiphon.errors import MediaFailed
from antiphon.services.media.failures import kind_of_answer, kind_of_error_id
from antiphon.services.media.identities import PLACEHOLDER_KEY_ID, PLACEHOLDER_SECRET, Identities
from antiphon.services.media.kinesis import Kinesis
from antiphon.services.media.signing import Signer, is_local
from antiphon.services.media.source import AfterFragment, FromProducerTime, Start

from .bytes_by_hand import Fragment
from .kvs import STREAM_ARN, Cut, Kvs, Refuse, Request

NOON = FromProducerTime(datetime(2026, 1, 2, 12, 0, 0, 724_000, tzinfo=UTC))
EARLY = FromProducerTime(datetime(2024, 9, 18, 16, 0, tzinfo=UTC))
PROFILES = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile or environment of the developer's own: the chain finds nothing."""
    for name in PROFILES:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")


async def body_of(source: Kinesis, start: Start = EARLY, arn: str = STREAM_ARN) -> bytes:
    pieces: list[bytes] = []
    async with asyncio.timeout(5), source.open(arn, start) as body:
        await body.give(pieces.append)
    return b"".join(pieces)


def signature_of(request: Request, secret: str) -> str:
    """Signature Version 4, worked out here from AWS's description."""
    authorization = request.headers["authorization"]
    signed = authorization.split("SignedHeaders=")[1].split(",")[0]
    scope = authorization.split("Credential=")[1].split(",")[0].split("/", 1)[1]
    canonical = "\n".join(
        [
            "POST",
            request.path,
            "",
            *(f"{name}:{request.headers[name].strip()}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(request.raw_body).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in [*scope.split("/")[:3], "aws4_request"]:
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()


async def test_the_data_endpoint_is_asked_for_and_followed() -> None:
    async with Kvs([Fragment()], moved=True) as kvs, Kinesis(endpoint=kvs.url) as source:
        body = await body_of(source)

        assert body == Fragment().encode()
        first, second = kvs.requests
        assert (first.path, first.body) == (
            "/getDataEndpoint",
            {"APIName": "GET_MEDIA", "StreamARN": STREAM_ARN},
        )
        assert second.path == "/getMedia"
        assert second.headers["host"] == kvs.second_url.removeprefix("http://")
        assert second.headers["accept-encoding"] == "identity"


async def test_requests_are_signed_for_the_streams_region() -> None:
    async with Kvs([Fragment()]) as kvs, Kinesis(endpoint=kvs.url) as source:
        await body_of(source)

        for request in kvs.requests:
            authorization = request.headers["authorization"]
            day = request.headers["x-amz-date"][:8]
            assert authorization.startswith(
                f"AWS4-HMAC-SHA256 Credential={PLACEHOLDER_KEY_ID}/{day}/eu-central-1"
                "/kinesisvideo/aws4_request, SignedHeaders="
            )
            assert "host" in authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
            assert authorization.endswith(signature_of(request, PLACEHOLDER_SECRET))


async def test_credentials_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    async with Kvs([Fragment()]) as kvs, Kinesis(endpoint=kvs.url) as source:
        await body_of(source)

        request = kvs.requests[-1]
        assert "Credential=AKIDEXAMPLE/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "session"
        assert request.headers["authorization"].endswith(signature_of(request, "wJalrXUtnFEMI"))


async def test_without_credentials_a_foreign_endpoint_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    signer = Signer(Identities(local=False))

    with pytest.raises(MediaFailed) as failed:
        await signer.sign(
            "https://x.example/getMedia", b"{}", region="eu-central-1", account="111122223333"
        )

    assert (failed.value.kind, failed.value.problem) == ("denied", "no_aws_credentials_found")
    signer.close()


@pytest.mark.parametrize(
    ("start", "selector"),
    [
        (NOON, {"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": 1_767_355_200.724}),
        (
            AfterFragment("91343852333181432392682062000000000000000000000"),
            {
                "StartSelectorType": "FRAGMENT_NUMBER",
                "AfterFragmentNumber": "91343852333181432392682062000000000000000000000",
            },
        ),
    ],
)
async def test_the_start_is_named_as_the_api_wants_it(
    start: Start, selector: dict[str, object]
) -> None:
    async with Kvs() as kvs, Kinesis(endpoint=kvs.url) as source:
        await body_of(source, start)

        assert kvs.requests[-1].body == {"StreamARN": STREAM_ARN, "StartSelector": selector}


async def test_a_data_endpoint_is_remembered_until_it_fails() -> None:
    async with Kvs([Fragment()]) as kvs, Kinesis(endpoint=kvs.url) as source:
        await body_of(source)
        await body_of(source)
        assert [one.path for one in kvs.requests].count("/getDataEndpoint") == 1

        kvs.moved = True
        with pytest.raises(MediaFailed) as failed:
            await body_of(source)
        await body_of(source)

        assert failed.value.kind == "endpoint"
        assert [one.path for one in kvs.requests].count("/getDataEndpoint") == 2


@pytest.mark.parametrize("where", ["header", "body"])
@pytest.mark.parametrize(
    ("status", "error_type", "kind"),
    [
        (400, "ClientLimitExceededException", "retry"),
        (400, "ConnectionLimitExceededException", "retry"),
        (400, "InvalidArgumentException", "selector"),
        (400, "InvalidEndpointException", "endpoint"),
        (401, "NotAuthorizedException", "denied"),
        (404, "ResourceNotFoundException", "denied"),
        (500, "InternalFailure", "retry"),
    ],
)
async def test_an_error_has_a_kind_wherever_its_name_stands(
    status: int, error_type: str, kind: str, where: str
) -> None:
    async with Kvs() as kvs, Kinesis(endpoint=kvs.url) as source:
        kvs.faults.append(Refuse(status, error_type, where))

        with pytest.raises(MediaFailed) as failed:
            await body_of(source)

        assert (failed.value.kind, failed.value.problem) == (kind, error_type)


async def test_a_body_that_breaks_off_is_told_from_one_that_ends() -> None:
    async with Kvs([Fragment()]) as kvs, Kinesis(endpoint=kvs.url) as source:
        kvs.faults.extend([Cut(100), Cut(100, clean=True)])

        with pytest.raises(MediaFailed) as failed:
            await body_of(source)

        assert failed.value.kind == "retry"
        assert await body_of(source) == Fragment().encode()[:100]


async def test_a_body_that_falls_silent_is_left() -> None:
    async with (
        Kvs([Fragment()], keep_open=True) as kvs,
        Kinesis(endpoint=kvs.url, idle_s=0.1) as source,
    ):
        with pytest.raises(MediaFailed) as failed:
            await body_of(source)

        assert (failed.value.kind, failed.value.problem) == ("retry", "read_timeout")


async def test_an_endpoint_that_is_not_there_is_tried_again() -> None:
    async with Kvs() as kvs:
        url = kvs.url
    async with Kinesis(endpoint=url) as source:
        with pytest.raises(MediaFailed) as failed:
            await body_of(source)

        assert failed.value.kind == "retry"


async def test_pieces_are_handed_on_as_they_arrive() -> None:
    came: asyncio.Queue[bytes] = asyncio.Queue()
    async with (
        Kvs([Fragment()], keep_open=True) as kvs,
        Kinesis(endpoint=kvs.url) as source,
        asyncio.timeout(5),
        source.open(STREAM_ARN, EARLY) as body,
    ):
        giving = asyncio.create_task(body.give(came.put_nowait))

        assert await came.get() == Fragment().encode()
        assert not giving.done()
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)


async def test_a_proxy_that_the_environment_names_is_gone_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    targets: list[bytes] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        targets.append(head.split(b" ")[1])
        asked_for_endpoint = targets[-1].endswith(b"/getDataEndpoint")
        answer = b'{"DataEndpoint": "http://media.invalid"}' if asked_for_endpoint else b"voices"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        async with Kinesis(endpoint="http://kvs.invalid") as source:
            assert await body_of(source) == b"voices"

    assert targets == [b"http://kvs.invalid/getDataEndpoint", b"http://media.invalid/getMedia"]


async def test_an_arn_that_names_no_region_needs_an_endpoint() -> None:
    async with Kinesis() as source:
        with pytest.raises(MediaFailed) as failed:
            await body_of(source, arn="arn:aws:s3:::bucket")

        assert (failed.value.kind, failed.value.problem) == ("alarm", "stream_arn_malformed")


async def test_an_answer_that_is_no_endpoint_is_a_failure() -> None:
    async with Kvs(moved=True) as kvs:
        kvs.second_url = "file:///etc/passwd"
        async with Kinesis(endpoint=kvs.url) as source:
            with pytest.raises(MediaFailed) as failed:
                await body_of(source)

        assert failed.value.problem == "data_endpoint_unreadable"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://acme.localhost:1", True),
        ("https://kinesisvideo.eu-central-1.amazonaws.com", False),
        ("http://10.0.0.1", False),
        (None, False),
    ],
)
def test_only_this_machine_is_local(url: str | None, *, local: bool) -> None:
    assert is_local(url) is local


def test_what_nobody_knows_is_tried_again() -> None:
    assert kind_of_answer(418, "") == "retry"
    assert kind_of_answer(403, "") == "denied"
    assert kind_of_error_id("", "KMS_KEY_DISABLED") == "alarm"
    assert kind_of_error_id("9999", "") == "retry"
