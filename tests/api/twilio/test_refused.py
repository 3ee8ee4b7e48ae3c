"""What is not of the protocol closes the socket with a code and a word; what was heard stays."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from antiphon.events.base import TenantName
from antiphon.events.subjects import fact_filters, facts_stream
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from ...projections.world import TENANT
from ..ingest.world import Cell, Shared
from ..ingest.world import cell as make_cell
from .vendor import CHUNK, TOKEN, Stream, linear, signature, streaming

pytestmark = pytest.mark.asyncio(loop_scope="package")

QUIET = b"\xff" * CHUNK
DEEP = "[" * 3_000 + "]" * 3_000


def media(**other: Any) -> dict[str, Any]:
    given = {
        "track": "inbound",
        "chunk": "2",
        "timestamp": "20",
        "payload": base64.b64encode(QUIET).decode(),
    }
    return {"media": given | other}


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (b"\x00", "message_malformed"),
        ("", "message_malformed"),
        ("[]", "message_malformed"),
        ('{"event": 1}', "message_malformed"),
        ('{"event": "connected"}', "message_malformed"),
        ('{"event": "connected", "protocol": "Call", "version": "2.0.0"}', "protocol_unsupported"),
        ('{"event": "connected", "protocol": "Fax", "version": "1.0.0"}', "protocol_unsupported"),
        ('{"event": "hello"}', "connected_expected"),
        ('{"event": "connected", "x": "' + "y" * 131_072 + '"}', "message_oversized"),
        ('{"event": "connected", "x": ' + DEEP + "}", "message_malformed"),
        ('{"event": "hello", "x": ' + DEEP + "}", "message_malformed"),
    ],
)
async def test_a_socket_that_speaks_another_protocol_is_closed(
    shared: Shared, first: str | bytes, problem: str
) -> None:
    async with streaming(shared.url) as stream:
        await stream.say(first)

        assert await stream.closed() == (4400, problem)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"media_format": {"encoding": "audio/x-alaw"}}, "encoding_unsupported"),
        ({"media_format": {"sampleRate": 16_000}}, "rate_unsupported"),
        ({"media_format": {"channels": 2}}, "channels_unsupported"),
        ({"tracks": ()}, "tracks_unsupported"),
        ({"tracks": ("inbound", "elsewhere")}, "tracks_unsupported"),
        ({"parameters": {"contactId": "a.b"}}, "malformed"),
        ({"parameters": {"contactId": "c-1\n"}}, "malformed"),
        ({"account": "*"}, "message_malformed"),
    ],
)
async def test_a_stream_that_cannot_be_heard_is_refused_before_it_is_a_contact(
    shared: Shared, given: dict[str, Any], problem: str
) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.start(**given)

        assert await stream.closed() == (4400, problem)

    assert await shared.cell.facts(stream.call) == []


async def test_a_stream_has_to_begin_with_its_start(shared: Shared) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.send(stream.sounds({"inbound": QUIET}))

        assert await stream.closed() == (4400, "start_expected")


@pytest.mark.parametrize(
    ("event", "fields", "problem"),
    [
        ("media", media(payload="A*=="), "message_malformed"),
        ("media", media(payload="AAA"), "message_malformed"),
        ("media", media(payload=7), "message_malformed"),
        ("media", media(track="inbound_track"), "message_malformed"),
        ("media", media(timestamp="-20"), "message_malformed"),
        ("media", media(timestamp="soon"), "message_malformed"),
        ("media", media(timestamp=str(2**53 + 1)), "message_malformed"),
        ("media", media(timestamp=str(2**53)), "samples_ahead"),
        ("media", media(timestamp="60981"), "samples_in_future"),
        ("media", media(chunk="1e400"), "message_malformed"),
        ("media", {}, "message_malformed"),
        ("media", media() | {"sequenceNumber": ""}, "message_malformed"),
        ("media", media() | {"streamSid": "MZother"}, "stream_foreign"),
        ("media", media(track="outbound"), "track_not_announced"),
        ("media", media(payload=base64.b64encode(bytes(8_001)).decode()), "frame_oversized"),
        ("media", media() | {"padding": "x" * 131_072}, "message_oversized"),
        ("stop", {"streamSid": "MZother"}, "stream_foreign"),
        ("start", {}, "message_malformed"),
    ],
)
async def test_a_bad_message_closes_the_stream_and_what_was_heard_stays(
    shared: Shared, event: str, fields: dict[str, Any], problem: str
) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.start(tracks=("inbound",))
        await stream.send(stream.sounds({"inbound": QUIET}))
        await stream.say(stream.numbered(event) | fields)

        assert await stream.closed() == (4400, problem)

    assert await shared.cell.heard(stream.call) == {"from_customer": linear(QUIET)}
    assert "contact_ended" not in await shared.cell.kinds(stream.call)


async def test_a_stream_starts_once(shared: Shared) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.start()
        await stream.start()

        assert await stream.closed() == (4400, "start_repeated")


async def test_a_contact_that_is_over_takes_no_further_stream(shared: Shared) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.start()
        await stream.send(stream.sounds({"inbound": QUIET}))
        await stream.stop()

    async with streaming(shared.url, call=stream.call) as late:
        await late.connect()
        await late.start()
        assert await late.closed() == (4400, "stream_closed")

    assert await shared.cell.heard(stream.call) == {"from_customer": linear(QUIET)}


async def test_another_account_may_not_go_on_with_a_contact(shared: Shared) -> None:
    async with streaming(shared.url) as stream:
        await stream.connect()
        await stream.start()
        await stream.stop()

    async with streaming(shared.url, call=stream.call) as other:
        await other.connect()
        await other.start(account="AC" + "1" * 32)
        assert await other.closed() == (4400, "malformed")


async def test_no_key_that_was_pressed_and_no_parameter_is_kept_in_clear_or_logged(
    shared: Shared,
) -> None:
    secret = "4000001234567899"

    with capture_logs() as told:
        async with streaming(shared.url) as stream:
            await stream.connect()
            await stream.start({"mood": "furious", "customerEndpoint": "+15550123"})
            for digit in secret:
                await stream.say(stream.key(digit))
                await stream.send(stream.sounds({"inbound": QUIET}))
            await stream.say(stream.key("9") | {"sequenceNumber": "none", "dtmf": {"digit": 9.25}})
            assert await stream.closed() == (4400, "message_malformed")

    log = repr(told)
    assert "twilio_refused" in log
    assert not [word for word in ("furious", "5550123", "dtmf", "digit", "9.25") if word in log]
    reading = shared.cell.log.read(facts_stream(TENANT), fact_filters(TENANT))
    stored = b"".join([entry.payload async for batch in reading for entry in batch])
    assert b"twilio:AC" in stored
    assert not [word for word in (b"furious", b"5550123", b"dtmf", b"digit") if word in stored]
    # The keys were pressed between the sounds, and open no gap.
    assert await shared.cell.heard(stream.call) == {"from_customer": linear(QUIET * 16)}
    assert "audio_gap" not in await shared.cell.kinds(stream.call)


async def test_the_client_signs_as_twilio_publishes_it() -> None:
    # Source: the worked example of Twilio's security documentation.
    told = "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"

    signed = signature(f"https://mycompany.com/myapp.php?foo=1&bar=2{told}", "12345")

    assert signed == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def heard_as(cell: Cell, url: str, header: str | None, **given: Any) -> Stream:
    headers = {} if header is None else {"X-Twilio-Signature": header}
    async with streaming(url, additional_headers=headers, **given) as stream:
        await stream.connect()
        await stream.start()
        assert await stream.stop() == (1000, "")
    assert (await cell.kinds(stream.call))[0] == "contact_started"
    return stream


@pytest.mark.parametrize("tail", ["/v1/twilio", "/v1/twilio/"])
@pytest.mark.parametrize("port", ["", ":443"])
async def test_a_stream_that_is_signed_for_its_address_is_heard(
    signed: Shared, tail: str, port: str
) -> None:
    authority = signed.url.removeprefix("http://")

    await heard_as(signed.cell, signed.url, signature(f"wss://{authority}{port}{tail}", TOKEN))


@pytest.mark.parametrize(
    ("address", "token"),
    [
        (None, TOKEN),
        ("wss://{}/v1/twilio", "e" * 32),
        ("https://{}/v1/twilio", TOKEN),
        ("wss://{}/v1/ingest", TOKEN),
        ("wss://elsewhere.example/v1/twilio", TOKEN),
        ("wss://{}/v1/twilio?x=1", TOKEN),
    ],
)
async def test_a_stream_that_is_not_signed_for_its_address_is_not_let_in(
    signed: Shared, address: str | None, token: str
) -> None:
    header = address and signature(address.format(signed.url.removeprefix("http://")), token)

    with pytest.raises(InvalidStatus) as refused:
        await heard_as(signed.cell, signed.url, header)

    assert refused.value.response.status_code == 403


async def test_a_stream_of_another_account_than_signed_for_it_is_refused(signed: Shared) -> None:
    header = signature(f"wss://{signed.url.removeprefix('http://')}/v1/twilio", TOKEN)
    async with streaming(signed.url, additional_headers={"X-Twilio-Signature": header}) as stream:
        await stream.connect()
        await stream.start(account="AC" + "1" * 32)

        assert await stream.closed() == (4400, "signature_refused")

    assert await signed.cell.facts(stream.call) == []


class OneMachine:
    """The tenant's machines sign, and no Twilio account of it is known."""

    def keys_of(self, _: TenantName, /) -> Mapping[str, bytes]:
        return {"capture": b"k" * 32}


async def test_where_machines_sign_nobody_streams_unsigned() -> None:
    async with make_cell(machine_keys=OneMachine()) as cell, cell.serving() as url:
        with pytest.raises(InvalidStatus) as refused:
            await heard_as(cell, url, None)

    assert refused.value.response.status_code == 403


async def test_a_host_that_names_no_tenant_is_not_let_in(shared: Shared) -> None:
    port = shared.url.rpartition(":")[2]

    with pytest.raises(InvalidStatus) as refused:
        await heard_as(shared.cell, "http://nobody.example", None, host="127.0.0.1", port=int(port))

    assert refused.value.response.status_code == 403
