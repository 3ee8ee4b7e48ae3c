"""Reads YAML so that every complaint names file, line and field.

Values are text until a reader says what they are: `no` is a word here, not a lie.
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ...errors import PlaybookMalformed

DEPTH_MAX = 200  # ours nest five deep; patterns may hold some that nothing closes


class Field:
    """One place in a YAML file: what stands there, or a complaint that names it."""

    def __init__(self, file: str, path: str, node: Any, *, line: int) -> None:
        self._file = file
        self._path = path
        self._node = node
        self._line = line
        self._kind: str = getattr(node, "id", "nothing")

    def refuse(self, problem: str) -> NoReturn:
        """Raise PlaybookMalformed for this place."""
        raise PlaybookMalformed(self._file, self._line, self._path, problem)

    def fields(self, *, required: Collection[str], optional: Collection[str]) -> dict[str, "Field"]:
        """Return the fields of a mapping whose keys are known."""
        found = self.entries()
        for name, field in found.items():
            if name not in required and name not in optional:
                field.refuse(f"unknown field; known are {_listed([*required, *optional])}")
        for name in required:
            if name not in found:
                self.refuse(f"`{name}` is missing")
        return found

    def entries(self) -> dict[str, "Field"]:
        """Return the entries of a mapping, in the order they are written."""
        if self._kind != "mapping":
            self.refuse("names and values were expected")
        found: dict[str, Field] = {}
        pairs: list[tuple[Any, Any]] = self._node.value
        for key, value in pairs:
            name = str(key.value)
            path = f"{self._path}.{name}" if self._path else name
            field = Field(self._file, path, value, line=_line(key))
            if name in found:
                field.refuse("stands here twice")
            found[name] = field
        return found

    def items(self, *, most: int | None = None) -> list["Field"]:
        """Return the items of a list, of which there is at least one."""
        if self._kind != "sequence" or not self._node.value:
            self.refuse("a list was expected, one `- …` a line")
        nodes: list[Any] = self._node.value
        if most is not None and len(nodes) > most:
            self.refuse(f"has more than {most} items")
        return [
            Field(self._file, f"{self._path}[{index}]", node, line=_line(node))
            for index, node in enumerate(nodes)
        ]

    def text(self, *, chars_max: int) -> str:
        """Return a text that is not empty."""
        if self._kind != "scalar":
            self.refuse("a text was expected")
        text = str(self._node.value).strip()
        if not text:
            self.refuse("is empty")
        if len(text) > chars_max:
            self.refuse(f"is longer than {chars_max} characters")
        return text

    def choice(self, among: Collection[str]) -> str:
        """Return one of several words."""
        text = self.text(chars_max=100)
        if text not in among:
            self.refuse(f"must be {_listed(among)}")
        return text

    def whole(self, *, least: int, most: int) -> int:
        """Return a whole number."""
        text = self.text(chars_max=20)
        if not text.isdecimal() or not least <= int(text) <= most:
            self.refuse(f"must be a whole number from {least} to {most}")
        return int(text)

    def decimal(self, *, least: float, most: float) -> float:
        """Return a number with digits after a point, or none."""
        text = self.text(chars_max=20)
        if not _DECIMAL.fullmatch(text) or not least <= float(text) <= most:
            self.refuse(f"must be a number from {least:g} to {most:g}")
        return float(text)

    def flag(self) -> bool:
        """Return true or false."""
        return self.choice(("true", "false")) == "true"


def read_fields(content: str, *, file: str) -> Field:
    """Return the whole of a YAML text as a field.

    Raises:
        PlaybookMalformed: it is no YAML, or nests deeper than anything of ours does.
    """
    _check_depth(content, file)
    try:
        node: Any = YAML().compose(content)  # pyright: ignore[reportUnknownMemberType]
    except MarkedYAMLError as error:
        raise PlaybookMalformed(file, *_place_and_problem(error)) from error
    except (YAMLError, RecursionError) as error:
        raise PlaybookMalformed(file, 1, "(document)", "not YAML") from error
    return Field(file, "", node, line=1)


def read_file(path: Path) -> str:
    """Return the text of a file.

    Raises:
        PlaybookMalformed: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookMalformed(path.name, 1, "(document)", "cannot be read") from error


def _check_depth(content: str, file: str) -> None:
    """Refuse what would take a reader minutes to refuse. Brackets within quotes count as well."""
    depth = 0
    for number, line in enumerate(content.splitlines(), start=1):
        for bracket in _BRACKETS.findall(line):
            depth = max(0, depth + (1 if bracket in "[{" else -1))
            if depth > DEPTH_MAX:
                problem = f"nests deeper than {DEPTH_MAX} brackets"
                raise PlaybookMalformed(file, number, "(document)", problem)


_BRACKETS = re.compile(r"[\[\]{}]")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


def _place_and_problem(error: Any) -> tuple[int, str, str]:
    mark = error.problem_mark or error.context_mark
    problem = f"not YAML: {error.problem or error.context}"
    return 1 if mark is None else mark.line + 1, "(document)", problem


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
