"""Transcription: what was said on a contact, from its audio, as facts.

One coroutine per contact. It follows the audio from where finals end, so a restart and a dead
recogniser are the same to it: another session, on the audio since the last finals.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from ...events.audio import AudioLog
from ...events.base import ContactRef, Lane, TenantName
from ...events.journal import Journal
from ...events.live import Live
from ...events.privacy.protection import ProtectionOf, everything
from ..inbox import Inbox
from .beside import beside
from .contact_lens.seeing_out import see_out
from .hearing import Hearing
from .limits import Limits
from .listener import Listener
from .port import Recognizer


class Transcription:
    """The service.

    `vocabulary` gives a tenant's terms, such as its products' names; `is_text_only` says whose
    contacts are heard elsewhere, and only have their transcripts completed here; `protection`
    says what a tenant has masked, asked once a contact is taken up.
    """

    name = "transcription"
    lanes: tuple[Lane, ...] = ("life", "media", "speech")

    def __init__(
        self,
        *,
        journal: Journal,
        audio: AudioLog,
        live: Live,
        recognizer: Recognizer,
        now: Callable[[], datetime],
        vocabulary: Callable[[TenantName], Sequence[str]] = lambda _tenant: (),
        is_text_only: Callable[[TenantName], bool] = lambda _tenant: False,
        protection: ProtectionOf = everything,
        limits: Limits | None = None,
    ) -> None:
        self._journal = journal
        self._audio = audio
        self._live = live
        self._recognizer = recognizer
        self._now = now
        self._vocabulary = vocabulary
        self._is_text_only = is_text_only
        self._protection = protection
        self._limits = limits or Limits()

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Transcribe a contact until its transcript is complete.

        Raises:
            StreamMoved: another process writes this contact's transcript.
            LogUnavailable: the log does not answer.
        """
        if self._is_text_only(contact.tenant):
            await see_out(
                contact,
                inbox,
                journal=self._journal,
                now=self._now,
                patience_s=self._limits.unreachable_s,
            )
            return
        hearing = Hearing(contact)
        for recorded in inbox.history:
            hearing.take(recorded)
        if hearing.completed:
            return
        listener = Listener(
            contact,
            hearing,
            journal=self._journal,
            audio=self._audio,
            live=self._live,
            recognizer=self._recognizer,
            vocabulary=tuple(self._vocabulary(contact.tenant)),
            protection=await self._protection(contact.tenant),
            limits=self._limits,
            now=self._now,
        )
        await beside(listener.attend(inbox), listener.keep_deadline(), main=listener.transcribe())
