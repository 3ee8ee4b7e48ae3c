"""`antiphon soak`: hours of calls into an Antiphon of its own; what grew, and what was lost."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .fleet.board import Board
from .fleet.voices import recorded_voices, synthetic_voices
from .simulate import SAMPLE_CALLS
from .soak.findings import Findings, show
from .soak.memory import GROWTH_MAX, SAMPLES_MIN, WARM_UP
from .soak.plan import Soak, planned, silence
from .soak.soaking import soak
from .soak.subject import subject
from .terminal import EXIT_INTERRUPTED, EXIT_REFUSED, out, run_or_exit

EVERY_S_MAX = 60.0
EVERY_S_MIN = 2.0
SAMPLES = 90  # of memory, where that is neither too often nor too seldom
MINUTES_MIN = SAMPLES_MIN / (1 - WARM_UP) * EVERY_S_MIN / 60 * 1.5
SYNTHETIC_VOICES = 4

_Minutes = Annotated[float, typer.Option(min=MINUTES_MIN, max=1_440, help="Real ones.")]
_Beside = Annotated[int, typer.Option(min=0, max=400, help="Calls at a time beside those two.")]
_Growth = Annotated[float, typer.Option(min=0, max=1, help="Of memory, after the warm-up: 0 to 1.")]


def soak_command(
    *,
    minutes: _Minutes = 90.0,
    beside: _Beside = 1,
    growth: _Growth = GROWTH_MAX,
    synthetic: Annotated[bool, typer.Option(help="Noises that are like speech.")] = False,
    seed: Annotated[int, typer.Option(help="The same one gives the same calls.")] = 0,
) -> None:
    """Soak an Antiphon of its own in calls for hours, and tell what grew and what was lost.

    A call for the whole time, cut when the credentials it was opened with have expired (an hour;
    two thirds of less than ninety minutes); one that is silent for two thirds of it, and then
    another; and others beside them. Every process's memory is read once a minute. It ends with a
    table, and with exit 1 when memory grew by more than --growth after the first quarter, or when
    anything was lost, doubled, or left a gap.
    """
    wanted = Soak(minutes=minutes, beside=beside, seed=seed)
    findings, board = run_or_exit(_soaked(wanted, growth_max=growth, synthetic=synthetic))
    is_well = show(findings, board, out)
    if board.stopping:
        raise typer.Exit(EXIT_INTERRUPTED)
    if not is_well:
        raise typer.Exit(EXIT_REFUSED)


async def _soaked(wanted: Soak, *, growth_max: float, synthetic: bool) -> tuple[Findings, Board]:
    with _directory() as directory:
        if synthetic:
            voices = synthetic_voices(SYNTHETIC_VOICES, seed=wanted.seed, directory=directory)
        else:
            voices = recorded_voices(sorted(SAMPLE_CALLS.glob("*.wav")))
        calls = planned(wanted, voices=len(voices))
        board = Board(len(calls))
        async with subject(directory, session_s=wanted.session_s) as watched:
            findings = await soak(
                calls,
                [*voices, silence(directory)],
                watched,
                seconds=wanted.seconds,
                every_s=min(EVERY_S_MAX, max(EVERY_S_MIN, wanted.seconds / SAMPLES)),
                board=board,
                console=out,
                growth_max=growth_max,
            )
    return findings, board


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="antiphon-soak-") as name:
        Path(name).chmod(0o711)  # PostgreSQL's service account has to pass
        yield Path(name)
