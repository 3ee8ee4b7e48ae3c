"""`antiphon letters`: whom a service gave up on, why, and trying again without a restart."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from msgspec import Struct
from rich.table import Table

from ..errors import Fault
from ..events.base import TenantName
from ..projections.catalogue import PROJECTIONS
from ..projections.parking import Parked, parked
from ..services.letters import Letter
from .jetstream.connection import connected
from .jetstream.letters import BUCKET as LETTERS
from .jetstream.letters import LetterBox
from .jetstream.log import JetStreamLog
from .jetstream.streams import Streams
from .jetstream.tenants import BUCKET as TENANTS
from .jetstream.tenants import Tenants
from .postgres import Databases
from .terminal import EXIT_REFUSED, err, out, refuse, run_or_exit, servers_or_exit, settings_or_exit

WAIT_S = 15.0  # what fails at once is back by then; a fault is tried for minutes

letters = typer.Typer(help="Contacts that were given up on, and why.", no_args_is_help=True)

OfTenant = Annotated[str | None, typer.Option("--tenant", help="Only this one's.")]
OfService = Annotated[str | None, typer.Option("--service", help="Only this one's.")]


class Line(Struct, frozen=True, kw_only=True):
    """A contact that waits: for a redrive of a service, or for a resumed projection."""

    tenant: TenantName
    by: str  # a service, or `projection <name>`
    contact_id: str
    problem: str
    position: int
    attempts: int
    times: int
    since: datetime
    redrive_asked_at: datetime | None = None


@letters.command("list")
def list_letters(
    *,
    tenant: OfTenant = None,
    service: OfService = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List every contact that waits, those of projections too, the longest first."""
    nats_url, postgres_url = servers_or_exit(settings_or_exit())

    async def collect() -> tuple[list[Line], str]:
        async with _opened(nats_url) as (box, tenants):
            lines = [_line_of(one) for one in chosen(await box.load(), tenant, service)]
            if service is not None:
                return lines, ""
            wanted = [one for one in tenants if tenant in (None, one)]
            more, problem = await _parked_by_projections(wanted, postgres_url)
            return sorted(lines + more, key=lambda one: one.since), problem

    lines, problem = run_or_exit(collect())
    if json:
        for line in lines:
            print(msgspec.json.encode(line).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        out.print(_table(lines) if lines else "no letters")
    if problem:
        refuse(f"the read models could not be looked at: {problem}")


@letters.command()
def show(contact_id: str, *, tenant: OfTenant = None, service: OfService = None) -> None:
    """Show the letters about a contact: what failed, where, how often, since when."""
    nats_url, _ = servers_or_exit(settings_or_exit())

    async def find() -> list[Letter]:
        async with _opened(nats_url) as (box, _):
            return chosen(await box.load(), tenant, service, contact_id)

    found = run_or_exit(find())
    if not found:
        refuse(f"no service has given up on contact {contact_id}")
    for letter in found:
        for name, value in _details(letter).items():
            out.print(f"[bold]{name:>15}[/]  {value}", highlight=False, soft_wrap=True)
        out.print()
    out.print(f"antiphon events {contact_id}  tells its history", highlight=False)


@letters.command()
def redrive(
    contact_id: Annotated[str | None, typer.Argument(help="Which; or --all.")] = None,
    *,
    tenant: OfTenant = None,
    service: OfService = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="All that --tenant, --service say.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds, for how it comes out.")] = WAIT_S,
) -> None:
    """Have whoever holds a contact's range try it again, with no restart."""
    if (contact_id is None) != everyone:
        raise typer.BadParameter("name a contact, or --all")
    nats_url, _ = servers_or_exit(settings_or_exit())

    async def ask() -> dict[str, list[Letter]]:
        async with _opened(nats_url) as (box, _):
            asked = [
                one
                for one in chosen(await box.load(), tenant, service, contact_id)
                if await box.ask_redrive(one)
            ]
            return await outcomes(box, asked, within_s=wait)

    found = run_or_exit(ask())
    if not any(found.values()):
        refuse("there is no such letter; `antiphon letters list` names them")
    for how, ones in found.items():
        for one in ones:
            out.print(f"{one.service} {one.contact.contact_id}: {how}", highlight=False)
    if found["came back"]:
        err.print("`antiphon letters show` says why", highlight=False)
        raise typer.Exit(EXIT_REFUSED)


