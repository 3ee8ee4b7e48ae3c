"""`antiphon verify` and `antiphon archive key | head`, for whoever has to trust the archive."""

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column

from ..errors import SettingWrong
from ..events.base import TenantName
from ..events.log import EventLog
from ..services.archive.chain import Archive
from ..services.archive.findings import Verdict, first_of
from ..services.archive.statements import key_id
from ..services.archive.store import ObjectStore
from ..services.archive.verify import Check, verify
from .archive_key import archive_signer, public_key_in
from .archiving import sources_of
from .client import DEFAULT_TENANT
from .jetstream.connection import connected
from .jetstream.log import JetStreamLog
from .kms import kms_of
from .object_store.opening import object_store
from .parts import connect as connect_parts
from .runfile import RunFile
from .settings import Settings, load
from .terminal import err, out, run_or_exit

_UNBROKEN = Column(no_wrap=True)  # in a narrow terminal the bar gets shorter, lines stay lines

EXIT_FLAWED = 1
EXIT_REFUSED = 2

archive = typer.Typer(help="What is kept of the facts, with proof.", no_args_is_help=True)


_Tenant = Annotated[str, typer.Option(help="Whose archive it is.")]
_Keys = Annotated[
    list[Path] | None,
    typer.Option("--public-key", help="A key to trust instead of this installation's; repeatable."),
]


def verify_command(
    *,
    tenant: _Tenant = DEFAULT_TENANT,
    public_key: _Keys = None,
    head: Annotated[
        Path | None, typer.Option(help="A head that was kept elsewhere, to hold it against.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="The archive by itself, without the log.")
    ] = False,
) -> None:
    """Prove a tenant's archive: every signature, link and byte; name the first that is wrong.

    Ends with 0 where all is proven, 1 where something is wrong, 2 where it could not be looked at.
    """
    run_or_exit(
        _verify(TenantName(tenant), public_key or [], head=head, offline=offline),
        refused_code=EXIT_REFUSED,
    )


@archive.command("key")
def key_command(*, tenant: _Tenant = DEFAULT_TENANT) -> None:
    """Print the public key that a tenant's archive is signed by; keep it apart from the archive."""

    async def show() -> None:
        async with _looking(TenantName(tenant), [], offline=False) as looking:
            for public_key in looking.trusted:
                out.out(public_key.hex(), highlight=False)

    run_or_exit(show(), refused_code=EXIT_REFUSED)


@archive.command("head")
def head_command(*, tenant: _Tenant = DEFAULT_TENANT, public_key: _Keys = None) -> None:
    """Print the newest signed heads; whoever keeps them elsewhere can tell a shortened archive."""

    async def show() -> None:
        async with _looking(TenantName(tenant), public_key or [], offline=True) as looking:
            proven = Archive(looking.store, trusted=looking.trusted)
            for source in sources_of(TenantName(tenant)).values():
                for beginning in await proven.epochs(source.stream):
                    heads = proven.heads(source.stream, beginning.epoch)
                    bodies = [body async for _, body, _ in heads]
                    if bodies:
                        out.out(bodies[-1].decode(), end="", highlight=False)

    run_or_exit(show(), refused_code=EXIT_REFUSED)


class _Looking(Struct, frozen=True, kw_only=True):
    store: ObjectStore
    log: EventLog | None
    trusted: Sequence[bytes]


@asynccontextmanager
async def _looking(
    tenant: TenantName, public_keys: Sequence[Path], *, offline: bool
) -> AsyncGenerator[_Looking]:
    """Open the store, the log unless `offline`, and the keys that are trusted."""
    settings = load(os.environ)
    running = RunFile.find(settings.data_dir)
    nats_url = settings.nats_url or (running.nats if running else None)
    postgres_url = settings.postgres_url or (running.postgres if running else None)
    trusted = [public_key_in(path) for path in public_keys]
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            object_store(settings.archive_url, data_dir=settings.data_dir)
        )
        if not trusted:
            trusted = [await _own_key(tenant, settings, nats_url, postgres_url)]
        log = None
        if not offline:
            if nats_url is None:
                problem = "is needed to hold the archive against the log; or say --offline"
                raise SettingWrong("ANTIPHON_NATS_URL", problem)
            log = JetStreamLog(
                await stack.enter_async_context(connected(nats_url, name="antiphon verify"))
            )
        yield _Looking(store=store, log=log, trusted=trusted)


async def _own_key(
    tenant: TenantName, settings: Settings, nats_url: str | None, postgres_url: str | None
) -> bytes:
    if nats_url is None or postgres_url is None:
        problem = "names the key to trust where no Antiphon runs that would know its own"
        raise SettingWrong("--public-key", problem)
    async with connect_parts(
        nats_url=nats_url,
        postgres_url=postgres_url,
        data_dir=settings.data_dir,
        kms=kms_of(settings),
    ) as parts:
        return (await archive_signer(parts.keys, tenant)).public_key


async def _verify(
    tenant: TenantName, public_keys: Sequence[Path], *, head: Path | None, offline: bool
) -> None:
    anchors = [] if head is None else _heads_in(head)
    verdicts: list[Verdict] = []
    async with _looking(tenant, public_keys, offline=offline) as looking:
        for key in looking.trusted:
            out.print(f"trusting key {key_id(key)}, reading {looking.store.place}", soft_wrap=True)
        for source in sources_of(tenant).values():
            with _bar() as bar:
                task = bar.add_task(source.stream, total=None)
                verdicts += await verify(
                    Check(
                        archive=Archive(looking.store, trusted=looking.trusted),
                        source=source,
                        log=looking.log,
                        anchors=anchors,
                        on_progress=lambda done, total, bar=bar, task=task: bar.update(
                            task, completed=done, total=total
                        ),
                    )
                )
    if not verdicts:
        out.print("nothing is archived yet")
    for verdict in verdicts:
        _tell(verdict)
    if first_of(verdicts) is not None:
        raise typer.Exit(EXIT_FLAWED)


def _heads_in(path: Path) -> list[bytes]:
    """Return the heads in a file as `antiphon archive head` prints them: two lines each."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise SettingWrong("--head", f"{path} cannot be read") from error
    if not lines or len(lines) % 2:
        raise SettingWrong("--head", f"{path} holds no heads")
    return [lines[n] + lines[n + 1] for n in range(0, len(lines), 2)]


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(table_column=_UNBROKEN),
        TransferSpeedColumn(_UNBROKEN),
        TimeRemainingColumn(table_column=_UNBROKEN),
        console=err,
        transient=True,
    )


def _tell(verdict: Verdict) -> None:
    flaw = verdict.flaw
    mark = "[green]✓[/]" if flaw is None else "[red]✗[/]"
    out.print(
        f"{mark} {verdict.stream}, epoch {verdict.epoch}: {_proven(verdict)}",
        highlight=False,
        soft_wrap=True,
    )
    for note in verdict.notes:
        out.print(f"  note: {note}", highlight=False, soft_wrap=True, markup=False)
    if flaw is not None:
        err.print(f"  {flaw}", style="red", highlight=False, soft_wrap=True, markup=False)
        err.print(f"  what to do: {flaw.advice}", highlight=False, soft_wrap=True, markup=False)


def _proven(verdict: Verdict) -> str:
    if not verdict.links:
        return "no segment is archived yet" if verdict.flaw is None else "nothing is proven"
    return (
        f"positions {verdict.first} to {verdict.last}, "
        f"{verdict.segments} of {verdict.links} segments proven ({verdict.size / 1e6:,.1f} MB), "
        f"{verdict.heads} signed heads, {verdict.compared} positions as the log still holds them"
    )
