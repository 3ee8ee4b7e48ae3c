"""`antiphon articles`: what the agents are told from; imported, listed, withdrawn."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import msgspec
import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .article_files import Draft, Wrong, read_articles
from .client import DEFAULT_TENANT, TIMEOUT_S, RequestRefused
from .terminal import (
    EXIT_REFUSED,
    err,
    out,
    refuse,
    run_or_exit,
    running_or_exit,
    settings_or_exit,
)

AT_ONCE = 8  # requests under way; the log takes thousands a second, one process sends hundreds
POLL_S = 0.25  # between looks at how far the index is
INDEX_S_MAX = 600.0  # without any progress: then nobody runs the role `knowledge`
PAGE = 200

articles = typer.Typer(help="What agents are told when a customer asks.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose articles.")]
Wait = Annotated[bool, typer.Option(help="Until the articles are found.")]


@articles.command("import")
def import_articles(
    path: Annotated[Path, typer.Argument(help="FILE.jsonl, .csv, .md, .html, or a directory.")],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
    wait: Wait = True,
) -> None:
    """Publish the articles of a file or directory; those that say the same already stay so.

    What is wrong is named with its line; the others are published. Ends with 1 where any was.
    """
    reading = run_or_exit(_read(path))

    async def publish() -> tuple[int, int, int, list[Wrong]]:
        async with _api(tenant) as http:
            published, same, position, refused = await publish_drafts(http, reading.drafts)
            if wait and position:
                await until_found(http, position)
            return published, same, position, refused

    published, same, _, refused = run_or_exit(publish())
    wrong = [*reading.wrong, *refused]
    for one in wrong:
        err.print(f"[red]✗[/] {escape(f'{one.place}: {one.reason}')}", highlight=False)
    told = [f"{published} published", f"{same} unchanged", f"{len(wrong)} wrong"]
    if reading.passed_over:
        told.append(f"{reading.passed_over} of another kind passed over")
    out.print(", ".join(told), highlight=False)
    if wrong:
        raise typer.Exit(EXIT_REFUSED)


@articles.command("list")
def list_articles(
    *,
    tenant: OfTenant = DEFAULT_TENANT,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the articles that are found."""

    async def collect() -> list[dict[str, Any]]:
        async with _api(tenant) as http:
            return [one async for one in _listed(http)]

    found = run_or_exit(collect())
    if json:
        for one in found:
            print(msgspec.json.encode(one).decode())  # noqa: T201 (for a pipe: unwrapped)
        return
    if not found:
        out.print("no articles; `antiphon articles import` brings some")
        return
    table = Table("id", "version", "title", "language", "tags", "readers", "source")
    for one in found:
        table.add_row(
            escape(one["id"]),
            str(one["version"]),
            escape(one["title"]),
            one["language"],
            escape(", ".join(one["tags"])),
            escape(", ".join(one["readers"]) or "everybody"),
            escape(one["source"] or ""),
        )
    out.print(table)


@articles.command()
def withdraw(article_id: str, *, tenant: OfTenant = DEFAULT_TENANT, wait: Wait = True) -> None:
    """Let an article not be found any more; its versions stay in the history."""

    async def ask() -> dict[str, Any]:
        async with _api(tenant) as http:
            answer = await http.delete(f"/v1/articles/{quote(article_id, safe='')}")
            told = _told(answer)
            if wait:
                await until_found(http, told["position"])
            return told

    told = run_or_exit(ask())
    how = "was withdrawn already" if told["repeated"] else "withdrawn"
    out.print(escape(f"{article_id}: {how}"), highlight=False)


async def _read(path: Path) -> Any:
    return await asyncio.to_thread(read_articles, path)


async def publish_drafts(
    http: httpx.AsyncClient, drafts: Sequence[Draft]
) -> tuple[int, int, int, list[Wrong]]:
    """Return how many are new or changed, how many stood so, how far, and what was refused."""
    published = same = position = 0
    refused: list[Wrong] = []
    places = asyncio.Semaphore(AT_ONCE)
    with _bar() as bar:
        task = bar.add_task("publishing", total=len(drafts))

        async def send(draft: Draft) -> None:
            nonlocal published, same, position
            async with places:
                answer = await http.post("/v1/articles", json=_body(draft))
            if answer.is_error and answer.is_client_error:
                refused.append(Wrong(draft.place, _problem(answer)))
            else:
                told = _told(answer)
                same += told["repeated"]
                published += not told["repeated"]
                position = max(position, told["position"])
            bar.advance(task)

        async with asyncio.TaskGroup() as tasks:
            for draft in drafts:
                tasks.create_task(send(draft))
    refused.sort(key=lambda one: (one.place.file, one.place.line or 0))
    return published, same, position, refused


async def until_found(http: httpx.AsyncClient, position: int) -> None:
    """Wait until the index has reached a position; say so where it does not move."""
    clock = asyncio.get_running_loop().time
    with _bar() as bar:
        task = bar.add_task("indexing", total=None)
        first = reached = await _indexed_upto(http)
        moved_at = clock()
        while True:
            now = await _indexed_upto(http)
            if now >= position:
                return
            bar.update(task, total=position - first, completed=now - first)
            if now != reached:
                reached, moved_at = now, clock()
            elif clock() - moved_at > INDEX_S_MAX:
                refuse("the articles are stored and not indexed: does the role `knowledge` run?")
            await asyncio.sleep(POLL_S)


async def _indexed_upto(http: httpx.AsyncClient) -> int:
    return int(_told(await http.get("/v1/articles", params={"limit": 1}))["position"])


async def _listed(http: httpx.AsyncClient) -> AsyncGenerator[dict[str, Any]]:
    after: str | None = ""
    while after is not None:
        page = _told(await http.get("/v1/articles", params={"after": after, "limit": PAGE}))
        for one in page["articles"]:
            yield one
        after = page["next"]


def _body(draft: Draft) -> dict[str, Any]:
    told = {name: getattr(draft, name) for name in draft.__struct_fields__ if name != "place"}
    return {name: value for name, value in told.items() if value is not None}


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        is_problem = "problem+json" in answer.headers.get("content-type", "")
        raise RequestRefused(answer.status_code, answer.json() if is_problem else {})
    return answer.json()


def _problem(answer: httpx.Response) -> str:
    if "problem+json" not in answer.headers.get("content-type", ""):
        return f"refused with {answer.status_code}"
    told = answer.json()
    return str(told.get("detail") or told.get("title"))


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )


@asynccontextmanager
async def _api(tenant: str) -> AsyncGenerator[httpx.AsyncClient]:
    url = running_or_exit(settings_or_exit()).http
    host = httpx.URL(url).netloc.decode()
    headers = {} if tenant == DEFAULT_TENANT else {"Host": f"{tenant}.{host}"}
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, headers=headers) as http:
        yield http
