"""Translation: each contact's speech in the languages that are wanted, and replies that are spoken.

One coroutine a contact. Models and voices are asked beside it; facts are appended by it alone, in
the order in which things were said.
"""

from collections.abc import Callable
from datetime import datetime

from ...events.base import ContactRef, Lane
from ...events.journal import Journal
from ...events.translation import ReplyAudioErased, ReplySpoken
from ..forgetting import say_erased
from ..inbox import Inbox
from .attending import Attending, Means
from .identifying import Identifier
from .languages import TenantLanguages
from .reply_audio import ReplyAudio
from .speaking import Speaker
from .standing import SERVICE
from .translator import Translator


class Translation:
    """The service. What it knows of a contact stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "speech", "translation")  # media: the clock's zero

    def __init__(
        self,
        *,
        journal: Journal,
        translator: Translator,
        speaker: Speaker,
        audio: ReplyAudio,
        identifier: Identifier,
        languages: TenantLanguages,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._audio = audio
        self._now = now
        self._means = Means(
            journal=journal,
            translator=translator,
            speaker=speaker,
            audio=audio,
            identifier=identifier,
            languages=languages,
            now=now,
        )

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Translate and speak until the contact is over and every reply is told.

        Raises:
            StreamMoved: another process cares for the contact too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        attending = Attending(contact, self._means)
        await attending.catch_up(inbox.history)
        await attending.go_on(inbox)

    async def forget(self, contact: ContactRef) -> None:
        """Delete what there is of a contact's replies, and say so once.

        Raises:
            ArchiveUnavailable: the store does not answer.
            StreamMoved: another process did the same meanwhile.
            LogUnavailable: the log does not answer.
        """
        objects = await self._audio.delete_all(contact)
        await say_erased(
            ReplyAudioErased(objects=objects),
            contact=contact,
            lane="translation",
            journal=self._journal,
            now=self._now,
            tells=ReplySpoken,
            objects=objects,
            was_kept=bool(objects),
        )
