"""A process that reads a stream of segments, for a test that kills it.

`python -m tests.services.transcription.lens_worker NATS_URL SEGMENTS_URL OWNER`. It says `up` once
it takes part.
"""

import asyncio
import hashlib
import sys
from collections.abc import Collection
from datetime import UTC, datetime

import httpx
from antiphon.events.base import KeyId, TenantName
from antiphon.events.journal import Journal
from antiphon.events.keys import Key
from antiphon.events.progress import Progress
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.live import NatsLive
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.presence import NatsPresence
from antiphon.infra.logs import set_up_logs
from antiphon.services.media.identities import Identities
from antiphon.services.transcription.contact_lens.following import Following
from antiphon.services.transcription.contact_lens.kinesis import KinesisSegments, StreamName

from ...builders import CONTACT
from .segments import ARN


class DerivedKeys:
    """Keys that every process finds alike, for there is no store they share."""

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        id_ = KeyId(hashlib.sha256(f"{tenant}/{holder}".encode()).hexdigest())
        return Key(id_, hashlib.sha256(id_.encode()).digest())

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """None is: each is derived anew."""

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        return {one: Key(one, hashlib.sha256(one.encode()).digest()) for one in ids}

    async def destroy(self, tenant: TenantName, holder: str) -> None:
        raise AssertionError("nobody is erased here")

    def forget(self, tenant: TenantName, holder: str) -> None:
        pass


async def main(nats_url: str, segments_url: str, owner: str) -> None:
    async with connected(nats_url, name=owner) as nc, httpx.AsyncClient() as http:
        log = JetStreamLog(nc)
        leases = Leases(log, presence=NatsPresence(nc))
        source = KinesisSegments(
            StreamName.of(ARN), http=http, identities=Identities(local=True), endpoint=segments_url
        )
        async with leases.attending(owner):
            sys.stdout.write("up\n")
            sys.stdout.flush()
            await Following(
                source,
                tenant=CONTACT.tenant,
                journal=Journal(log, DerivedKeys()),
                live=NatsLive(nc),
                leases=leases,
                progress=Progress("contact_lens", CONTACT.tenant, of="segments"),
                now=lambda: datetime.now(UTC),
            ).run()


if __name__ == "__main__":
    set_up_logs("info", file=sys.stderr)
    asyncio.run(main(*sys.argv[1:]))
