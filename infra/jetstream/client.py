"""nats-py's client, and a way past its slowest part: what is received at a tap comes as it is.

For each message of a subscription nats-py parses all headers, builds an object, queues it and
wakes a task: that is two thirds of what reading costs. A tap is handed subject, reply, payload
and headers as bytes, at once, from the loop that reads the socket, by a parser of our own
(`parsing.py`). Sending, reconnecting and every other subscription stay nats-py's.

Source: nats-py 2.16, `nats/aio/client.py`, whose parser calls `_process_msg` for each message.
"""

import asyncio
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from .parsing import Take, TapParser

# What may wait for the socket before messages are posted no longer: a broker that is slow is
# waited for by who can wait.
POSTED_BYTES_MAX = 4 * 1024 * 1024

_STATUS_BEGINS = len(b"NATS/1.0 ")
_STATUS_ENDS = _STATUS_BEGINS + 3
STATUS = b"Status"  # under which `headers_of` gives the status line's code


class Connection(Client):
    """A client whose subscriptions may be taps."""

    def __init__(self) -> None:
        super().__init__()
        self._taps: dict[bytes, Take] = {}
        self._ps = TapParser(self, self._taps.get)

    async def tap(self, subject: str, take: Take) -> Subscription:
        """Have `take` called for each message that comes to a subject of our own from now on.

        It must not block. What it raises goes to the connection's error callback, as with any
        subscription; the connection lives on. End it with `untap`.
        """
        subscription = await self.subscribe(  # pyright: ignore[reportUnknownMemberType]
            subject, cb=_untapped
        )
        self._taps[_id_of(subscription)] = take
        return subscription

    def post(self, subject: bytes, reply: bytes, headers: bytes, payload: bytes) -> bool:
        """Have a message sent with whatever else leaves next, without waiting.

        `headers` are as the wire has them, `subject` and `reply` without a blank. False, and
        nothing was done: the connection is away, or has as much to send as it may.
        """
        flushing = self._flush_queue
        if (
            not self.is_connected
            or flushing is None
            or len(payload) > self._max_payload
            or self._pending_data_size > POSTED_BYTES_MAX
        ):
            return False
        size = len(headers) + len(payload)
        head = b"HPUB %b %b %d %d\r\n" % (subject, reply, len(headers), size)
        message = b"".join((head, headers, payload, b"\r\n"))
        self._pending.append(message)
        self._pending_data_size += len(message)
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += len(payload)
        if flushing.empty():
            flushing.put_nowait(asyncio.get_running_loop().create_future())
        return True

    async def untap(self, subscription: Subscription) -> None:
        """Call it no longer."""
        self._taps.pop(_id_of(subscription), None)
        await subscription.unsubscribe()

    async def _process_msg(
        self, sid: int, subject: Any, reply: Any, data: Any, headers: Any
    ) -> None:
        # What the quick way left to nats-py: a large message, or one that came in pieces.
        if (take := self._taps.get(b"%d" % sid)) is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        try:
            take(subject, reply, data, headers or b"")
        except Exception as error:  # noqa: BLE001 (or the loop that reads the socket would end)
            await self._error_cb(error)


def headers_of(raw: bytes) -> dict[bytes, bytes]:
    """Return a message's headers; of one that is there twice, the later: the server's own."""
    if not raw:
        return {}
    first, *lines = raw.split(b"\r\n")
    headers: dict[bytes, bytes] = {}
    if status := first[_STATUS_BEGINS:_STATUS_ENDS]:
        headers[STATUS] = status
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name] = value.strip()
    return headers


def _id_of(subscription: Subscription) -> bytes:
    return b"%d" % subscription._id  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def _untapped(msg: Msg) -> None:
    # Nothing can come to a subject of our own before we have told anybody of it.
    raise AssertionError(f"a message passed its tap on {msg.subject.partition('.')[0]}")
