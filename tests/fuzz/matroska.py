"""Fuzzes the reader of GetMedia's bytes and the sorter behind it, guided by coverage.

    python -m tests.fuzz.matroska --minutes 5

What is found is written to the folder it says, and belongs into `tests/services/media/malformed.py`
as a kind with a name. Needs the extra `fuzz`.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

# By name: it is a C++ extension for Linux, and nothing but this file needs it.
atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["antiphon.services.media"]):
    from antiphon.services.media import elements, fragments, matroska, nesting, repeats

from ..services.media.bytes_by_hand import Fragment  # noqa: E402 (the instrumented first)
from ..services.media.examination import examined, payloads  # noqa: E402 (the instrumented first)
from ..services.media.malformed import HARMLESS, SPOILED  # noqa: E402 (the instrumented first)
from ..services.media.mutations import MUTATIONS, fragment, spoiled  # noqa: E402 (the instrumented first)
from ..services.media.readings import two_voices  # noqa: E402 (the instrumented first)

STREAM_BYTES_MAX = 20_000
INSTRUMENTED = (elements, fragments, matroska, nesting, repeats)
FIRST, SAID = fragment(0, contact_id="ours", seed=1, uid=1)
FOREIGN, SAID_BY_ANOTHER = fragment(9, contact_id="another", seed=2, uid=2)


def corpus() -> list[bytes]:
    """Return well-made fragments, and each kind of malformed one."""
    one = Fragment(index=1, sounds=two_voices(2))
    kinds = [kind.encode for kind in SPOILED.values()]
    written = [encode(one) for encode in (*kinds, *HARMLESS.values())]
    between, _ = fragment(1, contact_id="ours", seed=3, uid=1)
    mutated = [spoiled(between, [kind], seed) for kind in MUTATIONS for seed in range(8)]
    return [content for content in (*written, *mutated) if len(content) <= STREAM_BYTES_MAX]


def examine(content: bytes) -> None:
    """Put the bytes between a good fragment of ours and one of another's, and read it all."""
    piece_bytes = 1 + int.from_bytes(content[:2], "big") % 4_000
    outcomes = examined(FIRST + content[2:] + FOREIGN, piece_bytes=piece_bytes)
    heard = payloads(outcomes)
    assert heard[: len(SAID)] == SAID
    assert not set(SAID_BY_ANOTHER) & set(heard)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--found", type=Path, default=Path(".data/fuzz"))
    given = asked.parse_args()
    given.found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        for nth, content in enumerate(corpus()):
            (Path(seeds) / f"{nth:03}").write_bytes(b"\x03\xe7" + content)
        arguments = [
            sys.argv[0],
            seeds,
            f"-max_total_time={round(given.minutes * 60)}",
            f"-max_len={STREAM_BYTES_MAX}",
            f"-artifact_prefix={given.found}/",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
        ]
        atheris.Setup(arguments, examine)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
