"""Guidance for one contact at a time: hears partials and finals, appends what they earn."""

from collections.abc import Callable
from datetime import datetime

from ...events.base import ContactRef, Lane
from ...events.journal import Journal
from ...events.live import Live
from ..inbox import Inbox
from ..models import Classifier, Embedder, TextModels
from ..partials import Partials
from .attending import Attending
from .case import SERVICE
from .examples import Examples
from .graph import Models
from .shelf import Shelf


class Guidance:
    """The service. Playbooks are on the shelf; everything else it knows stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "speech", "guidance")  # media: the clock's zero

    def __init__(
        self,
        journal: Journal,
        live: Live,
        shelf: Shelf,
        *,
        now: Callable[[], datetime],
        embedder: Embedder | None = None,
        classifier: Classifier | None = None,
        text: TextModels | None = None,
    ) -> None:
        self._journal = journal
        self._partials = Partials(live)
        self._shelf = shelf
        self._now = now
        examples = None if embedder is None else Examples(embedder)
        self._models = Models(examples=examples, classifier=classifier, text=text)

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Listen until all was said and every cue is answered or expired.

        Raises:
            StreamMoved: another process cares for the contact too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        attending = Attending(
            contact, self._journal, self._shelf, models=self._models, now=self._now
        )
        try:
            await attending.catch_up(inbox.history)
            if attending.finished:
                return
            async with self._partials.of(contact) as mailbox:
                await attending.go_on(inbox, mailbox)
        finally:
            await attending.close()
