"""Models of one event loop, lent to players whose own loops' clocks leap.

While a model is asked the player's clock goes by real time, so that deadlines over answers hold as
they do in a call. Whoever owns the models runs players in threads (`asyncio.to_thread`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from ...events.base import TenantName
from ...services.models import (
    Classifier,
    Embedder,
    Scores,
    Task,
    Text,
    TextModels,
    TextRequest,
    Vector,
)
from ..virtual_time import VirtualTimeLoop
from .player import Heads

Result = TypeVar("Result")

# A playbook's examples are asked about anew for every contact; in a call they are known.
VECTORS_MAX = 2_048

PATIENCE_S = 60.0  # of who waits for answers and not for the clock


def lent(heads: Heads, *, patient: bool = False) -> Heads:
    """Return models of the running loop as players may ask them.

    `patient`: local models take no time, so that a busy machine finds what a quiet one does.
    """
    home = asyncio.get_running_loop()
    embedder, classifier = heads.embedder, heads.classifier
    return Heads(
        embedder=None if embedder is None else _Embedder(embedder, home, patient=patient),
        classifier=None if classifier is None else _Classifier(classifier, home, patient=patient),
        text=None if heads.text is None else _TextModels(heads.text, home),
    )


async def _ask(
    work: Coroutine[Any, Any, Result],
    home: asyncio.AbstractEventLoop,
    *,
    patient: bool = False,
) -> Result:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop), "players run on a clock of their own"
    with loop.stilled() if patient else loop.held():
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))


class _TextModels:
    def __init__(self, owned: TextModels, home: asyncio.AbstractEventLoop) -> None:
        self._owned = owned
        self._home = home

    def serves(self, tenant: TenantName, task: Task) -> bool:
        return self._owned.serves(tenant, task)

    async def write(self, request: TextRequest) -> Text:
        return await _ask(self._owned.write(request), self._home)


class _Classifier:
    def __init__(
        self, owned: Classifier, home: asyncio.AbstractEventLoop, *, patient: bool
    ) -> None:
        self._owned = owned
        self._home = home
        self._patient = patient

    def serves(self, tenant: TenantName, model: str) -> bool:
        return self._owned.serves(tenant, model)

    async def classify(
        self, text: str, *, before: str = "", tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        within_s = PATIENCE_S if self._patient else deadline_s
        asked = self._owned.classify(
            text, before=before, tenant=tenant, model=model, deadline_s=within_s
        )
        return await _ask(asked, self._home, patient=self._patient)


class _Embedder:
    def __init__(self, owned: Embedder, home: asyncio.AbstractEventLoop, *, patient: bool) -> None:
        self._owned = owned
        self._home = home
        self._patient = patient
        self._vectors: OrderedDict[str, Vector] = OrderedDict()

    @property
    def name(self) -> str:
        return self._owned.name

    @property
    def dimensions(self) -> int:
        return self._owned.dimensions

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        found = {text: self._vectors[text] for text in texts if text in self._vectors}
        if unknown := [text for text in dict.fromkeys(texts) if text not in found]:
            within_s = PATIENCE_S if self._patient else deadline_s
            asked = self._owned.embed(unknown, deadline_s=within_s)
            made = await _ask(asked, self._home, patient=self._patient)
            found.update(zip(unknown, made, strict=True))
        for text in texts:
            self._vectors[text] = found[text]
            self._vectors.move_to_end(text)
        while len(self._vectors) > VECTORS_MAX:
            self._vectors.popitem(last=False)
        return [found[text] for text in texts]
