"""A process that does the steps Temporal asks for: `python -m tests.infra.temporal_worker`.

Given the name of a fault point, it dies there by its own SIGKILL.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from antiphon.commands.erasure_ports import NoHolds
from antiphon.errors import ModelUnusable
from antiphon.events.base import TenantName
from antiphon.events.faultpoints import FaultPoint, arm
from antiphon.events.journal import Journal
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.speech_finder import Silero
from antiphon.infra.temporal.driver import Address
from antiphon.infra.temporal.driver import connected as at_work
from antiphon.services.redaction.activities import Activities
from antiphon.services.redaction.port import HeardWord, Samples
from antiphon.services.redaction.redactor import Redactor
from antiphon.services.redaction.verifying import Verifier

from ..derived_keys import DerivedKeys

# So that nobody waits longer than a busy machine may stand still.
HEARTBEAT_S, STICKY_S = 1.2, 1.0
QUEUE = "redaction-crash-test"


class NoEars:
    """For contacts without a recording: there is nothing to hear again."""

    name = "none"

    def check(self) -> None:
        raise ModelUnusable("there is none")

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        raise ModelUnusable("there is none")


def address(target: str) -> Address:
    return Address(
        target=target,
        namespace="default",
        task_queue=QUEUE,
        heartbeat_s=HEARTBEAT_S,
        sticky_s=STICKY_S,
    )


def activities(journal: Journal, directory: Path) -> Activities:
    async def no_policy(_tenant: TenantName) -> None:
        return None

    finder = Silero()
    return Activities(
        journal=journal,
        redactor=Redactor(DirectoryStore(directory), DerivedKeys(), finder),
        verifier=Verifier(NoEars(), finder),
        policies=no_policy,
        holds=NoHolds(),
        now=lambda: datetime.now(UTC),
    )


async def main(nats_url: str, target: str, directory: str, identity: str, dies_at: str) -> None:
    if dies_at:
        arm(_killing(FaultPoint(dies_at)))
    async with connected(nats_url, name=identity) as nc:
        made = activities(Journal(JetStreamLog(nc), DerivedKeys()), Path(directory))
        async with at_work(address(target), made, identity=identity):
            sys.stdout.write("at work\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


def _killing(where: FaultPoint):  # noqa: ANN202 (a Strike)
    async def strike(point: FaultPoint) -> None:
        if point is where:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
