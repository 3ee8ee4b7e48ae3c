"""`antiphon retention`: how long things stay, whose time is over, and what contradicts it."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer
from rich.table import Table
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..commands.retention import check as check_kinds
from ..commands.retention import completed
from ..errors import Malformed
from ..events.base import TenantName
from ..events.retention import DATA_KINDS, DataKind, Stay
from .asking import ask
from .client import DEFAULT_TENANT
from .retention_stores import looked_at
from .terminal import out, refuse, run_or_exit, settings_or_exit

EXIT_CONTRADICTED = 1
EXIT_NOT_LOOKED = 2

retention = typer.Typer(help="How long what is kept of contacts stays.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]


@retention.command()
def show(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Show the policy that holds."""
    told = ask("GET", "/v1/retention", tenant)
    title = f"version {told['version']}" if told["published"] else "default: none was published"
    table = Table("kind", "deleted after", "archived after", "archived first", title=title)
    for kind in DATA_KINDS:
        stay = told["kinds"][kind]
        table.add_row(
            kind,
            _days(stay["delete_after_days"], "never"),
            _days(stay["archive_after_days"], "" if not stay["archive_first"] else "at the end"),
            "yes" if stay["archive_first"] else "",
        )
    out.print(table)


@retention.command("set")
def set_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A policy, in YAML or TOML.")
    ],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Keep everything as long as a file says, from now on, what was kept before included."""
    try:
        kinds = read_policy(file.read_text(encoding="utf-8"), is_toml=file.suffix == ".toml")
    except (Malformed, UnicodeDecodeError) as error:
        refuse(f"{file.name}: {error}")
    done = ask("PUT", "/v1/retention", tenant, content=msgspec.json.encode(kinds))
    how = "held already" if done["repeated"] else "holds from now on"
    out.print(f"retention policy {done['version']} {how}", highlight=False)


@retention.command()
def due(
    *,
    days: Annotated[int, typer.Option(help="Also whose time is over within so many days.")] = 0,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """List contacts whose time is over, and that no hold keeps."""
    told = ask("GET", "/v1/retention/due", tenant, params={"days": days})
    if not told["contacts"]:
        out.print(f"nothing is due until {told['until'][:10]}", highlight=False)
        return
    table = Table("due", "kind", "contact")
    for one in sorted(told["contacts"], key=lambda one: (one["due_at"], one["contact_id"])):
        table.add_row(one["due_at"][:10], one["kind"], one["contact_id"])
    out.print(table)
    if not told["complete"]:
        out.print("and there are more")


@retention.command()
def check(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Hold lifecycle, versions and Object Lock of the buckets against the policy.

    Ends with 0 where they agree, 1 where they do not, 2 where they could not be looked at.
    """
    told = ask("GET", "/v1/retention", tenant)
    kinds = msgspec.convert(told["kinds"], dict[DataKind, Stay])
    found = run_or_exit(
        looked_at(TenantName(tenant), kinds, settings_or_exit()), refused_code=EXIT_NOT_LOOKED
    )
    if not found:
        out.print("[green]✓[/] the stores agree with the policy")
        return
    table = Table("", "what", "where", "what to do")
    for one in found:
        table.add_row(f"[red]✗[/] {one.code}", one.what, one.place, one.way_out)
    out.print(table)
    raise typer.Exit(EXIT_CONTRADICTED)


def read_policy(text: str, *, is_toml: bool = False) -> dict[DataKind, Stay]:
    """Return the kinds that a text names; `never` is no number of days.

    Raises:
        Malformed: it is no policy; says where.
    """
    try:
        told = (
            tomllib.loads(text) if is_toml else cast("Any", YAML(typ="safe", pure=True)).load(text)
        )
        kinds = msgspec.convert(_without_never(told), dict[DataKind, _Stay])
    except (YAMLError, ValueError, RecursionError) as error:
        raise Malformed("file", str(error)) from error
    given: dict[DataKind, Stay] = {
        kind: Stay(**msgspec.structs.asdict(stay)) for kind, stay in kinds.items()
    }
    check_kinds(completed(given))
    return given


class _Stay(Stay, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it is published; a name that it does not know is a mistake of whoever wrote it."""


def _without_never(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without_never(value) for name, value in told.items()}  # pyright: ignore[reportUnknownVariableType] (of YAML)
    return None if told == "never" else told


def _days(days: int | None, otherwise: str) -> str:
    return otherwise if days is None else f"{days} days"
