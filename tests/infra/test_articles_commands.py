"""`antiphon articles` against an API that runs: imported, listed, withdrawn."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from antiphon.infra.articles_commands import articles
from antiphon.infra.runfile import RunFile
from typer.testing import CliRunner, Result

from ..api.answering import ARTICLE, Answering, answering_api


class Terminal:
    """Somebody at a terminal beside an Antiphon."""

    def __init__(self, answering: Answering, directory: Path) -> None:
        self.answering = answering
        self.directory = directory

    async def types(self, *words: str) -> Result:
        environ = {"ANTIPHON_DATA_DIR": str(self.directory), "COLUMNS": "200"}
        return await asyncio.to_thread(CliRunner().invoke, articles, list(words), env=environ)

    def write(self, name: str, *lines: object) -> str:
        path = self.directory / name
        path.write_bytes(
            b"\n".join(one if isinstance(one, bytes) else msgspec.json.encode(one) for one in lines)
        )
        return str(path)


@pytest_asyncio.fixture
async def terminal(postgres_url: str, tmp_path: Path) -> AsyncIterator[Terminal]:
    async with answering_api(postgres_url) as answering, answering.api.serving() as url:
        with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
            yield Terminal(answering, tmp_path)


async def test_a_file_is_imported_once_and_found_at_once(terminal: Terminal) -> None:
    path = terminal.write("kb.jsonl", ARTICLE, {"id": "b", "title": "B", "body": "Another one."})

    first, again = await terminal.types("import", path), await terminal.types("import", path)
    answer = await terminal.answering.ask("is there a late fee past the due date")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "2 published, 0 unchanged, 0 wrong" in first.output
    assert "0 published, 2 unchanged, 0 wrong" in again.output
    assert answer["citations"][0]["article_id"] == ARTICLE["id"]


async def test_what_is_wrong_is_named_and_the_rest_imported(terminal: Terminal) -> None:
    path = terminal.write(
        "kb.jsonl",
        ARTICLE,
        b"{broken",
        {"kind": "question", "text": "who"},
        {"id": "long", "title": "t" * 600, "body": "B"},
    )

    result = await terminal.types("import", path)

    assert result.exit_code == 1
    assert "kb.jsonl, line 2: line: is not JSON" in result.output
    assert "kb.jsonl, line 4: title" in result.output
    assert "1 published, 0 unchanged, 2 wrong, 1 of another kind passed over" in result.output


async def test_articles_are_listed_and_withdrawn(terminal: Terminal) -> None:
    await terminal.types("import", terminal.write("kb.jsonl", ARTICLE))

    listed = await terminal.types("list", "--json")
    table = await terminal.types("list")
    gone = await terminal.types("withdraw", ARTICLE["id"])
    again = await terminal.types("withdraw", ARTICLE["id"])
    unknown = await terminal.types("withdraw", "nothing")
    empty = await terminal.types("list")

    assert msgspec.json.decode(listed.stdout)["id"] == ARTICLE["id"]
    assert "everybody" in table.output
    assert (gone.exit_code, again.exit_code, unknown.exit_code) == (0, 0, 1)
    assert "withdrawn already" in again.output
    assert "no articles" in empty.output


@pytest.mark.parametrize("name", ["nothing.jsonl", "kb.docx"])
async def test_a_path_that_is_none_is_refused(terminal: Terminal, name: str) -> None:
    result = await terminal.types("import", str(terminal.directory / name))

    assert result.exit_code == 1
    assert "✗" in result.output
