"""What the repository holds, for tests about the house itself."""

from collections.abc import Iterator
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


def _made_by_hand(folder: Path, pattern: str) -> Iterator[Path]:
    for path in folder.rglob(pattern):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith(".") and part not in KEPT_HIDDEN for part in parts[:-1])
        is_made = any(part in MADE_FOLDERS or part.endswith(".egg-info") for part in parts)
        if not is_hidden and not is_made:
            yield path
