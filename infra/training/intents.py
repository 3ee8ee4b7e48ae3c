"""Trains the heads of `services/router/intents.py`, and tells how they do on calls held out.

    python -m antiphon.infra.training.intents --calls tests/labelled/open tests/labelled/sealed

With `--check` nothing is written: each fifth of the calls is judged by heads trained without it,
and without examples that are nearly what is said in it.
"""

import argparse
import asyncio
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...services.router.intent_features import VERSION, Numbers, word_features
from ...services.router.intents import HEADS, NAMES, Told
from ...services.router.minilm import MiniLm
from ..evaluating.calls import LabelledCall, read_calls
from .examples import Example, read_examples
from .heads import fitted
from .rows import (
    Row,
    Vectors,
    features,
    grams_in,
    labels_in,
    rows_of_call,
    rows_of_example,
    targets,
)
from .validation import folds_of, held_out, summary

LOOK_FROM = 0.12  # by words alone; of held-out turns that earn a label one in 87 scores less
EMBED_S = 300.0
BATCH = 400  # texts at once, so that none waits for thousands


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=Path, nargs="+", default=[])
    parser.add_argument("--check", action="store_true", help="judge held-out calls, write nothing")
    given = parser.parse_args(arguments)
    examples, calls = list(read_examples()), list(read_calls(given.calls))
    for name in NAMES:
        domain = name.removesuffix("-intents")
        labels = labels_in(examples, domain)
        rows = list(_rows(examples, calls, domain, labels))
        vectors, embedder = asyncio.run(_embedded([row.text for row in rows]))
        if given.check:
            print(domain)  # noqa: T201 (it is what the command is for)
            for line in summary(held_out(rows, vectors, labels, folds_of(calls, domain))):
                print(line)  # noqa: T201
            continue
        HEADS.mkdir(exist_ok=True)
        packed = trained(rows, vectors, labels, name=name, embedder=embedder)
        (HEADS / f"{name}.npz").write_bytes(packed)


def trained(
    rows: Sequence[Row], vectors: Vectors, labels: Sequence[str], *, name: str, embedder: str
) -> bytes:
    """Return the file of heads fitted to rows."""
    grams = grams_in(rows)
    places = {gram: place for place, gram in enumerate(grams)}
    texts = [row.text for row in rows]
    holds, weights = targets(rows)
    heads, bias = fitted(features(texts, vectors, places), holds, weights)
    glance, glance_bias = fitted(word_features(texts, places), holds, weights)
    width = len(next(iter(vectors.values())))
    told = Told(
        name=name,
        labels=tuple(labels),
        embedder=embedder,
        features=VERSION,
        trained_on=_digest(rows),
        look_from=LOOK_FROM,
    )
    return _packed(
        told=_bytes(msgspec.json.encode(told)),
        grams=_bytes("\n".join(grams).encode()),
        meaning=heads[:width].astype(np.float16),
        words=heads[width:].astype(np.float16),
        bias=bias,
        glance=glance.astype(np.float16),
        glance_bias=glance_bias,
    )


def _rows(
    examples: Sequence[Example], calls: Sequence[LabelledCall], domain: str, labels: Sequence[str]
) -> Iterator[Row]:
    yield from (rows_of_example(one, labels) for one in examples if domain in one.domains)
    for call in calls:
        if call.labels.domain == domain:
            yield from rows_of_call(call, labels)


async def _embedded(texts: Sequence[str]) -> tuple[Vectors, str]:
    embedder = MiniLm()
    known = list(dict.fromkeys(texts))
    vectors: dict[str, Numbers] = {}
    try:
        for start in range(0, len(known), BATCH):
            batch = known[start : start + BATCH]
            found = await embedder.embed(batch, deadline_s=EMBED_S)
            vectors.update(zip(batch, np.asarray(found, np.float32), strict=True))
    finally:
        embedder.close()
    return vectors, embedder.name


def _digest(rows: Sequence[Row]) -> str:
    """Return what tells heads of other examples apart."""
    return hashlib.sha256(msgspec.json.encode(list(rows))).hexdigest()[:8]


def _bytes(given: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(given, np.uint8)


def _packed(**arrays: NDArray[Any]) -> bytes:
    packed, save = io.BytesIO(), cast("Any", np.savez_compressed)
    save(packed, **arrays)
    return packed.getvalue()


if __name__ == "__main__":
    main()