def chosen(
    every: Sequence[Letter],
    tenant: str | None = None,
    service: str | None = None,
    contact_id: str | None = None,
) -> list[Letter]:
    """Return the letters that are meant; None means any."""
    return [
        one
        for one in every
        if tenant in (None, one.contact.tenant)
        and service in (None, one.service)
        and contact_id in (None, one.contact.contact_id)
    ]


async def outcomes(
    box: LetterBox, asked: Sequence[Letter], *, within_s: float
) -> dict[str, list[Letter]]:
    """Return how redrives came out: `recovered`, `came back`, or `still being tried`.

    A contact that goes on for long is recovered once it did well for a minute; until then,
    and while nobody runs the service, it counts as being tried.
    """
    found: dict[str, list[Letter]] = {"recovered": [], "came back": [], "still being tried": []}

    def settle() -> bool:
        for ones in found.values():
            ones.clear()
        for one in asked:
            now = box.find(one.service, one.contact)
            is_back = now is not None and now.times > one.times
            how = "recovered" if now is None else "came back" if is_back else "still being tried"
            found[how].append(one)
        return not found["still being tried"]

    try:
        async with asyncio.timeout(within_s), aclosing(box.watch()) as heard:
            async for _ in heard:
                if settle():
                    break
    except TimeoutError:
        settle()
    return found


@asynccontextmanager
async def _opened(nats_url: str) -> AsyncGenerator[tuple[LetterBox, tuple[TenantName, ...]]]:
    async with connected(nats_url, name="antiphon-letters") as nc:
        log, streams = JetStreamLog(nc), Streams(nc)
        for bucket in (LETTERS, TENANTS):
            await streams.create_bucket(bucket)
        tenants = Tenants(log, streams.create_tenant)
        await tenants.load()
        yield LetterBox(log), tenants.names()


async def _parked_by_projections(
    tenants: Sequence[TenantName], postgres_url: str
) -> tuple[list[Line], str]:
    """Return whom projections put aside, and what kept us from seeing them all."""
    databases, lines = Databases(postgres_url), list[Line]()
    try:
        for tenant in tenants:
            async with databases.connection(tenant) as connection:
                for projection in PROJECTIONS:
                    # One that never ran has put nobody aside.
                    if await connection.fetchval("SELECT to_regclass($1)", projection.parked):
                        found = await parked(connection, projection)
                        lines += [_line_of_parked(tenant, one) for one in found]
    except Fault as fault:
        return lines, str(fault)
    finally:
        await databases.close()
    return lines, ""


def _line_of_parked(tenant: TenantName, one: Parked) -> Line:
    return Line(
        tenant=tenant,
        by=f"projection {one.projection}",
        contact_id=one.contact_id,
        problem=one.problem,
        position=one.position,
        attempts=1,
        times=1,
        since=one.parked_at,
    )


def _line_of(letter: Letter) -> Line:
    return Line(
        tenant=letter.contact.tenant,
        by=letter.service,
        contact_id=letter.contact.contact_id,
        problem=letter.problem.code,
        position=letter.problem.position,
        attempts=letter.problem.attempts,
        times=letter.times,
        since=letter.since,
        redrive_asked_at=letter.redrive_asked_at,
    )


def _details(letter: Letter) -> dict[str, str]:
    asked_at = letter.redrive_asked_at
    return {
        "tenant": letter.contact.tenant,
        "service": letter.service,
        "contact": letter.contact.contact_id,
        "problem": letter.problem.code,
        "at position": str(letter.problem.position),
        "attempts": f"{letter.problem.attempts} in a row",
        "given up": f"{letter.times} times",
        "since": letter.since.isoformat(timespec="seconds"),
        "last": letter.last_at.isoformat(timespec="seconds"),
        "where": " > ".join(letter.problem.where) or "-",
        "redrive asked": "-" if asked_at is None else asked_at.isoformat(timespec="seconds"),
    }


def _table(lines: Sequence[Line]) -> Table:
    columns = ("tenant", "by", "contact", "problem", "position", "attempts", "times", "since")
    table = Table(*columns, "redrive")
    for one in lines:
        table.add_row(
            one.tenant,
            one.by,
            one.contact_id,
            one.problem,
            str(one.position),
            str(one.attempts),
            str(one.times),
            one.since.isoformat(timespec="seconds"),
            "asked" if one.redrive_asked_at else "",
        )
    return table
