"""Looks at the template as its reader will: cfn-lint, `sam validate --lint` and checkov.

`python -m antiphon.infra.aws.checks`. The tools live in an environment of their own, pinned with
hashes in `checks.lock`: their hundred packages hold none of ours back. Once they are installed
no network is needed.
"""

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from ..bench.peer_environment import PeerFailedError, is_made, python_of

HERE = Path(__file__).parent
TEMPLATE = HERE / "template.yaml"
TOOLS = "aws-checks"  # the environment that holds them
LOCK = HERE / "checks.lock"
ALL = ("cfn-lint", "sam validate", "checkov")
RUN_S_MAX = 180.0  # all three take half a minute on a busy machine
REGION = "eu-west-2"  # validity does not depend on it; sam wants one

_QUIET = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": REGION, "LOG_LEVEL": "CRITICAL"}


def are_installed() -> bool:
    """Tell whether the tools are there, as they are pinned."""
    return is_made(TOOLS, lock=LOCK)


def problems_of(template: Path, *, tools: Collection[str] = ALL) -> list[str]:
    """Return what each tool that is not content says; empty if all are.

    Raises:
        PeerFailedError: the tools cannot be installed.
    """
    bin_folder = python_of(TOOLS, lock=LOCK).parent
    commands = {
        "cfn-lint": ("cfn-lint", "--non-zero-exit-code", "informational", str(template)),
        "sam validate": ("sam", "validate", "--lint", "--template", str(template)),
        "checkov": ("checkov", "--config-file", str(HERE / "checkov.yaml"), "-f", str(template)),
    }
    said = {name: _said(bin_folder, *commands[name]) for name in tools}
    return [f"{name}:\n{text}" for name, text in said.items() if text is not None]


def main() -> int:
    """Say what is wrong with the template; return an exit code."""
    try:
        problems = problems_of(TEMPLATE)
    except PeerFailedError as error:
        problems = [str(error)]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def _said(bin_folder: Path, program: str, *arguments: str) -> str | None:
    done = subprocess.run(  # noqa: S603 (our own argv)
        [str(bin_folder / program), *arguments],
        env={**os.environ, **_QUIET},
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )
    return f"{done.stdout}{done.stderr}".strip() or "failed" if done.returncode else None


if __name__ == "__main__":
    sys.exit(main())
