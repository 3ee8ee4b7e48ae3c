"""What the repository holds, for tests about the house itself."""

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The folders of the package, and everything else that may stand at the top.
NAMESPACE_FOLDERS = ("api", "commands", "events", "infra", "projections", "services")
PACKAGE_FOLDERS = (*NAMESPACE_FOLDERS, "errors")
OTHER_FOLDERS = ("docs", "tests")
# Made by tools, and ignored by git.
MADE_FOLDERS = ("build", "dist", "__pycache__")
# Hidden folders that are committed; the others are tools'.
KEPT_HIDDEN = (".ci",)

_TEXT = {
    "", ".py", ".toml", ".md", ".txt", ".lock", ".yaml", ".yml", ".json", ".html", ".js", ".css",
    ".svg", ".sh", ".cfg", ".ini",
}  # fmt: skip


def package_files(root: Path, suffix: str = ".py") -> Iterator[Path]:
    """Yield the package's files: those at the top, then those of its folders."""
    yield from sorted(root.glob(f"*{suffix}"))
    for folder in PACKAGE_FOLDERS:
        yield from sorted(_made_by_hand(root / folder, f"*{suffix}"))


def files_of_tests(root: Path) -> Iterator[Path]:
    """Yield the files of the tests."""
    yield from sorted(_made_by_hand(root / "tests", "*.py"))


def text_files(root: Path) -> Iterator[Path]:
    """Yield every file that may be committed and holds text."""
    for path in sorted(_made_by_hand(root, "*")):
        if path.is_file() and path.suffix in _TEXT:
            yield path


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement within a node, however deep. Expressions, most of a tree, hold none."""
    for block in _BLOCKS:
        for one in getattr(node, block, ()):
            yield one
            yield from statements(one)


_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


def _made_by_hand(folder: Path, pattern: str) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        # Not entered: an environment alone holds forty thousand files.
        folders[:] = [
            one
            for one in folders
            if not _is_made(one) and (not one.startswith(".") or one in KEPT_HIDDEN)
        ]
        yield from (
            Path(place, one) for one in files if fnmatch(one, pattern) and not _is_made(one)
        )


def _is_made(name: str) -> bool:
    return name in MADE_FOLDERS or name.endswith(".egg-info")
