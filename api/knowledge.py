"""Questions to the articles, and the questions that none of them answered."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, runtime_checkable

import structlog
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta, Struct

from ..commands.question import question_id_of, record_question
from ..events.base import ContactId, ContactRef, Position, TenantName
from ..events.knowledge import Citation, KnowledgeAsked, Maker, Refusal
from ..events.privacy.written import without_personal
from ..events.sealed import Sealed
from ..events.untold import NOTHING, Untold
from ..projections import unanswered
from ..projections.store import store_faults
from ..projections.unanswered import Unanswered
from .bodies import Id, checked_id
from .fields import check_body
from .idempotency import HEADER, command_id
from .ports import Ports
from .quarantined import ToWhoeverExports
from .selection import Selection
from .untold import as_told, untold_of

log = structlog.get_logger()

ACTOR = "machine"  # until access control exists nobody can say which person asks

QUESTION_CHARS_MAX = 2_000  # of a person who types or pastes; speech comes by another way

# Pages looked through for one answer: a bound, where most contacts wait for their check.
LOOKS_MAX = 8

_NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, Meta(min_length=1, pattern=_NO_NUL)]
Before = Annotated[int | None, QueryParameter(ge=1, description="Those before this position.")]
ListLimit = Annotated[int, QueryParameter(ge=1, le=unanswered.QUESTIONS_MAX)]


class Found(Protocol):
    """An answer, or that there is none; see `services/knowledge/answering.py`."""

    @property
    def answer(self) -> str | None: ...
    @property
    def refusal(self) -> Refusal | None: ...
    @property
    def citations(self) -> tuple[Citation, ...]: ...
    @property
    def maker(self) -> Maker: ...
    @property
    def took_ms(self) -> int: ...


class Row(Protocol):
    """An article as it is listed."""

    @property
    def article_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def readers(self) -> tuple[str, ...]: ...
    @property
    def source(self) -> str | None: ...
    @property
    def url(self) -> str | None: ...
    @property
    def body(self) -> str: ...


@runtime_checkable
class KnowledgeBase(Protocol):
    """Where articles are looked at. Adapter: `infra/knowledge_base.py`."""

    async def ask(
        self, tenant: TenantName, question: str, *, contact_id: ContactId | None
    ) -> Found:
        """Return what the articles say that the contact's agent may read.

        Raises:
            StoreUnavailable: they cannot be looked at.
        """
        ...

    async def listed(
        self, tenant: TenantName, *, after: str, articles_max: int, id_: str | None
    ) -> Sequence[Row]:
        """Return articles in the order of their ids; of an id that one alone."""
        ...

    async def shown_upto(self, tenant: TenantName) -> Position:
        """Return up to which fact of the register articles are found."""
        ...


class AskBody(Struct, frozen=True, kw_only=True):
    """A question to the articles, by whoever helps a customer."""

    question: Annotated[Text, Meta(max_length=QUESTION_CHARS_MAX)]
    contact_id: Id | None = None


class Answered(Struct, frozen=True, kw_only=True):
    """What the articles say; `answer` is null where none supports one."""

    answer: str | None
    citations: tuple[Citation, ...]  # the nearest first; the answer is made of those `used`
    generator: str  # `quote-1`: as it stands in the article; else the model that wrote it
    refusal: Refusal | None
    retrieval: str
    took_ms: int
    position: Position | None  # of the fact that it was asked; None without a contact


class Gaps(Struct, frozen=True, kw_only=True):
    """Questions that no article answered, the newest first."""

    questions: tuple[Unanswered, ...]
    before: Position | None  # asks for those that follow; None: there are none


class KnowledgeController(Controller):
    path = "/v1/knowledge"
    tags = ["knowledge"]  # noqa: RUF012 (the framework declares it so)

    @post("/ask", status_code=200, before_request=check_body)
    async def ask(  # noqa: PLR0917 (the framework injects them by name)
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[AskBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        knowledge: NamedDependency[KnowledgeBase],
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
        ] = None,
    ) -> Answered:
        """Ask the articles. With a contact, question and answer become part of its history."""
        protection = await ports.protection(tenant)
        question = await asyncio.to_thread(
            without_personal, data.question, protection, place="models"
        )
        contact_id = None
        if data.contact_id is not None:
            contact_id = ContactId(checked_id("contact_id", data.contact_id))
        found = await knowledge.ask(tenant, question, contact_id=contact_id)
        position = None
        if contact_id is not None:
            command = command_id(
                idempotency_key, tenant=tenant, path=request.url.path, told=data, tells_when=False
            )
            position = await record_question(
                _fact(command, question, found),
                contact=ContactRef(tenant, contact_id),
                journal=ports.journal,
                command_id=command,
                actor=ACTOR,
                now=ports.now,
            )
        log.info(
            "knowledge_asked",
            tenant=tenant,
            contact_id=contact_id,
            articles=[one.article_id for one in found.citations],
            refusal=found.refusal,
            took_ms=found.took_ms,
        )
        return _answered(found, position)

    @get("/unanswered")
    async def unanswered(
        self,
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        before: Before = None,
        limit: ListLimit = unanswered.QUESTIONS_MAX,
    ) -> Gaps:
        """List questions that no article answered, the newest first.

        Those of contacts alone whose redaction is verified: they repeat what was said.
        """
        at = None if before is None else Position(before)
        found, following = await _released(tenant, ports, before=at, questions_max=limit)
        touched = {one.contact_id for one, untold in found if untold}
        untold = {id_: await untold_of(ContactRef(tenant, id_), ports) for id_ in touched}
        return Gaps(
            questions=tuple(as_told(one, untold.get(one.contact_id, NOTHING)) for one, _ in found),
            before=following,
        )


async def _released(
    tenant: TenantName, ports: Ports, *, before: Position | None, questions_max: int
) -> tuple[list[tuple[Unanswered, Untold]], Position | None]:
    """Return questions that may be let out, with what is not of their contacts; where to go on."""
    state = await ports.journal.state(tenant)
    selection = Selection(upto=state.last, epoch=state.epoch)
    release = ToWhoeverExports(tenant, selection, ports)
    found: list[tuple[Unanswered, Untold]] = []
    for _ in range(LOOKS_MAX):
        page = await _page(tenant, ports, before=before, questions_max=questions_max)
        released = await release.among({one.contact_id for one in page})
        found += [(one, released[one.contact_id]) for one in page if one.contact_id in released]
        if len(found) > questions_max:
            del found[questions_max:]
            return found, found[-1][0].position
        before = page[-1].position if len(page) == questions_max else None
        if before is None or len(found) == questions_max:
            break
    return found, before


async def _page(
    tenant: TenantName, ports: Ports, *, before: Position | None, questions_max: int
) -> Sequence[Unanswered]:
    pool = await ports.databases.pool(tenant)
    with store_faults():
        async with (
            asyncio.timeout(ports.limits.query_s),
            pool.acquire(timeout=ports.limits.query_s) as connection,
        ):
            return await unanswered.unanswered(
                connection, before=before, questions_max=questions_max
            )


def _fact(command: str, question: str, found: Found) -> KnowledgeAsked:
    return KnowledgeAsked(
        question_id=question_id_of(command),
        question=Sealed(question),
        answer=None if found.answer is None else Sealed(found.answer),
        refusal=found.refusal,
        citations=found.citations,
        maker=found.maker,
        took_ms=found.took_ms,
    )


def _answered(found: Found, position: Position | None) -> Answered:
    maker = found.maker
    return Answered(
        answer=found.answer,
        citations=found.citations,
        generator=maker.generator if maker.model is None or maker.declined else maker.model,
        refusal=found.refusal,
        retrieval=maker.retrieval,
        took_ms=found.took_ms,
        position=position,
    )
