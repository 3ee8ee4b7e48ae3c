"""Which models a process has: those of its settings, and the embedder that needs none."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from antiphon.events.base import TenantName
from antiphon.infra import models as models_of_process
from antiphon.infra.models import models
from antiphon.infra.settings import Settings
from antiphon.services.models import Embedder

ACME = TenantName("acme")
FILE = """\
endpoints: {e: {provider: openai, url: "http://127.0.0.1:9/v1"}}
models:
  writer: {endpoints: [e], model: llama}
  vectors: {endpoints: [e], model: embed-small, kind: embedder, dimensions: 64}
tasks: {answer: writer}
"""


def name_of(embedder: Embedder | None) -> str | None:
    return None if embedder is None else embedder.name


async def test_without_a_file_there_is_the_local_embedder_and_nothing_else(tmp_path: Path) -> None:
    async with AsyncExitStack() as closing:
        made = models(Settings(data_dir=tmp_path), closing=closing)

        assert name_of(made.embedder) == "all-minilm-l6-v2-int8/1"
        assert not made.texts.serves(ACME, "answer")


async def test_a_file_names_models_and_may_name_another_embedder(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(FILE)
    settings = Settings(data_dir=tmp_path, models_file=tmp_path / "models.yaml")
    async with AsyncExitStack() as closing:
        made = models(settings, closing=closing)

        assert name_of(made.embedder) == "embed-small"
        assert made.texts.serves(ACME, "answer")
        assert not made.texts.serves(ACME, "summary")


async def test_where_the_extra_is_not_installed_there_is_no_embedder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_: str) -> None:
        return None

    monkeypatch.setattr(models_of_process, "find_spec", found)
    async with AsyncExitStack() as closing:
        made = models(Settings(data_dir=tmp_path), closing=closing)

        assert made.embedder is None
