"""Keeps one stream read: by one process at a time, which goes on where the last one was."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from ....errors import Fault, LeaseLost
from ....events.base import TenantName
from ....events.journal import Journal
from ....events.live import Live
from ....events.privacy.protection import ProtectionOf, everything
from ....events.progress import Progress
from ...lease import Lease, Leases, released
from ...ranges import share_of
from .checkpoint import Checkpoint, decoded
from .contacts import Contacts
from .limits import Limits
from .port import SegmentStream
from .reader import Reader

OFFER = "contact_lens"  # as processes tell each other that they read such streams

log = structlog.get_logger()


class Following:
    """One stream of one tenant. Each stream is read by whoever is due it, the streams spread."""

    def __init__(
        self,
        stream: SegmentStream,
        *,
        tenant: TenantName,
        journal: Journal,
        live: Live,
        leases: Leases,
        progress: Progress,
        now: Callable[[], datetime],
        is_text_only: Callable[[], bool] = lambda: True,
        protection: ProtectionOf = everything,
        limits: Limits | None = None,
    ) -> None:
        """`is_text_only`: whether the tenant's contacts are written down from here, now.

        `protection` says what it has masked, asked once a contact is written down.
        """
        self._stream = stream
        self._tenant = tenant
        self._journal = journal
        self._live = live
        self._leases = leases
        self._progress = progress
        self._now = now
        self._is_text_only = is_text_only
        self._protection = protection
        self._limits = limits or Limits()
        self._name = f"{OFFER}.{tenant}.{stream.name}"

    async def run(self) -> None:
        """Read whenever the stream is ours to read, until cancelled."""
        self._leases.offer(OFFER)
        while True:
            try:
                lease = await self._lease()
            except Fault as fault:
                log.warning("stream_not_taken", lease=self._name, problem=fault.code)
                lease = None
            if lease is not None:
                await self._read(lease)
            # Standing by is healthy, and so is waiting for a stream that does not answer.
            self._progress.beat()
            await self._leases.changed(within_s=self._limits.look_s)

    @property
    def _is_due(self) -> bool:
        if not (self._leases.may_hold and self._is_text_only()):
            return False
        sharers = self._leases.sharers(OFFER)
        return bool(share_of(self._leases.owner, sharers, ranges=1, what=self._name))

    async def _lease(self) -> Lease | None:
        wanted = self._is_due or self._leases.left_behind(self._name)
        if not (wanted and self._leases.may_hold and self._leases.may_be_free(self._name)):
            return None
        return await self._leases.acquire(self._name)

    async def _read(self, lease: Lease) -> None:
        contacts = Contacts(
            self._tenant,
            stream=self._stream.name,
            journal=self._journal,
            live=self._live,
            protection=self._protection,
            now=self._now,
            limits=self._limits,
        )
        reader = Reader(
            self._stream,
            contacts,
            decoded(lease.state),
            tenant=self._tenant,
            limits=self._limits,
            alive=self._progress.beat,
        )
        log.info("stream_taken", lease=self._name)
        try:
            await self._read_while_held(reader, lease)
        finally:
            # Nothing is written any more: the tasks that could have ended.
            contacts.leave()
            await released(lease, reader.checkpoint.encoded())
            log.info("stream_left", lease=self._name)

    async def _read_while_held(self, reader: Reader, lease: Lease) -> None:
        work = (
            reader.read_for_ever(),
            self._save_for_ever(reader, lease),
            lease.until_lost(),
            self._until_not_due(),
        )
        tasks = {asyncio.ensure_future(one) for one in work}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except LeaseLost:
            log.warning("lease_lost", lease=self._name)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_not_due(self) -> None:
        while self._is_due:
            self._progress.beat()
            await self._leases.changed(within_s=self._limits.look_s)

    async def _save_for_ever(self, reader: Reader, lease: Lease) -> None:
        saved: Checkpoint | None = None
        while True:
            await asyncio.sleep(self._limits.save_s)
            checkpoint = reader.checkpoint
            if checkpoint == saved:
                continue
            try:
                await lease.save(checkpoint.encoded())
            except LeaseLost:
                raise
            except Fault as fault:
                log.warning("bookmark_not_saved", lease=self._name, problem=fault.code)
                continue
            saved = checkpoint
