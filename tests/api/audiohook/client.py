"""A client that speaks AudioHook version 2 as Genesys Cloud does, and misbehaves when asked.

Written from Genesys's reference implementation (protocol/message.ts, client/clientsessionimpl.ts,
client/src/mediasource-tone.ts) and its documented example of a signed handshake alone.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ORGANIZATION = "d7934305-0972-4844-938e-9060eef73d05"
SESSION = "30b0e395-84d3-4570-ac13-9a62d8f514c0"
CONVERSATION = "090eaa2f-72fa-480a-83e0-8667ff89c0ec"
PARTICIPANT = "883efee8-3d6c-4537-b500-6d7ca4b92fa0"
NULL = "00000000-0000-0000-0000-000000000000"

STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}
EXTERNAL = STEREO | {"channels": ["external"]}
INTERNAL = STEREO | {"channels": ["internal"]}
OFFERS = [STEREO, EXTERNAL, INTERNAL]

NOTHING: dict[str, Any] = {}
FRAME_SAMPLES = 1_600  # 200 ms, as Genesys sends


def uuid_of(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def opening(**other: Any) -> dict[str, Any]:
    return {
        "organizationId": ORGANIZATION,
        "conversationId": CONVERSATION,
        "participant": {
            "id": PARTICIPANT,
            "ani": "+1-555-555-1234",
            "aniName": "John Doe",
            "dnis": "+1-800-555-6789",
        },
        "media": OFFERS,
        "language": "en-GB",
    } | other


def probing(**other: Any) -> dict[str, Any]:
    nobody = {"id": NULL, "ani": "", "aniName": "", "dnis": ""}
    return opening(conversationId=NULL, participant=nobody, **other)


def interleaved(external: bytes, internal: bytes) -> bytes:
    mixed = bytearray(2 * len(external))
    mixed[::2], mixed[1::2] = external, internal
    return bytes(mixed)


def seconds(samples: int) -> str:
    whole, rest = divmod(samples, 8_000)
    return f"PT{whole}.{rest * 125:06d}S"


def samples_of(duration: str) -> int:
    return round(float(duration.removeprefix("PT").removesuffix("S")) * 8_000)


def signed(
    *, host: str, path: str, key: str, secret: bytes, created: int, **other: Any
) -> dict[str, str]:
    """Return the headers of a signed handshake; `other` is what is wrong with it."""
    told: dict[str, Any] = {
        "session": SESSION,
        "api_key": key,
        "nonce": "VGhpc0lzQVVuaXF1ZU5vbmNl",
        "alg": "hmac-sha256",
        "expires": created + 30,
        "left_out": "",
        "twice": list[str](),
    }
    told |= other
    headers = {
        "audiohook-organization-id": ORGANIZATION,
        "audiohook-session-id": told["session"],
        "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
        "x-api-key": told["api_key"],
    }
    values = {"@request-target": path, "@authority": host} | headers
    names = [*(name for name in values if name != told["left_out"]), *told["twice"]]
    listed = " ".join(f'"{name}"' for name in names)
    parameters = f'({listed});keyid="{key}";nonce="{told["nonce"]}"'
    parameters += f';alg="{told["alg"]}";created={created};expires={told["expires"]}'
    base = "\n".join([f'"{name}": {values[name]}' for name in names])
    base += f'\n"@signature-params": {parameters}'
    mac = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    return headers | {"signature-input": f"sig1={parameters}", "signature": f"sig1=:{mac}:"}


class Session:
    """One connection of one session."""

    def __init__(self, socket: ClientConnection, session_id: str, conversation: str) -> None:
        self.socket = socket
        self.id = session_id
        self.conversation = conversation
        self.seq = self.serverseq = 0
        self.position = 0  # in samples: sent, or thrown away

    async def tell(self, type_: str, parameters: Any = NOTHING, **envelope: Any) -> None:
        self.seq += 1
        message = {
            "version": "2",
            "id": self.id,
            "type": type_,
            "seq": self.seq,
            "serverseq": self.serverseq,
            "position": seconds(self.position),
            "parameters": parameters,
        } | envelope
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            raw = await self.socket.recv()
        assert isinstance(raw, str), "the server of a monitor sends no audio"
        told: dict[str, Any] = json.loads(raw)
        assert told["version"] == "2"
        assert told["seq"] == self.serverseq + 1, "a server counts without a hole"
        assert told["clientseq"] <= self.seq
        self.serverseq = told["seq"]
        return told

    async def expect(self, type_: str) -> dict[str, Any]:
        told = await self.hear()
        assert told["type"] == type_, told
        assert told["id"] == self.id
        return told["parameters"]

    def opening(self, **other: Any) -> dict[str, Any]:
        return opening(**{"conversationId": self.conversation} | other)

    async def open(self, **other: Any) -> dict[str, Any]:
        """Open the session, and return what the server said to it."""
        await self.tell("open", self.opening(**other))
        parameters = await self.expect("opened")
        assert len(parameters["media"]) <= 1
        assert all(media in OFFERS for media in parameters["media"])
        return parameters

    async def send(self, audio: bytes, *, channels: int = 2) -> None:
        await self.socket.send(audio)
        self.position += len(audio) // channels

    async def ping(self) -> None:
        await self.tell("ping", {"rtt": "PT0.08S"})
        await self.expect("pong")

    async def close(self, reason: str = "end") -> None:
        """Close as the protocol has it: the server confirms, the client hangs up."""
        await self.tell("close", {"reason": reason})
        await self.expect("closed")
        await self.socket.close()

    async def parted(self) -> dict[str, Any]:
        """Be asked to go, and go: return how the server asked."""
        while (told := await self.hear())["type"] != "disconnect":
            pass
        await self.close("disconnect")
        return told["parameters"]

    def drop(self) -> None:
        """Be gone without a word."""
        self.socket.transport.abort()


@asynccontextmanager
async def hooked(
    url: str,
    *,
    session: str = SESSION,
    conversation: str = CONVERSATION,
    headers: dict[str, str] | None = None,
    **given: Any,
) -> AsyncGenerator[Session]:
    address = url.replace("http://", "ws://") + "/v1/audiohook"
    told = headers or {
        "Audiohook-Organization-Id": ORGANIZATION,
        "Audiohook-Session-Id": session,
        "Audiohook-Correlation-Id": "e160e428-53e2-487c-977d-96989bf5c99d",
        "X-API-KEY": "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh",
    }
    async with connect(address, additional_headers=told, **given) as socket:
        yield Session(socket, session, conversation)


async def stream(
    urls: Callable[[], str],
    audio: bytes,
    *,
    conversation: str = CONVERSATION,
    kept: int = 40_000,
    cut_after: Sequence[int] = (),
) -> int:
    """Send a stereo recording as one lineage of sessions; be cut after so many frames each.

    A client keeps the last `kept` samples that it sent, and after a cut goes on from there, or
    from where the server says that it has them. Returns the connections.
    """
    cuts, lineage = list(cut_after), list[dict[str, Any]]()
    sent, whole = 0, len(audio) // 2
    while True:
        session_id = uuid_of(len(lineage) + 1)
        async with hooked(urls(), session=session_id, conversation=conversation) as session:
            session.position = max(0, sent - kept)
            told = await session.open(**({"continuedSessions": lineage} if lineage else {}))
            if "discardTo" in told:
                start, upto = session.position, samples_of(told["discardTo"])
                assert start < upto <= sent, "nobody has what was not sent"
                session.position = upto
                lost = {"start": seconds(start), "discarded": seconds(upto - start)}
                await session.tell("discarded", lost)
            cut = cuts.pop(0) if cuts else None
            try:
                while session.position < whole and cut != 0:
                    at = 2 * session.position
                    await session.send(audio[at : at + 2 * FRAME_SAMPLES])
                    cut = None if cut is None else cut - 1
                    sent = max(sent, session.position)
                    if session.position // FRAME_SAMPLES % 4 == 0:
                        await session.ping()  # what is not asked for may be lost by a cut
                if cut != 0:
                    await session.close()
                    return len(lineage) + 1
            except ConnectionClosed:
                pass  # cut by the server: the session goes on under another connection
            session.drop()
            lineage.append(
                {"id": session_id, "serverseq": session.serverseq, "clientseq": session.seq}
            )
