"""A shelf in memory, and an embedder whose vectors can be told by looking at the words."""

import math
from collections.abc import Sequence

from antiphon.errors import ModelFailed, StoreUnavailable
from antiphon.events.base import Epoch, Position, TenantName
from antiphon.services.knowledge.pieces import Span, pieces_of
from antiphon.services.knowledge.shelf import Candidate, Change, Entry, Reached, Text, Wanted
from antiphon.services.models import Vector
from msgspec.structs import replace

DIMENSIONS = 512


class WordEmbedder:
    """Satisfies `Embedder`: a number a word, so that texts are near as far as they share words."""

    name = "words-of-tests/1"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self.fails = False
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        if self.fails:
            raise ModelFailed("late", task="embedding")
        assert deadline_s > 0
        self.texts += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        vector = [0.0] * DIMENSIONS
        for word in text.casefold().replace("?", "").replace(".", "").split():
            # The last place is shared by all that does not fit.
            place = self._places.setdefault(word, min(len(self._places), DIMENSIONS - 1))
            vector[place] += 1.0
        length = math.sqrt(sum(one * one for one in vector)) or 1.0
        return tuple(one / length for one in vector)


class MemoryShelf:
    """Satisfies `Shelf`, of one tenant."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.state: Reached | None = None
        self.fails = False
        self.changes = 0

    async def reached(self, tenant: TenantName) -> Reached | None:
        self._check(tenant)
        return self.state

    async def change(self, tenant: TenantName, change: Change) -> bool:
        self._check(tenant)
        if change.before is None:
            self.entries.clear()
        elif change.before != self.state:
            return False
        self.changes += 1
        for id_ in change.withdrawn:
            self.entries.pop(id_, None)
        self.entries |= {one.article_id: one for one in change.entries}
        self.state = change.after
        return True

    async def find(self, tenant: TenantName, wanted: Wanted) -> Sequence[Candidate]:
        self._check(tenant)
        found = [
            self._candidate(one, wanted)
            for one in self.entries.values()
            if not one.readers or wanted.groups & set(one.readers)
        ]
        ranked = sorted(found, key=lambda one: (-one.coverage, one.article_id))
        return [
            replace(one, word_rank=rank if one.coverage else None)
            for rank, one in enumerate(ranked, 1)
        ]

    async def is_empty(self, tenant: TenantName) -> bool:
        self._check(tenant)
        return not self.entries

    async def nearness(self, tenant: TenantName, vector: Vector) -> float:
        self._check(tenant)
        return max((_nearest(one, vector)[0] for one in self.entries.values()), default=0.0)

    async def texts(self, tenant: TenantName, article_ids: Sequence[str]) -> dict[str, Text]:
        self._check(tenant)
        return {
            id_: Text(self.entries[id_].article_version, self.entries[id_].body)
            for id_ in article_ids
            if id_ in self.entries
        }

    def _check(self, tenant: TenantName) -> None:
        assert tenant == "demo"
        if self.fails:
            raise StoreUnavailable("asked to")

    def _candidate(self, entry: Entry, wanted: Wanted) -> Candidate:
        asked = set(wanted.words.casefold().split())
        has = set(f"{entry.title} {entry.body}".casefold().split())
        cosine, span = 0.0, Span(0, len(entry.body))
        if wanted.vector is not None:
            cosine, span = _nearest(entry, wanted.vector)
        return Candidate(
            article_id=entry.article_id,
            article_version=entry.article_version,
            title=entry.title,
            cosine=cosine,
            likeness=cosine,
            word_rank=None,
            coverage=len(asked & has) / max(1, len(asked)),
            best=span,
        )


async def filled(shelf: MemoryShelf, embedder: WordEmbedder | None, *articles: Entry) -> None:
    """Put articles on a shelf, with their vectors where there is an embedder."""
    entries: list[Entry] = []
    for one in articles:
        pieces = pieces_of(one.title, one.body)
        vectors = None
        if embedder is not None:
            made = await embedder.embed([piece.text for piece in pieces], deadline_s=1.0)
            vectors = tuple(
                (piece.kind, piece.span, vector) for piece, vector in zip(pieces, made, strict=True)
            )
        entries.append(replace(one, vectors=vectors))
    after = Reached(
        epoch=Epoch("e"), position=Position(9), embedder=None if embedder is None else embedder.name
    )
    await shelf.change(
        TenantName("demo"),
        Change(before=None, after=after, entries=tuple(entries), withdrawn=()),
    )


def entry(article_id: str, title: str, body: str, **given: object) -> Entry:
    """Return an article as it is put on a shelf, without vectors."""
    fields: dict[str, object] = {
        "article_id": article_id,
        "article_version": 1,
        "title": title,
        "body": body,
        "language": "en",
        "tags": (),
        "readers": (),
        "source": None,
        "url": None,
        "vectors": None,
    }
    return Entry(**(fields | given))  # pyright: ignore[reportArgumentType] (checked by the struct)


def _nearest(entry: Entry, vector: Vector) -> tuple[float, Span]:
    return max(
        (
            (sum(a * b for a, b in zip(one, vector, strict=True)), span)
            for kind, span, one in entry.vectors or ()
            if kind != "title"
        ),
        key=lambda pair: pair[0],
        default=(0.0, Span(0, len(entry.body))),
    )
