"""What is said on the telephone that no article is to answer, and how near a question is to it.

A threshold on the nearness of articles alone refuses too much or too little: "when will it get
here" is further from its article than small talk is from some other. So a question has to be
nearer to an article than to talk and to other trades, by a margin (decision 0044).
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...events.base import TenantName
from ..models import Embedder, Vector

# A topic that an article is as near to is one of the tenant's own.
COVERED_COSINE = 0.40
LOAD_S_MAX = 30.0  # some 240 short texts; two seconds
TOPICS_LOOKED_AT_MAX = 8  # the nearest; a tenant of so many trades refuses less
REMEMBERED_MAX = 1_000  # tenants' topics; a word each

Nearness = Callable[[Vector], Awaitable[float]]  # of the nearest article


class Examples(Struct, frozen=True):
    """Sentences that stand for what is not to be answered."""

    talk: tuple[str, ...]
    topics: tuple[str, ...]


def examples() -> Examples:
    """Return the sentences that come with this version."""
    found: dict[str, list[str]] = {"talk": [], "topics": []}
    part = ""
    text = files(__package__ or "").joinpath("elsewhere.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            part = line[1:-1]
        elif line and not line.startswith("#"):
            found[part].append(line)
    return Examples(tuple(found["talk"]), tuple(found["topics"]))


class Elsewhere:
    """The examples as vectors: made once, by the embedder that makes those of questions."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._told = examples()
        self._vectors: NDArray[np.float32] | None = None
        self._loading = asyncio.Lock()
        self._covered: dict[tuple[TenantName, int, int], bool] = {}

    async def load(self) -> None:
        """Make the vectors, unless they are there.

        Raises:
            ModelFailed: the embedder did not answer.
        """
        async with self._loading:
            if self._vectors is None:
                texts = [*self._told.talk, *self._told.topics]
                vectors = await self._embedder.embed(texts, deadline_s=LOAD_S_MAX)
                self._vectors = np.asarray(vectors, dtype=np.float32)

    async def nearest(
        self, vector: Vector, *, tenant: TenantName, filled_upto: int, nearness: Nearness
    ) -> float:
        """Return the cosine of the nearest example that is not among the tenant's own topics.

        `filled_upto` is how far the tenant's shelf is: what it covers is asked anew when it moves.

        Raises:
            ModelFailed, StoreUnavailable: embedder or shelf did not answer.
        """
        await self.load()
        assert self._vectors is not None, "loaded above"
        near = self._vectors @ np.asarray(vector, dtype=np.float32)
        talk = float(near[: len(self._told.talk)].max())
        topics = near[len(self._told.talk) :]
        for topic in np.argsort(-topics)[:TOPICS_LOOKED_AT_MAX]:
            if topics[topic] <= talk:
                break
            if not await self._is_covered(int(topic), tenant, filled_upto, nearness):
                return float(topics[topic])
        return talk

    async def _is_covered(
        self, topic: int, tenant: TenantName, filled_upto: int, nearness: Nearness
    ) -> bool:
        known = (tenant, filled_upto, topic)
        if known not in self._covered:
            assert self._vectors is not None, "loaded before"
            vector = tuple(float(one) for one in self._vectors[len(self._told.talk) + topic])
            while len(self._covered) >= REMEMBERED_MAX:
                del self._covered[next(iter(self._covered))]
            self._covered[known] = await nearness(vector) > COVERED_COSINE
        return self._covered[known]
