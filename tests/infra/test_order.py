"""The files listed as longest are there, and go first."""

import pytest

from ..order import LONGEST, longest_first

pytest_plugins = "pytester"


def test_what_is_listed_is_there_and_listed_once(pytestconfig: pytest.Config) -> None:
    assert [file for file in LONGEST if not (pytestconfig.rootpath / file).is_file()] == []
    assert len(LONGEST) == len(set(LONGEST))


def test_listed_files_go_first_and_the_tests_of_each_keep_their_order(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(**dict.fromkeys(("test_a", "test_b", "test_c", "test_d"), TWO))
    files = [pytester.path / f"test_{letter}.py" for letter in "abcd"]
    items = pytester.genitems([pytester.getpathnode(file) for file in files])

    longest_first(items, root=pytester.path, longest=["test_d.py", "test_b.py"])

    assert [(item.path.name, item.name) for item in items] == [
        (f"test_{letter}.py", name) for letter in "dbac" for name in ("test_z", "test_y")
    ]


TWO = "def test_z() -> None: ...\n\n\ndef test_y() -> None: ...\n"
