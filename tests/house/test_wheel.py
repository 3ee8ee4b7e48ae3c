"""The wheel holds the package, its files of all kinds, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .tree import PACKAGE_FOLDERS, ROOT, package_files

# What the package reads at run time, beside its modules.
DATA = (
    ".wav", ".json", ".jsonl", ".yaml", ".html", ".css", ".js", ".svg", ".md", ".htm", ".preact",
    ".lock", ".npz", ".toml", ".txt",
)  # fmt: skip

# Not at run time, though they stand in the package: `infra/setup.sh` prepares a checkout.
LEFT_OUT = ("infra/setup.sh",)

BUILD = """
import sys
from setuptools import build_meta
print(build_meta.build_wheel(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy of the tree, without network or isolation."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in (*PACKAGE_FOLDERS, "tests", "docs"):
        shutil.copytree(
            ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for file in ROOT.iterdir():
        if file.is_file() and not file.name.startswith("."):
            shutil.copy(file, copy)
    built = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD, str(copy / "dist")],
        cwd=copy, check=False, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2_000:]
    [path] = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_every_module_is_in_the_wheel(wheel: set[str]) -> None:
    modules = {_named(path) for path in package_files(ROOT)}

    assert sorted(modules - wheel) == []


def test_every_file_that_the_package_reads_is_in_the_wheel(wheel: set[str]) -> None:
    assert sorted(_data_files() - wheel) == []


def test_nothing_else_is_in_the_wheel(wheel: set[str]) -> None:
    modules = {_named(path) for path in package_files(ROOT)}
    own = {name for name in wheel if ".dist-info/" not in name}

    assert sorted(own - modules - _data_files()) == []


def test_every_file_in_the_package_is_of_a_kind_somebody_placed() -> None:
    unplaced = [
        path.relative_to(ROOT).as_posix()
        for path in _files()
        if path.suffix not in (".py", *DATA) and path.relative_to(ROOT).as_posix() not in LEFT_OUT
    ]

    assert unplaced == []


def test_the_wheel_carries_its_licence_and_its_command(wheel: set[str]) -> None:
    names = {name.split(".dist-info/")[1] for name in wheel if ".dist-info/" in name}

    assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= names


def _data_files() -> set[str]:
    return {_named(path) for path in _files() if path.suffix in DATA}


def _files() -> list[Path]:
    return [
        path
        for folder in PACKAGE_FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]


def _named(path: Path) -> str:
    return f"antiphon/{path.relative_to(ROOT).as_posix()}"
