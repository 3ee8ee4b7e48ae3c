"""`antiphon hold`: what must not be deleted, whatever else is asked or due."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from .asking import As, ask
from .client import DEFAULT_TENANT
from .terminal import out, refuse

hold = typer.Typer(help="Legal holds: what must not be deleted.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]
Many = Annotated[list[str] | None, typer.Option()]
Instant = Annotated[str | None, typer.Option(metavar="INSTANT", help="2026-03-01T00:00:00Z")]


@hold.command()
def place(
    *,
    reason: Annotated[str, typer.Option(help="Why; sealed, and told to nobody who is stopped.")],
    matter: Annotated[str | None, typer.Option(help="The case, as lawyers number it.")] = None,
    contact: Annotated[list[str] | None, typer.Option(help="A contact; repeatable.")] = None,
    customer: Annotated[
        str | None, typer.Option(help="A person, by number or address: contacts to come as well.")
    ] = None,
    recorded_from: Instant = None,
    recorded_to: Instant = None,
    queue: Many = None,
    profile: Many = None,
    language: Many = None,
    agent: Many = None,
    attribute: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Repeatable; each has to be met.")
    ] = None,
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Keep contacts: those that are named, a person's, or whatever the other options find."""
    query = {
        "recorded_from": _instant("--recorded-from", recorded_from),
        "recorded_to": _instant("--recorded-to", recorded_to),
        "queues": queue,
        "profiles": profile,
        "languages": language,
        "agent_ids": agent,
        "attributes": _attributes(attribute or []),
    }
    given = {
        "reason": reason,
        "matter": matter,
        "contact_ids": contact or None,
        "customer_endpoint": customer,
        "query": {name: value for name, value in query.items() if value} or None,
    }
    body = {name: value for name, value in given.items() if value is not None}
    placed = ask("POST", "/v1/holds", tenant, who=who, json=body)
    out.print(f"hold {placed['hold_id']}: {_scope(placed)} kept", highlight=False)


@hold.command()
def release(
    hold_id: Annotated[str, typer.Argument(help="As `antiphon hold list` names it.")],
    *,
    reason: Annotated[str | None, typer.Option(help="Why; sealed.")] = None,
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Let what was held be deleted again."""
    # Headers are bytes; what is said in them is UTF-8.
    headers = {} if reason is None else {"Antiphon-Reason": reason.encode()}
    released = ask("DELETE", f"/v1/holds/{hold_id}", tenant, who=who, headers=headers)
    by, at = released["released_by"], released["released_at"]
    out.print(f"hold {hold_id}: released by {by} at {at}", highlight=False)


@hold.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Released ones as well.")] = False,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """List the holds there are."""
    told = [
        one for one in ask("GET", "/v1/holds", tenant) if everything or one["state"] == "active"
    ]
    if not told:
        out.print("nothing is held")
        return
    table = Table("hold", "of", "matter", "placed by", "at", "stopped", "released by")
    for one in told:
        table.add_row(
            one["hold_id"],
            escape(_scope(one)),
            escape(one["matter"] or ""),
            one["placed_by"],
            (one["placed_at"] or "")[:19],
            str(one["enforced"]),
            one["released_by"] or "",
        )
    out.print(table)


@hold.command()
def show(
    hold_id: Annotated[str, typer.Argument(help="As `antiphon hold list` names it.")],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Show a hold, and which contacts it is of now."""
    answer = ask("GET", f"/v1/holds/{hold_id}", tenant)
    told, covers = answer["hold"], answer["covers"]
    out.print(f"{told['state']}: {_scope(told)}", markup=False, highlight=False)
    out.print(f"why: {told['reason']}", markup=False, highlight=False)
    gone = set(covers["gone"])
    for contact_id in covers["contact_ids"]:
        out.print(
            f"{contact_id}{' (erased before)' if contact_id in gone else ''}", highlight=False
        )
    if not covers["complete"]:
        out.print("and there may be more")


def _attributes(told: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in told:
        name, sign, value = one.partition("=")
        if not sign or not name:
            refuse(f"--attribute {one}: has to read NAME=VALUE")
        found[name] = value
    return found


def _instant(option: str, told: str | None) -> str | None:
    if told is None:
        return None
    try:
        instant = datetime.fromisoformat(told)
    except ValueError:
        refuse(f"{option}: {told} is no instant; write 2026-03-01T00:00:00Z")
    # Who names no zone means the one of the machine.
    return instant.astimezone().isoformat()


def _scope(told: dict[str, Any]) -> str:
    match told["holds"]:
        case "contact_ids":
            ids = told["contact_ids"]
            return ids[0] if len(ids) == 1 else f"{len(ids)} contacts"
        case "customer_endpoint":
            return "a person"
        case _:
            query = {**told["query"], "attributes": list(told["attributes"])}
            return ", ".join(f"{name} {_said(value)}" for name, value in query.items() if value)


def _said(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] (of JSON)
