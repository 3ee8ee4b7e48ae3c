"""From a question to its answer, over ten thousand articles, without a generative model.

The articles are synthetic: sentences of the sample put together at random, about places and
products that are made up, so that words and vectors are spread as those of a large base are.
Each distinct text is embedded once; what is measured is asking, not filling. The answer is that
of the running parts: embedder, PostgreSQL with pgvector, refusal, quote, two appends.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ...events.article import ArticlePublished
from ...events.base import START, Epoch, Position
from ...services.knowledge.answering import Answerer
from ...services.knowledge.indexing import entries_of
from ...services.knowledge.shelf import Change, Reached, Wanted
from ...services.models import Vector
from ...services.router.minilm import MiniLm
from ..article_shelf import PostgresShelf
from ..embedded.postgres import PostgresServer
from ..postgres import Databases
from ..tenancy import DEMO
from .rows import Row, quantile

ARTICLES = 10_000
ASKED = 200
PORTION = 500  # articles of one change
NOISE = 0.35  # how far the vector of a text is from that of the text it is made of
AIM_ANSWER_MS = 150.0
AIM_SEARCH_MS = 100.0

_THINGS = (
    "router modem bill invoice refund contract roaming SIM card phone number password account "
    "technician appointment delivery warranty voucher discount fee outage speed cable television "
    "recorder subscription plan upgrade address payment statement charger battery screen"
)
_DEEDS = (
    "change cancel activate replace return order check reset move pause extend dispute transfer "
    "pay unlock update repair register combine split"
)
_PLACES = "Aldham Birchwell Corvale Dunmere Eastbrook Fenwick Garston Holloway Inverley Jasper"
_ASKED = (
    "how do i {deed} my {thing}",
    "can you {deed} the {thing} for me please",
    "my {thing} does not work any more",
    "what does it cost to {deed} a {thing}",
    "i want to {deed} my {thing} but it says error",
)


def run() -> list[Row]:
    """Return p50 and p95 of an answer, and of its two halves, in milliseconds."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    embedder = MiniLm()
    try:
        with TemporaryDirectory(prefix="antiphon-bench-") as directory:
            path = Path(directory)
            path.chmod(0o711)  # noqa: ASYNC240 (one call, at the start); as root, it is another's
            async with PostgresServer(path) as server:
                databases = Databases(server.url)
                try:
                    await databases.create(DEMO)
                    shelf = PostgresShelf(databases, dimensions=embedder.dimensions)
                    filled_s, pieces = await _fill(shelf, embedder)
                    return await _asked(shelf, embedder, filled_s=filled_s, pieces=pieces)
                finally:
                    await databases.close()
    finally:
        embedder.close()


async def _asked(
    shelf: PostgresShelf, embedder: MiniLm, *, filled_s: float, pieces: int
) -> list[Row]:
    answerer = Answerer(shelf, embedder=embedder, models=None)
    await answerer.warm_up()
    chance = random.Random(1)  # noqa: S311 (the same questions each time)
    questions = [_question(chance) for _ in range(ASKED)]
    await answerer.answer(DEMO, questions[0], groups=frozenset())
    whole, embedding, searching, answered = list[float](), list[float](), list[float](), 0
    for question in questions:
        began = time.perf_counter()
        answer = await answerer.answer(DEMO, question, groups=frozenset())
        whole.append((time.perf_counter() - began) * 1_000)
        answered += answer.answer is not None
        began = time.perf_counter()
        (vector,) = await embedder.embed([question], deadline_s=1.0)
        embedding.append((time.perf_counter() - began) * 1_000)
        began = time.perf_counter()
        wanted = Wanted(words=question, vector=vector, groups=frozenset(), articles_max=20)
        await shelf.find(DEMO, wanted)
        searching.append((time.perf_counter() - began) * 1_000)
    size = f"{ARTICLES:,} articles, {pieces:,} pieces"
    return [
        *_rows(f"question to answer, {size}", whole, aim_ms=AIM_ANSWER_MS),
        *_rows("of it the embedder", embedding),
        *_rows("of it the search, vectors and words", searching, aim_ms=AIM_SEARCH_MS),
        Row(what="answered, not refused", value=answered, unit=f"of {ASKED}"),
        Row(what="articles put on the shelf, vectors apart", value=ARTICLES / filled_s, unit="/s"),
    ]


