"""`antiphon privacy`: which personal data is masked where, and what becomes of originals."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from ..commands.privacy import PublishPrivacyPolicy, check
from ..errors import Malformed
from ..events.privacy.kinds import PERSONAL_KINDS
from .asking import ask
from .client import DEFAULT_TENANT
from .terminal import err, out, refuse

privacy = typer.Typer(help="What is masked where, and who may read it.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]


@privacy.command("set")
def set_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A policy, in TOML.")],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Protect what is said by the policy in a file from now on."""
    try:
        told = read_policy(file.read_text(encoding="utf-8"))
    except (Malformed, UnicodeDecodeError) as error:
        refuse(f"{file.name}: {error}")
    done = ask("PUT", "/v1/privacy", tenant, content=msgspec.json.encode(told))
    how = "held already" if done["repeated"] else "holds from now on"
    out.print(f"privacy policy {done['version']} {how}", highlight=False)
    warn_of_nobody(told.original_readers)


@privacy.command()
def show(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Show the policy that holds."""
    told = ask("GET", "/v1/privacy", tenant)
    shown = {one["kind"]: ", ".join(one["shown_in"]) for one in told["exemptions"]}
    table = Table("kind", "shown in", "recording", title=f"version {told['version'] or 'built-in'}")
    for kind in PERSONAL_KINDS:
        heard = "audible" if kind in told["audible"] else told["cover"]
        table.add_row(kind, shown.get(kind, "[green]nowhere[/green]"), heard)
    out.print(table)
    for one in told["patterns"]:
        out.print(f"pattern {one['name']} ({one['kind']}): {one['expression']}", markup=False)
    readers = ", ".join(told["original_readers"]) or "nobody"
    out.print(f"allowed: {len(told['allowed'])} texts · originals: {told['originals']}", end="")
    out.print(f", read by {readers}", highlight=False)
    warn_of_nobody(told["original_readers"])


def warn_of_nobody(original_readers: Collection[str]) -> None:
    """Say so where a policy names nobody: then what fails its checks waits for ever."""
    if not original_readers:
        err.print(
            "! nobody may hear or review what fails its checks: name somebody in `original_readers`"
        )


def read_policy(text: str) -> PublishPrivacyPolicy:
    """Return the policy that a text of TOML holds.

    Raises:
        Malformed: it is none; says where.
    """
    try:
        told = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Malformed("file", str(error)) from error
    check(told)
    return told


class _File(PublishPrivacyPolicy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it is published; a name that it does not know is a mistake of whoever wrote it."""
