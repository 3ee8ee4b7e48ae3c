"""py3langid behind the `Identifier` port: 4.5 MB, no network, a naive Bayes over bytes.

Chosen over lingua: `docs/decisions/0047-….md`.
"""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any

_UNKNOWN = -1e30  # and less: no feature of any language was found


class LangId:
    """Satisfies `Identifier`. Its model takes a second to unpack, in a thread of its own."""

    def __init__(self) -> None:
        self.name = f"py3langid/{version('py3langid')}"
        self._model: Any = None
        self._loading: asyncio.Task[Any] | None = None

    def prepare(self) -> None:
        """Begin to load the model, so that the first call need not wait for it."""
        self._loading = self._loading or asyncio.create_task(asyncio.to_thread(_load))

    async def likelihoods(self, text: str) -> Mapping[str, float]:
        """See `Identifier`."""
        if self._model is None:
            self.prepare()
            assert self._loading is not None, "just begun"
            # Shielded: who waits may be stopped, and the next one waits for the same.
            self._model = await asyncio.shield(self._loading)
        ranked = self._model.rank(text)  # 0.1 ms
        return {language: float(score) for language, score in ranked if score > _UNKNOWN}


def _load() -> Any:
    # Imported here: who translates nothing does not load it.
    # It comes without types.
    langid: Any = import_module("py3langid.langid")
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
