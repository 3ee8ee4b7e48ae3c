# pyright: basic, reportMissingImports=false
# ruff: noqa: PLR0917 (JAX differentiates by place)
"""Trains the upper layers of all-MiniLM-L6-v2 and a head over the mean of its tokens.

Told, as JSON on standard input: {"weights": path of the int8 model, "tokenizer": path, "rows":
[{"text", "holds", "weights"}], "held": rows that are not learned from, "file": path of what is
written, or null}. Answers, as JSON on its last line: {"scores": of each held row a number a label}.

A text may stand behind another, which it answers, and [SEP]: the mean is of its own tokens then.
The lower layers stay as they are, and are gone through once for each row. What is written is the
byte by byte difference from the int8 file, at the same scales, so that little of it is not zero.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax
from onnx import numpy_helper
from tokenizers import Tokenizer

LAYERS = 6
TUNED = 3  # of these; with fewer it learns less, with more it takes longer and is a larger file
HEADS = 12
EPOCHS = 3.0  # with more it knows its rows by heart
ROWS_A_STEP = 32
RATE = 1e-4
HEAD_RATE = 30  # times that
DROPPED = 0.1
TOKENS_MAX = 128
SCALE = 10.0  # of a vector of length one, so that weights of a head need not be large
SEED = 0
SEP = 102  # ends each text
TELL_EVERY = 50  # steps
_CODE_MAX = 127  # of int8


def main() -> None:
    """Train on the rows, write the file if one is asked for, and judge what was held out."""
    told = json.load(sys.stdin)
    model = onnx.load(told["weights"])
    named = parameters_in(model)
    tokenizer = Tokenizer.from_file(told["tokenizer"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS_MAX)
    rows, held = told["rows"], told["held"]
    network = Network({name: array for name, (array, _) in named.items()})
    for row in (*rows, *held):
        row["ids"] = tokenizer.encode(row["text"]).ids
    network.go_through([*rows, *held])
    tuned = train(network, rows)
    if told["file"]:
        write(Path(told["file"]), tuned, named, Path(told["weights"]).read_bytes())
    print(json.dumps({"scores": network.scores(tuned, held)}))  # noqa: T201 (the answer)


def parameters_in(model: Any) -> Any:
    """Return each parameter's numbers, and its initialisers: the codes and their scale."""
    stored = {one.name: one for one in model.graph.initializer}
    parameters = {}
    for name, one in stored.items():
        if name.startswith("inner.") and not name.endswith(("_q", "_scale", "position_ids")):
            parameters[_short(name)] = (numpy_helper.to_array(one), (name, None))
        if name.startswith("inner.") and name.endswith("_q"):
            scale = stored[name.removesuffix("_q") + "_scale"]
            array = numpy_helper.to_array(one) * numpy_helper.to_array(scale)
            parameters[_short(name.removesuffix("_q"))] = (array.astype(np.float32), (name, None))
    # A matrix has no name of its own; the bias that is added to its product has.
    made_by = {node.output[0]: node for node in model.graph.node}
    for node in model.graph.node:
        biases = [one for one in node.input if one.endswith(".bias")]
        products = [made_by[one] for one in node.input if one in made_by]
        if node.op_type != "Add" or not biases or products[0].op_type != "MatMul":
            continue
        name = products[0].input[1]
        codes, scale = stored[f"{name}_q"], stored[f"{name}_scale"]
        array = numpy_helper.to_array(codes) * numpy_helper.to_array(scale)
        weight = _short(biases[0]).removesuffix("bias") + "weight"
        parameters[weight] = (array.astype(np.float32), (codes.name, scale.name))
    assert len(parameters) == 5 + 16 * LAYERS, "the model is built otherwise"
    return {
        name: (array, tuple(stored[one] if one else None for one in places))
        for name, (array, places) in parameters.items()
    }


def _short(name: Any) -> Any:
    return name.removeprefix("inner.")