def _rows(what: str, taken_ms: Sequence[float], *, aim_ms: float | None = None) -> list[Row]:
    p95 = quantile(taken_ms, 0.95)
    return [
        Row(what=f"{what}, p50", value=quantile(taken_ms, 0.5), unit="ms"),
        Row(
            what=f"{what}, p95",
            value=p95,
            unit="ms",
            beside=f"longest {max(taken_ms):.0f} ms",
            aim="" if aim_ms is None else f"under {aim_ms:g} ms",
            met=None if aim_ms is None else p95 < aim_ms,
        ),
    ]


async def _fill(shelf: PostgresShelf, embedder: MiniLm) -> tuple[float, int]:
    """Put the articles on the shelf; return how long that took, and how many pieces they have."""
    chance = random.Random(0)  # noqa: S311 (the same articles each time)
    near = _Near(embedder, chance)
    before = Reached(epoch=Epoch("bench"), position=START, embedder=embedder.name)
    await shelf.change(DEMO, Change(before=None, after=before, entries=(), withdrawn=()))
    taken_s, pieces = 0.0, 0
    for at in range(0, ARTICLES, PORTION):
        published = {f"a-{n}": _article(f"a-{n}", chance) for n in range(at, at + PORTION)}
        entries = await entries_of(published, near)
        pieces += sum(len(one.vectors or ()) for one in entries)
        after = Reached(epoch=before.epoch, position=Position(at + PORTION), embedder=embedder.name)
        began = time.perf_counter()
        change = Change(before=before, after=after, entries=tuple(entries), withdrawn=())
        changed = await shelf.change(DEMO, change)
        taken_s += time.perf_counter() - began
        assert changed, "nobody else fills it"
        before = after
    return taken_s, pieces


class _Near:
    """Satisfies `Embedder`: a text's vector is that of its kind, a little aside. For filling."""

    def __init__(self, embedder: MiniLm, chance: random.Random) -> None:
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._chance = chance
        self._known: dict[str, Vector] = {}

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        """See `Embedder.embed`."""
        kinds = [_kind_of(text) for text in texts]
        new = sorted(set(kinds) - self._known.keys())
        if new:
            vectors = await self._embedder.embed(new, deadline_s=deadline_s)
            self._known |= dict(zip(new, vectors, strict=True))
        return [self._aside(self._known[kind]) for kind in kinds]

    def _aside(self, vector: Vector) -> Vector:
        spread = NOISE / len(vector) ** 0.5
        moved = [one + self._chance.gauss(0, spread) for one in vector]
        length = sum(one * one for one in moved) ** 0.5
        return tuple(one / length for one in moved)


def _kind_of(text: str) -> str:
    """Return what a text is about, without the place that it is about."""
    for place in _PLACES.split():
        text = text.replace(place, "")
    return " ".join(word for word in text.split() if not any(sign.isdigit() for sign in word))[:80]


def _article(article_id: str, chance: random.Random) -> ArticlePublished:
    thing, deed = chance.choice(_THINGS.split()), chance.choice(_DEEDS.split())
    place = chance.choice(_PLACES.split())
    body = (
        f"To {deed} a {thing} in {place}, open the app. "
        f"It takes {chance.randint(2, 90)} days and costs {chance.randint(1, 99)} dollars. "
        f"Agents of {place} confirm the {thing} by letter."
    )
    return ArticlePublished(
        article_id=article_id,
        article_version=1,
        title=f"{deed.capitalize()} your {thing} ({place} {article_id})",
        body=body,
        language="en",
    )


def _question(chance: random.Random) -> str:
    form = chance.choice(_ASKED)
    return form.format(deed=chance.choice(_DEEDS.split()), thing=chance.choice(_THINGS.split()))
