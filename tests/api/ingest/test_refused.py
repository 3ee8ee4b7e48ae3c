"""What is not of the protocol is refused by name, and the rest of the call is unharmed."""

import contextlib
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from antiphon.commands.contact import StartContact
from antiphon.commands.handle import handle
from antiphon.events.base import ContactId, ContactRef, TenantName
from antiphon.events.contact import MediaStream
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ...projections.world import TENANT
from .source import bring, frame, frames_of, hello, talking
from .world import NOON, NOW, Cell, Shared
from .world import cell as make_cell

# One process for the many cases that each say little.
pytestmark = pytest.mark.asyncio(loop_scope="module")

SOUND = bytes(320)
GOOD = frame(1, "from_customer", 0, SOUND)
SECRET = b"k" * 32


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncGenerator[Shared]:
    async with make_cell() as made, made.serving() as url:
        yield Shared(made, url)


@pytest_asyncio.fixture(loop_scope="module")
async def cell() -> AsyncGenerator[Cell]:
    async with make_cell() as made:
        yield made


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [
        (b"hello", "hello_expected"),
        ({"type": "end", "sequence": 0}, "hello_malformed"),
        ({"type": "hello"}, "hello_malformed"),
        (hello(contact={"contact_id": "c-1"}), "hello_malformed"),
        (hello(contact={"contact_id": "c.1", "instance_arn": "i"}), "hello_malformed"),
        (hello(started_at="2026-03-02T12:00:00"), "hello_malformed"),
        (hello(padding="x" * 131_072), "hello_oversized"),
        (hello(protocol="antiphon-ingest/2"), "protocol_unsupported"),
        (hello(encoding="opus"), "encoding_unsupported"),
        (hello(rate_hz=16_000), "rate_unsupported"),
        (hello(tracks=[]), "tracks_unsupported"),
        (hello(tracks=["from_customer", "elsewhere"]), "tracks_unsupported"),
        (hello(started_at="2026-03-02T13:01:01Z"), "started_in_future"),
        (hello(started_at="2026-03-01T12:59:59Z"), "contact_stale"),
        (hello(started_at="0001-01-01T00:00:00+01:00"), "malformed"),
        (
            hello(
                contact={
                    "contact_id": "c-1",
                    "instance_arn": "i",
                    "media": {
                        "stream_arn": "arn",
                        "start_fragment_number": "1",
                        "started_at": "2026-03-02T12:00:00Z",
                    },
                }
            ),
            "media_not_yours",
        ),
    ],
)
async def test_a_hello_that_is_none_is_refused(shared: Shared, greeting: Any, problem: str) -> None:
    async with talking(shared.url) as talk:
        await talk.tell(greeting)

        last, code = await talk.hear_last()

    assert (last["type"], last["problem"], code) == ("refused", problem, 4400)
    assert await shared.cell.facts() == []


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([b""], "frame_empty"),
        ([GOOD[:17]], "frame_empty"),
        ([frame(1, "from_customer", 0, bytes(16_002))], "frame_oversized"),
        ([GOOD + b"\x00"], "frame_of_half_samples"),
        ([frame(1, "to_customer", 0, SOUND)], "track_not_announced"),
        ([b"\x07" + GOOD[1:]], "track_not_announced"),
        ([frame(0, "from_customer", 0, SOUND)], "sequence_from_one"),
        ([frame(2, "from_customer", 0, SOUND)], "sequence_gap"),
        ([GOOD, frame(3, "from_customer", 320, SOUND)], "sequence_gap"),
        ([GOOD, frame(2, "from_customer", 159, SOUND)], "samples_overlap"),
        ([GOOD, frame(2, "from_customer", 160 + 115_200_001, SOUND)], "samples_ahead"),
        ([frame(1, "from_customer", 2**64 - 1, SOUND)], "samples_ahead"),
        ([frame(1, "from_customer", 3_660 * 8_000, SOUND)], "samples_in_future"),
        ([GOOD, {"type": "end", "sequence": 2}], "sequence_gap"),
        ([{"type": "end", "sequence": 0, "ended_at": "9999-12-31T23:59:59-01:00"}], "malformed"),
        ([{"type": "stop"}], "message_malformed"),
        ([{"type": "end", "sequence": 0, "x": "y" * 4_096}], "message_oversized"),
    ],
)
async def test_a_message_that_does_not_follow_is_refused(
    shared: Shared, messages: list[Any], problem: str
) -> None:
    async with talking(shared.url) as talk:
        await talk.tell(hello(uuid.uuid4().hex, tracks=["from_customer"]))
        await talk.hear()
        for message in messages:
            await talk.tell(message)

        last, code = await talk.hear_last()

    assert (last["type"], last["problem"], code) == ("refused", problem, 4400)


async def test_a_message_that_is_nested_without_end_is_refused(shared: Shared) -> None:
    nested = "[" * 2_000 + "]" * 2_000
    async with talking(shared.url) as talk:
        await talk.socket.send(f'{{"type":"hello","x":{nested}}}')
        first, _ = await talk.hear_last()
    async with talking(shared.url) as talk:
        await talk.tell(hello(uuid.uuid4().hex))
        await talk.hear()
        await talk.socket.send(f'{{"type":"end","sequence":0,"x":{nested[200:-200]}}}')
        second, _ = await talk.hear_last()

    assert (first["problem"], second["problem"]) == ("hello_malformed", "message_malformed")


