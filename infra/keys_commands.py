"""`antiphon keys list | rotate | rotate-root | rewrap`, `antiphon erase` and `antiphon erasure`."""

import sys
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from ..events.base import TenantName
from .client import DEFAULT_TENANT, TIMEOUT_S, RequestRefused
from .key_rotation import rewrap_tenant, rotate_root, rotate_tenant, tenants_of, versions_of
from .parts import ROOT_KEY_FILE, Parts
from .root_key import RootKeys
from .terminal import (
    out,
    parts_or_exit,
    run_or_exit,
    running_or_exit,
    settings_or_exit,
)

ERASE_S_MAX = 300.0  # of one request: a customer may have thousands of contacts

keys = typer.Typer(
    help="The keys that personal data is sealed under.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold keys and numbers
)

_Tenant = Annotated[str, typer.Option(help="Whose contact it is.")]


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


def erase(
    *,
    reason: Annotated[str, typer.Option(help="Kept, sealed, on the receipt.")],
    contact: Annotated[str | None, typer.Option(help="A contact's id.")] = None,
    customer: Annotated[
        str | None, typer.Option(help="A customer's number or address; - reads it from stdin.")
    ] = None,
    tenant: _Tenant = DEFAULT_TENANT,
) -> None:
    """Erase a contact, or every contact of a customer, for good, and show the receipt."""
    if (contact is None) == (customer is None):
        raise typer.BadParameter("either --contact or --customer")
    if customer == "-":
        customer = sys.stdin.readline().strip()  # stays out of the shell's history
    body = {"reason": reason, "contact_id": contact, "customer_endpoint": customer}
    given = {name: value for name, value in body.items() if value is not None}
    run_or_exit(_ask("POST", "/v1/erasures", tenant, json=given))


def erasure(erasure_id: str, *, tenant: _Tenant = DEFAULT_TENANT) -> None:
    """Show the receipt of an erasure."""
    run_or_exit(_ask("GET", f"/v1/erasures/{erasure_id}", tenant))


async def _ask(method: str, path: str, tenant: str, **given: Any) -> None:
    url = running_or_exit(settings_or_exit()).http
    host = httpx.URL(url).netloc.decode()
    headers = {} if tenant == DEFAULT_TENANT else {"Host": f"{tenant}.{host}"}
    timeout = httpx.Timeout(TIMEOUT_S, read=ERASE_S_MAX)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout) as http:
        answer = await http.request(method, path, **given)
    if answer.is_error:
        is_problem = "problem+json" in answer.headers.get("content-type", "")
        raise RequestRefused(answer.status_code, answer.json() if is_problem else {})
    receipt = answer.json()
    contacts: list[str] = receipt.pop("contact_ids")
    for name, value in receipt.items():
        out.print(f"{name:14} {value}", markup=False, highlight=False)
    out.print(f"{'contacts':14} {len(contacts)}")
    for one in contacts:
        out.print(f"{'':14} {one}", markup=False, highlight=False)


async def _tenants(parts: Parts, tenant: str | None) -> list[TenantName]:
    if tenant is not None:
        return [TenantName(tenant)]
    return await tenants_of(await parts.databases.control())