class Network:
    """The encoder, its lower layers fixed."""

    def __init__(self, numbers: Any) -> None:
        self._below = {name: jnp.asarray(array) for name, array in numbers.items()}
        self.upper = [
            {name: array for name, array in self._below.items() if name.startswith(_layer(at))}
            for at in range(LAYERS - TUNED, LAYERS)
        ]
        self._lower = jax.jit(self._lower_of)
        self._told = jax.jit(
            lambda tuned, hidden, mask, own: self.told(tuned, hidden, mask, own, None)
        )

    def go_through(self, rows: Any) -> None:
        """Give each row what the lower layers make of it."""
        began = time.monotonic()
        for batch in _batches(rows, 64):
            ids, mask = _padded([row["ids"] for row in batch], np.int32)
            for row, hidden in zip(batch, np.asarray(self._lower(ids, mask)), strict=True):
                row["hidden"] = hidden[: len(row["ids"])].astype(np.float16)
                row["own"] = row["ids"].index(SEP) if row["ids"].count(SEP) > 1 else 0
        say(f"{len(rows)} rows through the lower layers in {time.monotonic() - began:.0f} s")

    def told(self, tuned: Any, hidden: Any, mask: Any, own: Any, key: Any) -> Any:
        """Return what the head says, before the logistic function. Without a key nothing drops."""
        shut = (1 - mask)[:, None, None, :] * -1e9
        for at, layer in enumerate(tuned["layers"], start=LAYERS - TUNED):
            layers_key = None if key is None else jax.random.fold_in(key, at)
            hidden = _through(hidden, shut, layer, _layer(at), layers_key)
        mean = (hidden * own[..., None]).sum(1) / own.sum(1, keepdims=True)
        mean = SCALE * mean / jnp.linalg.norm(mean, axis=-1, keepdims=True)
        if key is not None:
            mean = _dropped(mean, jax.random.fold_in(key, LAYERS))
        return mean @ tuned["weight"] + tuned["bias"]

    def scores(self, tuned: Any, rows: Any) -> Any:
        """Return each row's score for each label, in order."""
        for batch in _batches(rows, 64):
            raw = np.asarray(self._told(tuned, *_given(batch)))
            for row, scores in zip(batch, 1 / (1 + np.exp(-raw)), strict=True):
                row["scores"] = [round(float(one), 4) for one in scores]
        return [row["scores"] for row in rows]

    def _lower_of(self, ids: Any, mask: Any) -> Any:
        of = self._below
        hidden = of["embeddings.word_embeddings.weight"][ids]
        hidden += of["embeddings.position_embeddings.weight"][: ids.shape[1]][None]
        hidden += of["embeddings.token_type_embeddings.weight"][0]
        hidden = _normal(hidden, of, "embeddings.LayerNorm")
        shut = (1 - mask)[:, None, None, :] * -1e9
        for at in range(LAYERS - TUNED):
            hidden = _through(hidden, shut, of, _layer(at), None)
        return hidden


