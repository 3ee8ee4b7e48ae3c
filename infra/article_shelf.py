"""Articles in the tenant's PostgreSQL: words as full text, pieces as pgvector's vectors.

A read model of the register, in a schema of its own. Where the server has no pgvector, or no
embedder is there, articles are found by their words alone.
"""

from collections.abc import Sequence
from typing import Protocol

import asyncpg
import msgspec
import structlog
from msgspec import Struct

from ..events.base import Epoch, Position, TenantName
from ..projections.store import Connection, Pool, leave_clean, store_faults
from ..services.knowledge.pieces import Span
from ..services.knowledge.shelf import Candidate, Change, Entry, Reached, Text, Wanted
from ..services.models import Vector
from .article_sql import (
    DELETE_ARTICLES,
    DELETE_PIECES,
    FIND_BY_WORDS,
    FIND_NEAR,
    INSERT_ARTICLE,
    INSERT_PIECES,
    LIST,
    NEARNESS,
    NOTE_USED,
    SET_REACHED,
    schema_of,
)

# Of pieces, for so many articles: the nearest ones are often of the same article.
PIECES_A_CANDIDATE = 3

_LOCK = 0x616E7469_61727463  # any number, as long as nobody else uses it

log = structlog.get_logger()


class Databases(Protocol):
    """The tenants' databases."""

    async def pool(self, tenant: TenantName) -> Pool:
        """Return the connections to a tenant's database."""
        ...


class ArticleRow(Struct, frozen=True, kw_only=True):
    """An article as it is listed."""

    article_id: str
    version: int
    title: str
    language: str
    tags: tuple[str, ...]
    readers: tuple[str, ...]
    source: str | None
    url: str | None
    body: str


