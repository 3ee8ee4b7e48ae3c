"""A contact's translation, and the replies that an agent types for the customer to hear.

A reply's audio is for the desk to play: Connect has no way in for live audio.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Protocol, runtime_checkable

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from ..commands.handle import handle
from ..commands.reply import TEXT_MAX, TypeReply, reply_id_of
from ..errors import (
    ContactUnknown,
    KeyDestroyed,
    RecordingGone,
    ReplyUnknown,
    ReplyUnspoken,
    TranslationUnconfigured,
)
from ..events.base import START, ContactId, ContactRef, Event, Position, TenantName
from ..events.contact import ContactErased, ContactStarted
from ..events.sealed import Sealed
from ..events.translation import (
    LanguageIdentified,
    ReplyAudioErased,
    ReplyFailed,
    ReplyId,
    ReplySpoken,
    ReplyTyped,
    TranslationSet,
)
from ..projections.store import store_faults
from ..projections.translation import Translation, translation_of
from .bodies import Language, checked_id
from .byte_range import range_in
from .contacts import ACTOR
from .fields import check_body
from .idempotency import HEADER, command_id
from .ports import Ports
from .problems import problem_response
from .recordings import IfRangeHeader, RangeHeader
from .retained import check_retained
from .selection import check_names
from .untold import as_told, untold_of

WAV = "audio/wav"


@runtime_checkable
class Replies(Protocol):
    """Where spoken replies are kept. Adapter: `services/translation/reply_audio.py`."""

    async def audio(self, contact: ContactRef, spoken: ReplySpoken) -> bytes:
        """Return the file that a fact tells of: a minute and a half at most.

        Raises:
            KeyDestroyed: the person was erased.
            ArchiveUnavailable: the store does not answer.
            RecordingDamaged: it does not give what was stored.
        """
        ...


class ReplyBody(Struct, frozen=True, kw_only=True):
    """What the customer is to hear."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX, pattern=r"^[^\x00]*$")]
    # In which language; left out: the one that the customer speaks.
    to: Language | None = None


class ReplyAccepted(Struct, frozen=True, kw_only=True):
    """The reply is being translated and spoken; facts of the contact tell how far it is."""

    contact_id: ContactId
    reply_id: ReplyId
    position: Position
    repeated: bool


