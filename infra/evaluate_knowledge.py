"""How often the right article answers, and how often what none answers is refused; printed.

End to end: articles go into a PostgreSQL of their own, questions through the answerer that the
API asks. Refusing a question that an article answers is a miss. Shares come with their Wilson
intervals, for a few dozen questions say little.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from msgspec import Struct
from rich.table import Table

from ..errors import Malformed
from ..events.article import ArticlePublished
from ..events.base import START, Epoch, Position, TenantName
from ..services.knowledge.answering import Answer, Answerer
from ..services.knowledge.indexing import entries_of
from ..services.knowledge.questions import question_in
from ..services.knowledge.shelf import Change, Reached
from ..services.models import Embedder
from .article_files import read_articles
from .article_shelf import PostgresShelf
from .embedded.postgres import PostgresServer
from .evaluating.shares import Share
from .postgres import Databases
from .tenancy import DEMO

AIM_HIT_1 = 0.70
AIM_HIT_5 = 0.88
AIM_REFUSED = 0.90
ENTRIES_A_CHANGE = 200


class Case(Struct, frozen=True, kw_only=True):
    """A question, and the article that answers it; None: none should."""

    text: str
    article: str | None


class Report(Struct, frozen=True, kw_only=True):
    """What an evaluation found."""

    shares: tuple[Share, ...]
    misses: tuple[str, ...]  # questions whose article was not first, by what came instead
    answered: tuple[str, ...]  # what should have been refused

    @property
    def met(self) -> bool:
        return all(one.met is not False for one in self.shares)


def read_cases(path: Path) -> list[Case]:
    """Return the questions of a file of JSON lines: `text`, and `article` where one answers it.

    Raises:
        Malformed: a line is no question; names it.
    """
    cases: list[Case] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            told: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
            cases.append(msgspec.convert({"article": None, **told}, Case))
        except msgspec.MsgspecError as error:
            raise Malformed(f"{path.name}, line {number}", str(error)) from error
    return cases


async def evaluate_knowledge(
    questions: Sequence[Path],
    *,
    articles: Path,
    embedder: Embedder | None,
    postgres_url: str | None = None,
    tenant: TenantName = DEMO,
) -> Report:
    """Ask the questions of these files, and judge what comes back.

    Without a `postgres_url` a server is started for it, and removed.

    Raises:
        Malformed: a file is not what it should be, or names an article that is not there.
    """
    reading = read_articles(articles)
    if reading.wrong:
        raise Malformed(str(reading.wrong[0].place), reading.wrong[0].reason)
    published = {
        one.id: ArticlePublished(
            article_id=one.id,
            article_version=1,
            title=one.title,
            body=one.body,
            language=one.language or "en",
        )
        for one in reading.drafts
    }
    cases = [case for path in questions for case in read_cases(path)]
    for case in cases:
        if case.article is not None and case.article not in published:
            raise Malformed("article", f"{case.article} is not among the articles")
    async with _shelf(postgres_url, embedder, tenant) as shelf:
        await _fill(shelf, published, embedder, tenant)
        answerer = Answerer(shelf, embedder=embedder, models=None)
        await answerer.warm_up()
        found = [await answerer.answer(tenant, one.text, groups=frozenset()) for one in cases]
    return judged(cases, found)


def judged(cases: Sequence[Case], found: Sequence[Answer]) -> Report:
    """Return what answers are worth. Pure."""
    pairs = list(zip(cases, found, strict=True))
    asked = [(case, _ids(one)) for case, one in pairs if case.article is not None]
    others = [(case, one) for case, one in pairs if case.article is None]
    first = sum(ids[:1] == [case.article] for case, ids in asked)
    among = sum(case.article in ids[:5] for case, ids in asked)
    refused = sum(one.answer is None for _, one in others)
    heard = sum(question_in(case.text.split()) is not None for case, _ in asked)
    return Report(
        shares=(
            Share(name="hit@1", count=first, of=len(asked), aim=AIM_HIT_1),
            Share(name="hit@5", count=among, of=len(asked), aim=AIM_HIT_5),
            Share(name="out of scope, refused", count=refused, of=len(others), aim=AIM_REFUSED),
            Share(name="recognised as asked, in a call", count=heard, of=len(asked)),
        ),
        misses=tuple(
            f"{case.text} → {ids[0] if ids else 'refused'}, not {case.article}"
            for case, ids in asked
            if ids[:1] != [case.article]
        ),
        answered=tuple(
            f"{case.text} → {_ids(one)[0]}" for case, one in others if one.answer is not None
        ),
    )


def table_of(report: Report) -> Table:
    """Return the report as a table."""
    table = Table("what", "share", "95 % interval", "of", "aim", "met")
    for one in report.shares:
        low, high = one.interval
        met = {True: "yes", False: "no", None: ""}[one.met]
        aim = "" if one.aim is None else f"{one.aim:.2f}"
        share = "nothing asked" if not one.of else f"{one.share:.3f}"
        table.add_row(one.name, share, f"{low:.2f} to {high:.2f}", str(one.of), aim, met)
    return table


def _ids(answer: Answer) -> list[str]:
    return [one.article_id for one in answer.citations] if answer.answer is not None else []


async def _fill(
    shelf: PostgresShelf,
    published: dict[str, ArticlePublished],
    embedder: Embedder | None,
    tenant: TenantName,
) -> None:
    name = None if embedder is None else embedder.name
    before = Reached(epoch=Epoch("evaluation"), position=START, embedder=name)
    await shelf.change(tenant, Change(before=None, after=before, entries=(), withdrawn=()))
    ids = sorted(published)
    for at in range(0, len(ids), ENTRIES_A_CHANGE):
        some = {id_: published[id_] for id_ in ids[at : at + ENTRIES_A_CHANGE]}
        entries = await entries_of(some, embedder)
        after = Reached(epoch=before.epoch, position=Position(at + len(some)), embedder=name)
        change = Change(before=before, after=after, entries=tuple(entries), withdrawn=())
        changed = await shelf.change(tenant, change)
        assert changed, "nobody else fills it"
        before = after


@asynccontextmanager
async def _shelf(
    postgres_url: str | None, embedder: Embedder | None, tenant: TenantName
) -> AsyncGenerator[PostgresShelf]:
    if postgres_url is None:
        with TemporaryDirectory(prefix="antiphon-evaluation-") as directory:
            path = Path(directory)
            path.chmod(0o711)  # noqa: ASYNC240 (one call, at the start); as root, PostgreSQL runs as somebody else
            async with (
                PostgresServer(path) as server,
                _shelf(server.url, embedder, tenant) as shelf,
            ):
                yield shelf
        return
    databases = Databases(postgres_url)
    try:
        await databases.create(tenant)
        yield PostgresShelf(databases, dimensions=None if embedder is None else embedder.dimensions)
    finally:
        await databases.close()
