"""The embedder that needs no key: all-MiniLM-L6-v2 in this process, for English.

A text or a few are live work: somebody waits for them, and they have a thread of their own.
More are bulk, and go through another thread a batch at a time, so that no import of articles
holds up a question. Nothing runs on the event loop but the handing over.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from ...errors import ModelFailed
from ..models import Vector
from .figures import EMBEDDED, EMBEDDING_S
from .minilm_model import DIMENSIONS, TASK, Files, MiniLmModel, Tokens, batches
from .tuning import Tuning

NAME = "all-minilm-l6-v2-int8/1"  # and the version of what is around the model
LIVE_TEXTS_MAX = 4  # more than a question in its wordings
TEXTS_MAX = 4_096  # of one request: some ten seconds
# Requests that wait for one of the threads. 64 live ones are half a second of work.
_WAITING_MAX = {"live": 64, "bulk": 64}

log = structlog.get_logger()

Result = TypeVar("Result")


class MiniLm:
    """Satisfies `Embedder`. One for all tenants of the process; loads at the first text."""

    dimensions = DIMENSIONS

    def __init__(self, tuning: Tuning | None = None) -> None:
        """Check the files. With `tuning` it embeds as training made it, under that name.

        Raises:
            ModelUnusable: one is missing, or not what it should be. Says what to install.
        """
        self.name = NAME if tuning is None else tuning.told.embedder
        self.files = Files()
        self._tuning = tuning
        self._lanes = {kind: _Lane(kind, limit) for kind, limit in _WAITING_MAX.items()}
        self._model: MiniLmModel | None = None
        self._loading: asyncio.Task[MiniLmModel] | None = None

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        """See `Embedder.embed`. A text beyond 256 tokens is known by its beginning.

        Raises:
            ModelFailed: `late`; `busy`, as much waits as may wait; `refused`, too many texts;
                `unavailable`, the model cannot be loaded; `malformed`, it made no numbers.
        """
        if not texts:
            return ()
        if len(texts) > TEXTS_MAX:
            raise ModelFailed("refused", task=TASK)
        kind = "live" if len(texts) <= LIVE_TEXTS_MAX else "bulk"
        with EMBEDDING_S.labels(kind).time():
            try:
                async with asyncio.timeout(deadline_s):
                    vectors = await self._embedded(texts, self._lanes[kind])
            except TimeoutError as error:
                raise ModelFailed("late", task=TASK) from error
        EMBEDDED.labels(kind).inc(len(texts))
        return vectors

    def close(self) -> None:
        """Take no more work; what runs is left to end by itself."""
        for lane in self._lanes.values():
            lane.close()
        if self._loading is not None:
            self._loading.cancel()

    async def _embedded(self, texts: Sequence[str], lane: "_Lane") -> Sequence[Vector]:
        model = self._model or await self._loaded(lane)
        tokens: list[Tokens] = await lane.run(partial(model.tokens, texts))
        found: dict[int, Vector] = {}
        for batch in batches(tokens):
            given = [tokens[index] for index in batch]
            vectors = await lane.run(partial(model.vectors, given))
            found.update(zip(batch, vectors, strict=True))
        return tuple(found[index] for index in range(len(texts)))

    async def _loaded(self, lane: "_Lane") -> MiniLmModel:
        """Return the model, loaded once for all; who does not wait for it does not stop it.

        Raises:
            ModelFailed: it cannot be loaded. The next request tries again.
        """
        if self._loading is None:
            self._loading = asyncio.create_task(
                lane.run(partial(MiniLmModel, self.files, self._tuning))
            )
            self._loading.add_done_callback(self._keep)
        return await asyncio.shield(self._loading)

    def _keep(self, loading: "asyncio.Task[MiniLmModel]") -> None:
        self._loading = None
        if loading.cancelled():
            return
        if (error := loading.exception()) is not None:
            problem = type(error.__cause__ or error).__name__
            log.error("embedder_not_loaded", embedder=self.name, problem=problem)
            return
        self._model = loading.result()


class _Lane:
    """A thread, and how many may wait for it."""

    def __init__(self, kind: str, waiting_max: int) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"minilm-{kind}")
        self._waiting_max = waiting_max
        self._waiting = 0

    async def run(self, do: Callable[[], Result]) -> Result:
        """Do it when its turn has come. Who is cancelled before that is not worked for.

        Raises:
            ModelFailed: as many wait as may wait.
        """
        if self._waiting >= self._waiting_max:
            raise ModelFailed("busy", task=TASK)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, do)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
