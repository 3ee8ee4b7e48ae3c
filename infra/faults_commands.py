"""`antiphon faults`: lets faults strike a log and a database of its own, and tells what held."""

import asyncio
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from ..errors import Malformed
from .faults.catalogue import FAULTS, Fault
from .faults.roles import Role
from .faults.side_by_side import SideBySide
from .faults.trial import Verdict, servers
from .terminal import EXIT_REFUSED, out, run_or_exit

PROBLEMS_MAX = 6  # of one fault, shown: the seventh says nothing new

Names = Annotated[list[str] | None, typer.Argument(help="Some of them; all by default.")]


def faults(names: Names = None) -> None:
    """Kill, cut and slow down processes and servers of our own, and tell what held."""
    if not run_or_exit(strike(chosen(names or []), console=out)):
        raise typer.Exit(EXIT_REFUSED)


def chosen(names: list[str]) -> list[Fault]:
    """Return the faults of these names; all without any.

    Raises:
        Malformed: there is no fault of that name.
    """
    known = {fault.name: fault for fault in FAULTS}
    for name in names:
        if name not in known:
            raise Malformed("fault", f"{name} is none of {', '.join(known)}")
    return [known[name] for name in names] or list(FAULTS)


async def strike(faults: list[Fault], *, console: Console) -> bool:
    """Let faults strike, some side by side, the table growing; tell whether all was well."""
    began: list[Fault] = []
    verdicts: dict[str, Verdict] = {}
    with _directory() as directory, Live(console=console, refresh_per_second=4) as live:

        def show() -> None:
            live.update(table_of(began, verdicts))

        def begin(fault: Fault) -> None:
            began.append(fault)
            show()

        async def judge(fault: Fault) -> None:
            verdicts[fault.name] = await side_by_side.try_fault(fault)
            show()

        async with servers(directory) as on, asyncio.TaskGroup() as tasks:
            side_by_side = SideBySide(on, on_begun=begin)
            for fault in faults:
                tasks.create_task(judge(fault))
    return all(verdict.held for verdict in verdicts.values())


def table_of(began: Sequence[Fault], verdicts: Mapping[str, Verdict]) -> Table:
    """Return faults and outcomes as a table: those that have begun, in that order."""
    table = Table(expand=True, show_lines=False, box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("what strikes", ratio=5)
    table.add_column("what holds", ratio=5)
    table.add_column("s", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for role, title in TITLES.items():
        if not any(fault.role == role for fault in began):
            continue
        table.add_row(f"[bold]{title}[/]")
        for fault in began:
            if fault.role == role:
                _add(table, fault, verdicts.get(fault.name))
    return table


TITLES: dict[Role, str] = {
    "publish": "a writer",
    "project": "read models",
    "react": "a service",
    "archive": "the archiver",
    "erase": "an erasure",
    "rotate": "a tenant's key replaced",
}


def _add(table: Table, fault: Fault, verdict: Verdict | None) -> None:
    if verdict is None:
        table.add_row(fault.what, fault.outcome, "", "…", style="dim")
        return
    mark = "[green]✓[/]" if verdict.held else "[red]✗[/]"
    table.add_row(fault.what, fault.outcome, f"{verdict.seconds:.1f}", mark)
    for problem in _problems(verdict):
        table.add_row(f"[red]{escape(fault.name)}[/]", f"[red]{escape(problem)}[/]")


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="antiphon-faults-") as name:
        Path(name).chmod(0o711)  # PostgreSQL's service account has to pass
        yield Path(name)


def _problems(verdict: Verdict) -> list[str]:
    if not verdict.struck:
        return ["it did not strike"]
    shown = list(verdict.problems[:PROBLEMS_MAX])
    if more := len(verdict.problems) - len(shown):
        shown.append(f"and {more} more")
    return shown
