"""A text in another language, by a model: asked, checked, asked once more."""

import time
from collections.abc import Callable

from msgspec import Struct

from ...errors import ModelFailed
from ...events.base import TenantName
from ...events.sealed import Sealed
from ..models import TextModels
from .prompting import Checked, Wanted, checked, request_of

ANSWER_S = 4.0  # of one answer: whoever reads along waits no longer
TRANSLATION_S = 6.0  # of all there are
ANSWERS_MAX = 2  # the second is told what was wrong with the first
_WORTH_ASKING_S = 0.5  # with less time than that nobody answers


class Translated(Struct, frozen=True, kw_only=True):
    """A text in another language, and by what."""

    sealed: Sealed
    model: str
    endpoint: str
    took_ms: int


class Untranslated(Struct, frozen=True):
    """There is no translation, and why: snake_case."""

    reason: str


class Translator:
    """Asks a tenant's models, where it has any."""

    def __init__(
        self, models: TextModels | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._models = models
        self._clock = clock

    def serves(self, tenant: TenantName) -> bool:
        """Tell whether anything can translate for a tenant."""
        return self._models is not None and self._models.serves(tenant, "translation")

    async def translate(self, wanted: Wanted) -> Translated | Untranslated:
        """Return the translation, or why there is none; within `TRANSLATION_S`, always."""
        if self._models is None or not self.serves(wanted.tenant):
            return Untranslated("unconfigured")
        began, wrong = self._clock(), None
        for _ in range(ANSWERS_MAX):
            left_s = TRANSLATION_S - (self._clock() - began)
            if left_s < _WORTH_ASKING_S:
                break
            request = request_of(wanted, deadline_s=min(ANSWER_S, left_s), wrong=wrong)
            try:
                answer = await self._models.write(request)
            except ModelFailed as failure:
                # The router has tried what there is to try.
                return Untranslated(failure.reason)
            result: Checked = checked(answer.text, wanted)
            if result.text is not None:
                return Translated(
                    sealed=Sealed(result.text),
                    model=answer.model,
                    endpoint=answer.endpoint,
                    took_ms=round((self._clock() - began) * 1_000),
                )
            wrong = result.problem
        return Untranslated(wrong or "late")
