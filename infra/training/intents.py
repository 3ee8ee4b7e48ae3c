"""Trains the classifiers of `services/router/intents.py`, or tells how they do on rows held out.

    python -m antiphon.infra.training.intents --calls tests/labelled/open tests/labelled/sealed
    python -m antiphon.infra.training.intents --calls tests/labelled/open --held tests/labelled/last

With `--held` nothing is written: those calls are judged by a network that was trained without them.
Some ten minutes of two cores. JAX and ONNX go into an environment of their own, made at the first
use.
"""

import argparse
import hashlib
import io
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ...services.router.intents import HEADS
from ...services.router.minilm_model import Files
from ...services.router.tuning import Told
from ..bench.peer_environment import python_of
from ..evaluating.calls import read_calls
from .examples import read_examples
from .rows import Row, all_labels, labels_by_domain, rows_of_call, rows_of_example
from .taught import TaughtCall, read_taught, taught_of

NETWORK = Path(__file__).parent / "network"
EMBEDDER = "all-minilm-l6-v2-int8-calls/1"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


class Answer(msgspec.Struct):
    """What `network/train.py` answers."""

    scores: tuple[tuple[float, ...], ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, or judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=Path, nargs="+", default=[])
    parser.add_argument(
        "--held", type=Path, nargs="+", default=[], help="judge these, write nothing"
    )
    given = parser.parse_args(arguments)
    examples = list(read_examples())
    domains = labels_by_domain(examples)
    labels = all_labels(domains)
    calls = [*read_taught(), *map(taught_of, read_calls(given.calls))]
    rows = [rows_of_example(one, domains, labels) for one in examples]
    rows += [row for call in calls for row in rows_of_call(call, domains, labels)]
    held = list(_held(map(taught_of, read_calls(given.held)), domains, labels))
    with tempfile.TemporaryDirectory() as directory:
        file = None if held else Path(directory) / "trained.npz"
        scores = _trained(rows, held, file)
        if file is not None:
            HEADS.write_bytes(_packed(file, domains=domains, labels=labels, rows=rows))
    for line in _summary(held, scores):
        print(line)  # noqa: T201 (it is what the command is for)


def _held(
    calls: Iterable[TaughtCall], domains: dict[str, tuple[str, ...]], labels: Sequence[str]
) -> Iterator[Row]:
    for call in calls:
        yield from rows_of_call(call, domains, labels)


def _trained(rows: Sequence[Row], held: Sequence[Row], file: Path | None) -> Answer:
    files = Files()
    told = {
        "weights": str(files.weights),
        "tokenizer": str(files.tokenizer),
        "rows": rows,
        "held": held,
        "file": None if file is None else str(file),
    }
    python = python_of("tuning", lock=NETWORK / "tuning.lock")
    done = subprocess.run(  # noqa: S603 (our own argv; what it says of its progress is shown)
        [str(python), "-I", str(NETWORK / "train.py")],
        input=msgspec.json.encode(told),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout.strip().rpartition(b"\n")[2], type=Answer)


def _packed(
    file: Path,
    *,
    domains: dict[str, tuple[str, ...]],
    labels: Sequence[str],
    rows: Sequence[Row],
) -> bytes:
    """Return the file that is served: what was trained, and what it says of itself."""
    told = Told(
        embedder=EMBEDDER,
        labels=tuple(labels),
        served={f"{domain}-intents": own for domain, own in domains.items()},
        trained_on=hashlib.sha256(msgspec.json.encode(list(rows))).hexdigest()[:8],
        file_sha256=hashlib.sha256(Files().weights.read_bytes()).hexdigest(),
    )
    with np.load(file, allow_pickle=False) as stored:
        arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
    packed = io.BytesIO()
    np.savez_compressed(packed, told=np.frombuffer(msgspec.json.encode(told), np.uint8), **arrays)
    return packed.getvalue()


def _summary(held: Sequence[Row], answer: Answer) -> Iterator[str]:
    """Yield precision and recall of turns by the score from which a label is taken."""
    told = [
        (score, bool(holds))
        for row, scores in zip(held, answer.scores, strict=True)
        for score, holds, weight in zip(scores, row.holds, row.weights, strict=True)
        if weight
    ]
    due = sum(holds for _, holds in told)
    for least in THRESHOLDS if due else ():
        found = [holds for score, holds in told if score >= least]
        precision = sum(found) / len(found) if found else 1.0
        recall = sum(found) / due
        yield f"from {least}: precision {precision:.3f} of {len(found)}, recall {recall:.3f}"


if __name__ == "__main__":
    main()
