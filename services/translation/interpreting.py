"""The utterances of one contact on their way into another language, in the order of their saying.

Several are asked for at once; what is known of one is told after what was said before it.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

from ...events.base import ContactRef, UtteranceId
from ...events.translation import TranslationDropped, UtteranceTranslated
from .listening import Listening
from .masking import sendable
from .means import Means, Output, Said
from .prompting import CONTEXT_MAX, PROMPTS, Wanted
from .standing import Standing
from .translator import Translated, Untranslated

UNDER_WAY_MAX = 4  # of one contact: more would only wait at the model


class _Job:
    """An utterance to be translated; nobody is asked before `answer` is there."""

    def __init__(self, said: Said, wanted: Wanted, context: tuple[UtteranceId, ...]) -> None:
        self.said = said
        self.wanted = wanted
        self.context = context
        self.answer: asyncio.Task[Translated | Untranslated] | None = None

    @property
    def key(self) -> tuple[UtteranceId, str]:
        return self.said.final.utterance_id, self.wanted.target


class Interpreting:
    """See the module."""

    def __init__(
        self, contact: ContactRef, means: Means, *, standing: Standing, listening: Listening
    ) -> None:
        self._contact = contact
        self._means = means
        self._standing = standing
        self._listening = listening
        self._jobs: deque[_Job] = deque()

    @property
    def is_idle(self) -> bool:
        return not self._jobs

    def take_up(self, targets: tuple[str, ...]) -> list[Output]:
        """Take up what is wanted in these languages; return what to say of what is too late.

        Of what nobody wanted when it was said, nothing is said.
        """
        begun = {job.key for job in self._jobs}
        late: dict[str, list[Said]] = {}
        for said, target in self._listening.unsettled(targets):
            if (said.final.utterance_id, target) in begun:
                continue
            if not self._means.is_late(said.recorded):
                self._jobs.append(self._job(said, target))
            elif said.recorded.position > self._standing.set_at:
                late.setdefault(target, []).append(said)
        return [
            _dropped(those, target=target, reason="late", about=those[-1])
            for target, those in late.items()
        ]

    def start(self) -> None:
        """Ask for as many as may be under way."""
        for job in list(self._jobs)[:UNDER_WAY_MAX]:
            if job.answer is None:
                job.answer = asyncio.ensure_future(self._translated(job))

    def answers(self) -> Iterator["asyncio.Future[Translated | Untranslated]"]:
        """Yield what the next fact waits for."""
        if self._jobs and self._jobs[0].answer is not None:
            yield self._jobs[0].answer

    def next_output(self) -> Output | None:
        """Return what can be told next; the same again until it is `told`."""
        if not self._jobs or (answer := self._jobs[0].answer) is None or not answer.done():
            return None
        job, result = self._jobs[0], answer.result()
        if isinstance(result, Untranslated):
            target = job.wanted.target
            return _dropped([job.said], target=target, reason=result.reason, about=job.said)
        about = f"{job.said.final.utterance_id}/{job.wanted.target}"
        return Output(self._event(job, result), about, job.said.recorded.cause)

    def told(self) -> None:
        """What was returned last has been appended."""
        self._jobs.popleft()

    async def leave(self) -> None:
        """Ask for nothing more."""
        answers = [job.answer for job in self._jobs if job.answer is not None]
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)

    async def _translated(self, job: _Job) -> Translated | Untranslated:
        if not job.wanted.text:
            return Untranslated("empty")
        if self._means.is_late(job.said.recorded):
            return Untranslated("late")  # it waited for those before it
        return await self._means.translator.translate(job.wanted)

    def _job(self, said: Said, target: str) -> _Job:
        before = self._listening.before(said)[-CONTEXT_MAX:]
        words = said.final.text.reveal_or("")
        sent, context = sendable(words, after=[one.final.text.reveal_or("") for one in before])
        wanted = Wanted(
            tenant=self._contact.tenant,
            kind="utterance",
            said=sent,
            source=self._standing.language_of(said.final.track, targets=(target,)),
            target=target,
            context=context,
            terms=self._means.languages.of(self._contact.tenant).glossary,
        )
        return _Job(said, wanted, tuple(one.final.utterance_id for one in before))

    def _event(self, job: _Job, result: Translated) -> UtteranceTranslated:
        languages = self._means.languages.of(self._contact.tenant)
        return UtteranceTranslated(
            utterance_id=job.said.final.utterance_id,
            source=job.wanted.source,
            target=job.wanted.target,
            text=result.sealed,
            context=job.context,
            model=result.model,
            endpoint=result.endpoint,
            prompt=PROMPTS["utterance"],
            glossary=languages.glossary_version,
            took_ms=result.took_ms,
        )


def _dropped(those: list[Said], *, target: str, reason: str, about: Said) -> Output:
    event = TranslationDropped(
        utterance_ids=tuple(one.final.utterance_id for one in those), target=target, reason=reason
    )
    return Output(event, f"{about.final.utterance_id}/{target}", about.recorded.cause)
