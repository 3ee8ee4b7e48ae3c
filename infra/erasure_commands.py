"""`antiphon erasure …`: ask for one, decide about it, keep its receipt, check a receipt."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from ..commands.erasure_receipt import Receipt, verified
from ..errors import KeyDestroyed, ReceiptRefused
from ..events.base import TenantName
from ..events.keys import KeyStore, holders_of
from .archive_key import archive_signer, public_key_in
from .asking import As, ask
from .client import DEFAULT_TENANT
from .parts import Parts
from .terminal import out, parts_or_exit, run_or_exit

ERASE_S_MAX = 60.0  # of one answer; what takes longer is finished without us
RECEIPT_BYTES_MAX = 16 * 1024 * 1024  # of a hundred thousand contacts

erasure = typer.Typer(
    help="Erasing a person: one asks, another approves.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold numbers
)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose contacts they are.")]
Why = Annotated[str, typer.Option(help="Kept, sealed.")]
Id = Annotated[str, typer.Argument(help="The erasure's id.")]


@erasure.command()
def request(
    *,
    reason: Why,
    proof: Annotated[str, typer.Option(help="Where the proof of identity stands: a ticket.")],
    contact: Annotated[list[str] | None, typer.Option(help="A contact's id; repeatable.")] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(help="A number or an address; repeatable; - reads one from stdin."),
    ] = None,
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Ask that contacts of a person be erased, and show what that would do. Erases nothing."""
    if not contact and not customer:
        raise typer.BadParameter("somebody has to be named: --contact or --customer")
    # What comes by stdin stays out of the shell's history.
    numbers = [sys.stdin.readline().strip() if one == "-" else one for one in customer or []]
    body: dict[str, Any] = {"reason": reason, "identity_proof": proof}
    if not numbers and contact and len(contact) == 1:
        body["contact_id"] = contact[0]
    else:
        body["person"] = {"customer_endpoints": numbers, "contact_ids": contact or []}
    _show(_post("/v1/erasures", who, tenant, body))


