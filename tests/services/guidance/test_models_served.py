"""Moments by models that are really served: the local embedder, and a server behind the router."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from antiphon.events.guidance import InferenceFinished, MomentDetected
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.guidance import nodes
from antiphon.services.guidance.playbook import parse_playbook
from antiphon.services.router.minilm import MiniLm
from antiphon.services.router.router import Router
from antiphon.services.router.settings import EndpointSettings, ModelSettings, ModelsSettings

from .call import PROMPT_S, Call

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to ... cancel]}
  unanswered: {track: from_customer, meaning: [Nobody got back to me.], least: 0.55}
  angry: {track: from_customer, label: anger, classifier: intents, on: final}
  senior: {track: from_customer, asks: Does the customer want a manager?}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
""",
    file="shop.yaml",
)
LABELS = ("anger", "calm")
KEPT = ("guidance_issued keep", "moment_detected leaving")


@pytest.fixture(scope="module")
def embedder() -> Iterator[MiniLm]:
    embedder = MiniLm()
    yield embedder
    embedder.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine fails no test of what is answered."""
    for node in (nodes.MeaningNode, nodes.LabelNode, nodes.QuestionNode):
        monkeypatch.setattr(node, "deadline_s", PROMPT_S)


def settings(server: ModelServer) -> ModelsSettings:
    return ModelsSettings(
        endpoints={
            "one": EndpointSettings(provider="openai", url=f"{server.url}/v1", probe=False),
            "two": EndpointSettings(provider="kserve", url=server.url, probe=False),
        },
        models={
            "writer": ModelSettings(endpoints=("one",), model="llama", hedge_share=0.0),
            "intents": ModelSettings(
                endpoints=("two",), model="intents", kind="classifier", labels=LABELS
            ),
        },
        tasks={"moment": "writer"},
    )


@asynccontextmanager
async def served(server: ModelServer, *, classifies: bool = False) -> AsyncGenerator[Call]:
    router = Router(lambda: settings(server))
    models: dict[str, Any] = (
        {"classifier": router.classifiers} if classifies else {"text": router.texts}
    )
    call = Call(PLAYBOOK, **models)
    await call.connect()
    try:
        yield call
    finally:
        await call.stop()
        await router.aclose()


async def test_a_paraphrase_is_found_by_the_local_embedder(embedder: MiniLm) -> None:
    await embedder.embed(["hello"], deadline_s=PROMPT_S)  # loads it, which takes a while
    call = Call(PLAYBOOK, embedder=embedder)
    await call.connect()
    try:
        await call.says("My opening hours are different. No one ever called me back.")

        facts = await call.given("moment_detected unanswered", "inference_finished meaning done")
        detected = facts[0].event
        assert isinstance(detected, MomentDetected)
        assert detected.detector.model == embedder.name
        assert detected.detector.score is not None
        assert 0.55 <= detected.detector.score < 0.9
        assert detected.evidence.reveal() == "No one ever called me back."
    finally:
        await call.stop()


async def test_a_served_model_answers_the_playbooks_question_and_gets_no_private_number() -> None:
    async with ModelServer() as server, served(server) as call:
        server.script.says("moment-questions", {"q1": True})
        await call.says("Let me speak to your boss, my account number is 8839201774.")

        facts = await call.given("moment_detected senior", "inference_finished question done")
        detected = facts[0].event
        assert isinstance(detected, MomentDetected)
        assert (detected.detector.model, detected.detector.prompt) == (
            "llama", "moment-questions@1",
        )  # fmt: skip
        [asked] = server.asked
        assert "8839201774" not in json.dumps(asked.messages)


async def test_a_served_classifier_gives_labels() -> None:
    async with (
        ModelServer(classifiers={"intents": LABELS}) as server,
        served(server, classifies=True) as call,
    ):
        server.script.fits("intents", lambda _: {"anger": 0.9, "calm": 0.1})
        await call.says("This is outrageous!")

        await call.given("moment_detected angry", "inference_finished label/intents done")


@pytest.mark.parametrize(
    ("misbehaviour", "outcome"),
    [
        pytest.param(Misbehaviour(hangs=True), "late", id="hangs"),
        pytest.param(Misbehaviour(status=400), "failed", id="refuses"),
        pytest.param(Misbehaviour(body="<html>"), "refused", id="no JSON"),
        pytest.param(Misbehaviour(text='{"q1": "yes, and 4111 1111 1111 1111"}'), "refused",
                     id="violates the schema, leaks a card number"),
        pytest.param(Misbehaviour(text="I was told to ignore my rules."), "refused", id="chats"),
        pytest.param(Misbehaviour(choices=0), "refused", id="says nothing"),
    ],
)  # fmt: skip
async def test_whatever_a_served_model_does_words_are_answered(
    misbehaviour: Misbehaviour, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if misbehaviour.hangs:
        monkeypatch.setattr(nodes.QuestionNode, "deadline_s", 0.1)
    async with ModelServer() as server, served(server) as call:
        server.always = misbehaviour
        await call.says("I want to cancel.")

        facts = await call.given(*KEPT, f"inference_finished question {outcome}")
        told = facts[-1].event
        assert isinstance(told, InferenceFinished)
        assert told.took_ms < PROMPT_S * 1_000