class TranslationController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["translation"]  # noqa: RUF012 (the framework declares it so)
    before_request = check_body

    @get("/translation")
    async def translation(
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Translation:
        """Return what was translated, and what became of the replies.

        `state` is `off` where nobody wants it, and `unconfigured` where nothing can translate. 410
        once its retention is over.
        """
        check_names(request, known=())
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await translation_of(connection, contact.contact_id)
        if found is not None:
            return as_told(found, await untold_of(contact, ports, wanted="annotations"))
        # It may have started just now: the log knows first.
        if await ports.journal.lane_end(contact, "life") == START:
            raise ContactUnknown(contact.contact_id)
        return Translation(
            contact_id=contact.contact_id,
            state="off",
            targets=(),
            wish=None,
            stated=None,
            languages=(),
            lines=(),
            replies=(),
            position=START,
        )

    @post("/replies", status_code=HTTPStatus.ACCEPTED)
    async def type_reply(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        data: JSONBody[ReplyBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(name=HEADER, description="Requests with the same key are one reply."),
        ] = None,
    ) -> Response[ReplyAccepted]:
        """Have a text translated and spoken. 409 where nothing can translate, and it has to be."""
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        path = request.url.path
        told_id = command_id(idempotency_key, tenant=tenant, path=path, told=data, tells_when=False)
        known = await _known(contact, ports)
        if known.needs_translation(data.to) and not known.configured:
            raise TranslationUnconfigured(tenant)
        command = TypeReply(
            contact_id=contact.contact_id,
            reply_id=reply_id_of(told_id),
            text=Sealed(data.text),
            language=data.to,
        )
        outcome = await handle(
            command,
            contact=contact,
            journal=ports.journal,
            command_id=told_id,
            actor=ACTOR,
            now=ports.now,
            known=ports.known,
        )
        accepted = ReplyAccepted(
            contact_id=contact.contact_id,
            reply_id=command.reply_id,
            position=outcome.position,
            repeated=outcome.repeated,
        )
        status = HTTPStatus.OK if outcome.repeated else HTTPStatus.ACCEPTED
        return Response(accepted, status_code=status)


class ReplyAudioController(Controller):
    path = "/v1/contacts/{contact_id:str}/replies/{reply_id:str}"
    tags = ["translation"]  # noqa: RUF012 (the framework declares it so)

    @get("/audio", media_type=WAV)
    async def audio(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        reply_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        replies: NamedDependency[Replies],
        byte_range: RangeHeader = None,
        if_range: IfRangeHeader = None,
    ) -> Response[bytes]:
        """Return a reply as WAV: 16 bits, one channel. 409 with its state while there is none."""
        check_names(request, known=())
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        wanted = ReplyId(checked_id("reply_id", reply_id))
        # Before all else: where the transcript's time was over, the contact is told of as erased.
        await check_retained(contact, ports, kind="annotations")
        spoken = await _spoken(contact, wanted, ports)
        try:
            audio = await replies.audio(contact, spoken)
        except KeyDestroyed as error:
            # Of a moment ago: the contact has not been told yet.
            raise RecordingGone(contact.contact_id) from error
        etag = f'"{spoken.sha256}"'
        part = range_in(byte_range, size=len(audio)) if if_range in {None, etag} else None
        return _answer(audio, part, etag=etag, name=wanted)


def _answer(audio: bytes, part: range | None, *, etag: str, name: str) -> Response[bytes]:
    size = len(audio)
    if part is not None and not part:
        return problem_response(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            code="range_unsatisfiable",
            detail=f"the reply has {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{name}.wav"',
        "ETag": etag,
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return Response(
        audio if part is None else audio[part.start : part.stop],
        media_type=WAV,
        headers=headers,
        status_code=HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT,
    )


class _Known:
    """What is known of a contact's languages."""

    def __init__(self) -> None:
        self.configured = True  # as long as nobody said that it is not
        self._reads: str | None = None
        self._speaks: str | None = None

    def take(self, event: Event) -> None:
        match event:
            case ContactStarted(language=language):
                self._speaks = self._speaks or _subtag(language)
            case LanguageIdentified(track="from_customer", language=language):
                self._speaks = language
            case TranslationSet(targets=targets, configured=configured):
                self.configured = configured
                self._reads = targets[0] if targets else None
            case _:
                pass  # says nothing of languages

    def needs_translation(self, to: str | None) -> bool:
        """Tell whether a reply has to be translated, as far as is known."""
        told_in = self._speaks if to is None else _subtag(to)
        return self._reads is None or self._reads != told_in


def _subtag(tag: str) -> str:
    return tag.split("-", 1)[0].casefold()


async def _known(contact: ContactRef, ports: Ports) -> _Known:
    known = _Known()
    async for event in _events(contact, ports):
        known.take(event)
    return known


async def _spoken(contact: ContactRef, reply_id: ReplyId, ports: Ports) -> ReplySpoken:
    """Return the fact of a reply's audio.

    Raises:
        ContactUnknown, ReplyUnknown: there is no such contact or reply.
        ReplyUnspoken: it has no audio, or none yet.
        RecordingGone: the person was erased.
    """
    spoken: ReplySpoken | None = None
    state, is_empty = "", True
    async for event in _events(contact, ports):
        is_empty = False
        match event:
            case ContactErased() | ReplyAudioErased():
                raise RecordingGone(contact.contact_id)
            case ReplyTyped(reply_id=one) if one == reply_id:
                state = "it is being translated and spoken"
            case ReplyFailed(reply_id=one, step=step, reason=reason) if one == reply_id:
                state = f"{step} failed: {reason}"
            case ReplySpoken(reply_id=one) if one == reply_id:
                spoken = event
            case _:
                pass  # of another reply, or of none
    if is_empty:
        raise ContactUnknown(contact.contact_id)
    if spoken is not None:
        return spoken
    if not state:
        raise ReplyUnknown(contact.contact_id, reply_id)
    raise ReplyUnspoken(contact.contact_id, reply_id, state)


async def _events(contact: ContactRef, ports: Ports) -> AsyncGenerator[Event]:
    async with aclosing(ports.history.read(contact, lanes=("life", "translation"))) as facts:
        async for fact in facts:
            yield fact.event
