"""Reads the simulator as a stranger would: httpx, botocore's signature, ebmlite's parser."""

import io
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import ebmlite  # pyright: ignore[reportMissingTypeStubs]
import httpx
import numpy as np
import pytest
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]
from msgspec import Struct
from numpy.typing import NDArray

FROM_CUSTOMER = "AUDIO_FROM_CUSTOMER"
TO_CUSTOMER = "AUDIO_TO_CUSTOMER"
EARLIEST = {"StartSelectorType": "EARLIEST"}

Samples = NDArray[np.int16]


class Block(Struct, frozen=True):
    track: str  # by its name in the same document
    started_ms: int  # epoch
    samples: bytes


class Document(Struct, frozen=True):
    """One fragment as it was received."""

    segment_uid: bytes
    tracks: dict[int, str]
    codecs: set[str]
    cluster_ms: int
    blocks: list[Block]
    tags: list[dict[str, str]]  # one per Tags element, in order of appearance
    order: list[str]  # of the segment's children

    @property
    def number(self) -> int:
        return int(self.tag("AWS_KINESISVIDEO_FRAGMENT_NUMBER") or 0)

    @property
    def contact_id(self) -> str | None:
        return self.tag("ContactId")

    def tag(self, name: str) -> str | None:
        found = {text for group in self.tags for key, text in group.items() if key == name}
        assert len(found) <= 1, f"{name} is said twice, and differently"
        return found.pop() if found else None


class Signature(httpx.Auth):
    """Signs as botocore does."""

    requires_request_body = True

    def __init__(
        self,
        *,
        service: str = "kinesisvideo",
        key: str = "AKIDEXAMPLE",
        secret: str = "secret",  # of nothing
        region: str = "us-east-1",
    ) -> None:
        self._signer = SigV4Auth(Credentials(key, secret), service, region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        unsigned = AWSRequest("POST", str(request.url), data=request.content)
        self._signer.add_auth(unsigned)  # pyright: ignore[reportUnknownMemberType]
        request.headers.update(dict(unsigned.headers))
        yield request


@asynccontextmanager
async def opened(
    url: str, stream_arn: str, selector: dict[str, Any], *, auth: httpx.Auth | None = None
) -> AsyncGenerator[httpx.Response]:
    """Open GetMedia; the answer's body is still to be read."""
    asked = {"StreamARN": stream_arn, "StartSelector": selector}
    async with (
        httpx.AsyncClient(auth=auth or Signature(), timeout=20) as client,
        client.stream("POST", f"{url}/getMedia", content=json.dumps(asked)) as answer,
    ):
        yield answer


async def body_of(url: str, stream_arn: str, selector: dict[str, Any] = EARLIEST) -> bytes:
    """Read a body to its clean end."""
    async with opened(url, stream_arn, selector) as answer:
        assert answer.status_code == 200, await answer.aread()
        return await answer.aread()


async def documents_of(
    url: str, stream_arn: str, selector: dict[str, Any] = EARLIEST
) -> list[Document]:
    return documents_in(await body_of(url, stream_arn, selector))


async def cut_body_of(url: str, stream_arn: str) -> bytes:
    """Return what arrives of a body that does not end as it should."""
    received = bytearray()
    async with opened(url, stream_arn, EARLIEST) as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            await receive(answer, into=received)
    return bytes(received)


async def receive(answer: httpx.Response, *, into: bytearray) -> None:
    """Append what arrives as it arrives: what came before a failure is kept."""
    async for content in answer.aiter_raw():
        into += content


async def refused(url: str, stream_arn: str, selector: dict[str, Any] = EARLIEST) -> str | None:
    """Return the error's type, as the header tells it; None when it was not refused."""
    async with opened(url, stream_arn, selector) as answer:
        if answer.status_code == 200:
            return None
        assert "Message" in json.loads(await answer.aread())
        return answer.headers["x-amzn-ErrorType"]


def documents_in(body: bytes) -> list[Document]:
    """Return the documents of a body, parsed by ebmlite."""
    schema: Any = ebmlite.loadSchema("matroska.xml")  # pyright: ignore[reportUnknownMemberType]
    return [_document(e) for e in schema.load(io.BytesIO(body)) if e.name == "Segment"]


def _document(segment: Any) -> Document:
    children = list(segment)
    by_name = {child.name: child for child in children}
    entries = [{leaf.name: leaf.value for leaf in entry} for entry in by_name["Tracks"]]
    tracks = {entry["TrackNumber"]: entry["Name"] for entry in entries}
    cluster = list(by_name["Cluster"])
    cluster_ms = next(leaf.value for leaf in cluster if leaf.name == "Timecode")
    return Document(
        segment_uid=bytes(next(e.value for e in by_name["Info"] if e.name == "SegmentUID")),
        tracks=tracks,
        codecs={entry["CodecID"] for entry in entries},
        cluster_ms=cluster_ms,
        blocks=[_block(e.value, tracks, cluster_ms) for e in cluster if e.name == "SimpleBlock"],
        tags=[_tags(child) for child in children if child.name == "Tags"],
        order=[child.name for child in children],
    )


def _block(payload: bytes, tracks: dict[int, str], cluster_ms: int) -> Block:
    relative_ms = int.from_bytes(payload[1:3], "big", signed=True)
    return Block(tracks[payload[0] & 0x7F], cluster_ms + relative_ms, bytes(payload[4:]))


def _tags(element: Any) -> dict[str, str]:
    simple = [list(leaves) for tag in element for leaves in tag if leaves.name == "SimpleTag"]
    return {name.value: text.value for name, text in simple}


def track_of(documents: list[Document], name: str) -> Samples:
    """Return all samples of one track, in the order in which they came."""
    blocks = [block for document in documents for block in document.blocks]
    content = b"".join(block.samples for block in blocks if block.track == name)
    return np.frombuffer(content, dtype="<i2").astype(np.int16)


def noise(sample_count: int, *, seed: int = 1) -> Samples:
    """Return a two-party recording in which no two stretches are alike."""
    steps = np.random.default_rng(seed).integers(-30_000, 30_000, size=(sample_count, 2))
    return steps.astype(np.int16)