def train(network: Any, rows: Any) -> Any:
    """Return the upper layers and the head, fitted to the rows."""
    labels = len(rows[0]["holds"])
    tuned = {
        "layers": network.upper,
        "weight": jnp.zeros((384, labels)),
        "bias": jnp.full((labels,), -4.0),  # next to nothing holds of most
    }
    steps = round(len(rows) / ROWS_A_STEP * EPOCHS)
    rate = optax.warmup_cosine_decay_schedule(0, RATE, steps // 10, steps, RATE / 20)
    parts = {"layers": jax.tree.map(lambda _: "encoder", network.upper)}
    descent = optax.chain(
        optax.clip_by_global_norm(5.0),
        optax.multi_transform(
            {
                "encoder": optax.adamw(rate, weight_decay=0.01),
                "head": optax.adamw(lambda step: rate(step) * HEAD_RATE, weight_decay=0.003),
            },
            {**parts, "weight": "head", "bias": "head"},
        ),
    )

    def loss(tuned: Any, given: Any, holds: Any, weights: Any, key: Any) -> Any:
        raw = network.told(tuned, *given, key)
        wrong = optax.sigmoid_binary_cross_entropy(raw, holds) * weights
        return wrong.sum() / weights.shape[0]

    @jax.jit
    def step(tuned: Any, state: Any, given: Any, holds: Any, weights: Any, key: Any) -> Any:
        told, slope = jax.value_and_grad(loss)(tuned, given, holds, weights, key)
        change, state = descent.update(slope, state, tuned)
        return optax.apply_updates(tuned, change), state, told

    state, key, losses = descent.init(tuned), jax.random.PRNGKey(SEED), []
    began = time.monotonic()
    for number, batch in zip(range(1, steps + 1), _shuffled(rows), strict=False):
        holds, weights = (
            np.array([row[what] for row in batch], np.float32) for what in ("holds", "weights")
        )
        steps_key = jax.random.fold_in(key, number)
        tuned, state, told = step(tuned, state, _given(batch), holds, weights, steps_key)
        losses.append(float(told))
        if number % TELL_EVERY == 0:
            mean, passed = np.mean(losses[-TELL_EVERY:]), time.monotonic() - began
            say(f"step {number} of {steps}, loss {mean:.3f}, {passed:.0f} s")
    return tuned


def write(path: Any, tuned: Any, named: Any, base: Any) -> None:
    """Write the head, and where and by how much the file of the model differs after tuning."""
    places, lengths, differences = [], [], []
    for layer in tuned["layers"]:
        for name, array in layer.items():
            stored, scale = named[name][1]
            was = np.frombuffer(stored.raw_data, np.uint8)
            now = np.asarray(array, np.float32)
            if scale is not None:
                codes = np.round(now / numpy_helper.to_array(scale))
                now = np.clip(codes, -_CODE_MAX, _CODE_MAX).astype(np.int8)
            place = base.find(stored.raw_data)
            assert base.count(stored.raw_data) == 1, f"{name} stands in several places"
            places.append(place)
            lengths.append(len(was))
            differences.append(np.frombuffer(now.tobytes(), np.uint8) - was)
    np.savez_compressed(
        path,
        places=np.array(places, np.int64),
        lengths=np.array(lengths, np.int64),
        differences=np.concatenate(differences),
        weight=np.asarray(tuned["weight"], np.float32) * SCALE,
        bias=np.asarray(tuned["bias"], np.float32),
    )


def say(what: Any) -> None:
    """Tell how far it is."""
    print(what, file=sys.stderr, flush=True)  # noqa: T201 (it is what it is for)


def _layer(at: Any) -> Any:
    return f"encoder.layer.{at}."


def _through(hidden: Any, shut: Any, of: Any, layer: Any, key: Any) -> Any:
    """Return what one layer makes of hidden states, rows x tokens x 384."""
    rows, tokens, width = hidden.shape

    def split(name: Any) -> Any:
        made = _linear(hidden, of, f"{layer}attention.self.{name}")
        return made.reshape(rows, tokens, HEADS, width // HEADS).transpose(0, 2, 1, 3)

    queries, keys, values = (split(name) for name in ("query", "key", "value"))
    near = queries @ keys.transpose(0, 1, 3, 2) / np.sqrt(width // HEADS)
    mixed = jax.nn.softmax(near + shut, -1) @ values
    mixed = mixed.transpose(0, 2, 1, 3).reshape(rows, tokens, width)
    mixed = _dropped(_linear(mixed, of, f"{layer}attention.output.dense"), key)
    hidden = _normal(hidden + mixed, of, f"{layer}attention.output.LayerNorm")
    wide = jax.nn.gelu(_linear(hidden, of, f"{layer}intermediate.dense"), approximate=False)
    made = _linear(wide, of, f"{layer}output.dense")
    made = _dropped(made, None if key is None else jax.random.fold_in(key, 1))
    return _normal(hidden + made, of, f"{layer}output.LayerNorm")


def _linear(given: Any, of: Any, name: Any) -> Any:
    return given @ of[f"{name}.weight"] + of[f"{name}.bias"]


def _normal(given: Any, of: Any, name: Any) -> Any:
    off = given - given.mean(-1, keepdims=True)
    spread = jnp.sqrt((off**2).mean(-1, keepdims=True) + 1e-12)
    return off / spread * of[f"{name}.weight"] + of[f"{name}.bias"]


def _dropped(given: Any, key: Any) -> Any:
    if key is None:
        return given
    return given * jax.random.bernoulli(key, 1 - DROPPED, given.shape) / (1 - DROPPED)


def _batches(rows: Any, size: Any) -> Any:
    """Yield rows alike in length together, so that little is padded."""
    ordered = sorted(rows, key=lambda row: len(row["ids"]))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _shuffled(rows: Any) -> Any:
    """Yield batches of rows for ever, in another order each time, alike in length together."""
    random = np.random.default_rng(SEED)
    while True:
        order = random.permutation(len(rows))
        batches = []
        for start in range(0, len(order), 40 * ROWS_A_STEP):
            some = [rows[at] for at in order[start : start + 40 * ROWS_A_STEP]]
            batches += [one for one in _batches(some, ROWS_A_STEP) if len(one) == ROWS_A_STEP]
        for at in random.permutation(len(batches)):
            yield batches[at]


def _given(batch: Any) -> Any:
    """Return what the upper layers are given of rows: numbers, which are there, and their own."""
    hidden, mask = _padded([row["hidden"] for row in batch], np.float32)
    own = mask.copy()
    for place, row in enumerate(batch):
        own[place, : row["own"]] = 0
    return hidden, mask, own


def _padded(given: Any, kind: Any) -> Any:
    """Return arrays of several lengths as one, and where it is filled; few widths, few programs."""
    width = 16 * -(-max(len(one) for one in given) // 16)
    first = np.asarray(given[0])
    whole = np.zeros((len(given), width, *first.shape[1:]), kind)
    mask = np.zeros((len(given), width), np.float32)
    for row, one in enumerate(given):
        whole[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return whole, mask


main()
