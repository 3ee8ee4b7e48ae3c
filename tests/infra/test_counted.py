"""A run in which listed tests are missing fails, and says which."""

from pathlib import Path

import pytest

from ..counted import LISTED, Counted

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[2]

PASSES = "def test_{0}() -> None:\n    assert True\n\n"
SKIPS = "import pytest\n\n@pytest.mark.skip\ndef test_{0}() -> None:\n    assert True\n\n"
QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio")
MISSING = "test_a.py: 1 tests passed, 2 are listed"


def run(pytester: pytest.Pytester, content: str, *arguments: str) -> tuple[int, str]:
    """Run pytest on a file of which two tests are listed, and on another."""
    pytester.makepyfile(test_a=content, test_b=PASSES.format("else"))
    counted = Counted({"test_a.py": 2}, root=pytester.path)
    ended = pytester.runpytest_inprocess(*QUIET, *arguments, plugins=[counted])
    return int(ended.ret), ended.stdout.str()


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param(PASSES.format("one") + PASSES.format("two"), 0, False, id="as many"),
        pytest.param("".join(PASSES.format(n) for n in range(3)), 0, False, id="more"),
        pytest.param(PASSES.format("one"), 1, True, id="one gone"),
        pytest.param(PASSES.format("one") + SKIPS.format("two"), 1, True, id="one skipped"),
    ],
)
def test_fewer_passed_than_listed_fail_the_run(
    pytester: pytest.Pytester, content: str, *, code: int, told: bool
) -> None:
    returned, output = run(pytester, content)

    assert returned == code
    assert (MISSING in output) is told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["test_b.py"], 0, id="another file"),
        pytest.param(["-k", "one"], 0, id="by name"),
        pytest.param(["test_a.py::test_one"], 0, id="one test"),
        pytest.param(["."], 1, id="the folder"),
        pytest.param(["test_a.py"], 1, id="the file"),
    ],
)
def test_only_what_was_asked_for_is_missed(
    pytester: pytest.Pytester, arguments: list[str], code: int
) -> None:
    returned, output = run(pytester, PASSES.format("one"), *arguments)

    assert returned == code
    assert (MISSING in output) is bool(code)


def test_every_listed_file_is_there() -> None:
    assert [file for file in LISTED if not (ROOT / file).is_file()] == []


def test_this_very_run_is_held_to_the_list(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("counted")
