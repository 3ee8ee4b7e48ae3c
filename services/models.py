"""What services ask of models, whoever serves them: text, vectors, how well labels fit.

A service works without any: it asks `serves` first, and says by what it made its answer
(`generator`, `embedder`). Every request ends by its deadline. `services/router` is behind this
port; what it is told of models, their endpoints and adapters stands in its settings.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from ..events.base import TenantName

# What a model is asked to do. Pools, budgets and adapters are chosen by it.
Task = Literal["moment", "cue", "answer", "query", "summary", "translation"]

Role = Literal["system", "user", "assistant"]


class Message(Struct, frozen=True):
    """One message of a prompt."""

    role: Role
    text: str


class TextRequest(Struct, frozen=True, kw_only=True):
    """Asks for a text. No card data and no account number may stand in it: see `guardrails`."""

    tenant: TenantName
    task: Task
    prompt: str  # which prompt this is, with its version: `answer-from-passages@2`
    messages: tuple[Message, ...]
    tokens_max: int  # of the answer
    deadline_s: float  # from now; what comes later is dropped
    json_schema: Mapping[str, Any] | None = None  # None: plain text
    # Whoever is on the line waits for it: sent at once. False: may wait for others, and be
    # sent with them.
    live: bool = True


class Text(Struct, frozen=True, kw_only=True):
    """What a model wrote, and which model that was. Whoever asked checks what it says."""

    text: str
    model: str  # as its endpoint names it, adapter included
    endpoint: str  # by the name that the settings give it, never its address
    took_ms: int
    tokens: int | None = None  # of request and answer together, where the endpoint says so


class Scores(Struct, frozen=True, kw_only=True):
    """How well each label fits, 0 to 1."""

    scores: Mapping[str, float] = field(default_factory=dict[str, float])
    model: str
    took_ms: int


Vector = tuple[float, ...]  # of length 1


class TextModels(Protocol):
    """Generates text."""

    def serves(self, tenant: TenantName, task: Task) -> bool:
        """Tell whether a tenant has a model for a task."""
        ...

    async def write(self, request: TextRequest) -> Text:
        """Return what a model makes of the request.

        Raises:
            ModelFailed: none answered in time, or not with what was asked for.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose product tells how near their meanings are."""

    @property
    def name(self) -> str:
        """Model and version: vectors of another cannot be compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        """Return a vector a text, in their order.

        Raises:
            ModelFailed: it did not answer in time.
        """
        ...


class Classifier(Protocol):
    """Tells how well labels fit a text."""

    def serves(self, tenant: TenantName, model: str) -> bool:
        """Tell whether a tenant has a classifier of that name."""
        ...

    async def classify(
        self, text: str, *, before: str = "", tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        """Return how well each label of the model fits.

        `before` is what the other speaker said last, the question that a text may answer; a model
        that looks at one text alone does without.

        Raises:
            ModelFailed: it did not answer in time, or not with scores.
        """
        ...
