"""`python -m antiphon.infra.bench [NAME…]`: run the benchmarks and print their table."""

import importlib
import sys

from rich.console import Console

from .rows import machine, print_table

# In the order of the time they take. Each module's `run()` returns its rows.
BENCHMARKS = {
    "matroska": "Matroska reader",
    "card_data": "Looking for card data",
    "redaction": "Looking for personal data, Presidio beside",
    "moments": "A partial, up to what it earns",
    "models": "A request to a model, and a vector",
    "append": "Appends of one process",
    "log_reading": "Reading a log of a million events",
    "commands": "Commands decided and appended",
    "projecting": "The transcript projection, log to committed rows",
    "rebuilding": "A read model of a million events, rebuilt",
    "auditing": "Reading the past for an audit",
    "following": "A fact, handed to all who follow",
    "reacting": "The reactor, with I/O for each fact",
    "archive": "The archive, written and replayed",
    "erasing": "A person erased from every store",
    "summary": "From a complete transcript to the summary, without a model",
    "redacting_audio": "Redacting what was recorded, voices and words aside",
    "redaction_verify": "From hang-up to verified, with the real models",
    "knowledge": "A question to ten thousand articles",
    "media": "The media role alone, of GetMedia bytes at real pace",
    "hearing": "Media and transcription, with a recogniser that costs nothing",
    "takeover": "A reader of calls killed with them in hand",
    "memory": "Memory of a call in the media role",
    "startup": "`antiphon up` to ready",
    "latency": "Own share of latency, with an instantaneous recogniser",
    "cues": "From speech to cue, with the embedded recogniser",
    "at_once": "The embedded recogniser, one call and three at once",
    "speech": "The embedded recogniser on the sample calls",
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return how many promises were not kept."""
    console = Console()
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        console.print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    console.print(machine())
    broken = 0
    for name in names or BENCHMARKS:
        with console.status(f"{name}…"):
            rows = importlib.import_module(f".{name}", __package__).run()
        print_table(BENCHMARKS[name], rows, console)
        broken += sum(row.met is False for row in rows)
    return min(broken, 1)


sys.exit(main(sys.argv[1:]))
