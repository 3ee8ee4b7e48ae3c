"""What asks one endpoint, whatever its protocol. Each answer is checked before it is handed on."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from ...errors import ModelFailure
from ...errors.faults import Retry
from ..models import TextRequest, Vector

Blame = Literal[
    "endpoint",  # another one may answer, and this one is not what it should be
    "model",  # it does not know the model or adapter; another one may
    "answer",  # asked again, it may answer better
    "request",  # nobody will answer it
]


class Failure(Struct, frozen=True, kw_only=True):
    """Why there is no answer."""

    reason: ModelFailure
    blame: Blame = "endpoint"
    retry: Retry = "now"
    wait_s: float = 0.0  # the endpoint said: not before


class Written(Struct, frozen=True, kw_only=True):
    """A text, as asked for."""

    text: str
    tokens: int | None = None


class Provider(Protocol):
    """One endpoint. A protocol that has no such request answers `refused`."""

    async def write(
        self, request: TextRequest, *, model: str, temperature: float | None
    ) -> Written | Failure:
        """Return a text; of JSON where a schema was asked for, and then of that schema."""
        ...

    async def scores(
        self, text: str, *, model: str, labels: Sequence[str]
    ) -> dict[str, float] | Failure:
        """Return how well labels fit, 0 to 1. `labels`: in the order of the answer's numbers."""
        ...

    async def vectors(self, texts: Sequence[str], *, model: str) -> list[Vector] | Failure:
        """Return a vector of length 1 a text."""
        ...

    async def is_well(self) -> bool:
        """Ask whether it takes requests. False as well where that cannot be asked."""
        ...

    async def aclose(self) -> None:
        """Let go of its connections."""
        ...
