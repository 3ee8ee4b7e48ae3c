"""Vectors from endpoints, behind the port that the embedder of this process satisfies too."""

from collections.abc import Sequence

from ...errors import ModelFailed
from ..models import Vector
from .checking import is_text
from .endpoints import Endpoints
from .pool import Asking
from .provider import Failure, Provider
from .settings import ModelSettings
from .telling import Telling, until_of

TEXT_CHARS_MAX = 20_000  # of what is classified or embedded: more than models look at
TEXTS_TOGETHER_MAX = 64  # of one request to an endpoint
_TASK = "embedding"


class EndpointEmbedder:
    """Satisfies `Embedder`: one model of the settings, as it was when this was made."""

    def __init__(self, endpoints: Endpoints, name: str, settings: ModelSettings) -> None:
        self._endpoints = endpoints
        self._model = name
        self._settings = settings
        self.name = settings.model
        self.dimensions = settings.dimensions or 0

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        """See `Embedder.embed`. Of a very long text, the beginning is looked at."""
        until = until_of(deadline_s)
        found: list[Vector] = []
        for first in range(0, len(texts), TEXTS_TOGETHER_MAX):
            batch = [one[:TEXT_CHARS_MAX] for one in texts[first : first + TEXTS_TOGETHER_MAX]]
            # Several are an import, and wait for those on the line.
            found += await self._batch(batch, until=until, live=len(texts) == 1)
        return found

    async def _batch(self, texts: list[str], *, until: float, live: bool) -> list[Vector]:
        settings = self._settings
        with Telling(self._model, None, _TASK):
            if self._endpoints.settings.models.get(self._model) != settings:
                # Vectors of another model would be compared with those of this one.
                raise ModelFailed("unconfigured", task=_TASK)
            if not all(is_text(one) for one in texts):
                raise ModelFailed("refused", task=_TASK)

            async def call(provider: Provider) -> list[Vector] | Failure:
                vectors = await provider.vectors(texts, model=settings.model)
                if not isinstance(vectors, Failure) and (
                    len(vectors) != len(texts) or {len(one) for one in vectors} != {self.dimensions}
                ):
                    return Failure(reason="malformed")
                return vectors

            asking = Asking(call=call, until=until, live=live)
            answered = await self._endpoints.pool(self._model).ask(asking)
            if isinstance(answered, Failure):
                raise ModelFailed(answered.reason, task=_TASK)
            return answered.answer
