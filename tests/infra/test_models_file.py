"""The file of models: what it may hold, where it is wrong, and that a change needs no restart."""

from pathlib import Path

import pytest
from antiphon.errors import SettingWrong
from antiphon.events.base import TenantName
from antiphon.infra.models_file import models_in
from antiphon.services.router.settings import NO_MODELS

ENVIRON = {"FIREWORKS_API_KEY": "fw-secret"}
ACME = TenantName("acme")

GOOD = """\
endpoints:
  fireworks:
    provider: openai
    url: https://api.fireworks.test/inference/v1
    key_env: FIREWORKS_API_KEY
    concurrency: 32
  shard-1:
    provider: kserve
    url: http://10.0.0.7:8000
models:
  writer:
    endpoints: [fireworks]
    model: accounts/fireworks/models/llama
    temperature: 0.2
  mood:
    kind: classifier
    endpoints: [shard-1]
    model: mood
    labels: [angry, calm]
tasks:
  answer: writer
  summary: writer
tenants:
  acme:
    adapters: {summary: accounts/acme/models/summaries}
    tasks: {answer: null}
    classifiers: [mood]
    budget: {tokens_per_minute: 200000}
budget: {requests_per_minute: 600}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.yaml"


def test_a_whole_file_is_read_and_its_keys_are_the_environments(path: Path) -> None:
    path.write_text(GOOD)

    told = models_in(path, environ=ENVIRON)()

    assert told.endpoints["fireworks"].key == "fw-secret"
    assert told.endpoints["fireworks"].concurrency == 32
    assert told.model_of(TenantName("globex"), "answer") == "writer"
    assert told.model_of(ACME, "answer") is None
    assert told.adapter_of(ACME, "summary") == "accounts/acme/models/summaries"
    assert told.classifies(ACME, "mood")
    assert told.budget_of(ACME).tokens_per_minute == 200_000
    assert told.budget_of(TenantName("globex")).requests_per_minute == 600
    assert "secret" not in repr(told)


def test_the_file_may_be_json_or_empty_or_not_be_there_at_all(path: Path) -> None:
    path.write_text('{"endpoints": {"e": {"provider": "openai", "url": "http://x/v1"}}}')

    assert models_in(path, environ={})().endpoints["e"].key is None
    path.write_text("# nothing yet\n")
    assert models_in(path, environ={})() == NO_MODELS
    assert models_in(None)() is NO_MODELS


def test_a_change_is_followed_and_one_that_is_wrong_changes_nothing(path: Path) -> None:
    path.write_text(GOOD)
    models = models_in(path, environ=ENVIRON)
    first = models()
    assert models() is first

    path.write_text(GOOD.replace("concurrency: 32", "concurrency: 64"))
    second = models()
    path.write_text(GOOD.replace("concurrency: 32", "concurrency: many"))

    assert second.endpoints["fireworks"].concurrency == 64
    assert models() is second


@pytest.mark.parametrize(
    ("before", "after", "line", "problem"),
    [
        ("concurrency: 32", "concurrency: 0", 6, "endpoints.fireworks.concurrency.*>= 1"),
        ("concurrency: 32", "colour: red", 2, "endpoints.fireworks.*`colour`"),
        ("concurrency: 32", "key: fw-secret", 6, "endpoints.fireworks.key: no key.*key_env"),
        ("provider: openai", "provider: telepathy", 3, "endpoints.fireworks.provider"),
        ("    provider: openai\n", "", 2, "endpoints.fireworks.*`provider`"),
        ("https://api", "ftp://api", 4, "endpoints.fireworks.url"),
        ("https://api", "https://me:fw-secret@api", 4, "endpoints.fireworks.url.*without key"),
        ("10.0.0.7:8000", "10.0.0.7:port", 9, "endpoints.shard-1.url"),
        ("FIREWORKS_API_KEY", "OTHER_KEY", 5, "key_env: the variable OTHER_KEY is not set"),
        ("[fireworks]", "[lost]", 12, "models.writer.endpoints: there is no endpoint lost"),
        ("[fireworks]", "[fireworks, fireworks]", 12, "twice"),
        ("[fireworks]", "[shard-1]", 12, "an endpoint of kserve serves no text"),
        ("[fireworks]", "[]", 12, "models.writer.endpoints"),
        ("kind: classifier", "kind: embedder", 15, "models.mood: `dimensions` is missing"),
        ("[angry, calm]", "[calm, calm]", 19, "models.mood.labels"),
        ("  answer: writer", "  answers: writer", 21, "tasks.answers: is no task; tasks are"),
        ("  answer: writer", "  answer: mood", 21, "tasks.answer: there is no text model 'mood'"),
        ("  answer: writer", "  answer: [writer]", 21, "tasks.answer: there is no text model"),
        ("  acme:", "  Acme Corp:", 24, "tenants.Acme Corp: is no tenant's name"),
        ("{answer: null}", "{answer: lost}", 26, "tenants.acme.tasks.answer"),
        ("{summary: acc", "{summaries: acc", 25, "tenants.acme.adapters.summaries: is no task"),
        ("[mood]", "[writer]", 27, "tenants.acme.classifiers: there is no classifier writer"),
        ("200000", "-1", 28, "tenants.acme.budget.tokens_per_minute"),
        ("writer:", "Writer Two:", 11, "models.Writer Two: is no name"),
        ("tasks:\n", "chores:\n", 20, "chores: unknown field"),
        ("budget: {req", "tasks: {req", 29, "duplicate key"),
        ("models:", "models: [", 12, "expected"),
        ("  shard-1:", "  7:", 1, "endpoints.*in quotes"),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_field(
    path: Path, before: str, after: str, line: int, problem: str
) -> None:
    assert before in GOOD
    path.write_text(GOOD.replace(before, after, 1))

    with pytest.raises(SettingWrong, match=rf"^ANTIPHON_MODELS_FILE: line {line}\b.*{problem}"):
        models_in(path, environ=ENVIRON)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "is no YAML"),
        (b"- a\n- b\n", "line 1: names and values"),
        (b"endpoints: 7\n", "line 1, endpoints: names and values"),
        (b"endpoints: {e: 7}\n", "line 1, endpoints.e: Expected `object`"),
        (b"#" * (1 << 20) + b"##", "longer"),
    ],
    ids=["no text", "a list", "a number", "an endpoint that is a number", "too long"],
)
def test_what_is_no_such_file_is_refused(path: Path, content: bytes, problem: str) -> None:
    path.write_bytes(content)

    with pytest.raises(SettingWrong, match=problem):
        models_in(path, environ={})


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot be read"):
        models_in(path, environ={})


def test_no_complaint_repeats_a_key(path: Path) -> None:
    path.write_text(GOOD.replace("concurrency: 32", "key: fw-secret"))

    with pytest.raises(SettingWrong) as refused:
        models_in(path, environ=ENVIRON)

    assert "fw-secret" not in str(refused.value)
