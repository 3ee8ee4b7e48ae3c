"""The wire is read as nats-py reads it, in whatever pieces it comes, and taps get their own."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from antiphon.infra.jetstream.parsing import TapParser
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

Told = tuple[Any, ...]

TAPPED, OTHER = 7, 8


class Wire:
    """Stands where nats-py's client does: notes what the parser makes of the bytes."""

    def __init__(self, *, tapped: Sequence[int] = (TAPPED,), fails_on: bytes = b"") -> None:
        self.told: list[Told] = []
        self.quick = 0  # messages that took the way past nats-py's parser
        self.errors: list[Exception] = []
        self.stats = {"in_msgs": 0, "in_bytes": 0}
        self._fails_on = fails_on
        self.taps = {b"%d" % sid: self._tap(sid) for sid in tapped}

    def _tap(self, sid: int) -> Any:
        def take(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:
            self.quick += 1
            if self._fails_on and self._fails_on in payload:
                raise ValueError("told so")
            self.told.append((sid, subject, reply, payload, headers))

        return take

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        self.told.append((sid, subject, reply, data, headers or b""))

    async def _process_ping(self) -> None:
        self.told.append(("ping",))

    async def _process_pong(self) -> None:
        self.told.append(("pong",))

    async def _process_err(self, error: str) -> None:
        self.told.append(("err", error))

    async def _process_info(self, told: dict[str, Any]) -> None:
        self.told.append(("info", told))

    async def _error_cb(self, error: Exception) -> None:
        self.errors.append(error)


def msg(payload: bytes, *, sid: int = TAPPED, reply: bytes = b"", headers: bytes = b"") -> bytes:
    answer = reply + b" " if reply else b""
    if not headers:
        return b"MSG a.b %d %s%d\r\n%s\r\n" % (sid, answer, len(payload), payload)
    sizes = b"%d %d" % (len(headers), len(headers) + len(payload))
    return b"HMSG a.b %d %s%s\r\n%s%s\r\n" % (sid, answer, sizes, headers, payload)


HEADERS = b"NATS/1.0\r\nNats-Msg-Id: 1\r\n\r\n"
LARGE = random.Random(1).randbytes(300_000)

STREAM = [
    b'INFO {"server_id":"x"}\r\n',
    msg(b"one"),
    msg(b"two", reply=b"$JS.ACK.s"),
    msg(b"", headers=b"NATS/1.0 100 Idle\r\n\r\n"),
    msg(b"three", headers=HEADERS, reply=b"r"),
    b"PING\r\n",
    msg(b"four\r\nMSG a.b 7 3\r\nabc\r\n", headers=HEADERS),  # what looks like the wire is payload
    msg(b"five", sid=OTHER),
    msg(b"six"),
    msg(b"seven", sid=OTHER, headers=HEADERS),
    b"+OK\r\nPONG\r\n",
    msg(b"eight"),
    b"-ERR 'Slow Consumer'\r\n",
    msg(b""),
]


async def told_by_nats(pieces: Sequence[bytes]) -> list[Told]:
    wire = Wire()
    parser = Parser(wire)
    for piece in pieces:
        await parser.parse(piece)
    return wire.told


async def told(pieces: Sequence[bytes]) -> Wire:
    wire = Wire()
    parser = TapParser(wire, wire.taps.get)
    for piece in pieces:
        await parser.parse(piece)
    return wire


async def test_cut_at_any_place_the_stream_tells_what_it_tells_whole() -> None:
    stream = b"".join(STREAM)
    expected = await told_by_nats([stream])
    assert len(expected) == len(STREAM)  # `+OK` says nothing, and stands beside `PONG`

    for cut in range(len(stream)):
        wire = await told([stream[:cut], stream[cut:]])
        assert wire.told == expected, f"cut at {cut}"


@pytest.mark.parametrize("seed", range(20))
async def test_in_many_pieces_the_stream_tells_what_it_tells_whole(seed: int) -> None:
    chance = random.Random(seed)
    parts = chance.choices([*STREAM, msg(LARGE), msg(LARGE, sid=OTHER)], k=60)
    stream = b"".join(parts)
    pieces: list[bytes] = []
    while stream:
        size = chance.choice((1, 2, 7, 40, 500, 32_768))
        pieces.append(stream[:size])
        stream = stream[size:]

    wire = await told(pieces)

    assert wire.told == await told_by_nats([b"".join(parts)])


async def test_messages_of_taps_take_the_quick_way_and_come_back_to_it() -> None:
    stream = b"".join([*[msg(b"x" * 500)] * 100, msg(LARGE, sid=OTHER), *[msg(b"y" * 500)] * 100])
    pieces = [stream[at : at + 1_000] for at in range(0, len(stream), 1_000)]

    wire = await told(pieces)

    assert len(wire.told) == 201
    assert wire.quick == 200
    assert wire.stats == {"in_msgs": 200, "in_bytes": 100_000}


async def test_a_message_cut_in_its_first_line_behind_one_of_nats_py_takes_the_quick_way() -> None:
    first = msg(b"one")

    wire = await told([msg(b"zero", sid=OTHER) + first[:6], first[6:] + msg(b"two")])

    assert [payload for *_, payload, _ in wire.told] == [b"zero", b"one", b"two"]
    assert wire.quick == 2


async def test_a_taker_that_fails_is_told_of_and_those_after_it_are_served() -> None:
    wire = Wire(fails_on=b"poison")
    parser = TapParser(wire, wire.taps.get)

    await parser.parse(msg(b"one") + msg(b"poison") + msg(b"two"))

    assert [payload for *_, payload, _ in wire.told] == [b"one", b"two"]
    assert [str(error) for error in wire.errors] == ["told so"]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"MSG a.b 7 -3\r\nabc\r\n",
        b"MSG a.b 7 many\r\nabc\r\n",
        b"HMSG a.b 7 few 30\r\n" + HEADERS + b"\r\n",
        b"MSG a.b 7\r\nabc\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
    ],
)
async def test_what_no_server_says_is_refused_after_what_came_before_it(nonsense: bytes) -> None:
    wire = Wire()
    parser = TapParser(wire, wire.taps.get)

    with pytest.raises(ProtocolError):
        await parser.parse(msg(b"one") + nonsense)

    assert [payload for *_, payload, _ in wire.told] == [b"one"]


async def test_a_new_connection_begins_anew() -> None:
    wire = Wire()
    parser = TapParser(wire, wire.taps.get)
    await parser.parse(msg(b"cut off")[:-4])

    parser.reset()
    await parser.parse(msg(b"one"))

    assert [payload for *_, payload, _ in wire.told] == [b"one"]
