"""`antiphon topics`: what a tenant's contacts are told apart by."""

import uuid
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer
from rich.table import Table

from ..errors import Malformed
from ..services.insights.topic_file import built_in_topics, read_topics
from .client import DEFAULT_TENANT, TIMEOUT_S, RequestRefused
from .replay_commands import account
from .terminal import out, refuse, run_or_exit, running_or_exit, settings_or_exit

topics = typer.Typer(help="What contacts are about.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]


@topics.command()
def publish(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A list, in TOML.")],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Tell contacts apart by the list in a file from now on."""
    try:
        told = read_topics(file.read_text(encoding="utf-8"))
    except (Malformed, UnicodeDecodeError) as error:
        refuse(f"{file.name}: {error}")
    done = _ask("PUT", tenant, content=msgspec.json.encode(told))
    how = "held already" if done["repeated"] else "holds from now on"
    out.print(f"topics {done['version']}: {len(told.topics)} topics, {how}", highlight=False)


@topics.command("list")
def list_(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """List the topics that hold."""
    told = _ask("GET", tenant)
    if told["version"] is None:
        told = msgspec.to_builtins(built_in_topics())
    table = Table("topic", "title", "phrases", "examples", title=f"version {told['version']}")
    for one in told["topics"]:
        table.add_row(one["name"], one["title"], *(str(len(one[k])) for k in _COUNTED))
    out.print(table)


_COUNTED = ("phrases", "examples")


def _ask(method: str, tenant: str, **given: Any) -> Any:
    """Return what the running Antiphon answers; end with a message where it refuses."""
    url = running_or_exit(settings_or_exit()).http
    host = httpx.URL(url).netloc.decode()
    headers = {
        "Host": None if tenant == DEFAULT_TENANT else f"{tenant}.{host}",
        "Antiphon-Actor": account(),
        # Repeated by nobody but this very call's transport.
        "Idempotency-Key": uuid.uuid4().hex,
    }
    named = {name: value for name, value in headers.items() if value is not None}

    async def ask() -> Any:
        async with httpx.AsyncClient(base_url=url, headers=named, timeout=TIMEOUT_S) as http:
            answer = await http.request(method, "/v1/topics", **given)
        if answer.is_error:
            is_problem = "problem+json" in answer.headers.get("content-type", "")
            raise RequestRefused(answer.status_code, answer.json() if is_problem else {})
        return answer.json()

    return run_or_exit(ask())
