"""Tests do not sleep, and no function or file outgrows a reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .tree import ROOT, files_of_tests, package_files, statements

FUNCTION_LINES_MAX = 60  # what one can see at once
FILE_LINES_MAX = 350  # beyond, look for the seam


def sleeps_of(root: Path) -> list[str]:
    """Return the places where a test sleeps; `asyncio.sleep(0)` only lets others run."""
    return [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in files_of_tests(root)
        for call in _calls(path)
        if _sleeps(call)
    ]


def overgrown(root: Path) -> list[str]:
    """Return the files and functions that are too long."""
    return [problem for path in _files(root) for problem in _overgrown(root, path)]


def test_no_test_sleeps() -> None:
    assert sleeps_of(ROOT) == []


def test_nothing_outgrows_a_reader() -> None:
    assert overgrown(ROOT) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("time.sleep(0.1)", ["tests/test_a.py:2"]),
        ("time.sleep(0)", ["tests/test_a.py:2"]),
        ("await asyncio.sleep(1)", ["tests/test_a.py:2"]),
        ("await asyncio.sleep(PAUSE_S)", ["tests/test_a.py:2"]),
        ("await sleep(1)", ["tests/test_a.py:2"]),
        ("await asyncio.sleep(0)", []),
        ("patience(sleep=1)", []),
    ],
)
def test_a_sleep_is_told_from_what_is_none(tmp_path: Path, line: str, found: list[str]) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(f"async def test_a():\n    {line}\n")

    assert sleeps_of(tmp_path) == found


def test_an_overgrown_file_and_function_are_found(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    body = "    pass\n" * FUNCTION_LINES_MAX
    (tmp_path / "infra" / "a.py").write_text(f"def f():\n{body}")
    (tmp_path / "infra" / "b.py").write_text("x = 1\n" * (FILE_LINES_MAX + 1))

    assert overgrown(tmp_path) == [
        "infra/a.py:1: f has 61 lines",
        "infra/b.py: 351 lines",
    ]


def _files(root: Path) -> Iterator[Path]:
    yield from package_files(root)
    yield from files_of_tests(root)


def _overgrown(root: Path, path: Path) -> Iterator[str]:
    source = path.read_text()
    lines = len(source.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"{path.relative_to(root)}: {lines} lines"
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{path.relative_to(root)}:{node.lineno}: {node.name} has {length} lines"


def _calls(path: Path) -> Iterator[ast.Call]:
    source = path.read_text()
    if "sleep" not in source:  # most files: nothing of them need be parsed
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield node


def _sleeps(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr="sleep", value=ast.Name(id=module)):
            is_pause = module in ("time", "asyncio", "anyio")
        case ast.Name(id="sleep"):
            module, is_pause = "", True
        case _:
            return False
    only_yields = module == "asyncio" and [ast.unparse(one) for one in call.args] == ["0"]
    return is_pause and not only_yields
