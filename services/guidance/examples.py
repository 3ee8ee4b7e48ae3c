"""The vectors of example sentences: embedded once a process, whoever's playbook has them."""

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..models import Embedder

EXAMPLES_S = 20.0  # a moment's 50 sentences take a local embedder one second, beside live work
MOMENTS_MAX = 1_000  # of 50 sentences and 384 numbers: 150 MB at the very most

Matrix = NDArray[np.float64]  # a row a sentence


class Examples:
    """What sentences mean, kept by the sentences: versions of a playbook share them."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._asked: dict[tuple[str, ...], asyncio.Task[Matrix]] = {}

    def begin(self, sentences: Sequence[str]) -> "asyncio.Task[Matrix]":
        """Embed sentences, if nobody did; again, where that failed."""
        key = tuple(sentences)
        task = self._asked.pop(key, None)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._embed(key))
            # A failure is told to whoever asks, and there may be nobody.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._asked[key] = task
        if len(self._asked) > MOMENTS_MAX:
            self._asked.pop(next(iter(self._asked)))
        return task

    async def of(self, sentences: Sequence[str]) -> Matrix:
        """Return the vectors of sentences.

        Raises:
            ModelFailed: they could not be embedded; asking again tries again.
        """
        # Whoever asks may be cancelled or late: the vectors are there for the next one.
        return await asyncio.shield(self.begin(sentences))

    async def _embed(self, sentences: Sequence[str]) -> Matrix:
        return np.asarray(await self.embedder.embed(sentences, deadline_s=EXAMPLES_S))
