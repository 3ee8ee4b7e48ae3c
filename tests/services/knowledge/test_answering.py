"""The nearest article answers, to the letter; or nothing does; a model may write what it says."""

from collections.abc import Sequence

import msgspec
import pytest
from antiphon.errors import ModelFailed, StoreUnavailable
from antiphon.events.base import Epoch, Position, TenantName
from antiphon.services.knowledge.answering import Answer, Answerer
from antiphon.services.knowledge.retrieving import ARTICLES_MAX
from antiphon.services.knowledge.shelf import Candidate, Reached, Wanted
from antiphon.services.models import Task, Text, TextRequest
from msgspec.structs import replace

from .memory_shelf import MemoryShelf, WordEmbedder, entry, filled

DEMO = TenantName("demo")
NOBODY: frozenset[str] = frozenset()
FEE = "Payments received more than ten days past the due date incur a late fee."
ARTICLES = (
    entry("late-fee", "Late fee", f"{FEE} One waiver per year is allowed."),
    entry("roaming", "Roaming abroad", "Travel passes cost ten dollars a day."),
    entry("secret", "Retention offer", "Offer twenty percent off.", readers=("retention",)),
)


class Writer:
    """Satisfies `TextModels`: answers what it is told to, or fails."""

    def __init__(self, answer: str | ModelFailed) -> None:
        self.answer = answer
        self.requests: list[TextRequest] = []

    def serves(self, tenant: TenantName, task: Task) -> bool:
        return task == "answer"

    async def write(self, request: TextRequest) -> Text:
        self.requests.append(request)
        if isinstance(self.answer, ModelFailed):
            raise self.answer
        return Text(text=self.answer, model="writer-7b", endpoint="here", took_ms=5)


async def answered(
    question: str,
    *,
    shelf: MemoryShelf | None = None,
    embedder: WordEmbedder | None = None,
    models: Writer | None = None,
    groups: frozenset[str] = NOBODY,
) -> Answer:
    if shelf is None:
        shelf = MemoryShelf()
        await filled(shelf, embedder, *ARTICLES)
    answerer = Answerer(shelf, embedder=embedder, models=models)
    return await answerer.answer(DEMO, question, groups=groups)


async def test_the_nearest_article_is_quoted_to_the_letter() -> None:
    answer = await answered("is there a late fee past the due date", embedder=WordEmbedder())

    first = answer.citations[0]
    assert first.article_id == "late-fee"
    assert answer.answer == first.quote
    assert answer.refusal is None
    assert ARTICLES[0].body[first.starts : first.ends] == first.quote
    assert (answer.maker.generator, answer.maker.model) == ("quote-1", None)
    assert answer.maker.embedder == WordEmbedder.name
    assert [one.used for one in answer.citations] == [True, *[False] * (len(answer.citations) - 1)]
    assert [one.score for one in answer.citations] == sorted(
        (one.score for one in answer.citations), reverse=True
    )


@pytest.mark.parametrize("embedder", [WordEmbedder(), None], ids=["vectors", "words"])
async def test_what_no_article_is_about_is_refused(embedder: WordEmbedder | None) -> None:
    answer = await answered("which mushrooms grow under birches", embedder=embedder)

    assert (answer.answer, answer.refusal, answer.citations) == (None, "no_article", ())


async def test_what_is_nearer_to_talk_than_to_any_article_is_refused() -> None:
    answer = await answered("thank you very much, that's very kind", embedder=WordEmbedder())

    assert (answer.answer, answer.refusal) == (None, "no_article")

    shelf, embedder = MemoryShelf(), WordEmbedder()
    await filled(shelf, embedder, entry("kind", "Kind", "You are very kind to a customer."))
    near = await answered("thank you very much, that's very kind", shelf=shelf, embedder=embedder)
    assert near.refusal == "elsewhere"


async def test_another_trade_is_refused_unless_the_tenant_is_of_it() -> None:
    question = "rent a car for the weekend"
    shelf, embedder = MemoryShelf(), WordEmbedder()
    await filled(shelf, embedder, *ARTICLES, entry("cars", "Car", "Rent a car."))

    ours = await answered(question, shelf=shelf, embedder=embedder)
    theirs = await answered(question, embedder=WordEmbedder())

    assert ours.citations[0].article_id == "cars"
    assert theirs.answer is None


