"""What no file may hold, and what the lock must."""

import re
from pathlib import Path

import pytest

from .tree import ROOT, text_files

# In pieces, or this file would hold them; `~` holds a word apart.
_HOSTS = (
    ("pypi", "org"), ("python~hosted", "org"), ("npm~js", "org"), ("npm~js", "com"),
    ("maven", "apache", "org"), ("maven", "org"), ("debian", "org"), ("ubuntu", "com"),
    ("golang", "org"), ("crates", "io"), ("docker", "io"), ("ghcr", "io"),
)  # fmt: skip
_NAMES = [".".join(host).replace("~", "") for host in _HOSTS]
FORBIDDEN = {
    "a registry's address": re.compile(
        "|".join(re.escape(".".join(host).replace("~", "")) for host in _HOSTS)
    ),
    "an index address": re.compile(r"--(?:extra-)?index-ur[l]|--find-link[s]|//[^ ]*/simpl[e]/"),
    "somebody's home": re.compile(r"/(?:hom[e]|User[s])/[a-z]|/roo[t]/|/wor[k]/"),
}


def problems_of(root: Path) -> list[str]:
    """Return the lines that hold what none may."""
    return [
        f"{path.relative_to(root)}:{number}: {what}"
        for path in text_files(root)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    assert problems_of(ROOT) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("https://" + "pypi" + ".org/project/x", "a registry's address"),
        ("see https://files." + "python" + "hosted.org/x", "a registry's address"),
        ("-" + "-index-url https://example.test", "an index address"),
        ("cd /" + "home/ada/antiphon", "somebody's home"),
        ("cd /" + "work/main", "somebody's home"),
    ],
)
@pytest.mark.parametrize("file", ["a.md", "docs/a.yaml", "infra/a.py", "Makefile", ".ci/run"])
def test_a_line_that_does_is_found(tmp_path: Path, file: str, line: str, what: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(f"fine\n{line}\n")

    assert problems_of(tmp_path) == [f"{file}:2: {what}"]


def entries_of(lock: str) -> list[str]:
    """Return the entries of a lock, each on one line, comments left out."""
    joined = lock.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def loose(lock: str) -> list[str]:
    """Return the entries that do not pin one version by hash."""
    pinned = re.compile(
        r"[a-z0-9.-]+==[\w.!+-]+(?: ; [^#]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*"
    )
    return [entry for entry in entries_of(lock) if not pinned.fullmatch(entry)]


def test_every_entry_of_the_lock_pins_one_version_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    assert len(entries_of(lock)) > 20
    assert loose(lock) == []
    assert "://" not in lock


@pytest.mark.parametrize(
    "entry", ["numpy", "numpy==2.0.0", "numpy>=2 --hash=sha256:" + "0" * 64, "-e ."]
)
def test_a_loose_entry_is_found(entry: str) -> None:
    assert loose(f"# a comment\n{entry}\n") == [entry]
