"""What is recorded already is not earned again; what a node may be asked depends on what was."""

from datetime import datetime
from typing import Any

import pytest
from antiphon.events.base import Event, UtteranceId
from antiphon.events.guidance import MomentDetected
from antiphon.services.guidance.case import Case, evolve
from antiphon.services.guidance.conditions import Occurrence, with_occurrence
from antiphon.services.guidance.earning import Earning
from antiphon.services.guidance.examples import Examples
from antiphon.services.guidance.graph import Models, compile_graph, wanted_of
from antiphon.services.guidance.playbook import parse_playbook
from antiphon.services.guidance.policy import compiled
from antiphon.services.guidance.rules import matches_of
from antiphon.services.guidance.utterances import Utterance

from ...builders import CONTACT, agent_connected, at, heard, moment_detected
from .minds import BagOfWords, Labels, Oracle

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to cancel]}
  first: {any: [leaving]}
  second: {all: [first, agent_connected]}
  waited: {track: from_customer, meaning: [waiting], after: [leaving], on: final}
  billing: {track: either, label: billing, classifier: intents}
  unknown: {track: either, label: x, classifier: elsewhere}
cues: {}
""",
    file="shop.yaml",
)


def said(text: str, *, revision: int | None = None, track: Any = "from_customer") -> Utterance:
    return Utterance(
        utterance_id=UtteranceId(f"{track}-1"),
        revision=revision,
        track=track,
        words=tuple(text.split()),
        times=(),
        started_ms=1_000,
        ended_ms=2_000,
    )


def after(*history: Event, occurred_at: datetime | None = None) -> Case:
    case = Case()
    for event in history:
        case = evolve(case, event, cause=None, occurred_at=occurred_at or at(0))
    return case


def earned(case: Case) -> list[str]:
    graph = compile_graph(PLAYBOOK, Models(), tenant=CONTACT.tenant)
    earning = Earning(
        contact=CONTACT, compiled=compiled([PLAYBOOK]), graph=graph, now=at(5), said_at=at(5)
    )
    utterance = said("I want to cancel")
    known = case.known(utterance.utterance_id)
    names: list[str] = []
    for match in matches_of(graph.reflexes, utterance, known=known):
        outputs, case = earning.by_match(case, match)
        names += [one.event.moment for one in outputs if isinstance(one.event, MomentDetected)]
    return names


def detected(name: str) -> MomentDetected:
    return moment_detected(moment=name, heard=heard(), at=at(5))


@pytest.mark.parametrize(
    ("stands", "follows"),
    [
        pytest.param([], ["first", "second", "leaving"], id="nothing"),
        pytest.param(["first"], ["second", "leaving"], id="the first condition"),
        pytest.param(["first", "second"], ["leaving"], id="both conditions"),
        pytest.param(["first", "second", "leaving"], [], id="everything"),
    ],
)
def test_what_was_interrupted_is_finished_and_not_repeated(
    stands: list[str], follows: list[str]
) -> None:
    case = after(agent_connected(connected_at=at(0)), *map(detected, stands))

    assert earned(case) == follows


def test_a_moment_of_a_condition_stands_before_the_one_that_completed_it() -> None:
    assert earned(Case()) == ["first", "leaving"]


def nodes_asked(models: Models, utterance: Utterance, *moments: str) -> dict[str, list[str]]:
    """Return what each node would be asked once these moments were true."""
    graph = compile_graph(PLAYBOOK, models, tenant=CONTACT.tenant)
    case = Case()
    for name in moments:
        occurred = with_occurrence(case.occurred, name, Occurrence(at=at(0)))
        case = Case(occurred=occurred, decided={utterance.utterance_id: frozenset(moments)})
    known = case.known(utterance.utterance_id)
    return {
        node.name: [one.name for one in wanted_of(node, utterance, case.occurred, known=known)]
        for node in graph.nodes
    }


async def test_a_node_is_asked_what_its_inputs_and_the_words_allow() -> None:
    models = Models(examples=Examples(BagOfWords()), classifier=Labels({}), text=Oracle())

    final, partial = said("well I want this"), said("well I want this", revision=2)
    agent = said("well I want this", track="to_customer")

    both = {"meaning/leaving": ["waited"], "label/intents": ["billing"]}
    assert nodes_asked(models, final, "leaving") == both
    assert nodes_asked(models, final) == both | {"meaning/leaving": []}
    assert nodes_asked(models, partial, "leaving") == both | {"meaning/leaving": []}
    assert nodes_asked(models, agent, "leaving") == both | {"meaning/leaving": []}
    assert nodes_asked(models, final, "leaving", "billing") == both | {"label/intents": []}


def test_without_a_model_there_is_no_node() -> None:
    assert nodes_asked(Models(), said("well I want this")) == {}
    assert nodes_asked(Models(classifier=Labels({})), said("x y")) == {"label/intents": ["billing"]}
