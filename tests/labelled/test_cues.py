"""The playbooks that come with Antiphon, on the labelled calls that were worked with.

Floors stand a little below what is measured here, so that another wording may cost a call. They
say nothing of other calls: `README.md` tells what was measured on those nobody had read.
"""

import asyncio

import pytest
from antiphon.infra.evaluate_cues import Evaluation, evaluate_cues
from antiphon.infra.evaluating.calls import read_calls
from antiphon.infra.evaluating.lent_models import lent
from antiphon.infra.evaluating.mapping import read_mappings, strangers
from antiphon.infra.evaluating.player import Heads
from antiphon.services.guidance.playbook import built_in_playbook
from antiphon.services.router.intents import HEADS, CallIntents
from antiphon.services.router.minilm import MiniLm
from antiphon.services.router.router import Router
from antiphon.services.router.settings import ModelsSettings
from antiphon.services.router.tuning import Tuning

from . import FOLDER, OPEN, vocabulary

PRECISION_MIN = 0.95
RECALL_MIN = 0.95
TICK_PRECISION_MIN = 0.88
TICK_RECALL_MIN = 0.8
PLAYBOOKS = [built_in_playbook(name) for name in ("telecom", "bank", "collections")]
MAPPINGS = read_mappings(FOLDER / "mapping.yaml")


# Every fourth one: all of them take a processor half a minute.
CALLS = list(read_calls([OPEN, FOLDER / "sealed", FOLDER / "fresh"]))[::4]
WORDS_ALONE_PRECISION_MIN = 0.65
WORDS_ALONE_RECALL_MIN = 0.6


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Evaluate with what comes with the package: words, and the local classifiers."""

    async def ask() -> Evaluation:
        router, tuning = Router(ModelsSettings), Tuning(HEADS)
        embedder = MiniLm(tuning)
        intents = CallIntents(router.classifiers, tuning, embedder)
        heads = Heads(classifier=intents)
        try:
            return await asyncio.to_thread(
                evaluate_cues, PLAYBOOKS, CALLS, MAPPINGS, heads=lent(heads, patient=True)
            )
        finally:
            embedder.close()
            await router.aclose()

    return asyncio.run(ask())


def test_cues_are_right_and_none_that_is_due_is_missing(evaluation: Evaluation) -> None:
    cues = evaluation.figures.cues

    assert evaluation.skipped == 0
    assert cues.precision().share >= PRECISION_MIN
    assert cues.recall().share >= RECALL_MIN


def test_without_a_model_words_alone_are_of_use() -> None:
    cues = evaluate_cues(PLAYBOOKS, CALLS, MAPPINGS).figures.cues

    assert cues.precision().share >= WORDS_ALONE_PRECISION_MIN
    assert cues.recall().share >= WORDS_ALONE_RECALL_MIN


def test_nothing_irrelevant_is_shown_where_nothing_happens(evaluation: Evaluation) -> None:
    routine = [one for one in evaluation.calls if one.shape == "routine"]
    wrong = [o for one in routine for o in one.outcomes if o.kind == "cue" and o.verdict == "wrong"]

    assert routine
    assert wrong == []


def test_the_checklist_ticks_itself(evaluation: Evaluation) -> None:
    ticks = evaluation.figures.ticks

    assert ticks.precision().share >= TICK_PRECISION_MIN
    assert ticks.recall().share >= TICK_RECALL_MIN


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda one: one.name)
def test_every_name_of_the_mapping_is_known_on_both_sides(playbook: object) -> None:
    found = next(one for one in PLAYBOOKS if one is playbook)
    mapping = MAPPINGS[found.name]
    labels = {word.name for word in vocabulary() if found.name in word.domains}

    mapped = {*mapping.intents, *mapping.warnings, *mapping.items, *mapping.reminders}

    assert strangers(mapping, found) == frozenset()
    assert mapped <= labels
    due = {w.name for w in vocabulary() if w.kind != "item" and found.name in w.domains}
    assert due <= mapped