@erasure.command()
def approve(
    erasure_id: Id,
    *,
    partial: Annotated[bool, typer.Option(help="Keep what is held, erase the rest.")] = False,
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Agree, as another person than who asked: the keys are destroyed, for good."""
    _show(_post(f"/v1/erasures/{erasure_id}/approve", who, tenant, {"partial": partial}))


@erasure.command()
def refuse(
    erasure_id: Id, *, reason: Why, who: As = None, tenant: OfTenant = DEFAULT_TENANT
) -> None:
    """Do not agree, as another person than who asked."""
    _show(_post(f"/v1/erasures/{erasure_id}/refuse", who, tenant, {"reason": reason}))


@erasure.command()
def withdraw(
    erasure_id: Id, *, reason: Why, who: As = None, tenant: OfTenant = DEFAULT_TENANT
) -> None:
    """Do not ask for it any more."""
    _show(_post(f"/v1/erasures/{erasure_id}/withdraw", who, tenant, {"reason": reason}))


@erasure.command("list")
def list_(
    *,
    state: Annotated[str | None, typer.Option(help="In this state alone.")] = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Show erasures, the newest first."""
    given = {} if state is None else {"state": state}
    table = Table("erasure", "state", "contacts", "asked by", "at", "approved by")
    for one in ask("GET", "/v1/erasures", tenant, params=given):
        cells = (one["erasure_id"], one["state"], str(len(one["contact_ids"])))
        table.add_row(*cells, one["requested_by"], one["requested_at"], one["approved_by"] or "")
    out.print(table)


@erasure.command()
def show(erasure_id: Id, *, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Show what became of an erasure; while it waits, what an approval would do."""
    _show(ask("GET", f"/v1/erasures/{erasure_id}", tenant))


@erasure.command()
def receipt(
    erasure_id: Id,
    *,
    into: Annotated[Path | None, typer.Option("--out", help="A new file; default: stdout.")] = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Write the signed receipt of an erasure."""
    told = ask("GET", f"/v1/erasures/{erasure_id}/receipt", tenant)
    text = msgspec.json.format(msgspec.json.encode(told), indent=2)
    if into is None:
        sys.stdout.write(text.decode() + "\n")
        return
    with into.open("xb") as file:
        file.write(text + b"\n")
    out.print(f"receipt in {into}", highlight=False)


@erasure.command("verify-receipt")
def verify_receipt(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A receipt.")],
    *,
    public_key: Annotated[
        Path | None, typer.Option(help="The tenant's public key, as the archive publishes it.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no server; needs --public-key.")
    ] = False,
) -> None:
    """Check who signed a receipt, that the register says the same, and that the keys are gone."""
    if offline and public_key is None:
        raise typer.BadParameter("--offline needs --public-key")
    with file.open("rb") as opened:
        body = opened.read(RECEIPT_BYTES_MAX)
    pinned = None if public_key is None else public_key_in(public_key)

    async def check() -> Receipt:
        if offline and pinned is not None:
            return verified(body, public_key=pinned)
        async with parts_or_exit() as parts:
            return await compared(body, parts, pinned=pinned)

    found = run_or_exit(check())
    where = "offline" if offline else "and the register says the same; its keys are gone"
    out.print(
        f"erasure {found.erasure_id} of tenant {found.tenant}: signed, {where}; "
        f"{len(found.contacts_destroyed)} contacts destroyed, {len(found.contacts_kept)} kept",
        highlight=False,
    )


@erasure.command()
def sweep(*, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Delete what a restore brought back of erased contacts. It cannot be opened anyway."""

    async def work() -> None:
        async with parts_or_exit() as parts:
            async for one in parts.eraser.sweep(TenantName(tenant)):
                if one.store not in ("facts", "archive"):  # these stay, sealed
                    out.print(f"{one.store}: {one.number} {one.what}", highlight=False)

    run_or_exit(work())


async def compared(body: bytes, parts: Parts, *, pinned: bytes | None = None) -> Receipt:
    """Return what a receipt says, once its tenant's key, register and key store agree.

    `pinned` is the public key to believe; None: the one that the key store has.

    Raises:
        ReceiptRefused: they do not; says in what.
        ErasureUnknown, TenantUnknown: the register knows of no such erasure.
        LogUnavailable, StoreUnavailable: a server does not answer.
    """
    tenant = _tenant_in(body)
    own = (await archive_signer(parts.keys, tenant)).public_key
    found = verified(body, public_key=pinned or own)
    if found != (await parts.eraser.erasures.receipt(tenant, found.erasure_id)).receipt:
        raise ReceiptRefused("the register says something else")
    if await parts.keys.find(tenant, found.key_ids_destroyed):
        raise ReceiptRefused("a key that it says is destroyed is there")
    for contact_id in found.contacts_destroyed:
        for holder in holders_of(contact_id):
            await check_destroyed(holder, parts.keys, tenant)
    return found


async def check_destroyed(holder: str, keys: KeyStore, tenant: TenantName) -> None:
    """Raise ReceiptRefused for a key that is there, or could be. `find` never shows originals'."""
    try:
        await keys.obtain(tenant, holder)
    except KeyDestroyed:
        return
    raise ReceiptRefused(f"the key of {holder} is there, or nobody knows that it was destroyed")


def _tenant_in(body: bytes) -> TenantName:
    class Named(msgspec.Struct):
        tenant: TenantName

    class Given(msgspec.Struct):
        receipt: Named

    try:
        return msgspec.json.decode(body, type=Given).receipt.tenant
    except msgspec.MsgspecError as error:
        raise ReceiptRefused("it cannot be read") from error


def _post(path: str, who: str | None, tenant: str, body: dict[str, Any]) -> dict[str, Any]:
    return ask("POST", path, tenant, who=who, patience_s=ERASE_S_MAX, json=body)


def _show(told: dict[str, Any]) -> None:
    scope = told.pop("scope", None)
    contacts: list[str] = told.pop("contact_ids")
    for name, value in told.items():
        if value not in (None, [], ""):
            out.print(f"{name:20} {value}", markup=False, highlight=False)
    out.print(f"{'contacts':20} {len(contacts)}")
    for one in contacts:
        out.print(f"{'':20} {one}", markup=False, highlight=False)
    if scope is not None:
        _show_scope(scope)


def _show_scope(scope: dict[str, Any]) -> None:
    table = Table("goes from", "what", "number", title=f"{scope['contacts']} contacts, if approved")
    for one in scope["goes"]:
        table.add_row(one["store"], one["what"], str(one["number"]))
    out.print(table)
    for one in scope["stays"]:
        out.print(f"stays: {one['store']}: {one['why']}", markup=False, highlight=False)
    for one in scope["held"]:
        holds = ", ".join(one["hold_ids"])
        out.print(f"held: {one['contact_id']} by {holds}", markup=False, highlight=False)
