"""What was asked last is not asked again, unless it might be answered otherwise."""

import pytest
from antiphon.events.base import AgentId, TenantName
from antiphon.services.knowledge.answering import Answerer
from antiphon.services.knowledge.asking import Asking, NoGroups

from .memory_shelf import MemoryShelf, WordEmbedder, entry, filled

FEE = "why is there a late fee past the due date"
ARTICLE = entry("late-fee", "Late fee", "Payments past the due date incur a late fee.")
TENANT = TenantName("demo")
HIM, HER = AgentId("a-1"), AgentId("a-2")


@pytest.mark.parametrize(
    ("asked", "embedded"),
    [
        pytest.param([(FEE, HIM), (FEE, HIM)], 1, id="the same"),
        pytest.param([(FEE, HIM), (FEE, HER)], 2, id="by another agent, who may read more"),
        pytest.param([(FEE, HIM), ("late fee", HIM), (FEE, HIM)], 3, id="something between"),
    ],
)
async def test_what_was_asked_last_is_not_asked_again(
    asked: list[tuple[str, AgentId]], embedded: int
) -> None:
    shelf, embedder = MemoryShelf(), WordEmbedder()
    await filled(shelf, embedder, ARTICLE)
    answerer = Answerer(shelf, embedder=embedder, models=None)
    asking = Asking(TENANT, answerer, NoGroups())
    await answerer.warm_up()
    embedder.texts.clear()

    answers = [await asking.ask(query, agent_id=agent) for query, agent in asked]

    assert len(embedder.texts) == embedded
    assert answers[-1].citations == answers[0].citations


async def test_what_could_not_be_asked_is_asked_again() -> None:
    shelf, embedder = MemoryShelf(), WordEmbedder()
    await filled(shelf, embedder, ARTICLE)
    asking = Asking(TENANT, Answerer(shelf, embedder=embedder, models=None), NoGroups())
    shelf.fails = True
    away = await asking.ask(FEE, agent_id=HIM)
    shelf.fails = False

    answer = await asking.ask(FEE, agent_id=HIM)

    assert away.refusal == "unavailable"
    assert answer.refusal is None
