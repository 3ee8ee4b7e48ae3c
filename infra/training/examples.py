"""Example sentences of what customers are after, and of what only sounds like it.

    # wants_to_leave              what the sentences below are about; its domains, if not the file's
    + I'd like to (cancel|end) it.   it is that: one sentence a variant
    - I'd never leave you.           it is not
    + [moving_house] I'm off to Spain for good.    it is that too; several with commas

Files are named after their domain. What stands under another label is no example of a label either,
though a weaker one: somebody may mean two things at once.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parent / "examples"
NOTHING = "chatter"  # what is about nothing


class Example(Struct, frozen=True, kw_only=True):
    """A sentence."""

    domains: tuple[str, ...]
    label: str
    holds: bool
    text: str
    also: frozenset[str] = frozenset()  # other labels that it earns as well


def read_examples(folder: Path = FOLDER) -> Iterator[Example]:
    """Yield the examples of a folder, by file name.

    Raises:
        ValueError: a line is none of the three kinds. Says which.
    """
    for path in sorted(folder.rglob("*.txt")):
        label, domains = "", (path.stem,)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match line[:2], line[2:].strip():
                case "# ", named:
                    label, *told = named.split()
                    domains = tuple(told) or (path.stem,)
                case ("+ " | "- ") as sign, text if label:
                    also, text = _also(text)
                    for variant in variants_of(text):
                        yield Example(
                            domains=domains,
                            label=label,
                            holds=sign == "+ " and label != NOTHING,
                            text=variant,
                            also=also,
                        )
                case "", "":
                    continue
                case _:
                    raise ValueError(f"{path.name}, line {number}: no heading, no example")


def _also(text: str) -> tuple[frozenset[str], str]:
    if not (match := _ALSO.match(text)):
        return frozenset(), text
    return frozenset(one.strip() for one in match[1].split(",")), text[match.end() :]


def variants_of(text: str) -> list[str]:
    """Return as many sentences as the longest `(a|b)` has wordings, so that each stands in one."""
    parts = _CHOICE.split(text)
    choices = [one.split("|") for one in parts[1::2]]
    made: list[str] = []
    for number in range(max(map(len, choices), default=1)):
        whole = parts[0]
        for wordings, after in zip(choices, parts[2::2], strict=True):
            whole += wordings[number % len(wordings)] + after
        made.append(_BEFORE_MARK.sub(r"\1", " ".join(whole.split())))
    return made


_ALSO = re.compile(r"\[([^\]]*)\]\s*")
_CHOICE = re.compile(r"\(([^()]*)\)")
_BEFORE_MARK = re.compile(r"\s+([,.?!])")
