"""What a benchmark returns, and how the table is printed."""

import os
import platform
from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.console import Console
from rich.table import Table


class Row(Struct, frozen=True, kw_only=True):
    """One measured figure and what it is to be held against."""

    what: str
    value: float
    unit: str
    beside: str = ""  # the peer or ceiling of the same run, with its figure
    aim: str = ""  # what was promised
    met: bool | None = None  # None: nothing was promised


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie.

    Raises:
        ValueError: there are none: a benchmark that measured nothing must not look fine.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> str:
    """Return the machine a figure belongs to, in a few words."""
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo") as cpu:  # noqa: PTH123 (a kernel file)
        names = [line.split(":", 1)[1].strip() for line in cpu if line.startswith("model name")]
    cpu_model = names[0] if names else model
    return f"{cpu_model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def print_table(title: str, rows: Iterable[Row], console: Console) -> None:
    """Print one benchmark's figures."""
    table = Table("what", "figure", "beside", "aim", title=title, title_justify="left")
    for row in rows:
        colour = {True: "green", False: "red", None: "default"}[row.met]
        table.add_row(row.what, f"[{colour}]{row.value:,.3g} {row.unit}[/]", row.beside, row.aim)
    console.print(table)
