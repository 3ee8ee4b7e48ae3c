"""What is counted and said of every request to a model, and how long it may take."""

import asyncio
import time
from typing import Self

import structlog

from ...errors import ModelFailed, ModelFailure
from ...events.base import TenantName
from .figures import REQUESTS, SECONDS

DEADLINE_S_MAX = 120.0  # of one request, whatever was asked for

log = structlog.get_logger()


def until_of(deadline_s: float) -> float:
    """Return when, by the loop's clock, a request is to be over."""
    return asyncio.get_running_loop().time() + min(deadline_s, DEADLINE_S_MAX)


class Telling:
    """Counts a request, and says of one that failed why it did."""

    def __init__(
        self, model: str, tenant: TenantName | None, task: str, *, prompt: str | None = None
    ) -> None:
        self._model = model
        self._tenant = tenant
        self._task = task
        self._prompt = prompt
        self._began = time.perf_counter()

    def took_ms(self) -> int:
        """Return how long it took so far."""
        return round((time.perf_counter() - self._began) * 1_000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        outcome: ModelFailure | str = "answered"
        if isinstance(error, ModelFailed):
            outcome = error.reason
            log.warning(
                "model_failed",
                model=self._model,
                tenant=self._tenant,
                task=self._task,
                prompt=self._prompt,
                reason=outcome,
                took_ms=self.took_ms(),
            )
        elif error is not None:
            outcome = "abandoned"  # whoever asked has gone, or a bug
        else:
            SECONDS.labels(self._model, self._task).observe(time.perf_counter() - self._began)
        REQUESTS.labels(self._model, self._task, outcome).inc()
