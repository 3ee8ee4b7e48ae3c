"""A contact's recording: to be heard, whole or in part, and how loud it is.

Told as transcripts are: to whoever may ask the tenant, as long as the person is not erased.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from litestar import Controller, Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter
from msgspec import Struct

from ..errors import (
    ContactUnknown,
    KeyDestroyed,
    RecordingAbsent,
    RecordingGone,
    RecordingMissed,
    RecordingUnfinished,
    RecordingUnwanted,
)
from ..events.access import RecordingRead
from ..events.base import SAMPLES_PER_MS, ContactId, ContactRef, Event, TenantName, Track
from ..events.contact import ContactErased
from ..events.recording import (
    RecordingConsented,
    RecordingDeclined,
    RecordingErased,
    RecordingFailed,
    RecordingStored,
)
from .bodies import checked_id
from .bounded import BoundedStream
from .byte_range import range_in
from .ports import Ports
from .problems import problem_response
from .reader import Reader, note_access, provide_reader
from .selection import check_names

FLAC = "audio/flac"

RangeHeader = Annotated[
    str | None, HeaderParameter(name="Range", description="Which bytes; several ranges: all.")
]
IfRangeHeader = Annotated[
    str | None, HeaderParameter(name="If-Range", description="An ETag; another one: all bytes.")
]


class OpenRecording(Protocol):
    """A recording as a FLAC file of two channels. Adapter: `services/recording/playback.py`."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        ...

    @property
    def window_samples(self) -> int:
        """Samples of a point of energy."""
        ...

    @property
    def energy(self) -> Mapping[Track, bytes]:
        """A byte a window, by track: 0 is silence (-96 dBFS), 255 is 0 dBFS."""
        ...

    def read(self, first: int, end: int) -> AsyncGenerator[bytes]:
        """Yield the file's bytes from `first` on, up to `end`."""
        ...


@runtime_checkable
class Recordings(Protocol):
    """Where stored recordings are read."""

    async def open(self, contact: ContactRef, recording: RecordingStored) -> OpenRecording:
        """Return the recording that a fact tells of.

        Raises:
            KeyDestroyed: the person was erased.
            ArchiveUnavailable: the store does not answer.
            RecordingDamaged: it does not give what was stored.
        """
        ...


class LoudTrack(Struct, frozen=True, kw_only=True):
    """How loud one track is. `energy`: a number a window, 0 is -96 dBFS or less, 255 is 0 dBFS."""

    track: Track
    energy: tuple[int, ...]


class Waveform(Struct, frozen=True, kw_only=True):
    """What a player draws. Both tracks begin at 0 ms of the contact's clock."""

    contact_id: ContactId
    duration_ms: int
    window_ms: int
    tracks: tuple[LoudTrack, ...]


class RecordingController(Controller):
    path = "/v1/contacts/{contact_id:str}/recording"
    tags = ["recording"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"reader": Provide(provide_reader, sync_to_thread=False)}  # noqa: RUF012

    @get("/", media_type=FLAC)
    async def audio(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        recordings: NamedDependency[Recordings],
        reader: NamedDependency[Reader],
        byte_range: RangeHeader = None,
        if_range: IfRangeHeader = None,
    ) -> Response[Any]:
        """Return the recording as FLAC: the customer left, the agent right.

        That it was asked for is recorded first, each range for itself.
        """
        check_names(request, known=("reason",))
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        await _note("audio", contact, reader, ports, byte_range=byte_range)
        recording = await _stored(contact, ports)
        opened = await _opened(contact, recording, recordings)
        etag = f'"{recording.sha256}"'
        wanted = range_in(byte_range, size=opened.size) if if_range in {None, etag} else None
        if wanted is not None and not wanted:
            return problem_response(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                code="range_unsatisfiable",
                detail=f"the recording has {opened.size} bytes",
                headers={"Content-Range": f"bytes */{opened.size}"},
            )
        return _answer(contact, opened, wanted, etag=etag, send_s=ports.limits.send_s)

    @get("/waveform", response_headers=[ResponseHeader(name="Cache-Control", value="no-store")])
    async def waveform(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        recordings: NamedDependency[Recordings],
        reader: NamedDependency[Reader],
    ) -> Waveform:
        """Return how loud each track is, all along. That it was asked for is recorded first."""
        check_names(request, known=("reason",))
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        await _note("waveform", contact, reader, ports)
        recording = await _stored(contact, ports)
        opened = await _opened(contact, recording, recordings)
        return Waveform(
            contact_id=contact.contact_id,
            duration_ms=recording.duration_ms,
            window_ms=opened.window_samples // SAMPLES_PER_MS,
            tracks=tuple(
                LoudTrack(track=track, energy=tuple(points))
                for track, points in opened.energy.items()
            ),
        )


