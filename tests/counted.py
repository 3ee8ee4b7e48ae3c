"""Tests that must not go missing quietly: fewer passed than listed fails the run.

A suite whose servers are skipped, whose class is renamed or whose parameters vanish would
otherwise look like one that passed.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

# Passed tests by file, from the root. More is fine: raise the number with the suite.
LISTED = {
    "tests/infra/test_cluster.py": 87,
    "tests/infra/test_cluster_faults.py": 8,
}


class Counted:
    """A pytest plugin that holds a run to its list.

    What a run was asked to leave out (`-k`, `-m`, a single test, another folder) is not
    missed; a skip is.
    """

    def __init__(self, listed: Mapping[str, int], *, root: Path) -> None:
        self._listed = listed
        self._root = root
        self._passed: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed[report.nodeid.partition("::")[0]] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and self._missing(session.config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        for problem in self._missing(config):
            terminalreporter.write_line(problem, red=True)

    def _missing(self, config: pytest.Config) -> list[str]:
        if config.option.collectonly or hasattr(config, "workerinput"):
            return []  # a worker of several sees its part alone; who asked it counts
        return [
            f"{file}: {self._passed[file]} tests passed, {least} are listed"
            for file, least in self._listed.items()
            if self._passed[file] < least and self._asked_for(file, config)
        ]

    def _asked_for(self, file: str, config: pytest.Config) -> bool:
        if config.option.keyword or config.option.markexpr or config.option.deselect:
            return False
        wanted = self._root / file
        asked = [(config.invocation_params.dir / one).resolve() for one in config.args]
        return any(one == wanted or one in wanted.parents for one in asked)
