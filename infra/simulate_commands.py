"""`antiphon simulate`: one recording as a call, or a fleet of calls."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from .client import AGENT
from .fleet.board import Board
from .fleet.driver import PATIENCE_S, hanging_up_on_interrupt, run_fleet
from .fleet.plan import FAULT_KINDS, FaultKind, Wishes, plan
from .fleet.screen import report, show_until
from .fleet.voices import Voice, recorded_voices, synthetic_voices
from .runfile import RunFile
from .simulate import SAMPLE_CALLS, Call, new_contact_id, place
from .terminal import (
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    out,
    refuse,
    run_or_exit,
    running_or_exit,
    settings_or_exit,
)

CALLS_MAX = 5_000  # beyond that one machine's simulator is what is measured
SYNTHETIC_VOICES = 8  # of a minute each; calls begin anywhere in one

_KINDS: Mapping[str, FaultKind] = {kind: kind for kind in FAULT_KINDS}

_Share = Annotated[float, typer.Option(min=0, max=1, help="Share of the calls, 0 to 1.")]
_Wav = Annotated[Path | None, typer.Argument(help="8 kHz, 16 bit; left customer, right agent.")]
_Calls = Annotated[int | None, typer.Option(min=1, max=CALLS_MAX, help="A fleet of so many calls.")]
_Rate = Annotated[
    float | None, typer.Option(min=0.001, help="Arrivals a second. Default: all at once.")
]
_Minutes = Annotated[
    float, typer.Option(min=0.05, max=180, help="A call's length, half more or less.")
]
_Faults = Annotated[str, typer.Option(help=f"KIND:SHARE,… of {', '.join(FAULT_KINDS)}.")]
_Patience = Annotated[float, typer.Option(min=1, help="From a hang-up to its whole transcript.")]


def simulate(
    wav: _Wav = None,
    *,
    contact_id: Annotated[str | None, typer.Option(help="Default: a new one.")] = None,
    agent_id: Annotated[str, typer.Option(help="Whose desk it appears on.")] = AGENT,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="Times real time.")] = 1.0,
    pacing: Annotated[str, typer.Option(help="block (64 ms) or fragment (1.024 s).")] = "block",
    consent: Annotated[bool, typer.Option(help="The customer may be recorded.")] = True,
    calls: _Calls = None,
    rate: _Rate = None,
    seed: Annotated[int, typer.Option(help="The same one gives the same fleet.")] = 0,
    minutes: _Minutes = 1.0,
    synthetic: Annotated[bool, typer.Option(help="Noises that are like speech.")] = False,
    holds: _Share = 0.0,
    transfers: _Share = 0.0,
    reused: _Share = 0.0,
    further: _Share = 0.0,
    drops: _Share = 0.0,
    faults: _Faults = "",
    patience_s: _Patience = PATIENCE_S,
) -> None:
    """Play a recording as a call into the Antiphon that is running; with --calls, a fleet.

    A fleet takes turns with the recording, or with the sample calls. `--holds`, `--transfers` (to
    a new contact), `--reused` (streams), `--further` (second streams) and `--drops` (hung up in
    the middle of a word) are shares of its calls. It ends with what was lost; nothing is exit 0.
    """
    if wav is not None and not wav.is_file():
        raise typer.BadParameter(f"{wav}: no such file")
    if pacing not in ("block", "fragment"):
        raise typer.BadParameter("--pacing is block or fragment")
    if calls is not None:
        wishes = Wishes(
            calls=calls,
            seed=seed,
            rate=rate,
            call_s=minutes * 60,
            holds=holds,
            transfers=transfers,
            reused=reused,
            further=further,
            mid_word=drops,
            faults=faults_in(faults),
        )
        _fleet(wishes, [wav] if wav else [], synthetic=synthetic, patience_s=patience_s)
    elif wav is not None:
        name = contact_id or new_contact_id()
        _one(
            Call(
                wav=wav,
                contact_id=name,
                agent_id=agent_id,
                speed=speed,
                pacing=pacing,
                consents=consent,
            )
        )
    else:
        raise typer.BadParameter("WAV, or --calls for a fleet")


def faults_in(text: str) -> Mapping[FaultKind, float]:
    """Return shares by kind out of `cut:0.2,slow:0.1`.

    Raises:
        BadParameter: that is not what it says.
    """
    shares: dict[FaultKind, float] = {}
    for item in filter(None, (one.strip() for one in text.split(","))):
        name, _, share = item.partition(":")
        kind = _KINDS.get(name.strip())
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if kind is None or not 0 <= value <= 1:
            raise typer.BadParameter(f"--faults {item}: KIND:SHARE of {', '.join(FAULT_KINDS)}")
        shares[kind] = value
    return shares


def _one(call: Call) -> None:
    running, simulator_url = _running()
    out.print(f"contact [bold]{call.contact_id}[/], desk {running.http}/desk?agent={call.agent_id}")
    run_or_exit(place(call, simulator_url=simulator_url, api_url=running.http, console=out))
    out.print(f"antiphon events {call.contact_id}  tells its history")


def _running() -> tuple[RunFile, str]:
    """Return the running Antiphon and the URL of its simulator."""
    running = running_or_exit(settings_or_exit())
    if running.simulator is None:
        refuse("the running Antiphon has no simulator: it reads from ANTIPHON_KVS_ENDPOINT")
    return running, running.simulator


def _fleet(wishes: Wishes, wavs: Sequence[Path], *, synthetic: bool, patience_s: float) -> None:
    running, simulator_url = _running()
    with tempfile.TemporaryDirectory(prefix="antiphon-fleet-") as directory:
        if synthetic:
            count = min(wishes.calls, SYNTHETIC_VOICES)
            voices = synthetic_voices(count, seed=wishes.seed, directory=Path(directory))
        else:
            voices = recorded_voices(wavs or sorted(SAMPLE_CALLS.glob("*.wav")))
        board = Board(wishes.calls)
        run_or_exit(
            _run(wishes, voices, board, (simulator_url, running.http), patience_s=patience_s)
        )
    if not report(board, out):
        raise typer.Exit(EXIT_REFUSED)
    if board.stopping:
        raise typer.Exit(EXIT_INTERRUPTED)


async def _run(
    wishes: Wishes,
    voices: Sequence[Voice],
    board: Board,
    urls: tuple[str, str],
    *,
    patience_s: float,
) -> None:
    calls = plan(replace(wishes, voices=len(voices)))
    stopping, done = asyncio.Event(), asyncio.Event()
    screen = asyncio.create_task(show_until(done, board, out))
    try:
        with hanging_up_on_interrupt(stopping, board):
            await run_fleet(
                calls,
                voices,
                simulator_url=urls[0],
                api_url=urls[1],
                board=board,
                stopping=stopping,
                patience_s=patience_s,
            )
    finally:
        done.set()
        await screen
