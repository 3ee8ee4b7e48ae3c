"""Classifiers that come with the local embedder: what they hear, embed and refuse."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from antiphon.errors import ModelFailed, ModelUnusable
from antiphon.events.base import TenantName
from antiphon.services.models import Scores, Vector
from antiphon.services.router import intents
from antiphon.services.router.intent_features import PIECES_MAX, grams_of, pieces_of
from antiphon.services.router.intents import EMBEDDED_MAX, HEADS, NAMES, CallIntents, Heads
from antiphon.services.router.minilm import NAME, MiniLm

TENANT = TenantName("acme")
LEAVING = "So I've decided to go elsewhere, I'd like to cancel my broadband."


class Nobody:
    """Serves one name of somebody else's."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def serves(self, tenant: TenantName, model: str) -> bool:
        return model in self.names

    async def classify(
        self, text: str, *, tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        return Scores(scores={"other": 0.9}, model=model, took_ms=0)


class Counting:
    """An embedder of the right name that counts, and means nothing by it."""

    dimensions = 384

    def __init__(self, name: str = NAME, number: float = 0.0) -> None:
        self.name = name
        self.asked: list[list[str]] = []
        self._number = number

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        self.asked.append(list(texts))
        return [(self._number,) * self.dimensions for _ in texts]


async def scores_of(served: CallIntents, text: str, model: str = "telecom-intents") -> Scores:
    return await served.classify(text, tenant=TENANT, model=model, deadline_s=5)


@pytest.mark.parametrize("name", NAMES)
def test_heads_tell_what_they_were_trained_on(name: str) -> None:
    told = Heads(HEADS / f"{name}.npz").told

    assert (told.name, told.embedder) == (name, NAME)
    assert len(told.labels) == len(set(told.labels)) >= 9


async def test_what_is_meant_scores_high_and_its_opposite_low() -> None:
    embedder = MiniLm()
    served = CallIntents(Nobody(), embedder)

    leaving = await scores_of(served, LEAVING)
    staying = await scores_of(served, "Oh no, I'd never leave you, I'm not going anywhere.")

    embedder.close()
    assert leaving.scores["wants_to_leave"] > 0.7
    assert staying.scores["wants_to_leave"] < 0.3
    assert max(leaving.scores, key=lambda one: leaving.scores[one]) == "wants_to_leave"


async def test_one_thing_that_is_meant_does_not_drown_another() -> None:
    embedder = MiniLm()
    both = (
        "Hi, my bill went up by $11 this month and nobody told me I think I just want to cancel"
        " the whole thing."
    )

    given = await scores_of(CallIntents(Nobody(), embedder), both)

    embedder.close()
    assert given.scores["wants_to_leave"] > 0.6
    assert given.scores["price_complaint"] > 0.6


async def test_small_talk_is_not_embedded_and_an_utterance_once() -> None:
    embedder = Counting()
    served = CallIntents(Nobody(), embedder)

    nothing = await scores_of(served, "Lovely, thank you, bye now.")
    before = list(embedder.asked)
    something = await scores_of(served, "Hello there. " + LEAVING)

    assert (nothing.scores, before) == ({}, [])
    assert len(embedder.asked) == 1
    assert len(embedder.asked[0]) <= EMBEDDED_MAX
    assert something.scores.keys() == set(Heads(HEADS / "telecom-intents.npz").told.labels)


async def test_heads_of_another_embedder_are_not_served_and_somebody_elses_come_first() -> None:
    other = CallIntents(Nobody("theirs"), Counting("another/1"))
    theirs = CallIntents(Nobody("telecom-intents"), Counting())

    assert not other.serves(TENANT, "telecom-intents")
    assert other.serves(TENANT, "theirs")
    assert (await scores_of(theirs, LEAVING)).scores == {"other": 0.9}


async def test_numbers_that_are_none_are_a_failure() -> None:
    served = CallIntents(Nobody(), Counting(number=float("nan")))

    with pytest.raises(ModelFailed):
        await scores_of(served, LEAVING)


def test_files_that_are_not_heads_are_refused(tmp_path: Path) -> None:
    told = intents.Told(
        name="x", labels=(), embedder=NAME, features=0, trained_on="", look_from=0.1
    )
    one = np.zeros((1, 1), np.float32)
    arrays = dict.fromkeys(("meaning", "words", "bias", "glance", "glance_bias"), one)
    np.savez(
        tmp_path / "old.npz",
        told=np.frombuffer(msgspec.json.encode(told), np.uint8),
        grams=np.frombuffer(b"a", np.uint8),
        **arrays,
    )
    (tmp_path / "odd.npz").write_bytes(b"not an archive")

    for name, problem in (("old", "version"), ("odd", "cannot be read"), ("none", "cannot be")):
        with pytest.raises(ModelUnusable, match=problem):
            Heads(tmp_path / f"{name}.npz")


def test_words_are_read_alike_however_they_are_written() -> None:
    assert grams_of("I can't, um, pay £40!") == grams_of("i can not pay forty")
    assert "not pay" in grams_of("I can't pay")
    assert pieces_of("One thing.") == ["One thing."]
    whole = "Hello there you. Oh. I want to go now."
    assert pieces_of(whole) == [whole, "Hello there you.", "I want to go now."]


def test_a_long_sentence_is_looked_at_in_stretches_that_overlap_and_not_without_end() -> None:
    words = [f"w{n}" for n in range(30)]

    pieces = pieces_of(" ".join(words))

    assert [one.split()[0] for one in pieces] == ["w0", "w0", "w7", "w14", "w21"]
    assert {word for one in pieces[1:] for word in one.split()} == set(words)
    assert len(pieces_of(" ".join(words * 100))) == PIECES_MAX
