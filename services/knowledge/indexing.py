"""Fills a tenant's shelf from the register: follows it, cuts, embeds, for ever.

Several processes may do so at once: whoever is late finds that the shelf moved, and reads on
from there.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Never

import structlog

from ...errors import Fault, HistoryUnreadable, Refused
from ...events.article import KIND, ArticlePublished, ArticleWithdrawn
from ...events.base import START, Position, TenantName, Unreadable
from ...events.progress import Progress
from ...events.register import Register, Registered
from ..models import Embedder
from .pieces import pieces_of
from .shelf import Change, Entry, Reached, Shelf

ARTICLES_A_CHANGE = 50  # a few seconds of embedding; what a crash does again
TEXTS_A_REQUEST = 256  # of pieces to the embedder at once
EMBED_S_MAX = 60.0  # for these
PAUSE_S = 1.0  # after a fault, and until another's shelf has moved

log = structlog.get_logger()


async def run(
    tenant: TenantName,
    *,
    register: Register,
    shelf: Shelf,
    embedder: Embedder | None,
    progress: Progress,
) -> Never:
    """Keep the shelf what the register says, for ever, until cancelled."""
    while True:
        try:
            await _follow(tenant, register, shelf, embedder, progress)
        except (Fault, Refused) as error:
            log.warning("indexing_interrupted", tenant=tenant, code=error.code, why=str(error))
        progress.beat()
        await asyncio.sleep(PAUSE_S)


async def _follow(
    tenant: TenantName,
    register: Register,
    shelf: Shelf,
    embedder: Embedder | None,
    progress: Progress,
) -> None:
    """Follow until the shelf moves under us.

    Raises:
        ModelFailed, StoreUnavailable, LogUnavailable: begun again.
    """
    state = await register.state(tenant)
    name = None if embedder is None else embedder.name
    before = await shelf.reached(tenant)
    if before is not None and (before.epoch != state.epoch or before.embedder != name):
        log.info("shelf_emptied", tenant=tenant, embedder=name)
        before = None
    if before is None:
        empty = Reached(epoch=state.epoch, position=START, embedder=name)
        if not await shelf.change(
            tenant, Change(before=None, after=empty, entries=(), withdrawn=())
        ):
            return
        # Where the store takes no vectors, it says so.
        before = await shelf.reached(tenant)
        assert before is not None, "it was just made"
    batches = register.follow(tenant, kind=KIND, after=before.position, epoch=before.epoch)
    async with aclosing(batches):
        async for batch in batches:
            for some in _portions(batch):
                progress.waiting(time.monotonic())
                after = await _take(tenant, some, before, shelf, embedder)
                if after is None:
                    return
                before = after
                progress.reached(before.position)
            progress.waiting(None)
            progress.beat()


async def _take(
    tenant: TenantName,
    facts: Sequence[Registered],
    before: Reached,
    shelf: Shelf,
    embedder: Embedder | None,
) -> Reached | None:
    """Put what facts say on the shelf; return how far it is, None if it moved under us."""
    newest = {fact.subject_id: fact for fact in facts}
    published = {
        fact.event.article_id: fact.event
        for fact in newest.values()
        if isinstance(fact.event, ArticlePublished)
    }
    entries = await entries_of(published, embedder if before.embedder else None)
    after = Reached(
        epoch=before.epoch, position=Position(facts[-1].position), embedder=before.embedder
    )
    change = Change(
        before=before,
        after=after,
        entries=tuple(entries),
        withdrawn=tuple(
            fact.event.article_id
            for fact in newest.values()
            if isinstance(fact.event, ArticleWithdrawn)
        ),
    )
    if not await shelf.change(tenant, change):
        return None
    log.info(
        "articles_indexed",
        tenant=tenant,
        articles=len(entries),
        withdrawn=len(change.withdrawn),
        position=after.position,
    )
    return after


async def entries_of(
    published: dict[str, ArticlePublished], embedder: Embedder | None
) -> list[Entry]:
    pieces = {id_: pieces_of(event.title, event.body) for id_, event in published.items()}
    texts = [piece.text for found in pieces.values() for piece in found]
    vectors = iter([])
    if embedder is not None:
        embedded = [
            vector
            for at in range(0, len(texts), TEXTS_A_REQUEST)
            for vector in await embedder.embed(
                texts[at : at + TEXTS_A_REQUEST], deadline_s=EMBED_S_MAX
            )
        ]
        vectors = iter(embedded)
    return [
        Entry(
            article_id=id_,
            article_version=event.article_version,
            title=event.title,
            body=event.body,
            language=event.language,
            tags=event.tags,
            readers=event.readers,
            source=event.source,
            url=event.url,
            vectors=None
            if embedder is None
            else tuple((piece.kind, piece.span, next(vectors)) for piece in pieces[id_]),
        )
        for id_, event in published.items()
    ]


def _portions(batch: Sequence[Registered]) -> list[Sequence[Registered]]:
    for fact in batch:
        if isinstance(fact.event, Unreadable) and not fact.event.ignorable:
            # Passing over it would answer from what an article no longer says.
            raise HistoryUnreadable(
                f"{KIND}/{fact.subject_id}", position=fact.position, problem=fact.event.problem
            )
    return [batch[at : at + ARTICLES_A_CHANGE] for at in range(0, len(batch), ARTICLES_A_CHANGE)]
