"""Killed at every named point, one after another, a redaction completes once all the same."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from antiphon.events.faultpoints import FaultPoint
from antiphon.events.redaction import OriginalDestroyed, RedactionVerified
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams

from ..builders import CONTACT, transcript_completed
from ..services.redaction.cell import final, words
from .redaction_worker import furnished

# In the order in which one redaction passes them.
POINTS = (
    FaultPoint.REDACTED_PUT,
    FaultPoint.REDACTION_STATED,
    FaultPoint.VERDICT_REACHED,
    FaultPoint.VERDICT_STATED,
    FaultPoint.ORIGINAL_PROPOSED,
    FaultPoint.ORIGINAL_DECIDED,
    FaultPoint.ORIGINAL_GONE,
)
SAID = "my router is broken again"
ROOT = Path(__file__).parents[2]
DIE_S_MAX = 60.0


async def test_killed_at_every_point_it_completes_once(
    nats_server: NatsServer, private_dir: Path
) -> None:
    async with connected(nats_server.url, name="test") as nc, asyncio.timeout(DIE_S_MAX):
        await Streams(nc).create_tenant(CONTACT.tenant)
        cell = furnished(JetStreamLog(nc), private_dir, SAID)
        said = words(SAID)
        await cell.record(cell.tongue.play({"from_customer": said}, length_ms=3_000))
        await cell.tell(final("from_customer", 1, said), transcript_completed())

        ends = await _ends(nats_server.url, private_dir)
        await cell.redact()

        assert ends == [-9] * len(POINTS)
        outcomes = await cell.outcomes()
        assert [type(one) for one in outcomes] == [RedactionVerified, OriginalDestroyed]
        known = await cell.known()
        assert known.released_audio is not None
        assert await cell.keys_on_shelf() == [known.released_audio.key]
        samples = await cell.redactor.samples(CONTACT, known.released_audio)
        heard = cell.tongue.understand(samples["from_customer"])
        assert " ".join(one.text for one in heard) == SAID


async def _ends(url: str, home: Path) -> list[int]:
    """Let a process die at each point, one after another; return how each ended."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.redaction_worker", url, str(home), SAID),
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    told, _ = await worker.communicate("".join(f"{point}\n" for point in POINTS).encode())
    return [int(line) for line in told.split()]
