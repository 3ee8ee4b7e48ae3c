"""A process that does the steps Temporal asks for: `python -m tests.infra.temporal_worker`.

Given the name of a fault point, it dies there by its own SIGKILL; given words, it can hear them.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from antiphon.commands.erasure_ports import NoHolds
from antiphon.commands.expiry import Expirer
from antiphon.errors import ModelUnusable
from antiphon.events.base import TenantName
from antiphon.events.faultpoints import FaultPoint, arm
from antiphon.events.journal import Journal
from antiphon.events.log import EventLog
from antiphon.events.register import Register
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.speech_finder import Silero
from antiphon.infra.temporal.driver import Address
from antiphon.infra.temporal.driver import connected as at_work
from antiphon.services.redaction.activities import Activities
from antiphon.services.redaction.originals import Originals
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


def activities(log: EventLog, directory: Path) -> Activities:
    async def none(_tenant: TenantName) -> None:
        return None

    def now() -> datetime:
        return datetime.now(UTC)

    journal, finder, keys = Journal(log, DerivedKeys()), Silero(), DerivedKeys()
    redactor = Redactor(DirectoryStore(directory), keys, finder)
    expirer = Expirer(
        journal=journal, register=Register(log, keys), keys=keys, forget_copies=none, now=now
    )
    return Activities(
        journal=journal,
        redactor=redactor,
        verifier=Verifier(NoEars(), finder),
        policies=none,
        originals=Originals(redactor=redactor, expirer=expirer, holds=NoHolds()),
        now=now,
    )


async def main(
    nats_url: str, target: str, directory: str, *, identity: str, dies_at: str, words: str
) -> None:
    if dies_at:
        arm(_killing(FaultPoint(dies_at)))
    async with connected(nats_url, name=identity) as nc:
        made = _made(JetStreamLog(nc), Path(directory), words)
        async with at_work(address(target), made, identity=identity):
            sys.stdout.write("at work\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


def _made(log: JetStreamLog, directory: Path, words: str) -> Activities:
    if not words:
        return activities(log, directory)
    from ..faults.redaction_worker import furnished

    return furnished(log, directory, words).activities()


def _killing(where: FaultPoint):  # noqa: ANN202 (a Strike)
    async def strike(point: FaultPoint) -> None:
        if point is where:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


if __name__ == "__main__":
    *places, who, point, known = sys.argv[1:]
    asyncio.run(main(*places, identity=who, dies_at=point, words=known))
