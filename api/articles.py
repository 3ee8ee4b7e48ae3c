"""Articles over HTTP: published, listed, shown, withdrawn."""

from typing import Annotated

import structlog
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from ..commands import article
from ..commands.article import PublishArticle, WithdrawArticle
from ..errors import ArticleUnknown
from ..events.base import Position, TenantName
from .bodies import Language
from .fields import check_body
from .knowledge import ACTOR, KnowledgeBase, Row, Text
from .ports import Ports

log = structlog.get_logger()

PAGE_MAX = 200  # articles told at once
ARTICLE_BYTES_MAX = 1024 * 1024  # of a body; what the log takes

_NO_NUL = r"^[^\x00]*$"
Label = Annotated[str, Meta(min_length=1, max_length=article.LABEL_CHARS_MAX, pattern=_NO_NUL)]
Labels = Annotated[tuple[Label, ...], Meta(max_length=article.LABELS_MAX)]
Link = Annotated[str, Meta(min_length=1, max_length=article.SOURCE_CHARS_MAX, pattern=_NO_NUL)]
After = Annotated[str, QueryParameter(description="Those whose ids come after this one.")]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]


class ArticleBody(Struct, frozen=True, kw_only=True):
    """What an article says. Published once more with the same content, nothing changes."""

    id: Annotated[str, Meta(min_length=1, max_length=article.ID_CHARS_MAX, pattern=_NO_NUL)]
    title: Annotated[Text, Meta(max_length=article.TITLE_CHARS_MAX)]
    body: Annotated[Text, Meta(max_length=article.BODY_CHARS_MAX)]
    language: Language = "en"
    tags: Labels = ()
    readers: Labels = ()
    source: Link | None = None
    url: Link | None = None


class ArticleStands(Struct, frozen=True, kw_only=True):
    """What was asked is so. It is found once `GET /v1/articles` has reached `position`."""

    id: str
    version: int
    position: Position
    repeated: bool


class ArticleShown(Struct, frozen=True, kw_only=True):
    """An article."""

    id: str
    version: int
    title: str
    language: str
    tags: tuple[str, ...]
    readers: tuple[str, ...]
    source: str | None
    url: str | None
    body: str | None  # None: in a list


class ArticlePage(Struct, frozen=True, kw_only=True):
    """Articles in the order of their ids."""

    articles: tuple[ArticleShown, ...]
    position: Position  # of the register: what was published up to it is here, and is found
    next: str | None  # `after` of the next page; None: this was the last


class ArticleController(Controller):
    path = "/v1/articles"
    tags = ["knowledge"]  # noqa: RUF012 (the framework declares it so)

    @post(status_code=201, before_request=check_body, request_max_body_size=ARTICLE_BYTES_MAX)
    async def publish(
        self,
        data: JSONBody[ArticleBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Response[ArticleStands]:
        """Publish an article, or a next version of it. 200 where it says so already."""
        command = PublishArticle(
            article_id=data.id,
            title=data.title,
            body=data.body,
            language=data.language,
            tags=data.tags,
            readers=data.readers,
            source=data.source,
            url=data.url,
        )
        stands = await _handled(command, tenant, ports)
        return Response(stands, status_code=200 if stands.repeated else 201)

    @get()
    async def list_articles(
        self,
        tenant: NamedDependency[TenantName],
        knowledge: NamedDependency[KnowledgeBase],
        after: After = "",
        limit: Limit = PAGE_MAX,
    ) -> ArticlePage:
        """List the articles that are found."""
        position = await knowledge.shown_upto(tenant)
        rows = await knowledge.listed(tenant, after=after, articles_max=limit + 1, id_=None)
        shown = tuple(_shown(row) for row in rows[:limit])
        return ArticlePage(
            articles=shown, position=position, next=shown[-1].id if len(rows) > limit else None
        )

    @get("/{article_id:path}")
    async def show(
        self,
        article_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        knowledge: NamedDependency[KnowledgeBase],
    ) -> ArticleShown:
        """Return an article with its body. 404 where none of that id is to be found."""
        id_ = article_id.removeprefix("/")
        rows = await knowledge.listed(tenant, after="", articles_max=1, id_=id_)
        if not rows:
            raise ArticleUnknown(id_)
        return _shown(rows[0], with_body=True)

    @delete("/{article_id:path}", status_code=200)
    async def withdraw(
        self,
        article_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> ArticleStands:
        """Let an article not be found any more. Its versions stay in the register."""
        return await _handled(
            WithdrawArticle(article_id=article_id.removeprefix("/")), tenant, ports
        )


async def _handled(
    command: article.ArticleCommand, tenant: TenantName, ports: Ports
) -> ArticleStands:
    outcome = await article.handle(
        command, tenant=tenant, register=ports.register, actor=ACTOR, now=ports.now
    )
    log.info(
        "article_handled",
        command=type(command).__name__,
        tenant=tenant,
        version=outcome.version,
        position=outcome.position,
        repeated=outcome.repeated,
    )
    return ArticleStands(
        id=outcome.article_id,
        version=outcome.version,
        position=outcome.position,
        repeated=outcome.repeated,
    )


def _shown(row: Row, *, with_body: bool = False) -> ArticleShown:
    return ArticleShown(
        id=row.article_id,
        version=row.version,
        title=row.title,
        language=row.language,
        tags=row.tags,
        readers=row.readers,
        source=row.source,
        url=row.url,
        body=row.body if with_body else None,
    )
