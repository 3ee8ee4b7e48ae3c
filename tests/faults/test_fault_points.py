"""No point where a fault could strike is forgotten, and none is named that is nowhere."""

import ast
from collections import Counter
from pathlib import Path

from antiphon.events.faultpoints import FaultPoint
from antiphon.infra.faults.catalogue import FAULTS

from .test_redaction_faults import POINTS

ROOT = Path(__file__).parents[2]
FOLDERS = ("commands", "projections", "services", "infra", "api")


def test_every_point_is_struck_by_some_fault() -> None:
    struck = {fault.point for fault in FAULTS if fault.point}
    # A redaction passes its points by itself: `test_redaction_faults` strikes each of them.
    assert struck | set(POINTS) == set(FaultPoint)
    assert struck.isdisjoint(POINTS)


def test_every_point_stands_in_the_code_once() -> None:
    assert points_reached() == Counter(point.name for point in FaultPoint)


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def points_reached() -> Counter[str]:
    """Return the points that are the argument of a call of `reach`, by name."""
    found: Counter[str] = Counter()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Name(id="reach"),
                        args=[ast.Attribute(value=ast.Name(id="FaultPoint"), attr=name)],
                    ):
                        found[name] += 1
                    case _:
                        pass
    return found
