"""Who may import whom is kept; and each check can fail."""

from pathlib import Path

import pytest

from .imports import problems_of
from .tree import ROOT


def test_every_import_goes_in_an_allowed_direction() -> None:
    assert problems_of(ROOT) == []


def test_a_good_tree_has_no_problems(tmp_path: Path) -> None:
    _write(tmp_path, "infra/main.py", "from .. import __version__\nfrom ..api.app import create\n")
    _write(tmp_path, "api/app.py", "from ..projections import desk\nimport litestar\n")
    _write(tmp_path, "services/media/reader.py", "from ..reactor import run\nfrom . import words\n")
    _write(tmp_path, "services/media/__init__.py", "")
    _write(tmp_path, "services/reactor.py", "from ..events.base import Event\n")
    _write(tmp_path, "events/base.py", "import msgspec\nfrom ..errors import Malformed\n")
    _write(tmp_path, "events/sealed.py", "def read(text):\n    return text.open()\n")

    assert problems_of(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "source", "problem"),
    [
        ("events/a.py", "from ..commands.contact import decide", "events may not import commands"),
        ("events/a.py", "from .. import commands", "events may not import commands"),
        ("events/a.py", "from .. import __version__", "events may not import the root"),
        ("commands/a.py", "from ..projections import desk", "commands may not import projections"),
        ("projections/a.py", "from ..services.reactor import x", "may not import services"),
        ("services/a.py", "from ..projections.desk import x", "may not import projections"),
        ("api/a.py", "from ..services.guidance.rules import x", "api may not import services"),
        ("api/a.py", "from ..infra.settings import x", "api may not import infra"),
        ("errors/faults.py", "from ..events.base import Event", "errors may not import events"),
        ("__init__.py", "from .events.base import Event", "__init__ may not import events"),
        ("api/a.py", "def f():\n    from ..infra import main", "api may not import infra"),
        ("api/a.py", "from ...elsewhere import x", "climbs out of the package"),
        ("infra/a.py", "from antiphon.events.base import Event", "imports are relative"),
        ("infra/a.py", "import antiphon.events.base", "imports are relative"),
        ("events/a.py", "import nats", "does not touch the world (nats)"),
        ("events/a.py", "import socket", "does not touch the world (socket)"),
        ("commands/a.py", "from asyncpg import Pool", "does not touch the world (asyncpg)"),
        ("commands/a.py", "import litestar.types", "does not touch the world (litestar)"),
        ("commands/a.py", "from datetime import datetime\nx = datetime.now()", "(datetime.now)"),
        ("commands/a.py", "import uuid\nx = uuid.uuid4()", "(uuid.uuid4)"),
        ("events/a.py", "import os\nx = os.environ['A']", "(os.environ)"),
        ("events/a.py", "x = open('a')", "(open)"),
        ("events/__init__.py", "", "events/__init__.py: the six folders stay without one"),
        ("infra/__init__.py", "", "infra/__init__.py: the six folders stay without one"),
        ("services/media/a.py", "", "services/media/: a subfolder has an `__init__.py`"),
        ("helpers/a.txt", "", "helpers/: nobody said who may import this folder"),
        ("helpers.py", "", "helpers.py: nobody said who may import this file"),
    ],
)
def test_a_bad_tree_is_found(tmp_path: Path, file: str, source: str, problem: str) -> None:
    _write(tmp_path, file, source)

    [found] = problems_of(tmp_path)

    assert problem in found
    assert found.startswith(file.split("/", maxsplit=1)[0])


def test_services_that_meet_are_found(tmp_path: Path) -> None:
    for service in ("media", "guidance"):
        _write(tmp_path, f"services/{service}/__init__.py", "")
    _write(tmp_path, "services/media/a.py", "from ..guidance.rules import x\n")
    _write(tmp_path, "services/guidance/b.py", "from .. import media\n")
    _write(tmp_path, "services/reactor.py", "from .media.a import x\n")

    found = problems_of(tmp_path)

    assert sorted(problem.split(": ")[1] for problem in found) == [
        "services/guidance may not import services/media",
        "services/media may not import services/guidance",
        "services/reactor may not import services/media",
    ]


def _write(root: Path, file: str, source: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
