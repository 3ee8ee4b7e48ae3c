"""`antiphon rebuild | parked | resume`: read models built anew, and what they put aside."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from ..events.base import ContactId, TenantName
from ..events.journal import Journal
from ..projections.catalogue import PROJECTIONS, keyed
from ..projections.comparing import Comparison, Difference
from ..projections.endpoint_index import NeedsKey
from ..projections.parking import Parked, parked
from ..projections.projection import Projection
from ..projections.rebuilding import Rebuilt, rebuild
from ..projections.resuming import resume
from ..projections.store import Pool, store_faults
from .archiving import Archives
from .client import DEFAULT_TENANT
from .object_store.opening import object_store
from .parts import Parts
from .rebuild_bar import RebuildBar
from .terminal import EXIT_REFUSED, err, out, parts_or_exit, run_or_exit, settings_or_exit

# A bulk load makes millions of objects that go by themselves: looking for cycles costs a third.
GC_ALLOCATIONS = 50_000

NAMES = ", ".join(projection.name for projection in PROJECTIONS)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose read model.")]
Named = Annotated[str, typer.Argument(help=NAMES)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def rebuild_command(
    projection: Named,
    *,
    tenant: OfTenant = DEFAULT_TENANT,
    compare: Annotated[bool, typer.Option("--compare", help="Compare, exchange nothing.")] = False,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Exchange even where they differ.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew, not where a stopped run was.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Build a read model anew from the log beside the running one, compare, and exchange them.

    Everything goes on meanwhile. Stop it with Ctrl-C; the next run goes on from there. The
    generation before is kept. Where the two differ, nothing is exchanged unless told.
    """
    if compare and accept_differences:
        raise typer.BadParameter("--compare exchanges nothing, whatever is accepted")
    wanted = _projection(projection)
    gc.set_threshold(GC_ALLOCATIONS)

    async def build() -> Rebuilt:
        async with _opened(TenantName(tenant)) as (parts, pool, history):
            with _telling_of_a_stop(), RebuildBar(wanted.name, console=err) as bar:
                return await rebuild(
                    keyed(wanted, parts.index_key),
                    tenant=TenantName(tenant),
                    history=history,
                    pool=pool,
                    compare_only=compare,
                    accept_differences=accept_differences,
                    fresh=fresh,
                    on_progress=bar.show,
                )

    done = run_or_exit(build())
    if json:
        print(msgspec.json.encode(done).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        _tell(done)
    is_equal = done.comparison is not None and done.comparison.equal
    if not (done.exchanged or (compare and is_equal)):
        err.print(_why_not(done, compare=compare), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_REFUSED)


def parked_command(
    *,
    tenant: OfTenant = DEFAULT_TENANT,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the contacts that read models put aside: where, why, how many facts wait, since when."""

    async def collect() -> list[Parked]:
        async with _opened(TenantName(tenant)) as (_, pool, _):
            with store_faults():
                async with pool.acquire() as connection:
                    return [
                        one
                        for projection in PROJECTIONS
                        for one in await parked(connection, projection)
                    ]

    found = run_or_exit(collect())
    if json:
        for one in found:
            print(msgspec.json.encode(one).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        out.print(_parked_table(found) if found else "nobody is parked")


def resume_command(
    projection: Named,
    contact_id: Annotated[str | None, typer.Argument(help="Which; default: all.")] = None,
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Take up what a read model put aside, in order, from the fact it stopped at.

    A running read model does so by itself when it starts; this is for a fix made meanwhile.
    """
    wanted = _projection(projection)

    async def take_up() -> tuple[tuple[ContactId, ...], tuple[Parked, ...]]:
        async with _opened(TenantName(tenant)) as (parts, pool, history):
            done = await resume(
                keyed(wanted, parts.index_key),
                tenant=TenantName(tenant),
                history=history,
                pool=pool,
                contact_id=None if contact_id is None else ContactId(contact_id),
            )
            return done.resumed, done.still_parked

    resumed, still = run_or_exit(take_up())
    for one in resumed:
        out.print(f"{wanted.name} {one}: resumed", highlight=False)
    still = tuple(one for one in still if contact_id in (None, one.contact_id))
    if still:
        out.print(_parked_table(list(still)))
        raise typer.Exit(EXIT_REFUSED)
    if not resumed:
        out.print("nobody was parked", highlight=False)


@asynccontextmanager
async def _opened(tenant: TenantName) -> AsyncGenerator[tuple[Parts, Pool, Journal]]:
    """Yield the tenant's database, and its facts from the beginning: archived ones first."""
    settings = settings_or_exit()
    async with (
        parts_or_exit() as parts,
        object_store(settings.archive_url, data_dir=settings.data_dir) as store,
    ):
        archives = Archives(store=store, log=parts.log, keys=parts.keys)
        yield parts, await parts.databases.pool(tenant), await archives.history(tenant)


@contextmanager
def _telling_of_a_stop() -> Generator[None]:
    try:
        yield
    except asyncio.CancelledError:  # Ctrl-C
        err.print("stopped; the same command goes on from here, --fresh begins anew")
        raise


def _projection(name: str) -> Projection | NeedsKey:
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    raise typer.BadParameter(f"{name}: read models are {NAMES}")


def _tell(done: Rebuilt) -> None:
    rate = done.facts / done.seconds if done.seconds else 0.0
    out.print(
        f"{done.projection}: {done.facts:,} events in {done.seconds:,.1f} s ({rate:,.0f}/s), "
        f"at position {done.position}",
        highlight=False,
        soft_wrap=True,
    )
    if done.comparison is not None:
        _tell_comparison(done.comparison)
    if done.exchanged:
        out.print("exchanged; the generation before is kept", style="green", highlight=False)


def _tell_comparison(comparison: Comparison) -> None:
    table = Table("table", "rows now", "rows anew", "")
    for one in comparison.tables:
        verdict = "[green]equal[/]" if one.equal else "[red]differs[/]"
        table.add_row(one.table, f"{one.rows[0]:,}", f"{one.rows[1]:,}", verdict)
    out.print(table)
    now, anew = comparison.checksums
    out.print(f"checksum {now} now, {anew} anew", highlight=False)
    for difference in comparison.differences:
        out.print(f"  {_line(difference)}", highlight=False, soft_wrap=True, markup=False)
    if comparison.more:
        out.print("  … and more", highlight=False)


def _line(difference: Difference) -> str:
    key = " ".join(f"{name}={value}" for name, value in difference.key.items())
    what = {
        "changed": f"differs in {', '.join(difference.columns)}",
        "missing": "is not there anew",
        "added": "is there only anew",
    }[difference.kind]
    return f"{difference.table} {key}: {what}"


def _why_not(done: Rebuilt, *, compare: bool) -> str:
    if done.comparison is None:
        return (
            "not compared: the running read model is of another epoch of the log, or beyond its "
            "end; --accept-differences puts the new one in its place"
        )
    if compare:
        return "they differ"
    return "they differ, and nothing was exchanged; --accept-differences does so all the same"


def _parked_table(found: list[Parked]) -> Table:
    table = Table("projection", "contact", "position", "problem", "detail", "waiting", "since")
    for one in found:
        since = datetime.now(UTC) - one.parked_at
        table.add_row(
            one.projection,
            one.contact_id,
            str(one.position),
            one.problem,
            one.detail,
            f"{one.waiting:,} facts",
            f"{one.parked_at:%Y-%m-%d %H:%M:%S} ({since.total_seconds():,.0f} s ago)",
        )
    return table


app = typer.Typer(help="Read models: built anew, and what they put aside.")
for _name, _command in (
    ("rebuild", rebuild_command),
    ("parked", parked_command),
    ("resume", resume_command),
):
    app.command(_name)(_command)
