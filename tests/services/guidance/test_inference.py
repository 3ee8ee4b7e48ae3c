"""A node is asked when there is news, of so many utterances at once, and once about the same."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest
from antiphon.events.base import Position, UtteranceId
from antiphon.events.guidance import NodeKind
from antiphon.services.guidance.inference import RUNNING_MAX, Asked, Inference
from antiphon.services.guidance.moments import Inferred
from antiphon.services.guidance.nodes import Answer, Said
from antiphon.services.guidance.utterances import Utterance

from ...builders import at
from .call import PROMPT_S


class Thinker:
    """A node that answers when it is let."""

    name = "thinker"
    kind: NodeKind = "meaning"
    deadline_s = float(PROMPT_S)
    after: frozenset[str] = frozenset()
    moments: Sequence[Inferred] = ()

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = asyncio.Event()

    def warm(self) -> None:
        """Nothing to prepare."""

    async def find(self, said: Said, wanted: Sequence[Inferred]) -> Answer:
        self.asked.append(said.text)
        await self.open.wait()
        if said.text == "a bug":
            raise ValueError(said.text)
        return Answer(model="thinker/1")


@pytest.fixture
async def inference() -> AsyncGenerator[Inference]:
    inference = Inference()
    yield inference
    await inference.close()


def asked(node: Thinker, text: str, *, n: int = 1, revision: int | None = None) -> Asked:
    words = tuple(text.split())
    utterance = Utterance(
        utterance_id=UtteranceId(f"from_customer-{n}"),
        revision=revision,
        track="from_customer",
        words=words,
        times=(),
        started_ms=0,
        ended_ms=100 * len(words),
    )
    facts: dict[str, Any] = {
        "before": "",
        "wanted": (),
        "cause": None,
        "said_at": at(0),
        "upto": Position(1),
    }
    return Asked(node=node, utterance=utterance, **facts)


async def outcome(inference: Inference) -> tuple[str, int | None]:
    async with asyncio.timeout(PROMPT_S):
        fact = (await inference.next()).fact
    return fact.outcome, fact.revision


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        pytest.param([("so you", 1)], [], id="too little"),
        pytest.param([("so you see I", 1)], ["so you see I"], id="enough to begin with"),
        pytest.param([("so you see I", 1), ("so you see I am waiting", 2)], ["so you see I"],
                     id="two further words"),
        pytest.param([("so you see I", 1), ("so you see I am waiting.", 2)],
                     ["so you see I", "so you see I am waiting."], id="the end of a sentence"),
        pytest.param([("so you see I", 1), ("so you see I am here and it rains", 2)],
                     ["so you see I", "so you see I am here and it rains"], id="a clause more"),
        pytest.param([("so you see I", 1), ("so you see I", None)], ["so you see I"],
                     id="the final says the same"),
        pytest.param([("so you see I", 1), ("so you say", None)], ["so you see I", "so you say"],
                     id="the final says something else"),
        pytest.param([("cancel please", None)], ["cancel please"], id="a short final"),
        pytest.param([("yes", None)], [], id="a word"),
    ],
)  # fmt: skip
async def test_a_node_is_asked_when_there_is_news(
    inference: Inference, told: list[tuple[str, int | None]], asks: list[str]
) -> None:
    node = Thinker()
    node.open.set()

    for text, revision in told:
        before = inference.idle
        inference.ask(asked(node, text, revision=revision))
        if before and not inference.idle:
            assert await outcome(inference) == ("done", revision)

    assert node.asked == asks
    assert inference.idle


async def test_so_many_are_asked_at_once_and_no_more(inference: Inference) -> None:
    node = Thinker()
    for n in range(RUNNING_MAX + 3):
        inference.ask(asked(node, f"a final of the call, number {n}", n=n))
    node.open.set()

    outcomes = [await outcome(inference) for _ in range(RUNNING_MAX)]

    assert outcomes == [("done", None)] * RUNNING_MAX
    assert len(node.asked) == RUNNING_MAX
    assert inference.idle


async def test_a_bug_is_seen_by_whoever_waits(inference: Inference) -> None:
    node = Thinker()
    node.open.set()
    inference.ask(asked(node, "a bug"))

    with pytest.raises(ValueError, match="a bug"):
        await outcome(inference)


async def test_what_is_closed_leaves_nothing_running() -> None:
    inference, node = Inference(), Thinker()
    inference.ask(asked(node, "a final of the call"))
    await asyncio.sleep(0)  # it begins

    await inference.close()

    assert node.asked
    assert len(asyncio.all_tasks()) == 1
