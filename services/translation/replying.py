"""An agent's typed replies: each translated, then spoken, one after another.

What is next follows from the facts, so whoever takes a contact over goes on where another stopped.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Literal

from ...errors import ArchiveUnavailable, VoiceFailed
from ...events.base import ContactRef
from ...events.translation import UNDETERMINED, ReplyFailed, ReplyTranslated
from ...events.voices import current_agent
from .languages import language_of
from .masking import sendable
from .means import Means, Output
from .prompting import PROMPTS, Wanted
from .reply_audio import fact_of
from .standing import Reply, Standing
from .translator import Untranslated

REPLY_S_MAX = 60.0  # after it was typed: the conversation has gone on since


class Replying:
    """See the module. At most one step is under way."""

    def __init__(self, contact: ContactRef, means: Means, *, standing: Standing) -> None:
        self._contact = contact
        self._means = means
        self._standing = standing
        self._step: asyncio.Task[Output] | None = None

    def start(self) -> None:
        """Begin the next step, if none is under way and there is one."""
        if self._step is None and self._standing.replies:
            oldest = next(iter(self._standing.replies.values()))
            self._step = asyncio.ensure_future(self._next_step(oldest)())

    def answers(self) -> Iterator["asyncio.Future[Output]"]:
        """Yield what the next fact waits for."""
        if self._step is not None:
            yield self._step

    def next_output(self) -> Output | None:
        """Return what can be told next; the same again until it is `told`."""
        if self._step is None or not self._step.done():
            return None
        return self._step.result()

    def told(self) -> None:
        """What was returned last has been appended."""
        self._step = None

    async def leave(self) -> None:
        """Go no further."""
        if self._step is not None:
            self._step.cancel()
            await asyncio.gather(self._step, return_exceptions=True)

    def _next_step(self, reply: Reply) -> Callable[[], Coroutine[Any, Any, Output]]:
        source, target = self._languages(reply)
        if reply.translated is None and source != target:
            return lambda: self._translate(reply, source=source, target=target)
        return lambda: self._speak(reply, language=target)

    def _languages(self, reply: Reply) -> tuple[str, str]:
        """Return what a reply was typed in, as far as is known, and is to be told in."""
        standing = self._standing
        languages = self._means.languages.of(self._contact.tenant)
        agent_id = current_agent(standing.voices)
        read = languages.agents.get(agent_id) if agent_id is not None else None
        targets = standing.wants(languages).targets
        source = language_of(read) if read else standing.language_of("to_customer", targets=targets)
        if not read and not targets and "to_customer" not in standing.identified:
            # Nobody said what the agent speaks: not what the customer was said to.
            source = UNDETERMINED
        spoken = standing.language_of("from_customer", targets=())
        return source, language_of(reply.fact.language) if reply.fact.language else spoken

    async def _translate(self, reply: Reply, *, source: str, target: str) -> Output:
        if self._means.is_late(reply.typed, by_s=REPLY_S_MAX):
            return _failed(reply, step="translation", reason="late")
        tenant = self._contact.tenant
        languages = self._means.languages.of(tenant)
        sent, _ = sendable(reply.fact.text.reveal_or(""))
        wanted = Wanted(
            tenant=tenant,
            kind="reply",
            said=sent,
            source=source,
            target=target,
            terms=languages.glossary,
        )
        result = await self._means.translator.translate(wanted)
        if isinstance(result, Untranslated):
            return _failed(reply, step="translation", reason=result.reason)
        event = ReplyTranslated(
            reply_id=reply.fact.reply_id,
            source=source,
            target=target,
            text=result.sealed,
            model=result.model,
            endpoint=result.endpoint,
            prompt=PROMPTS["reply"],
            glossary=languages.glossary_version,
            took_ms=result.took_ms,
        )
        return Output(event, reply.fact.reply_id, reply.cause)

    async def _speak(self, reply: Reply, *, language: str) -> Output:
        if self._means.is_late(reply.typed, by_s=REPLY_S_MAX):
            return _failed(reply, step="speech", reason="late")
        text = reply.fact.text if reply.translated is None else reply.translated.text
        contact, reply_id, audio = self._contact, reply.fact.reply_id, self._means.audio
        named = self._means.languages.of(contact.tenant).voices.get(language, {})
        try:
            spoken = await audio.find(contact, reply_id)
            if spoken is None:
                spoken = await self._means.speaker.speak(
                    text.reveal(), tenant=contact.tenant, language=language, named=named
                )
                spoken = await audio.keep(contact, reply_id, spoken)
        except VoiceFailed as failure:
            return _failed(reply, step="speech", reason=failure.reason)
        except ArchiveUnavailable:
            return _failed(reply, step="speech", reason="store_unavailable")
        event = fact_of(contact, reply_id, spoken, language=language)
        return Output(event, reply_id, reply.cause)


def _failed(reply: Reply, *, step: Literal["translation", "speech"], reason: str) -> Output:
    event = ReplyFailed(reply_id=reply.fact.reply_id, step=step, reason=reason)
    return Output(event, reply.fact.reply_id, reply.cause)
