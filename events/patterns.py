"""Regular expressions that tenants write, run by RE2: in linear time, whatever they wrote."""

from typing import Any

import re2  # pyright: ignore[reportMissingTypeStubs] (it has none)
from msgspec import Struct

PATTERN_CHARS_MAX = 300
MEMORY_MAX = 1 << 20  # bytes a pattern may take, compiled and run; RE2's own limit is eight times


_re2: Any = re2


class Pattern(Struct, frozen=True):
    """A pattern, ready to be looked for. Upper and lower case are one."""

    source: str
    compiled: Any  # of a C++ module without types

    def find(self, text: str) -> tuple[int, int] | None:
        """Return where the first match begins and ends, in characters; None: nowhere."""
        match = self.compiled.search(text)
        return None if match is None or match.start() == match.end() else match.span()


def compile_pattern(source: str) -> Pattern:
    """Return the pattern that `source` writes, in the syntax of RE2.

    Raises:
        ValueError: it is none, is too large, or finds nothing in everything.
    """
    options = _re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY_MAX
    try:
        compiled = _re2.compile(source, options)
    except _re2.error as error:
        raise ValueError(f"no regular expression of RE2: {_said(error)}") from error
    if compiled.search("") is not None:
        raise ValueError("matches where nothing was said")
    return Pattern(source, compiled)


def _said(error: Exception) -> str:
    [said, *_] = [*error.args, "cannot be read"]
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
