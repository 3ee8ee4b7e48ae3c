"""`antiphon topics`: what a tenant's contacts are told apart by."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from ..errors import Malformed
from ..services.insights.topic_file import built_in_topics, read_topics
from .asking import ask
from .client import DEFAULT_TENANT
from .terminal import out, refuse

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
    done = ask("PUT", "/v1/topics", tenant, content=msgspec.json.encode(told))
    how = "held already" if done["repeated"] else "holds from now on"
    out.print(f"topics {done['version']}: {len(told.topics)} topics, {how}", highlight=False)


@topics.command("list")
def list_(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """List the topics that hold."""
    told = ask("GET", "/v1/topics", tenant)
    if told["version"] is None:
        told = msgspec.to_builtins(built_in_topics())
    table = Table("topic", "title", "phrases", "examples", title=f"version {told['version']}")
    for one in told["topics"]:
        table.add_row(one["name"], one["title"], *(str(len(one[k])) for k in _COUNTED))
    out.print(table)


_COUNTED = ("phrases", "examples")
