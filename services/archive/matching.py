"""Which subjects a reader wants, as the log understands it."""

from collections.abc import Callable, Sequence

Matcher = Callable[[str], bool]


def matcher_of(filters: Sequence[str]) -> Matcher:
    """Return what tells whether a subject is meant by any filter: `*` one token, last `>` any."""
    patterns = [one.split(".") for one in filters]

    def matches(subject: str) -> bool:
        tokens = subject.split(".")
        return any(_matches(pattern, tokens) for pattern in patterns)

    return matches


def _matches(pattern: Sequence[str], tokens: Sequence[str]) -> bool:
    if pattern[-1] == ">":
        if len(tokens) < len(pattern):
            return False
        pattern = pattern[:-1]
        tokens = tokens[: len(pattern)]
    return len(pattern) == len(tokens) and all(
        one in ("*", token) for one, token in zip(pattern, tokens, strict=True)
    )
