"""Who may import whom, checked on a tree of files.

import-linter cannot see packages without `__init__.py`, so this reads the imports itself.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from .tree import (
    MADE_FOLDERS,
    NAMESPACE_FOLDERS,
    OTHER_FOLDERS,
    PACKAGE_FOLDERS,
    package_files,
    statements,
)

# Each folder may import itself and these; a file at the top is named like a folder.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "infra": frozenset({"api", "commands", "events", "projections", "services", "errors", ""}),
    "api": frozenset({"projections", "commands", "events", "errors", ""}),
    "services": frozenset({"commands", "events", "errors"}),
    "projections": frozenset({"events", "errors"}),
    "commands": frozenset({"events", "errors"}),
    "events": frozenset({"errors"}),
    "errors": frozenset(),
    "__init__": frozenset(),
    "__main__": frozenset({"infra"}),
}  # "" is the root itself: `from .. import __version__`

# The domain decides without touching the world. Of others it may use:
PURE = ("events", "commands")
VENDORS_OF_THE_PURE = frozenset({"cryptography", "msgspec", "re2", "tenacity"})

# and of the standard library everything but what reaches out, waits or rolls dice.
WORLDLY = frozenset(
    {
        "ctypes", "fcntl", "ftplib", "glob", "http", "imaplib", "io", "mmap", "multiprocessing",
        "pathlib", "pty", "random", "secrets", "select", "selectors", "shutil", "signal",
        "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile",
        "threading", "urllib", "webbrowser", "xmlrpc",
    }
)  # fmt: skip
WORLDLY_NAMES = frozenset(
    {
        "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "input", "open",
        "os.environ", "os.getenv", "os.open", "os.putenv", "os.system", "time.sleep",
        "time.time", "time.time_ns", "uuid.uuid1", "uuid.uuid4",
    }
)  # fmt: skip

_Parts = tuple[str, ...]  # of a path or module, from the root


def problems_of(root: Path) -> list[str]:
    """Return what is wrong with the imports and the folders of a tree; empty when all is well."""
    problems = [*_unplaced(root), *_wrong_init_files(root)]
    for path in package_files(root):
        relative = path.relative_to(root)
        tree = ast.parse(path.read_text(), filename=str(path))
        found = [*_imports(root, relative, tree)]
        if relative.parts[0] in PURE:
            found += _worldly_names(relative.parts[0], tree)
        problems += [f"{relative}:{line}: {problem}" for line, problem in found]
    return problems


def _unplaced(root: Path) -> Iterator[str]:
    known = {*PACKAGE_FOLDERS, *OTHER_FOLDERS, *MADE_FOLDERS}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        name = folder.name
        if not name.startswith(".") and not name.endswith(".egg-info") and name not in known:
            yield f"{name}/: nobody said who may import this folder; place it in tests/house"
    for file in sorted(root.glob("*.py")):
        if file.stem not in MAY_IMPORT:
            yield f"{file.name}: nobody said who may import this file; place it in tests/house"


def _wrong_init_files(root: Path) -> Iterator[str]:
    for name in NAMESPACE_FOLDERS:
        if (root / name / "__init__.py").exists():
            # With one, opensearch-py finds our `events` where it wants the installed package.
            yield f"{name}/__init__.py: the six folders stay without one"
    for folder in sorted({path.parent.relative_to(root) for path in package_files(root)}):
        if len(folder.parts) > 1 and not (root / folder / "__init__.py").exists():
            yield f"{folder}/: a subfolder has an `__init__.py`"


def _imports(root: Path, relative: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in statements(tree):
        match node:
            case ast.ImportFrom(level=0, module=str(module)):
                modules = [module]
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom():
                for target in _targets(relative, node):
                    if (problem := _wrong_direction(root, relative, target)) is not None:
                        yield node.lineno, problem
                continue
            case _:
                continue
        for module in modules:
            if (problem := _wrong_absolute(relative, module)) is not None:
                yield node.lineno, problem


def _targets(relative: Path, node: ast.ImportFrom) -> Iterator[_Parts | None]:
    """Yield what a relative import names; None where it climbs out of the package."""
    package, up = relative.parts[:-1], node.level - 1
    if up > len(package):
        yield None
        return
    base = (*package[: len(package) - up], *(node.module or "").split("."))
    base = tuple(part for part in base if part)
    for alias in node.names:
        # `from . import words` names a module as much as `from .words import clock` does.
        yield base if node.module is not None else (*base, alias.name)


def _wrong_direction(root: Path, relative: Path, target: _Parts | None) -> str | None:
    if target is None:
        return "the import climbs out of the package"
    importer = relative.parts[0] if len(relative.parts) > 1 else relative.stem
    imported = target[0] if target[0] in MAY_IMPORT else ""
    if imported != importer:
        allowed = imported in MAY_IMPORT[importer]
        return None if allowed else f"{importer} may not import {imported or 'the root'}"
    if importer == "services" and len(target) > 1:
        return _between_services(root, relative, target[1])
    return None


def _between_services(root: Path, relative: Path, imported: str) -> str | None:
    # A folder is a service; the files beside them (the reactor) belong to all.
    is_service = (root / "services" / imported).is_dir()
    importer = relative.parts[1] if len(relative.parts) > 2 else relative.stem
    if not is_service or imported == importer:
        return None
    return f"services/{importer} may not import services/{imported}: services never meet"


def _wrong_absolute(relative: Path, module: str) -> str | None:
    top = module.split(".", maxsplit=1)[0]
    if top == "antiphon":
        return "inside the package imports are relative"
    is_vendor = top not in sys.stdlib_module_names and top not in VENDORS_OF_THE_PURE
    if relative.parts[0] in PURE and (top in WORLDLY or is_vendor):
        return f"{relative.parts[0]} does not touch the world ({top})"
    return None


def _worldly_names(folder: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in WORLDLY_NAMES:
                pass
            case ast.Attribute(attr=attr, value=ast.Name(id=of) | ast.Attribute(attr=of)):
                name = f"{of}.{attr}"
            case _:
                continue
        if name in WORLDLY_NAMES:
            yield node.lineno, f"{folder} is handed this and does not ask for it ({name})"