async def test_what_others_alone_may_read_is_not_there() -> None:
    question = "what retention offer twenty percent off"

    stranger = await answered(question, embedder=WordEmbedder())
    member = await answered(question, embedder=WordEmbedder(), groups=frozenset({"retention"}))

    assert "secret" not in [one.article_id for one in stranger.citations]
    assert member.citations[0].article_id == "secret"


async def test_without_vectors_of_this_embedder_words_decide_and_it_is_told() -> None:
    embedder, shelf = WordEmbedder(), MemoryShelf()
    await filled(shelf, embedder, *ARTICLES)
    shelf.state = Reached(epoch=Epoch("e"), position=Position(9), embedder="another/2")

    answer = await answered("late fee past due", shelf=shelf, embedder=embedder)

    assert answer.citations[0].article_id == "late-fee"
    assert answer.maker.embedder is None
    assert answer.maker.retrieval == "words-1"


async def test_an_embedder_that_fails_leaves_the_words() -> None:
    embedder, shelf = WordEmbedder(), MemoryShelf()
    await filled(shelf, embedder, *ARTICLES)
    embedder.fails = True

    answer = await answered("late fee past due", shelf=shelf, embedder=embedder)

    assert answer.answer is not None
    assert answer.maker.embedder is None


async def test_a_shelf_that_does_not_answer_is_a_fault_and_no_refusal() -> None:
    shelf = MemoryShelf()
    shelf.fails = True

    with pytest.raises(StoreUnavailable):
        await answered("late fee", shelf=shelf)


async def test_no_more_articles_are_cited_than_anybody_reads_and_none_twice() -> None:
    shelf, embedder = MemoryShelf(), WordEmbedder()
    alike = [entry(f"fee-{n}", "Late fee", f"{FEE} In region {n}.") for n in range(9)]
    copies = [entry(f"copy-{n}", "Late fee", FEE * 3) for n in range(3)]
    await filled(shelf, embedder, *alike, *copies)

    answer = await answered("is there a late fee past the due date", shelf=shelf, embedder=embedder)

    quotes = [one.quote for one in answer.citations]
    assert 1 <= len(quotes) <= ARTICLES_MAX
    assert len(set(quotes)) == len(quotes)


def told(text: str, *passages: int) -> str:
    return msgspec.json.encode({"sentences": [{"text": text, "passages": passages}]}).decode()


async def test_a_model_writes_of_the_cited_passages() -> None:
    models = Writer(told("Payments past the due date incur a late fee after ten days.", 1))

    answer = await answered(
        "is there a late fee past the due date", embedder=WordEmbedder(), models=models
    )

    assert answer.answer == "Payments past the due date incur a late fee after ten days."
    maker = answer.maker
    assert (maker.generator, maker.model, maker.declined) == ("model", "writer-7b", None)
    assert maker.prompt == models.requests[0].prompt
    assert answer.citations[0].used


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (ModelFailed("late", task="answer"), "late"),
        (ModelFailed("limited", task="answer"), "limited"),
        ("I cannot help with that", "malformed"),
        (told("The late fee is 55 dollars.", 1), "unsupported"),
        ('{"sentences": []}', "no_answer"),
    ],
    ids=["late", "limited", "garbage", "invented", "none"],
)
async def test_where_the_model_does_not_help_the_article_is_quoted(
    says: str | ModelFailed, why: str
) -> None:
    question = "is there a late fee past the due date"

    answer = await answered(question, embedder=WordEmbedder(), models=Writer(says))

    quoted = await answered(question, embedder=WordEmbedder())
    assert (answer.answer, answer.citations) == (quoted.answer, quoted.citations)
    assert (answer.maker.generator, answer.maker.declined) == ("quote-1", why)


async def test_a_model_is_not_asked_where_nothing_is_to_be_cited() -> None:
    models = Writer(told("Mushrooms grow under birches.", 1))

    answer = await answered(
        "which mushrooms grow under birches", embedder=WordEmbedder(), models=models
    )

    assert answer.answer is None
    assert models.requests == []


async def test_an_article_that_changed_meanwhile_is_not_quoted() -> None:
    class Changing(MemoryShelf):
        async def find(self, tenant: TenantName, wanted: Wanted) -> Sequence[Candidate]:
            found = await super().find(tenant, wanted)
            self.entries = {
                id_: replace(one, article_version=2, body="Something else.")
                for id_, one in self.entries.items()
            }
            return found

    shelf, embedder = Changing(), WordEmbedder()
    await filled(shelf, embedder, *ARTICLES)

    answer = await answered("late fee past the due date", shelf=shelf, embedder=embedder)

    assert (answer.answer, answer.refusal) == (None, "no_article")
