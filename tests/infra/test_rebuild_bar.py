"""What a person sees while a read model is rebuilt."""

import io

import pytest
from antiphon.events.base import Position
from antiphon.infra.rebuild_bar import RebuildBar
from antiphon.projections.rebuilding import Built
from rich.console import Console


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Screen:
    """A terminal of some width, and the line that stands on it."""

    def __init__(self, columns: int) -> None:
        self.clock = Clock()
        self.console = Console(file=io.StringIO(), width=columns, force_terminal=True)
        self.bar = RebuildBar("endpoint_index", console=self.console, clock=self.clock)

    def at(self, seconds: float, *, position: int, facts: int) -> str:
        self.clock.now = seconds
        self.bar.show(Built(Position(position), Position(1_000_000), facts))
        return self.line()

    def line(self) -> str:
        with self.console.capture() as captured:
            self.console.print(self.bar.get_renderable(), no_wrap=True)
        return Console(file=io.StringIO(), width=200).render_str(captured.get()).plain


def test_a_run_that_goes_on_counts_its_own_facts_and_seconds_alone() -> None:
    screen = Screen(120)

    screen.at(30.0, position=500_000, facts=2_000)
    screen.at(31.0, position=510_000, facts=12_000)
    line = screen.at(32.0, position=520_000, facts=22_000)

    assert "520,000/1,000,000" in line
    assert "10,000 events/s" in line
    assert "0:00:48" in line


def test_before_the_first_facts_there_are_no_numbers() -> None:
    line = Screen(80).line()

    assert "reading" in line
    assert "?" not in line


def test_the_rate_stands_while_all_that_is_left_is_comparing() -> None:
    screen = Screen(120)
    screen.at(1.0, position=500_000, facts=500_000)
    screen.at(2.0, position=1_000_000, facts=1_000_000)

    screen.clock.now = 12.0
    line = screen.line()

    assert "500,000 events/s" in line
    assert "comparing" in line


@pytest.mark.parametrize("columns", [66, 80, 120])
def test_it_is_one_line_in_a_terminal_of_any_width(columns: int) -> None:
    screen = Screen(columns)
    screen.at(1.0, position=500_000, facts=1_000)

    line = screen.at(2.0, position=520_000, facts=21_000)

    assert len(line.strip("\n").splitlines()) == 1
    assert "20,000 events/s" in line