class PostgresShelf:
    """Satisfies `Shelf`."""

    def __init__(self, databases: Databases, *, dimensions: int | None) -> None:
        """`dimensions` are the embedder's; None: there is none."""
        self._databases = databases
        self._dimensions = dimensions
        self._has_vectors: dict[TenantName, bool] = {}

    async def reached(self, tenant: TenantName) -> Reached | None:
        """See `Shelf.reached`."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                reached = await _reached(connection)
                leave_clean(connection)
        return reached

    async def change(self, tenant: TenantName, change: Change) -> bool:
        """See `Shelf.change`."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                if change.before is None:
                    await self._find_out(connection, tenant)
                async with connection.transaction():
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                    if change.before is None:
                        await self._empty(connection, tenant)
                    elif await _reached(connection) != change.before:
                        return False
                    await self._make(connection, change)
        return True

    async def find(self, tenant: TenantName, wanted: Wanted) -> Sequence[Candidate]:
        """See `Shelf.find`."""
        pool = await self._databases.pool(tenant)
        groups = sorted(wanted.groups)
        words = wanted.words.replace("\\", " ").replace("\x00", " ")
        with store_faults():
            async with pool.acquire() as connection:
                if wanted.vector is None:
                    rows = await connection.fetch(FIND_BY_WORDS, words, groups, wanted.articles_max)
                else:
                    rows = await connection.fetch(
                        FIND_NEAR,
                        words,
                        groups,
                        wanted.articles_max,
                        _written(wanted.vector),
                        wanted.articles_max * PIECES_A_CANDIDATE,
                    )
                leave_clean(connection)
        return [_candidate(row) for row in rows]

    async def is_empty(self, tenant: TenantName) -> bool:
        """See `Shelf.is_empty`."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                found = await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM article_shelf.article)"
                )
                leave_clean(connection)
        return not found

    async def nearness(self, tenant: TenantName, vector: Vector) -> float:
        """See `Shelf.nearness`."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                found = await connection.fetchval(NEARNESS, _written(vector))
                leave_clean(connection)
        return 0.0 if found is None else float(found)

    async def texts(self, tenant: TenantName, article_ids: Sequence[str]) -> dict[str, Text]:
        """See `Shelf.texts`."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                rows = await connection.fetch(
                    "SELECT article_id, version, body FROM article_shelf.article"
                    " WHERE article_id = ANY($1::text[])",
                    list(article_ids),
                )
        return {row["article_id"]: Text(row["version"], row["body"]) for row in rows}

    async def listed(
        self, tenant: TenantName, *, after: str = "", articles_max: int, id_: str | None = None
    ) -> list[ArticleRow]:
        """Return articles in the order of their ids, those after one; or the one of an id."""
        pool = await self._databases.pool(tenant)
        with store_faults():
            async with pool.acquire() as connection:
                if await _reached(connection) is None:
                    return []
                rows = await connection.fetch(LIST, after, articles_max, id_)
        return [msgspec.convert(dict(row), ArticleRow) for row in rows]

    async def _find_out(self, connection: Connection, tenant: TenantName) -> None:
        """Find out, outside of any transaction, whether the database takes vectors."""
        self._has_vectors[tenant] = self._dimensions is not None
        if self._dimensions is None:
            return
        try:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        except asyncpg.UniqueViolationError:
            pass  # another process made it at this moment
        except (asyncpg.FeatureNotSupportedError, asyncpg.InsufficientPrivilegeError) as error:
            # The server has none, or may not be given it: words alone, and it is told.
            self._has_vectors[tenant] = False
            log.warning("articles_by_words_alone", tenant=tenant, problem=type(error).__name__)

    async def _empty(self, connection: Connection, tenant: TenantName) -> None:
        dimensions = self._dimensions if self._has_vectors[tenant] else None
        await connection.execute(schema_of(dimensions))

    async def _make(self, connection: Connection, change: Change) -> None:
        gone = [*change.withdrawn, *(one.article_id for one in change.entries)]
        takes_vectors = await _takes_vectors(connection)
        await connection.execute(DELETE_ARTICLES, gone)
        if takes_vectors:
            await connection.execute(DELETE_PIECES, gone)
        languages = {one.language for one in change.entries}
        await connection.executemany(NOTE_USED, [(one,) for one in sorted(languages)])
        await connection.executemany(INSERT_ARTICLE, [_row(one) for one in change.entries])
        pieces = [row for one in change.entries for row in _pieces(one)]
        if takes_vectors:
            await connection.executemany(INSERT_PIECES, pieces)
        after = change.after
        embedder = after.embedder if takes_vectors else None
        await connection.execute(SET_REACHED, after.epoch, after.position, embedder)


async def _reached(connection: Connection) -> Reached | None:
    try:
        row = await connection.fetchrow(
            "SELECT epoch, position, embedder FROM article_shelf.reached"
        )
    except asyncpg.UndefinedTableError:
        return None
    if row is None:
        return None
    return Reached(
        epoch=Epoch(row["epoch"]), position=Position(row["position"]), embedder=row["embedder"]
    )


async def _takes_vectors(connection: Connection) -> bool:
    return await connection.fetchval("SELECT to_regclass('article_shelf.piece') IS NOT NULL")


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.article_id,
        entry.article_version,
        entry.title,
        entry.body,
        entry.language,
        list(entry.tags),
        list(entry.readers),
        entry.source,
        entry.url,
    )


def _pieces(entry: Entry) -> list[tuple[object, ...]]:
    return [
        (
            entry.article_id,
            ordinal,
            kind,
            span.starts,
            span.ends,
            list(entry.readers),
            _written(vector),
        )
        for ordinal, (kind, span, vector) in enumerate(entry.vectors or ())
    ]


def _written(vector: Vector) -> str:
    return "[" + ",".join(f"{one:.6g}" for one in vector) + "]"


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(
        article_id=row["article_id"],
        article_version=row["version"],
        title=row["title"],
        cosine=float(row["cosine"]),
        likeness=float(row["likeness"]),
        word_rank=row["place"],
        coverage=float(row["coverage"] or 0.0),
        best=Span(row["starts"], row["ends"]),
    )
