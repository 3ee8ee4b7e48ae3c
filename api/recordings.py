"""A contact's recording: to be heard, whole or in part, and how loud it is.

The redacted one, once it is verified, is told as transcripts are: to whoever may ask the tenant, as
long as the person is not erased. What nobody has passed yet, and the original, are for those whom
the tenant's privacy policy names.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Protocol, runtime_checkable

from litestar import Controller, Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, QueryParameter
from msgspec import Struct

from ..commands.privacy import PrivacyPolicies
from ..errors import (
    KeyDestroyed,
    Malformed,
    OriginalsForbidden,
    OriginalsGone,
    RecordingGone,
)
from ..events.access import RecordingPart, RecordingRead
from ..events.base import SAMPLES_PER_MS, ContactId, ContactRef, TenantName, Track
from .bodies import checked_id
from .bounded import BoundedStream
from .byte_range import range_in
from .ports import Ports
from .problems import problem_response
from .reader import Reader, note_access, provide_reader
from .released import StoredAudio, recording_wanted
from .selection import check_names

FLAC = "audio/flac"

RangeHeader = Annotated[
    str | None, HeaderParameter(name="Range", description="Which bytes; several ranges: all.")
]
IfRangeHeader = Annotated[
    str | None, HeaderParameter(name="If-Range", description="An ETag; another one: all bytes.")
]


OriginalQuery = Annotated[
    bool,
    QueryParameter(
        name="original", description="As it was heard, for who may read originals. Recorded."
    ),
]
QuarantinedQuery = Annotated[
    bool,
    QueryParameter(
        name="quarantined",
        description="What was redacted and not passed yet, for who may read originals. Recorded.",
    ),
]


class OpenRecording(Protocol):
    """A recording as a FLAC file of two channels. Adapter: `services/playback.py`."""

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

    async def open(self, contact: ContactRef, recording: StoredAudio) -> OpenRecording:
        """Return the recording that a fact tells of.

        Raises:
            KeyDestroyed: the person was erased, or the original destroyed.
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
        privacy_policies: NamedDependency[PrivacyPolicies | None],
        byte_range: RangeHeader = None,
        if_range: IfRangeHeader = None,
        original: OriginalQuery = False,  # noqa: FBT002 (of a query)
        quarantined: QuarantinedQuery = False,  # noqa: FBT002 (of a query)
    ) -> Response[Any]:
        """Return the redacted recording as FLAC: the customer left, the agent right.

        409 `recording_in_quarantine` until every check of its redaction passed. That it was asked
        for is recorded first, each range for itself.
        """
        check_names(request, known=_QUERIES)
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        what = _what("audio", original=original, quarantined=quarantined)
        await _check_reader(what, reader, tenant, privacy_policies)
        await _note(what, contact, reader, ports, byte_range=byte_range)
        recording = await recording_wanted(what, contact, ports)
        opened = await _opened(what, contact, recording, recordings)
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
        privacy_policies: NamedDependency[PrivacyPolicies | None],
        original: OriginalQuery = False,  # noqa: FBT002 (of a query)
        quarantined: QuarantinedQuery = False,  # noqa: FBT002 (of a query)
    ) -> Waveform:
        """Return how loud each track is, all along: of the same recording, on the same terms."""
        check_names(request, known=_QUERIES)
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        what = _what("waveform", original=original, quarantined=quarantined)
        await _check_reader(what, reader, tenant, privacy_policies)
        await _note(what, contact, reader, ports)
        recording = await recording_wanted(what, contact, ports)
        opened = await _opened(what, contact, recording, recordings)
        return Waveform(
            contact_id=contact.contact_id,
            duration_ms=recording.duration_ms,
            window_ms=opened.window_samples // SAMPLES_PER_MS,
            tracks=tuple(
                LoudTrack(track=track, energy=tuple(points))
                for track, points in opened.energy.items()
            ),
        )


_QUERIES = ("reason", "original", "quarantined")


def _what(asked: RecordingPart, *, original: bool, quarantined: bool) -> RecordingPart:
    if original and quarantined:
        raise Malformed("quarantined", "is of what was redacted, and `original` of what was not")
    if original:
        return "original"
    return "quarantined" if quarantined else asked


async def _check_reader(
    what: RecordingPart, reader: Reader, tenant: TenantName, policies: PrivacyPolicies | None
) -> None:
    """Return if the reader may have it.

    Raises:
        OriginalsForbidden: no policy names them.
    """
    if what in {"audio", "waveform"}:
        return
    if policies is None or not await policies.may_read_originals(tenant, reader.id):
        raise OriginalsForbidden


async def _note(
    what: RecordingPart,
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
    what: RecordingPart, contact: ContactRef, recording: StoredAudio, recordings: Recordings
) -> OpenRecording:
    try:
        return await recordings.open(contact, recording)
    except KeyDestroyed as error:
        # Of a moment ago: the contact has not been told yet.
        if what == "original":
            raise OriginalsGone(contact.contact_id) from error
        raise RecordingGone(contact.contact_id) from error
