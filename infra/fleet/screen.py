"""What a person sees of a fleet: a table while it runs, and what became of it."""

import asyncio
from collections import deque
from contextlib import suppress

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from .board import FINE, Board

REFRESH_S = 0.5
PACE_WINDOW = 20  # refreshes that words a second are counted over
FAILED_SHOWN_MAX = 20


async def show_until(done: asyncio.Event, board: Board, console: Console) -> None:
    """Keep a table of where the calls stand until all is done."""
    seen: deque[tuple[float, int]] = deque(maxlen=PACE_WINDOW)
    clock = asyncio.get_running_loop().time
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not done.is_set():
            seen.append((clock(), board.words))
            live.update(table_of(board, words_a_second=_pace(seen)), refresh=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_S):
                    await done.wait()


def table_of(board: Board, *, words_a_second: float) -> Table:
    """Return the table of this moment."""
    stages, verdicts = board.stages, board.verdicts
    title = "hanging up…" if board.stopping else None
    table = Table(
        *("waiting", "under way", "ended", "transcripts complete", "failed", "words", "words/s"),
        title=title,
        title_justify="left",
    )
    started_and_over = stages.get("ended", 0) + sum(
        count for verdict, count in verdicts.items() if verdict != "not_placed"
    )
    table.add_row(
        str(stages.get("waiting", 0)),
        str(stages.get("under_way", 0)),
        str(started_and_over),
        str(verdicts.get("whole", 0)),
        f"[red]{len(board.failed)}[/]" if board.failed else "0",
        f"{board.words:,}",
        f"{words_a_second:.1f}",
    )
    return table


def report(board: Board, console: Console) -> bool:
    """Print what became of the calls; tell whether nothing at all was lost."""
    for verdict, count in sorted(board.verdicts.items()):
        colour = "green" if verdict in FINE else "red"
        console.print(f"[{colour}]{count:6,}[/] {verdict.replace('_', ' ')}")
    minutes = sum(outcome.sent_ms for outcome in board.outcomes) / 60_000
    console.print(f"{minutes:.1f} minutes of calls, {board.words:,} words")
    for outcome in board.failed[:FAILED_SHOWN_MAX]:
        what = f"{outcome.contact_id}: {outcome.verdict.replace('_', ' ')}, {outcome.detail}"
        console.print(f"[red]✗[/] {escape(what)}", highlight=False, soft_wrap=True)
    unshown = len(board.failed) - FAILED_SHOWN_MAX
    if unshown > 0:
        console.print(f"[red]✗[/] and {unshown} more")
    return not board.failed


def _pace(seen: deque[tuple[float, int]]) -> float:
    (since_s, before), (now_s, words) = seen[0], seen[-1]
    return (words - before) / (now_s - since_s) if now_s > since_s else 0.0
