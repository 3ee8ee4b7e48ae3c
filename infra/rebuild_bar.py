"""How far a rebuild is, events a second, and the time left, in a terminal of any width."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from ..projections.rebuilding import Built

_UNBROKEN = Column(no_wrap=True)  # in a narrow terminal the bar gets shorter, lines stay lines


class RebuildBar(Progress):
    """One line while it runs, and none when it ends."""

    def __init__(
        self, name: str, *, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock`: seconds."""
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            _Counted(_UNBROKEN),
            _Rate(_UNBROKEN),
            _Left(table_column=_UNBROKEN),
            console=console,
            get_time=clock,
            transient=True,
        )
        self._task = self.add_task(name, total=None, facts=0)
        self._begun = False
        self._before = 0  # facts folded when the clock was started

    def show(self, built: Built) -> None:
        if not self._begun:
            # A run that was stopped is gone on with: what it did is no speed of this one.
            self._begun = True
            self.reset(self._task, total=built.upto, completed=built.position, facts=0)
            self._before = built.facts
        self.update(
            self._task,
            completed=built.position,
            total=built.upto,
            facts=built.facts - self._before,
        )


class _Counted(ProgressColumn):
    """Where it is and where it will compare, once that is known."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("reading")
        end = f"{task.total:,.0f}"
        return Text(f"{task.completed:>{len(end)},.0f}/{end}", style="progress.download")


class _Rate(ProgressColumn):
    """Facts a second, since this run began to fold and until it had folded all."""

    def render(self, task: Task) -> Text:
        folded: int = task.fields["facts"]
        folding_s = task.finished_time or task.elapsed or 0.0
        return Text(f"{folded / folding_s:,.0f} events/s" if folded and folding_s else "")


class _Left(TimeRemainingColumn):
    """The time left until all is folded; then they are compared, which takes as long as it does."""

    def render(self, task: Task) -> Text:
        return Text("comparing") if task.finished else super().render(task)