async def test_after_a_refusal_the_source_goes_on_where_it_was(cell: Cell) -> None:
    async with cell.serving() as url:
        async with talking(url) as talk:
            await talk.tell(hello())
            await talk.hear()
            await talk.tell(GOOD)
            assert await talk.hear() == {"type": "ack", "sequence": 1}
            await talk.tell(frame(9, "from_customer", 1, b"\x09\x09" * 9))
            await talk.hear_last()

        await bring(lambda: url, hello(), frames_of({"from_customer": SOUND * 3}))

    assert await cell.heard() == {"from_customer": SOUND * 3}


async def test_who_does_not_wait_for_acknowledgements_is_refused(cell: Cell) -> None:
    second = bytes(16_000)

    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(hello())
        welcome = await talk.hear()
        with contextlib.suppress(ConnectionClosed):
            # More than a window between two appends, however fast those are.
            for nth in range(200):
                await talk.tell(frame(nth + 1, "from_customer", nth * 8_000, second))
        last, _ = await talk.hear_last()

    assert welcome["window_bytes"] == 262_144
    assert (last["type"], last["problem"]) == ("refused", "window_exceeded")


async def test_a_message_beyond_all_bounds_closes_the_connection(cell: Cell) -> None:
    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(hello())
        await talk.hear()
        with contextlib.suppress(ConnectionClosed):
            await talk.tell(bytes(256 * 1024 + 1))
        _, code = await talk.hear_last()

    assert code == 1009


async def test_nothing_follows_the_end(cell: Cell) -> None:
    async with cell.serving() as url:
        await bring(lambda: url, hello(), frames_of({"from_customer": SOUND}))
        async with talking(url) as talk:
            await talk.tell(hello())
            await talk.hear()
            await talk.tell(frame(2, "from_customer", 160, SOUND))
            last, _ = await talk.hear_last()

    assert last["problem"] == "stream_closed"
    assert await cell.heard() == {"from_customer": SOUND}


async def test_a_contact_whose_audio_is_read_takes_no_socket(cell: Cell) -> None:
    await handle(
        StartContact(
            contact_id=ContactId("c-1"),
            instance_arn="desk-capture",
            media=MediaStream(stream_arn="arn:aws:k", start_fragment_number="9", started_at=NOON),
        ),
        contact=ContactRef(TENANT, ContactId("c-1")),
        journal=cell.journal,
        command_id="x",
        actor="machine",
        now=lambda: NOW,
    )

    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(hello())
        last, _ = await talk.hear_last()

    assert last["problem"] == "audio_read_elsewhere"
    assert await cell.kinds() == ["contact_started"]


async def test_another_instance_may_not_go_on_with_a_contact(cell: Cell) -> None:
    async with cell.serving() as url:
        async with talking(url) as talk:
            await talk.tell(hello())
            await talk.hear()
        async with talking(url) as talk:
            await talk.tell(hello(contact={"contact_id": "c-1", "instance_arn": "another"}))
            last, _ = await talk.hear_last()

    assert (last["type"], last["problem"]) == ("refused", "malformed")


async def test_a_host_that_names_no_tenant_is_refused(cell: Cell) -> None:
    async with cell.serving() as url:
        port = url.rpartition(":")[2]
        async with connect(
            "ws://nobody.example/v1/ingest", host="127.0.0.1", port=int(port), compression=None
        ) as socket:
            told = json.loads(await socket.recv())

    assert (told["type"], told["problem"]) == ("refused", "tenant_unknown")


class Keys:
    """One tenant's key."""

    def keys_of(self, tenant: TenantName, /) -> Mapping[str, bytes]:
        return {"capture": SECRET} if tenant == TENANT else {}


def signature(*, path: str = "/v1/ingest", secret: bytes = SECRET, at: int | None = None) -> str:
    """Sign a handshake, from `docs/ingest.md` and the header's description alone."""
    seconds = int(NOW.timestamp()) if at is None else at
    lines = ["antiphon-hmac-sha256", "GET", path, "", str(seconds), hashlib.sha256().hexdigest()]
    mac = hmac.new(secret, "\n".join(lines).encode(), "sha256").hexdigest()
    return f"key=capture; at={seconds}; mac={mac}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Antiphon-Signature": "mac"},
        {"Antiphon-Signature": signature(path="/v1/contacts")},
        {"Antiphon-Signature": signature(secret=b"x" * 32)},
        {"Antiphon-Signature": signature(at=int(NOW.timestamp()) - 301)},
    ],
)
async def test_a_wrong_signature_is_refused_before_anything_is_heard(
    headers: dict[str, str],
) -> None:
    async with (
        make_cell(machine_keys=Keys()) as cell,
        cell.serving() as url,
        talking(url, additional_headers=headers) as talk,
    ):
        last, code = await talk.hear_last()

        assert await cell.facts() == []
    assert (last["type"], last["problem"], code) == ("refused", "signature_refused", 4400)


async def test_a_signed_source_is_welcome() -> None:
    async with (
        make_cell(machine_keys=Keys()) as cell,
        cell.serving() as url,
        talking(url, additional_headers={"Antiphon-Signature": signature()}) as talk,
    ):
        await talk.tell(hello())

        assert (await talk.hear())["type"] == "welcome"
