"""What the router is told of models: which there are, where, for whom, and how much of them.

`infra/models_file.py` reads it from a file; `docs/models.md` says it to people.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from ...events.base import TenantName
from ..models import Task

Provider = Literal["openai", "kserve", "torchserve"]
Kind = Literal["text", "classifier", "embedder"]

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Positive = Annotated[int, Meta(ge=1)]


class EndpointSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a server of models is."""

    provider: Provider
    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+", max_length=2_048)]
    # The environment variable that holds the key: no key stands in the file.
    key_env: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    concurrency: Annotated[int, Meta(ge=1, le=1_024)] = 16  # requests under way at once
    probe: bool = True  # whether it is asked now and then if it is well
    key: str | None = None  # out of that variable; what reads the file puts it here

    def __repr__(self) -> str:
        """Show no key."""
        return f"EndpointSettings({self.provider}, {self.url})"


class ModelSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model, and which endpoints serve it. The more the better: they stand in for each other."""

    endpoints: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    model: Annotated[str, Meta(min_length=1, max_length=256)]  # as the endpoints name it
    kind: Kind = "text"
    temperature: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None  # None: the endpoint's own
    labels: tuple[str, ...] = ()  # of a classifier whose answers are numbers: in their order
    dimensions: Positive | None = None  # of an embedder
    # The endpoint's slow answers are asked for a second time elsewhere, at most so often.
    hedge_share: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.05
    hedge_after_ms: Positive | None = None  # None: when 95 of 100 would have been answered


class BudgetSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one tenant may use. None: as much as there is."""

    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None  # of requests and answers


class TenantSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a tenant differs."""

    tasks: Mapping[Task, Name | None] = field(default_factory=dict[Task, Name | None])
    # LoRA adapters by task, as the endpoint takes them in the model's place.
    adapters: Mapping[Task, str] = field(default_factory=dict[Task, str])
    classifiers: tuple[Name, ...] | None = None  # None: all of them
    budget: BudgetSettings | None = None  # None: that of all


class ModelsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. As it stands, there are no models."""

    endpoints: Mapping[Name, EndpointSettings] = field(default_factory=dict[Name, EndpointSettings])
    models: Mapping[Name, ModelSettings] = field(default_factory=dict[Name, ModelSettings])
    tasks: Mapping[Task, Name] = field(default_factory=dict[Task, Name])
    tenants: Mapping[TenantName, TenantSettings] = field(
        default_factory=dict[TenantName, TenantSettings]
    )
    budget: BudgetSettings = BudgetSettings()

    def model_of(self, tenant: TenantName, task: Task) -> str | None:
        """Return the name of the model that does a task for a tenant; None: none does."""
        own = self.tenants.get(tenant)
        if own is not None and task in own.tasks:
            return own.tasks[task]
        return self.tasks.get(task)

    def adapter_of(self, tenant: TenantName, task: Task) -> str | None:
        """Return the adapter of a tenant for a task, or None."""
        own = self.tenants.get(tenant)
        return None if own is None else own.adapters.get(task)

    def classifies(self, tenant: TenantName, model: str) -> bool:
        """Tell whether a tenant has a classifier of that name."""
        told = self.models.get(model)
        if told is None or told.kind != "classifier":
            return False
        own = self.tenants.get(tenant)
        return own is None or own.classifiers is None or model in own.classifiers

    def budget_of(self, tenant: TenantName) -> BudgetSettings:
        """Return what a tenant may use."""
        own = self.tenants.get(tenant)
        return self.budget if own is None or own.budget is None else own.budget


NO_MODELS = ModelsSettings()
