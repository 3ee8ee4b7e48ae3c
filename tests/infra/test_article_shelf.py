"""The shelf in PostgreSQL: what is put there is found, by vectors and words, by who may see it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from antiphon.errors import StoreUnavailable
from antiphon.events.base import Epoch, Position, TenantName
from antiphon.infra.article_shelf import PostgresShelf
from antiphon.infra.postgres import Databases
from antiphon.services.knowledge.pieces import Span
from antiphon.services.knowledge.shelf import Candidate, Change, Entry, Reached, Wanted
from msgspec.structs import replace

from ..services.knowledge.memory_shelf import entry

TENANT = TenantName("shelf")
NOBODY: frozenset[str] = frozenset()


def vector(*numbers: float) -> tuple[float, ...]:
    return (*numbers, *(0.0,) * (4 - len(numbers)))


def piece(span: Span, *numbers: float) -> Any:
    return ("sentence", span, vector(*numbers))


FEE = entry(
    "late-fee",
    "Late fee",
    "Payments past the due date incur a fee.",
    vectors=(("title", Span(0, 39), vector(1)), ("passage", Span(0, 39), vector(0.8, 0.6))),
)
ROAMING = entry(
    "roaming",
    "Roaming",
    "Travel passes. They cost ten dollars.",
    vectors=(piece(Span(0, 14), 0, 0, 1), piece(Span(15, 37), 0, 1)),
)
SECRET = entry(
    "secret",
    "Fee waiver",
    "A fee may be waived.",
    readers=("retention", "leads"),
    vectors=(piece(Span(0, 20), 1),),
)


def reached(position: int, *, embedder: str | None = "e/1", epoch: str = "x") -> Reached:
    return Reached(epoch=Epoch(epoch), position=Position(position), embedder=embedder)


def wanted(words: str, *numbers: float, groups: frozenset[str] = NOBODY) -> Wanted:
    found = vector(*numbers) if numbers else None
    return Wanted(words=words, vector=found, groups=groups, articles_max=10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    made = Databases(postgres_url)
    await made.create(TENANT)
    yield made
    await made.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shelf_of(
    databases: Databases, *entries: Entry, dimensions: int | None = 4
) -> PostgresShelf:
    shelf = PostgresShelf(databases, dimensions=dimensions)
    empty = reached(0)
    assert await shelf.change(TENANT, Change(before=None, after=empty, entries=(), withdrawn=()))
    before = await shelf.reached(TENANT)
    after = reached(5, embedder=before.embedder if before else None)
    assert await shelf.change(
        TENANT, Change(before=before, after=after, entries=entries, withdrawn=())
    )
    return shelf


def by_id(found: Any) -> dict[str, Candidate]:
    return {one.article_id: one for one in found}


async def test_the_nearest_piece_says_where_in_the_body(databases: Databases) -> None:
    shelf = await shelf_of(databases, FEE, ROAMING)

    found = by_id(await shelf.find(TENANT, wanted("nothing of it", 0, 1)))

    assert set(found) == {"late-fee", "roaming"}
    assert found["roaming"].cosine == pytest.approx(1, abs=1e-3)
    assert found["roaming"].best == Span(15, 37)
    assert found["late-fee"].cosine == pytest.approx(0.6, abs=1e-3)
    assert found["late-fee"].likeness == pytest.approx(0.3, abs=1e-3)  # of title and passage
    assert found["late-fee"].word_rank is None


async def test_any_of_the_words_finds_and_all_forms_of_them(databases: Databases) -> None:
    shelf = await shelf_of(databases, FEE, ROAMING)

    found = by_id(await shelf.find(TENANT, wanted("how is a payment late and the dog's")))

    assert set(found) == {"late-fee"}
    assert found["late-fee"].word_rank == 1
    assert found["late-fee"].coverage == pytest.approx(2 / 3, abs=1e-3)
    assert found["late-fee"].best == Span(0, 39)


@pytest.mark.parametrize("words", ["", "the of and", "'", "\\' | & !:* <->", "\x00 fee", "💡"])
async def test_no_words_break_the_search(databases: Databases, words: str) -> None:
    shelf = await shelf_of(databases, FEE)

    assert len(await shelf.find(TENANT, wanted(words, 1))) == 1
    await shelf.find(TENANT, wanted(words))


async def test_what_is_for_some_is_found_by_them_alone(databases: Databases) -> None:
    shelf = await shelf_of(databases, FEE, SECRET)

    for numbers in ((1.0,), ()):
        everybody = by_id(await shelf.find(TENANT, wanted("fee", *numbers)))
        others = by_id(
            await shelf.find(TENANT, wanted("fee", *numbers, groups=frozenset({"sales"})))
        )
        members = by_id(
            await shelf.find(TENANT, wanted("fee", *numbers, groups=frozenset({"leads"})))
        )

        assert set(everybody) == set(others) == {"late-fee"}
        assert set(members) == {"late-fee", "secret"}


async def test_those_who_may_see_little_still_find_it_behind_the_rest(
    databases: Databases,
) -> None:
    hidden = [
        entry(
            f"hidden-{n:03}", "Fee", "A fee.", readers=("leads",), vectors=(piece(Span(0, 6), 1),)
        )
        for n in range(400)
    ]
    shelf = await shelf_of(databases, *hidden, ROAMING)

    assert set(by_id(await shelf.find(TENANT, wanted("x", 1)))) == {"roaming"}


async def test_a_new_version_takes_the_place_of_the_old_and_withdrawn_ones_go(
    databases: Databases,
) -> None:
    shelf = await shelf_of(databases, FEE, ROAMING)
    changed = entry(
        "late-fee",
        "Late fee",
        "There is none.",
        article_version=2,
        vectors=(piece(Span(0, 14), 0, 0, 0, 1),),
    )

    assert await shelf.change(
        TENANT,
        Change(before=reached(5), after=reached(7), entries=(changed,), withdrawn=("roaming",)),
    )

    assert [one.article_id for one in await shelf.listed(TENANT, articles_max=9)] == ["late-fee"]
    assert (await shelf.texts(TENANT, ["late-fee", "roaming"]))["late-fee"].article_version == 2
    assert by_id(await shelf.find(TENANT, wanted("payments", 1)))["late-fee"].cosine == 0


async def test_who_is_late_changes_nothing(databases: Databases) -> None:
    shelf = await shelf_of(databases, FEE)
    late = Change(before=reached(3), after=reached(4), entries=(ROAMING,), withdrawn=("late-fee",))

    assert not await shelf.change(TENANT, late)

    assert await shelf.reached(TENANT) == reached(5)
    assert len(await shelf.listed(TENANT, articles_max=9)) == 1


async def test_a_change_that_fails_leaves_the_shelf_as_it_was(databases: Databases) -> None:
    shelf = await shelf_of(databases, FEE)
    wrong = entry("wrong", "W", "W", vectors=(("title", Span(0, 1), (1.0, 2.0)),))

    with pytest.raises(Exception, match="dimensions"):
        await shelf.change(
            TENANT, Change(before=reached(5), after=reached(6), entries=(wrong,), withdrawn=())
        )

    assert await shelf.reached(TENANT) == reached(5)
    assert len(await shelf.listed(TENANT, articles_max=9)) == 1


async def test_without_an_embedder_the_shelf_says_so_and_finds_by_words(
    databases: Databases,
) -> None:
    plain = replace(FEE, vectors=None)
    shelf = await shelf_of(databases, plain, dimensions=None)

    now = await shelf.reached(TENANT)
    assert now is not None
    assert now.embedder is None
    assert set(by_id(await shelf.find(TENANT, wanted("late payments")))) == {"late-fee"}


async def test_articles_are_listed_by_their_ids_in_pages(databases: Databases) -> None:
    shelf = await shelf_of(databases, ROAMING, FEE, SECRET)

    first = await shelf.listed(TENANT, articles_max=2)
    rest = await shelf.listed(TENANT, after=first[-1].article_id, articles_max=2)

    assert [one.article_id for one in (*first, *rest)] == ["late-fee", "roaming", "secret"]
    assert rest[0].readers == ("retention", "leads")
    assert [one.title for one in await shelf.listed(TENANT, articles_max=1, id_="roaming")] == [
        "Roaming"
    ]


async def test_a_shelf_that_was_never_filled_is_a_fault(databases: Databases) -> None:
    empty = TenantName("unfilled")
    await databases.create(empty)
    shelf = PostgresShelf(databases, dimensions=4)

    assert await shelf.reached(empty) is None
    assert await shelf.listed(empty, articles_max=1) == []
    with pytest.raises(StoreUnavailable):
        await shelf.find(empty, wanted("late fee"))


async def test_languages_have_forms_of_their_own(databases: Databases) -> None:
    german = entry(
        "mahnung", "Mahnungen", "Mahnungen kosten neun Euro.", language="de-DE", vectors=()
    )
    shelf = await shelf_of(databases, FEE, german)

    found = by_id(await shelf.find(TENANT, wanted("eine mahnung oder payment")))

    assert set(found) == {"late-fee", "mahnung"}
