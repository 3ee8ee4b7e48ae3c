"""`antiphon keys list | rotate | rotate-root | rewrap`."""

from typing import Annotated

import typer
from rich.table import Table

from ..events.base import TenantName
from .key_rotation import rewrap_tenant, rotate_root, rotate_tenant, tenants_of, versions_of
from .parts import ROOT_KEY_FILE, Parts
from .root_key import RootKeys
from .terminal import (
    out,
    parts_or_exit,
    run_or_exit,
    settings_or_exit,
)

keys = typer.Typer(
    help="The keys that personal data is sealed under.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold keys and numbers
)


@keys.command("list")
def list_(tenant: Annotated[str | None, typer.Argument(help="Default: all.")] = None) -> None:
    """Show the versions of tenants' keys: state, what wraps them, how many keys they wrap."""

    async def show() -> None:
        table = Table("tenant", "version", "state", "wrapped by", "holders")
        async with parts_or_exit() as parts:
            for name in await _tenants(parts, tenant):
                for one in await versions_of(parts.tenant_keys, name):
                    cells = (str(one.version), one.state, one.wrapper, str(one.holders))
                    table.add_row(name, *cells)
        out.print(table)

    run_or_exit(show())


@keys.command()
def rotate(tenant: str) -> None:
    """Replace a tenant's key while everything runs; what was broken off is finished first."""

    async def work() -> None:
        with out.status("re-wrapping") as status:
            done = 0

            def tell(count: int) -> None:
                nonlocal done
                done += count
                status.update(f"re-wrapping: {done} keys")

            async with parts_or_exit() as parts:
                made = await rotate_tenant(parts.tenant_keys, TenantName(tenant), on_progress=tell)
        if made.resumed:
            out.print("went on with a rotation that was broken off; rotate again for another")
        destroyed = ", ".join(map(str, made.destroyed)) or "none"
        out.print(
            f"tenant {tenant}: version {made.version} is active, {made.rewrapped} keys "
            f"re-wrapped, versions destroyed: {destroyed}"
        )

    run_or_exit(work())


@keys.command("rotate-root")
def rotate_root_(
    *,
    stage: Annotated[
        bool, typer.Option(help="Only add the new key to the file, to be copied to machines.")
    ] = False,
) -> None:
    """Replace the root key in its file. Keep the old file for as long as backups of its time."""

    async def work() -> None:
        async with parts_or_exit() as parts:
            path = settings_or_exit().data_dir / ROOT_KEY_FILE
            root = await RootKeys.open(parts.databases, path)
            moved = await rotate_root(parts.tenant_keys, root, stage=stage)
        if stage:
            out.print(f"{path} holds the next key, too: copy it, then call without --stage")
        else:
            out.print(f"{path} holds a new root key; {moved} tenants' keys are wrapped by it")

    run_or_exit(work())


@keys.command()
def rewrap(tenant: Annotated[str | None, typer.Argument(help="Default: all.")] = None) -> None:
    """Wrap tenants' keys by what ANTIPHON_KMS_KEY_ID names, or by the root key without it."""

    async def work() -> None:
        async with parts_or_exit() as parts:
            current = await parts.tenant_keys.wrapper.current()
            for name in await _tenants(parts, tenant):
                moved = await rewrap_tenant(parts.tenant_keys, name)
                out.print(f"tenant {name}: {moved} keys newly wrapped by {current}")

    run_or_exit(work())


async def _tenants(parts: Parts, tenant: str | None) -> list[TenantName]:
    if tenant is not None:
        return [TenantName(tenant)]
    return await tenants_of(await parts.databases.control())
