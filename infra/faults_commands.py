"""`antiphon faults`: lets faults strike a log and a database of its own, and tells what held."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ..errors import Malformed
from .faults.catalogue import FAULTS, Fault
from .faults.trial import Verdict, servers, try_fault
from .terminal import EXIT_REFUSED, out, run_or_exit

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
    """Let faults strike one after the other, the table growing; tell whether all was well."""
    verdicts: list[Verdict] = []
    with _directory() as directory, Live(console=console, refresh_per_second=4) as live:
        async with servers(directory) as on:
            for fault in faults:
                live.update(table_of(verdicts, now=fault))
                verdicts.append(await try_fault(fault, on))
                live.update(table_of(verdicts))
    return all(verdict.held for verdict in verdicts)


def table_of(verdicts: list[Verdict], *, now: Fault | None = None) -> Table:
    """Return faults and outcomes as a table."""
    table = Table("fault", "what strikes", "and then", "seconds", "held")
    for verdict in verdicts:
        fault = verdict.fault
        held = "[green]yes[/]" if verdict.held else f"[red]{_why_not(verdict)}[/]"
        table.add_row(fault.name, fault.what, fault.outcome, f"{verdict.seconds:.1f}", held)
    if now is not None:
        table.add_row(now.name, now.what, now.outcome, "", "…")
    return table


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="antiphon-faults-") as name:
        Path(name).chmod(0o711)  # PostgreSQL's service account has to pass
        yield Path(name)


def _why_not(verdict: Verdict) -> str:
    return "; ".join(verdict.problems) if verdict.struck else "it did not strike"
