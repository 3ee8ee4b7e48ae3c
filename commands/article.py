"""What may be asked of an article: publish what it says, withdraw it. Repeats change nothing."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import ArticleUnknown, HistoryUnreadable, Malformed
from ..events.article import KIND, ArticlePublished, ArticleWithdrawn, register_id_of
from ..events.base import (
    START,
    Draft,
    Event,
    Position,
    TenantName,
    Unreadable,
    command_event_id,
)
from ..events.register import Registered
from .racing import decided

ID_CHARS_MAX = 256
TITLE_CHARS_MAX = 500
BODY_CHARS_MAX = 200_000  # the log takes a megabyte, and a sign may be four bytes of it
LABELS_MAX = 100  # tags, and groups of readers
LABEL_CHARS_MAX = 128
SOURCE_CHARS_MAX = 2_000


class Register(Protocol):
    """The facts of a tenant that are about no single contact; see `events/register.py`."""

    async def append(
        self,
        tenant: TenantName,
        *,
        id: str,  # noqa: A002 (the thing's id)
        drafts: Sequence[Draft],
        expected: Position | None,
    ) -> Position:
        """Append facts of one kind about one thing."""
        ...

    def read(
        self,
        tenant: TenantName,
        *,
        kind: str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> AsyncGenerator[Registered]:
        """Yield the facts of one kind about one thing."""
        ...


class PublishArticle(Struct, frozen=True, kw_only=True):
    """Let an article say this from now on."""

    article_id: str
    title: str
    body: str
    language: str = "en"
    tags: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    source: str | None = None
    url: str | None = None


class WithdrawArticle(Struct, frozen=True, kw_only=True):
    """Let an article not be found any more."""

    article_id: str


ArticleCommand = PublishArticle | WithdrawArticle


class Article(Struct, frozen=True, kw_only=True):
    """An article as far as its facts tell. A version of 0: there never was one."""

    version: int = 0
    says: ArticlePublished | None = None  # None: withdrawn, or never there
    end: Position = START


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    article_id: str
    version: int
    position: Position  # of the article's last fact; an index that has reached it shows it
    repeated: bool  # it was so already


def decide(article: Article, command: ArticleCommand) -> list[Event]:
    """Return the facts that the command makes true; none where they are already.

    Raises:
        Malformed: what is to be published cannot be an article.
        ArticleUnknown: what is to be withdrawn never was there.
    """
    if isinstance(command, WithdrawArticle):
        if article.version == 0:
            raise ArticleUnknown(command.article_id)
        if article.says is None:
            return []
        return [ArticleWithdrawn(article_id=command.article_id, article_version=article.version)]
    checked = _checked(command)
    published = ArticlePublished(
        article_id=checked.article_id,
        article_version=article.version + 1,
        title=checked.title,
        body=checked.body,
        language=checked.language,
        tags=checked.tags,
        readers=checked.readers,
        source=checked.source,
        url=checked.url,
    )
    if article.says == replace(published, article_version=article.version):
        return []
    return [published]


def evolve(article: Article, fact: Registered) -> Article:
    """Return the article as it stands after a fact.

    Raises:
        HistoryUnreadable: the fact cannot be read by this version.
    """
    match fact.event:
        case ArticlePublished() as event:
            return Article(version=event.article_version, says=event, end=fact.position)
        case ArticleWithdrawn():
            return replace(article, says=None, end=fact.position)
        case Unreadable(ignorable=False) as event:
            raise HistoryUnreadable(
                f"{KIND}/{fact.subject_id}", position=fact.position, problem=event.problem
            )
        case _:
            return replace(article, end=fact.position)


async def handle(
    command: ArticleCommand,
    *,
    tenant: TenantName,
    register: Register,
    actor: str,
    now: Callable[[], datetime],
) -> Outcome:
    """Decide on the latest facts and append; decide anew whenever a race was lost.

    Raises:
        Malformed, ArticleUnknown: see `decide`.
        StreamMoved: `RACES_LOST_MAX` races were lost in a row.
        LogUnavailable: no answer; repeating the command is safe.
    """
    if not 1 <= len(command.article_id) <= ID_CHARS_MAX or not command.article_id.isprintable():
        raise Malformed("id", f"must be 1 to {ID_CHARS_MAX} printable characters")
    return await decided(partial(_decide_and_append, command, tenant, register, actor, now))


async def _decide_and_append(
    command: ArticleCommand,
    tenant: TenantName,
    register: Register,
    actor: str,
    now: Callable[[], datetime],
) -> Outcome:
    id_, article = command.article_id, Article()
    register_id = register_id_of(id_)
    async for fact in register.read(tenant, kind=KIND, id=register_id):
        article = evolve(article, fact)
    events = decide(article, command)
    if not events:
        return Outcome(article_id=id_, version=article.version, position=article.end, repeated=True)
    drafts = [
        Draft(
            event=event,
            id=command_event_id(_command_id(tenant, article, command), ordinal),
            occurred_at=now(),
            actor=actor,
            correlation=register_id,
        )
        for ordinal, event in enumerate(events)
    ]
    position = await register.append(tenant, id=register_id, drafts=drafts, expected=article.end)
    version = article.version + isinstance(command, PublishArticle)
    return Outcome(article_id=id_, version=version, position=position, repeated=False)


def _command_id(tenant: TenantName, article: Article, command: ArticleCommand) -> str:
    """Return what tells this wish, on this state, from every other."""
    told = [type(command).__name__, tenant, article.end, command]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def _checked(command: PublishArticle) -> PublishArticle:
    title = " ".join(command.title.split())
    body = command.body.replace("\r\n", "\n").strip()
    _check_text("title", title, TITLE_CHARS_MAX)
    _check_text("body", body, BODY_CHARS_MAX)
    _check_text("language", command.language, LABEL_CHARS_MAX)
    for field, labels in (("tags", command.tags), ("readers", command.readers)):
        if len(labels) > LABELS_MAX:
            raise Malformed(field, f"may be {LABELS_MAX} at most")
        for label in labels:
            _check_text(field, label, LABEL_CHARS_MAX)
    for field, told in (("source", command.source), ("url", command.url)):
        if told is not None:
            _check_text(field, told, SOURCE_CHARS_MAX)
    if command.url is not None and not command.url.startswith(("https://", "http://")):
        raise Malformed("url", "must begin with https:// or http://")
    return replace(
        command,
        title=title,
        body=body,
        tags=tuple(sorted(set(command.tags))),
        readers=tuple(sorted(set(command.readers))),
    )


def _check_text(field: str, text: str, chars_max: int) -> None:
    if not text.strip():
        raise Malformed(field, "says nothing")
    if len(text) > chars_max:
        raise Malformed(field, f"has more than {chars_max} characters")
    # PostgreSQL takes no NUL, UTF-8 no half of a surrogate pair.
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Malformed(field, "holds a character that is none")
