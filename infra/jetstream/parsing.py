"""The wire, read quickly where it carries messages for a tap; the rest is nats-py's parser's.

nats-py matches each message against several patterns, copies it twice and keeps its parts in a
dictionary: several times the work. What is handled here is the common case alone, a small and
well-formed `MSG` or `HMSG` of a tap; anything else, whatever it is, goes to nats-py.

Source: NATS client protocol; nats-py 2.16, `nats/protocol/parser.py`.
"""

from collections.abc import Callable
from typing import Any

from nats.protocol.parser import (
    AWAITING_CONTROL_LINE,
    AWAITING_MSG_PAYLOAD,
    MAX_CONTROL_LINE_SIZE,
    Parser,
)

Take = Callable[[bytes, bytes, bytes, bytes], None]  # subject, reply, payload, headers
TapOf = Callable[[bytes], Take | None]  # by the subscription's id, as the wire writes it

# A larger message comes in many reads, and what came is copied at each of them.
_SMALL_BYTES = 128 * 1024

_LINE_END = b"\r\n"
_VERBS = (b"MSG ", b"HMSG ")
_PARTS_MIN = {b"MSG": 4, b"HMSG": 5}  # one more where there is a reply subject
_PARTS_OF_NONE = 1_000  # no verb of ours has so many


class TapParser(Parser):
    """nats-py's parser, with a way past it for messages of a tap."""

    def __init__(self, nc: Any, tap_of: TapOf) -> None:
        super().__init__(nc)  # pyright: ignore[reportUnknownMemberType]
        self._nc = nc
        self._tap_of = tap_of
        self._failed: list[Exception] = []

    def reset(self) -> None:
        """Forget what came of an unfinished message: the connection is another."""
        super().reset()
        self._rest = b""

    async def parse(self, data: bytes = b"") -> None:
        """Hand on every message of `data`, and keep what is the beginning of the next.

        Raises:
            ProtocolError: no NATS server speaks like this.
        """
        if self.state == AWAITING_MSG_PAYLOAD:
            missing = self.needed + len(_LINE_END) - len(self.buf)
            await super().parse(data[:missing])
            data = data[missing:]
        elif self.buf:
            await super().parse(data)
            data = self._taken_back()
        data = self._rest + data
        ended, is_begun = self._give(data)
        self._rest = data[ended:] if is_begun else b""
        if ended < len(data) and not is_begun:
            await super().parse(data[ended:])
            self._rest = self._taken_back()
        while self._failed:
            await self._nc._error_cb(self._failed.pop(0))  # noqa: SLF001 (as nats-py's parser)

    def _give(self, data: bytes) -> tuple[int, bool]:
        """Give the messages of taps to them, up to something else or an unfinished one.

        Returns where that is, and whether it is an unfinished one.
        """
        at = 0
        while (line_end := data.find(_LINE_END, at, at + MAX_CONTROL_LINE_SIZE)) > 0:
            parts = data[at:line_end].split(b" ")
            least = _PARTS_MIN.get(parts[0], _PARTS_OF_NONE)
            if not least <= len(parts) <= least + 1 or (take := self._tap_of(parts[2])) is None:
                return at, False
            headers_size, size = _sizes(parts)
            if size > _SMALL_BYTES:
                return at, False
            headers = line_end + len(_LINE_END)
            end = headers + size
            if end + len(_LINE_END) > len(data):
                return at, True
            payload = headers + headers_size
            reply = parts[3] if len(parts) > least else b""
            try:
                take(parts[1], reply, data[payload:end], data[headers:payload])
            except Exception as error:  # noqa: BLE001 (or the socket would be read no longer)
                self._failed.append(error)
            at = end + len(_LINE_END)
            self._nc.stats["in_msgs"] += 1
            self._nc.stats["in_bytes"] += end - payload
        return at, _is_begun(data[at : at + MAX_CONTROL_LINE_SIZE])

    def _taken_back(self) -> bytes:
        """Return the beginning of a message that nats-py has not understood yet."""
        if self.state != AWAITING_CONTROL_LINE or not _is_begun(self.buf):
            return b""
        begun = bytes(self.buf)
        self.buf.clear()
        return begun


def _sizes(parts: list[bytes]) -> tuple[int, int]:
    """Return the sizes of headers, and of headers and payload together."""
    if not parts[-1].isdigit():
        return 0, _SMALL_BYTES + 1  # nonsense: nats-py says so
    if parts[0] == b"MSG":
        return 0, int(parts[-1])
    if not parts[-2].isdigit():
        return 0, _SMALL_BYTES + 1
    return int(parts[-2]), int(parts[-1])


def _is_begun(line: bytes | bytearray) -> bool:
    """Tell whether an unended line may become that of a message."""
    return 0 < len(line) < MAX_CONTROL_LINE_SIZE and any(
        line.startswith(verb) or verb.startswith(line) for verb in _VERBS
    )
