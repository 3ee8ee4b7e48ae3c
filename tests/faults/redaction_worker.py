"""Carries one redaction through and dies: `python -m tests.faults.redaction_worker URL HOME WORDS`.

For each fault point on its standard input it forks a process that dies there by its own SIGKILL,
and says on its standard output how that one ended.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from antiphon.events.faultpoints import FaultPoint, Strike, arm
from antiphon.events.log import EventLog
from antiphon.events.privacy_policy import PrivacyPolicyPublished
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.logs import set_up_logs
from antiphon.services.redaction.workflow import Embedded

from ..builders import CONTACT
from ..derived_keys import DerivedKeys
from ..services.redaction.cell import Cell, Tongue


def furnished(log: EventLog, home: Path, words: str) -> Cell:
    """Return the cell where every process of a test finds it, in which these words are known."""
    (home / "destroyed").mkdir(exist_ok=True)
    cell = Cell(home)
    cell.move(log, DerivedKeys(home / "destroyed"), home / "objects")
    cell.understand(Tongue(words.split()))
    cell.policy = PrivacyPolicyPublished(version="1", originals="destroy")
    return cell


async def _carry(url: str, home: Path, words: str) -> None:
    async with connected(url, name="redaction") as nc:
        cell = furnished(JetStreamLog(nc), home, words)
        await Embedded(cell.activities()).carry(CONTACT, 1)


def _killing(where: FaultPoint) -> Strike:
    async def strike(point: FaultPoint) -> None:
        if point is where:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def main(url: str, home: str, words: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            arm(_killing(FaultPoint(line.strip())))
            asyncio.run(_carry(url, Path(home), words))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    set_up_logs("info", file=sys.stderr)
    main(*sys.argv[1:])
