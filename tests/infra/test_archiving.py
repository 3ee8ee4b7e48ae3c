"""A tenant's archive as a process runs it: both streams, one signing key, positions as progress."""

import asyncio
from pathlib import Path

from antiphon.events.base import TenantName
from antiphon.events.log import Entry
from antiphon.events.progress import Progress
from antiphon.events.subjects import configuration_stream
from antiphon.infra.archive_key import archive_signer
from antiphon.infra.archiving import Archives, Log, sources_of
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.chain import Archive
from antiphon.services.archive.verify import Check, verify

from ..waiting import until
from .places import OnJetStream, Place


class TestArchives(OnJetStream):
    async def test_facts_and_register_are_archived_under_the_tenants_key(
        self, place: Place, tmp_path: Path
    ) -> None:
        archives = Archives(store=DirectoryStore(tmp_path), log=place.log, keys=place.keys)
        loops: dict[str, Progress] = {}

        def progress(name: str, of: Log) -> Progress:
            loops[name] = Progress(name, place.tenant, of=of)
            return loops[name]

        await place.append("07.contact.c-1.life", "one", "two")
        registered = [Entry("access-1", b"{}")]
        await place.log.append(
            configuration_stream(place.tenant),
            f"cf.{place.tenant}.access.a-1",
            registered,
            expected=None,
        )
        tasks = [
            asyncio.create_task(loop)
            for loop in await archives.loops(place.tenant, progress=progress, age_s_max=0.0)
        ]
        try:
            await until(lambda: loops["archive_facts"].position == 2)
            await until(lambda: loops["archive_register"].position == 1)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

        signer = await archive_signer(place.keys, place.tenant)
        found = {
            name: await verify(
                Check(
                    archive=Archive(archives.store, trusted=[signer.public_key]),
                    source=source,
                    log=place.log,
                )
            )
            for name, source in sources_of(place.tenant).items()
        }
        [facts] = found["archive_facts"]
        assert (facts.flaw, facts.last, facts.compared) == (None, 2, 2)
        [register] = found["archive_register"]
        assert (register.flaw, register.last, register.compared) == (None, 1, 1)

    async def test_the_same_tenant_signs_with_the_same_key_and_others_with_another(
        self, place: Place
    ) -> None:
        one = await archive_signer(place.keys, place.tenant)
        again = await archive_signer(place.keys, place.tenant)
        other = await archive_signer(place.keys, TenantName("another"))

        assert one.public_key == again.public_key != other.public_key
