"""Recording: with consent, a contact's audio in one object that only its own key opens.

One coroutine per contact. Parts are spooled while the call goes on, each a fact, so a restart
goes on after the last one, on the audio stream, which keeps a day of it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from ...errors import KeyDestroyed
from ...events.audio import AudioLog
from ...events.base import ContactRef, Lane
from ...events.journal import Journal
from ...events.keys import Key, KeyStore
from ...events.recording import AudioHolder, RecordingErased, RecordingPartStored
from ..forgetting import say_erased
from ..inbox import Inbox
from ..recording_store import RecordingStore
from ..sealed_recording import folder_of
from ..sweeping import delete_all
from .limits import Limits
from .recorder import SERVICE, Recorder
from .spool import Spool
from .standing import CONSENT_ATTRIBUTE, Standing

log = structlog.get_logger()


class Recording:
    """The service. `attribute` is the contact attribute that carries consent."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "recording")

    def __init__(
        self,
        *,
        journal: Journal,
        audio: AudioLog,
        store: RecordingStore,
        keys: KeyStore,
        now: Callable[[], datetime],
        attribute: str = CONSENT_ATTRIBUTE,
        limits: Limits | None = None,
    ) -> None:
        self._journal = journal
        self._audio = audio
        self._store = store
        self._keys = keys
        self._now = now
        self._attribute = attribute
        self._limits = limits or Limits()

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Record a contact until its recording is stored, or there will be none.

        Raises:
            StreamMoved: another process records this contact.
            LogUnavailable: the log does not answer.
            KeyDestroyed: the person behind the contact was erased.
            RecordingDamaged: a stored part is not what it was.
        """
        standing = Standing(attribute=self._attribute)
        for recorded in inbox.history:
            standing.take(recorded)
        key = await self._key(contact, standing.holder)
        if key is None:
            log.info("original_destroyed", tenant=contact.tenant, contact_id=contact.contact_id)
            return  # what is played was made of it before
        spool = Spool(contact, self._store, key=key, holder=standing.holder, limits=self._limits)
        if standing.stored is not None:
            await spool.sweep(keep=standing.stored.key)
        if standing.is_settled:
            return
        recorder = Recorder(
            contact,
            standing,
            journal=self._journal,
            audio=self._audio,
            spool=spool,
            limits=self._limits,
            now=self._now,
        )
        await recorder.state_answers()
        async with asyncio.TaskGroup() as tasks:
            beside = (
                tasks.create_task(recorder.attend(inbox)),
                tasks.create_task(recorder.keep_deadline()),
            )
            await recorder.record()
            for task in beside:
                task.cancel()

    async def _key(self, contact: ContactRef, holder: AudioHolder) -> Key | None:
        """Return the key to record under; None: nothing that it seals shall be any more.

        Raises:
            KeyDestroyed: the person behind the contact was erased.
        """
        own = await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")
        if holder == "contact":
            return own
        try:
            return await self._keys.obtain(contact.tenant, f"{holder}/{contact.contact_id}")
        except KeyDestroyed:
            return None

    async def forget(self, contact: ContactRef) -> None:
        """Delete what there is of a contact's recording, and say so once.

        Raises:
            ArchiveUnavailable: the store does not answer.
            StreamMoved: another process did the same meanwhile.
            LogUnavailable: the log does not answer.
        """
        objects = await delete_all(folder_of(contact), self._store)
        await say_erased(
            RecordingErased(objects=objects),
            contact=contact,
            lane="recording",
            journal=self._journal,
            now=self._now,
            tells=RecordingPartStored,
            objects=objects,
        )
