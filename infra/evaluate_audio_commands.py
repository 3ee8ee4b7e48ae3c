"""`antiphon evaluate audio`: what of spoken numbers is left to be heard once they are redacted."""

from typing import Annotated

import msgspec
import typer

from .terminal import EXIT_REFUSED, err, out, refuse, run_or_exit, settings_or_exit

CLIPS = 200
CLIPS_MAX = 10_000


def audio_command(
    *,
    clips: Annotated[
        int, typer.Option(min=1, max=CLIPS_MAX, help="With a random number each.")
    ] = CLIPS,
    voices: Annotated[
        list[str] | None,
        typer.Option(help="flite:slt, espeak:en-us, …: several with commas, or named again."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same clips as before.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say random numbers in all the voices there are, redact them, and let another model listen.

    Neither a log nor a server is needed. A clip takes about eight seconds of a processor.
    """
    try:
        from .evaluate_audio import tables  # noqa: PLC0415 (what is imported for it takes a second)
        from .evaluating.audio_run import evaluated  # noqa: PLC0415 (an extra)
    except ImportError:
        refuse("the models are not installed: pip install 'antiphon[local]'")
    names = [one for given in voices or () for one in given.split(",") if one]
    settings = settings_or_exit()
    report = run_or_exit(evaluated(clips, names, seed=seed, settings=settings))
    if json:
        told = {"met": report.met, **msgspec.structs.asdict(report)}
        print(msgspec.json.encode(told).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        for table in tables(report):
            out.print(table)
        for one in report.leaked:
            err.print(f"✗ leaked: clip {one}", style="red", markup=False)
    if not report.met:
        raise typer.Exit(EXIT_REFUSED)
