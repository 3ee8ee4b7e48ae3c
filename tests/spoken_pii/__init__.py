"""Lines in which personal data is spoken, and where; `README.md` says how they are labelled."""

import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

__all__ = ["fresh_lines", "open_lines", "sealed_lines"]

FOLDER = Path(__file__).parent


def open_lines() -> list[dict[str, Any]]:
    """Read the lines that are worked with."""
    return _lines((FOLDER / "open.jsonl").read_bytes())


def sealed_lines() -> list[dict[str, Any]]:
    """Read the lines that are opened once, at the end."""
    return _lines(_unsealed("sealed.jsonl.gz.b64"))


def fresh_lines() -> list[dict[str, Any]]:
    """Read the lines that were written when the sealed ones had been spent; opened once, too."""
    return _lines(_unsealed("fresh.jsonl.gz.b64"))


def _unsealed(name: str) -> bytes:
    return gzip.decompress(b64decode((FOLDER / name).read_bytes()))


def _lines(packed: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in packed.decode("utf-8").splitlines()]
