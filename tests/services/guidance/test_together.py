"""Words and a classifier hear together: each may be wrong, and each may be missing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from antiphon.errors import ModelFailed, ModelFailure
from antiphon.events.base import TenantName, UtteranceId
from antiphon.events.guidance import MomentDetected
from antiphon.services.guidance.graph import Models, compile_graph, wanted_of
from antiphon.services.guidance.moments import Label
from antiphon.services.guidance.playbook import parse_playbook
from antiphon.services.guidance.utterances import Utterance

from ...waiting import until
from .call import Call
from .minds import Labels

TOGETHER = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving:
    track: from_customer
    label: leaving
    classifier: intents
    least: 0.8
    phrases: [want to ... cancel]
    sure: [i want to cancel my service]
    unless: [cancel ... order]
    least_with_phrases: 0.3
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
""",
    file="shop.yaml",
)
LEAST_WITH_PHRASES = 0.3
KEPT = ("guidance_issued keep", "moment_detected leaving")
ASKED = "inference_finished label/intents done"


@asynccontextmanager
async def together(labels: Labels | None) -> AsyncGenerator[Call]:
    models: dict[str, Any] = {} if labels is None else {"classifier": labels}
    call = Call(TOGETHER, **models)
    await call.connect()
    try:
        yield call
    finally:
        await call.stop()


@pytest.mark.parametrize(
    ("said", "score", "found"),
    [
        ("Well I want to cancel.", 0.4, True),
        ("Well I want to cancel.", 0.2, False),  # words, and the classifier says no
        ("I am off to somebody else.", 0.9, True),
        ("I am off to somebody else.", 0.4, False),
        ("I want to cancel that order.", 0.4, False),
        ("Well I want to cancel my service.", 0.1, True),  # for sure, whatever it scores
        ("I don't want to cancel my service.", 0.1, False),
        ("I want to cancel my service. My order I mean.", 0.1, False),
    ],
)
async def test_words_and_a_classifier_hear_together(
    said: str, score: float, *, found: bool
) -> None:
    async with together(Labels({"leaving": score})) as call:
        await call.says(said)

        facts = await call.given(*((*KEPT, ASKED) if found else (ASKED,)))
        if found:
            detected = facts[1].event
            assert isinstance(detected, MomentDetected)
            assert detected.detector.kind == ("phrase" if score < LEAST_WITH_PHRASES else "label")


@pytest.mark.parametrize("reason", ["busy", "late"])
async def test_words_decide_alone_where_the_classifier_fails_or_is_none(
    reason: ModelFailure,
) -> None:
    labels = Labels({"leaving": 0.0})
    labels.failure = ModelFailed(reason, task="moment")

    async with together(labels) as call:
        await call.says("Well I want to cancel.")
        await call.given(*KEPT, "inference_finished label/intents refused")
    async with together(None) as call:
        await call.says("Well I want to cancel.")
        await call.given(*KEPT)


async def test_a_classifier_that_knows_without_a_model_leaves_no_trace() -> None:
    labels = Labels({})
    async with together(labels) as call:
        await call.says("Well I want to cancel.", 1)
        await until(lambda: len(labels.asked) == 1)
        labels.scores = {"leaving": 0.9}
        await call.says("I am off to somebody else.", 2)

        await call.given(*KEPT, ASKED)


async def test_what_is_heard_for_sure_counts_where_the_classifier_saw_nothing_at_all() -> None:
    async with together(Labels({})) as call:
        await call.says("Well I want to cancel my service.")

        await call.given(*KEPT, ASKED)


def test_a_beginning_is_not_sure_yet() -> None:
    moment = next(one for one in TOGETHER.moments if isinstance(one, Label))
    graph = compile_graph(TOGETHER, Models(classifier=Labels({})), tenant=TenantName("acme"))
    begun = Utterance(
        utterance_id=UtteranceId("u1"),
        revision=1,
        track="from_customer",
        words=("I", "want", "to", "cancel", "my", "service"),
        times=(),
        started_ms=0,
        ended_ms=900,
    )

    (wanted,) = wanted_of(graph.nodes[0], begun, {}, known=())

    assert isinstance(wanted, Label)
    assert (wanted.sure, wanted.least_with_phrases) == ((), moment.least)
    assert wanted.phrases == (*moment.phrases, *moment.sure)
