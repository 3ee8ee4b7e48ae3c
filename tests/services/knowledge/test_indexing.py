"""The shelf is what the register says: filled, gone on with after a stop, filled anew."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from antiphon.commands.article import ArticleCommand, PublishArticle, WithdrawArticle, handle
from antiphon.events.base import Position, RegisterEvent, TenantName
from antiphon.events.progress import Progress
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.knowledge import indexing

from ...builders import NOON, draft
from ...register_builders import history_read
from ...waiting import until
from .memory_shelf import MemoryShelf, WordEmbedder

DEMO = TenantName("demo")


class Library:
    """A register, a shelf, and what fills the one from the other."""

    def __init__(self) -> None:
        self.log = MemoryLog(idle_s=0.02)
        self.register = Register(self.log, MemoryKeys())
        self.shelf = MemoryShelf()
        self.embedder: WordEmbedder | None = WordEmbedder()
        self.progress = Progress("articles", DEMO, of="register")

    async def do(self, command: ArticleCommand) -> Position:
        outcome = await handle(
            command, tenant=DEMO, register=self.register, actor="machine", now=lambda: NOON
        )
        return outcome.position

    async def publish(self, id_: str, body: str) -> Position:
        return await self.do(PublishArticle(article_id=id_, title=f"About {id_}", body=body))

    @asynccontextmanager
    async def indexing(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(
            indexing.run(
                DEMO,
                register=self.register,
                shelf=self.shelf,
                embedder=self.embedder,
                progress=self.progress,
            )
        )
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_at(self, position: Position) -> None:
        await until(lambda: self.shelf.state is not None and self.shelf.state.position >= position)

    @property
    def bodies(self) -> dict[str, str]:
        return {id_: one.body for id_, one in self.shelf.entries.items()}


@pytest.fixture
async def library() -> Library:
    library = Library()
    await library.log.create(configuration_stream(DEMO))
    return library


async def test_articles_are_found_with_their_newest_version_and_without_the_withdrawn(
    library: Library,
) -> None:
    await library.publish("a", "Once it said this.")
    await library.publish("b", "It is here for a moment.")
    async with library.indexing():
        await library.publish("kb/1.2", "Of another system.")
        await library.publish("a", "Now it says that.")
        end = await library.do(WithdrawArticle(article_id="b"))
        await library.until_at(end)

    assert library.bodies == {"a": "Now it says that.", "kb/1.2": "Of another system."}
    assert library.shelf.entries["a"].article_version == 2
    assert library.progress.position == end


async def test_a_stopped_one_goes_on_where_it_was(library: Library) -> None:
    async with library.indexing():
        await library.until_at(await library.publish("a", "The first."))
    embedded = len(library.embedder.texts) if library.embedder else 0

    async with library.indexing():
        await library.until_at(await library.publish("b", "The second."))

    assert library.embedder is not None
    assert not any("first" in text for text in library.embedder.texts[embedded:])
    assert set(library.bodies) == {"a", "b"}


async def test_another_embedder_makes_every_vector_anew(library: Library) -> None:
    async with library.indexing():
        await library.until_at(await library.publish("a", "The first."))
    library.embedder = WordEmbedder()
    library.embedder.name = "words-of-tests/2"

    async with library.indexing():
        await until(
            lambda: (
                library.shelf.state is not None
                and library.shelf.state.embedder == "words-of-tests/2"
                and bool(library.shelf.entries)
            )
        )

    assert any("first" in text for text in library.embedder.texts)


async def test_without_an_embedder_there_are_words_alone(library: Library) -> None:
    library.embedder = None

    async with library.indexing():
        await library.until_at(await library.publish("a", "The first."))

    assert library.shelf.entries["a"].vectors is None
    assert library.shelf.state is not None
    assert library.shelf.state.embedder is None


async def test_an_embedder_that_fails_is_asked_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PAUSE_S", 0.01)
    assert library.embedder is not None
    library.embedder.fails = True
    async with library.indexing():
        end = await library.publish("a", "The first.")
        await until(lambda: library.shelf.changes > 0)
        library.embedder.fails = False
        await library.until_at(end)

    assert set(library.bodies) == {"a"}


async def test_two_at_once_fill_one_shelf(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PAUSE_S", 0.01)
    async with library.indexing(), library.indexing():
        ends = [await library.publish(f"a-{n}", f"It is number {n}.") for n in range(20)]
        await library.until_at(ends[-1])

    assert len(library.bodies) == 20


async def test_facts_of_other_kinds_are_passed_by(library: Library) -> None:
    other: RegisterEvent = history_read()
    await library.register.append(DEMO, id="r-1", drafts=[draft(other)], expected=None)

    async with library.indexing():
        await library.until_at(await library.publish("a", "The first."))

    assert set(library.bodies) == {"a"}
