"""Where articles stand to be searched: the port, and what is put there and found.

A read model of the register: it can be thrown away and filled anew. Adapter:
`infra/article_shelf.py`.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from ...events.base import Epoch, Position, TenantName
from ..models import Vector
from .pieces import Kind, Span


class Reached(Struct, frozen=True, kw_only=True):
    """How far a tenant's shelf is, and by whom its vectors were made."""

    epoch: Epoch
    position: Position  # in the register
    embedder: str | None  # None: there are no vectors


class Entry(Struct, frozen=True, kw_only=True):
    """An article as it is searched."""

    article_id: str
    article_version: int
    title: str
    body: str
    language: str
    tags: tuple[str, ...]
    readers: tuple[str, ...]
    source: str | None
    url: str | None
    # None: it is found by its words alone.
    vectors: tuple[tuple[Kind, Span, Vector], ...] | None


class Change(Struct, frozen=True, kw_only=True):
    """What a batch of facts makes of the shelf, and how far it is then."""

    before: Reached | None  # what it builds on; None: an empty shelf, whatever stands there
    after: Reached
    entries: tuple[Entry, ...]
    withdrawn: tuple[str, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for."""

    words: str
    vector: Vector | None
    groups: frozenset[str]  # of whoever asks: what others alone may read is not there
    articles_max: int


class Candidate(Struct, frozen=True, kw_only=True):
    """An article that may answer."""

    article_id: str
    article_version: int
    title: str
    cosine: float  # of its nearest piece; 0 where there are no vectors
    likeness: float  # mean cosine of its nearest title, passage and sentence; 0 as above
    word_rank: int | None  # from 1, among those found by words; None: not among them
    coverage: float  # share of the question's words that the article has, 0 to 1
    best: Span  # of its nearest piece; of the body's beginning where there are no vectors


class Text(Struct, frozen=True):
    """A body, of the version it was found in."""

    article_version: int
    body: str


class Shelf(Protocol):
    """The articles of tenants."""

    async def reached(self, tenant: TenantName) -> Reached | None:
        """Return how far the shelf is; None: there is nothing yet.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        ...

    async def change(self, tenant: TenantName, change: Change) -> bool:
        """Make a change, all or nothing; False: the shelf is not where it builds on.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        ...

    async def find(self, tenant: TenantName, wanted: Wanted) -> Sequence[Candidate]:
        """Return what may answer, in no order; of several embedders' vectors never a mixture.

        Raises:
            StoreUnavailable: the store does not answer, or was never filled.
        """
        ...

    async def is_empty(self, tenant: TenantName) -> bool:
        """Tell whether no article stands there.

        Raises:
            StoreUnavailable: the store does not answer, or was never filled.
        """
        ...

    async def nearness(self, tenant: TenantName, vector: Vector) -> float:
        """Return the cosine of the nearest piece of any article; 0 where there is none.

        Raises:
            StoreUnavailable: as above.
        """
        ...

    async def texts(self, tenant: TenantName, article_ids: Sequence[str]) -> dict[str, Text]:
        """Return the bodies of articles that are there.

        Raises:
            StoreUnavailable: as above.
        """
        ...
