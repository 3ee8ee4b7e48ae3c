"""Classifiers that come with the local embedder: what they hear and refuse."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from antiphon.errors import ModelFailed, ModelUnusable
from antiphon.events.base import TenantName
from antiphon.services.models import Scores, Vector
from antiphon.services.router.intents import BEFORE_WORDS, HEADS, NAMES, CallIntents, answering
from antiphon.services.router.minilm import MiniLm
from antiphon.services.router.minilm_model import Files
from antiphon.services.router.tuning import Told, Tuning

TENANT = TenantName("acme")
LEAVING = "So I've decided to go elsewhere, I'd like to cancel my broadband."
TUNING = Tuning(HEADS)


class Nobody:
    """Serves some names of somebody else's."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def serves(self, tenant: TenantName, model: str) -> bool:
        return model in self.names

    async def classify(
        self, text: str, *, before: str = "", tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        return Scores(scores={"other": 0.9}, model=model, took_ms=0)


class Constant:
    """An embedder to which every text means the same."""

    name, dimensions = TUNING.told.embedder, 384

    def __init__(self, number: float = 0.0) -> None:
        self.number = number

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        return [(self.number,) * self.dimensions for _ in texts]


async def scores_of(served: CallIntents, text: str, model: str = "telecom-intents") -> Scores:
    return await served.classify(text, tenant=TENANT, model=model, deadline_s=20)


@pytest.fixture(scope="module")
def served() -> Iterator[CallIntents]:
    embedder = MiniLm(TUNING)
    yield CallIntents(Nobody("theirs"), TUNING, embedder)
    embedder.close()


def test_the_weights_say_what_they_are_of_and_whom_they_serve() -> None:
    told = TUNING.told

    assert told.served.keys() == {*NAMES}
    assert all(len(labels) >= 9 and {*labels} <= {*told.labels} for labels in told.served.values())
    Files()  # raises where the local embedder's file is another than the one that was trained
    assert len(TUNING.over(Files().weights.read_bytes())) == Files().weights.stat().st_size


async def test_what_is_meant_scores_high_and_its_opposite_low(served: CallIntents) -> None:
    leaving = await scores_of(served, LEAVING)
    staying = await scores_of(served, "Oh no, I'd never leave you, I'm not going anywhere.")

    assert leaving.scores["wants_to_leave"] > 0.7
    assert staying.scores.get("wants_to_leave", 0.0) < 0.3
    assert max(leaving.scores, key=lambda one: leaving.scores[one]) == "wants_to_leave"


async def test_one_thing_that_is_meant_does_not_drown_another(served: CallIntents) -> None:
    both = "my internet's been down since sunday and nobody came, I want to speak to your manager"

    given = await scores_of(served, both)

    assert given.scores["service_fault"] > 0.5
    assert given.scores["supervisor_request"] > 0.5


async def test_of_small_talk_nothing_is_told(served: CallIntents) -> None:
    assert (await scores_of(served, "Lovely, thank you, bye now.")).scores == {}


async def test_each_name_has_its_own_labels_and_somebody_elses_come_first(
    served: CallIntents,
) -> None:
    theirs = CallIntents(Nobody("telecom-intents"), TUNING, Constant())

    told = await scores_of(served, "My husband died in June.", "bank-intents")

    assert told.scores.keys() == set(TUNING.told.served["bank-intents"])
    assert (await scores_of(theirs, LEAVING)).scores == {"other": 0.9}
    assert (await scores_of(served, LEAVING, "theirs")).scores == {"other": 0.9}
    assert not served.serves(TENANT, "nobodys")


def test_of_what_was_said_before_its_end_is_looked_at() -> None:
    question = " ".join(f"word{n}" for n in range(BEFORE_WORDS + 5))

    behind = answering(question, "my sister, yes")

    before, between, text = behind.partition(" [SEP] ")
    assert (before.split()[0], len(before.split())) == ("word5", BEFORE_WORDS)
    assert (between, text) == (" [SEP] ", "my sister, yes")
    assert answering(" ", "my sister, yes") == "my sister, yes"


async def test_an_answer_means_what_was_asked(served: CallIntents) -> None:
    asked = "So how much could you manage, and when?"
    told = await served.classify(
        "Fifty, on the first.",
        before=asked,
        tenant=TENANT,
        model="collections-intents",
        deadline_s=20,
    )
    alone = await scores_of(served, "Fifty, on the first.", "collections-intents")

    assert told.scores["promise_to_pay"] > 0.7
    assert alone.scores.get("promise_to_pay", 0.0) < 0.4


async def test_numbers_that_are_none_are_a_failure() -> None:
    served = CallIntents(Nobody(), TUNING, Constant(float("nan")))

    with pytest.raises(ModelFailed):
        await scores_of(served, LEAVING)


def written(path: Path, **changed: Any) -> Path:
    told = Told(
        embedder="small/1",
        labels=("one", "two"),
        served={"x": ("one", "two")},
        trained_on="",
        file_sha256="",
    )
    arrays: dict[str, Any] = {
        "told": np.frombuffer(msgspec.json.encode(told), np.uint8),
        "weight": np.zeros((3, 2), np.float32),
        "bias": np.zeros(2, np.float32),
        "places": np.array([1, 4], np.int64),
        "lengths": np.array([2, 1], np.int64),
        "differences": np.array([1, 255, 7], np.uint8),
    }
    np.savez(path, **{**arrays, **changed})
    return path


def test_what_was_trained_is_added_to_the_bytes_of_the_file(tmp_path: Path) -> None:
    tuning = Tuning(written(tmp_path / "small.npz"))

    assert tuning.over(bytes([10, 20, 30, 40, 250, 60])) == bytes([10, 21, 29, 40, 1, 60])


def a_shorter_bias(path: Path) -> object:
    return Tuning(written(path, bias=np.zeros(1, np.float32)))


def another_file(path: Path) -> object:
    return Tuning(written(path)).over(b"four")


def no_archive(path: Path) -> object:
    path.write_bytes(b"no archive")
    return Tuning(path)


@pytest.mark.parametrize("mishap", [a_shorter_bias, another_file, no_archive])
def test_weights_that_are_not_what_they_should_be_are_refused(
    mishap: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(ModelUnusable):
        mishap(tmp_path / "odd.npz")