async def _note(
    what: Literal["audio", "waveform"],
    contact: ContactRef,
    reader: Reader,
    ports: Ports,
    *,
    byte_range: str | None = None,
) -> None:
    """Record what is asked for, before anything is opened."""
    access = RecordingRead(
        contact_id=contact.contact_id,
        what=what,
        byte_range=byte_range and byte_range[:_RANGE_LENGTH_MAX],
        reason=reader.reason,
    )
    await note_access(access, reader=reader, tenant=contact.tenant, ports=ports)


_RANGE_LENGTH_MAX = 100  # characters: one that is honoured has 43 at most


class _File:
    """The bytes of one answer. See `bounded.Feed`."""

    def __init__(self, opened: OpenRecording, wanted: range) -> None:
        self._opened = opened
        self._wanted = wanted

    def close(self) -> None:
        """Nothing is held between two pieces."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield the bytes. A failure breaks the answer off: its client sees that it did not end."""
        pieces = self._opened.read(self._wanted.start, self._wanted.stop)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece


def _answer(
    contact: ContactRef, opened: OpenRecording, wanted: range | None, *, etag: str, send_s: float
) -> Response[Any]:
    sent = range(opened.size) if wanted is None else wanted
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{contact.contact_id}.flac"',
        "Content-Length": str(len(sent)),
        "ETag": etag,
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {sent.start}-{sent.stop - 1}/{opened.size}"
    return BoundedStream(
        _File(opened, sent),
        send_s=send_s,
        media_type=FLAC,
        headers=headers,
        status_code=HTTPStatus.OK if wanted is None else HTTPStatus.PARTIAL_CONTENT,
    )


async def _opened(
    contact: ContactRef, recording: RecordingStored, recordings: Recordings
) -> OpenRecording:
    try:
        return await recordings.open(contact, recording)
    except KeyDestroyed as error:
        # Of a moment ago: the contact has not been told yet.
        raise RecordingGone(contact.contact_id) from error


async def _stored(contact: ContactRef, ports: Ports) -> RecordingStored:
    """Return the newest fact of a recording that can be heard.

    Raises:
        ContactUnknown: there is no such contact.
        RecordingAbsent, RecordingUnwanted, RecordingUnfinished, RecordingMissed, RecordingGone:
            there is none to be heard.
    """
    facts = ports.history.read(contact, lanes=("life", "recording"))
    async with aclosing(facts):
        newest: dict[type[Event], Event] = {type(fact.event): fact.event async for fact in facts}
    if not newest:
        raise ContactUnknown(contact.contact_id)
    if ContactErased in newest or RecordingErased in newest:
        raise RecordingGone(contact.contact_id)
    # The newest one: what was found after the contact is in it.
    if isinstance(stored := newest.get(RecordingStored), RecordingStored):
        return stored
    if isinstance(failed := newest.get(RecordingFailed), RecordingFailed):
        raise RecordingMissed(contact.contact_id, failed.reason)
    if RecordingConsented in newest:
        raise RecordingUnfinished(contact.contact_id)
    if isinstance(declined := newest.get(RecordingDeclined), RecordingDeclined):
        raise RecordingUnwanted(contact.contact_id, declined.reason)
    raise RecordingAbsent(contact.contact_id)
