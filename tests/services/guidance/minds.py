"""Models for tests of guidance: written by hand, they answer as they are told to, or not at all."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from antiphon.errors import ModelFailed
from antiphon.events.base import TenantName
from antiphon.services.models import Scores, Task, Text, TextRequest, Vector

WORDS = ("waiting", "weeks", "nobody", "call", "leave", "bill", "plan", "hello")


class Mind:
    """What the models have in common: they count, and they may be slow or away."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.abandoned = 0
        self.failure: ModelFailed | None = None
        self.open = asyncio.Event()  # closed: answers are being thought about
        self.open.set()

    async def think(self, about: Any) -> None:
        self.asked.append(about)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.abandoned += 1
            raise
        if self.failure is not None:
            raise self.failure


class BagOfWords(Mind):
    """An embedder: what shares words is near."""

    name = "bag/1"
    dimensions = len(WORDS) + 1

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        await self.think(list(texts))
        return [_vector(text) for text in texts]


class Labels(Mind):
    """A classifier."""

    def __init__(self, scores: Mapping[str, float]) -> None:
        super().__init__()
        self.scores = scores
        self.answering: list[str] = []  # what each text may answer

    def serves(self, tenant: TenantName, model: str) -> bool:
        return model == "intents"

    async def classify(
        self,
        text: str,
        *,
        before: str = "",
        tenant: TenantName,
        model: str,
        deadline_s: float,
    ) -> Scores:
        self.answering.append(before)
        await self.think(text)
        return Scores(scores=self.scores, model=f"{model}/7", took_ms=1)


class Oracle(Mind):
    """A text model: `says` makes its answer of the request."""

    def __init__(self, says: Callable[[TextRequest], str] | None = None) -> None:
        super().__init__()
        self.says = says or yes

    def serves(self, tenant: TenantName, task: Task) -> bool:
        return task == "moment"

    async def write(self, request: TextRequest) -> Text:
        await self.think(request)
        return Text(text=self.says(request), model="oracle-7b/lora-a", endpoint="one", took_ms=1)


def yes(request: TextRequest) -> str:
    """Answer every question with yes."""
    assert request.json_schema is not None
    return json.dumps(dict.fromkeys(request.json_schema["properties"], True))


def _vector(text: str) -> Vector:
    lower = text.lower()
    counts = [float(word in lower) for word in WORDS]
    counts.append(0.0 if any(counts) else 1.0)
    length = sum(count**2 for count in counts) ** 0.5
    return tuple(count / length for count in counts)
