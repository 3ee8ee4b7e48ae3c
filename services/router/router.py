"""Satisfies the ports of `services/models.py` with what the settings name.

router = Router(settings)      # once per process; nothing is connected before it is asked
router.texts                   # TextModels
router.classifiers             # Classifier
router.embedder()              # Embedder, or None
await router.aclose()
"""

import time
from collections.abc import Callable

from msgspec.structs import replace

from ...errors import ModelFailed
from ...events.base import TenantName
from ..models import Scores, Task, Text, TextRequest
from .allowance import Budget
from .checking import is_text
from .embedder import TEXT_CHARS_MAX, EndpointEmbedder
from .endpoints import Endpoints
from .figures import TOKENS
from .pool import Answered, Asking, Pool
from .provider import Failure, Provider, Written
from .settings import BudgetSettings, ModelsSettings
from .telling import Telling, until_of
from .waiting import Bursts

PROMPT_CHARS_MAX = 1_000_000  # a call of eight hours has half of it
ANSWER_TOKENS_MAX = 16_384  # of one request, whatever was asked for
_CHARS_PER_TOKEN = 4  # of English; what a request will cost, before the endpoint says it


class Router:
    """One for all tenants of the process."""

    def __init__(
        self,
        settings: Callable[[], ModelsSettings],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`settings` is asked at every request: what it returns may change."""
        self.endpoints = Endpoints(settings, now=now)
        self.texts = TextRouter(self.endpoints, now=now)
        self.classifiers = ClassifierRouter(self.endpoints, budgets=self.texts.budgets)

    def embedder(self) -> EndpointEmbedder | None:
        """Return the embedder that the settings name now, the first of several; None: none."""
        for name, told in self.endpoints.settings.models.items():
            if told.kind == "embedder":
                return EndpointEmbedder(self.endpoints, name, told)
        return None

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self.endpoints.aclose()


class Budgets:
    """What each tenant has left."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._budgets: dict[TenantName, Budget] = {}

    def of(self, tenant: TenantName, settings: BudgetSettings) -> Budget:
        """Return a tenant's; a new one where the settings say another amount."""
        budget = self._budgets.get(tenant)
        if budget is None or budget.settings != settings:
            budget = self._budgets[tenant] = Budget(settings, now=self._now)
        return budget


class TextRouter:
    """Satisfies `TextModels`."""

    def __init__(self, endpoints: Endpoints, *, now: Callable[[], float]) -> None:
        self._endpoints = endpoints
        self._bursts = Bursts()
        self.budgets = Budgets(now)

    def serves(self, tenant: TenantName, task: Task) -> bool:
        """See `TextModels.serves`."""
        return self._endpoints.settings.model_of(tenant, task) is not None

    async def write(self, request: TextRequest) -> Text:
        """See `TextModels.write`.

        Raises:
            ModelFailed: says why; what nobody could answer (`refused`) is not sent again.
        """
        settings = self._endpoints.settings
        name = settings.model_of(request.tenant, request.task)
        if name is None:
            raise ModelFailed("unconfigured", task=request.task)
        request = replace(request, tokens_max=min(request.tokens_max, ANSWER_TOKENS_MAX))
        with Telling(name, request.tenant, request.task, prompt=request.prompt) as telling:
            chars = sum(len(one.text) for one in request.messages)
            is_sound = all(is_text(one.text) for one in request.messages)
            if not request.messages or chars > PROMPT_CHARS_MAX or not is_sound:
                raise ModelFailed("refused", task=request.task)
            expected = chars // _CHARS_PER_TOKEN + request.tokens_max
            budget = self.budgets.of(request.tenant, settings.budget_of(request.tenant))
            if not budget.admits(expected):
                raise ModelFailed("exhausted", task=request.task)
            adapter = settings.adapter_of(request.tenant, request.task)
            answered = await self._written(self._endpoints.pool(name), request, adapter)
            if isinstance(answered, Failure):
                raise ModelFailed(answered.reason, task=request.task)
            written = answered.answer
            if written.tokens is not None:
                budget.settle(expected=expected, used=written.tokens)
                TOKENS.labels(name).inc(written.tokens)
            return Text(
                text=written.text,
                model=adapter or settings.models[name].model,
                endpoint=answered.endpoint,
                took_ms=telling.took_ms(),
                tokens=written.tokens,
            )

    async def _written(
        self, pool: Pool, request: TextRequest, adapter: str | None
    ) -> Answered[Written] | Failure:
        model, until = adapter or pool.settings.model, until_of(request.deadline_s)
        temperature = pool.settings.temperature

        async def call(provider: Provider) -> Written | Failure:
            return await provider.write(request, model=model, temperature=temperature)

        sticky = adapter
        if not request.live:
            sticky = f"{pool.name}/{model}"  # together, and to the same endpoint
            await self._bursts.join(sticky, until=until)
        return await pool.ask(Asking(call=call, until=until, live=request.live, sticky=sticky))


class ClassifierRouter:
    """Satisfies `Classifier`."""

    def __init__(self, endpoints: Endpoints, *, budgets: Budgets) -> None:
        self._endpoints = endpoints
        self._budgets = budgets

    def serves(self, tenant: TenantName, model: str) -> bool:
        """See `Classifier.serves`."""
        return self._endpoints.settings.classifies(tenant, model)

    async def classify(
        self,
        text: str,
        *,
        before: str = "",  # noqa: ARG002 (the protocols take one text)
        tenant: TenantName,
        model: str,
        deadline_s: float,
    ) -> Scores:
        """See `Classifier.classify`. Of a very long text, the beginning is looked at."""
        settings = self._endpoints.settings
        if not settings.classifies(tenant, model):
            raise ModelFailed("unconfigured", task=model)
        told, looked_at = settings.models[model], text[:TEXT_CHARS_MAX]
        with Telling(model, tenant, "classification") as telling:
            budget = self._budgets.of(tenant, settings.budget_of(tenant))
            if not is_text(looked_at):
                raise ModelFailed("refused", task=model)
            if not budget.admits(len(looked_at) // _CHARS_PER_TOKEN):
                raise ModelFailed("exhausted", task=model)

            async def call(provider: Provider) -> dict[str, float] | Failure:
                return await provider.scores(looked_at, model=told.model, labels=told.labels)

            asking = Asking(call=call, until=until_of(deadline_s))
            answered = await self._endpoints.pool(model).ask(asking)
            if isinstance(answered, Failure):
                raise ModelFailed(answered.reason, task=model)
            return Scores(scores=answered.answer, model=told.model, took_ms=telling.took_ms())
