"""What was said lately, by whom, and in which language."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from ...events.base import ContactRef, Recorded, Track
from ...events.privacy.places import shown_in
from ...events.speech import UtteranceFinalized
from ...events.translation import LanguageIdentified
from ...events.voices import speaker_of
from .identifying import UTTERANCES_MAX, Identified, Judged, bare, identified
from .means import Means, Output, Said
from .standing import Standing

RECENT_MAX = 200  # utterances that may yet be wanted; a call has a handful until they are late


class Listening:
    """One contact's utterances. Prompts and music are left out, until they prove to be more."""

    def __init__(self, contact: ContactRef, means: Means, standing: Standing) -> None:
        self._contact = contact
        self._means = means
        self._standing = standing
        self._said: deque[Said] = deque(maxlen=RECENT_MAX)
        self._judged: dict[Track, deque[Judged]] = {}

    def take(self, recorded: Recorded) -> Said | None:
        """Remember an utterance; return it, None for any other fact."""
        if not isinstance(recorded.event, UtteranceFinalized):
            return None
        said = Said(recorded, shown_in("models", recorded.event))
        self._said.append(said)
        return said

    def spoken(self) -> list[Said]:
        """Return what people said lately, oldest first."""
        return [said for said in self._said if self._is_spoken(said)]

    def before(self, said: Said) -> Sequence[Said]:
        """Return what people said before it, oldest first."""
        return [one for one in self.spoken() if one.recorded.position < said.recorded.position]

    def unsettled(self, targets: tuple[str, ...]) -> Iterator[tuple[Said, str]]:
        """Yield what is wanted in another language than it was said in, and was not settled."""
        if not targets:
            return
        for said in self.spoken():
            source = self._standing.language_of(said.final.track, targets=targets)
            for target in targets:
                key = said.final.utterance_id, target
                if target != source and key not in self._standing.settled:
                    yield said, target

    async def judge(self, said: Said) -> Output | None:
        """Return that its voice speaks another language than was thought, if it does.

        That it speaks the one that was thought is told too, once.
        """
        if not self._is_spoken(said):
            return None
        final, text = said.final, bare(said.final.text.reveal_or(""))
        likelihoods: Mapping[str, float] = {}
        if text:
            likelihoods = await self._means.identifier.likelihoods(text)
        heard = self._judged.setdefault(final.track, deque(maxlen=UTTERANCES_MAX))
        heard.append(Judged(final.utterance_id, len(text.split()), likelihoods))
        languages = self._means.languages.of(self._contact.tenant)
        targets = self._standing.wants(languages).targets
        assumed = self._standing.language_of(final.track, targets=targets)
        stated = (self._standing.stated,) if self._standing.stated else ()
        candidates = tuple(dict.fromkeys((*languages.languages, *targets, *stated)))
        found = identified(tuple(heard), among=candidates, assumed=assumed)
        if found is None or found.language == self._standing.identified.get(final.track):
            return None
        event = self._event(found, final, assumed=assumed, candidates=candidates)
        return Output(event, final.utterance_id, said.recorded.cause)

    def _event(
        self,
        found: Identified,
        final: UtteranceFinalized,
        *,
        assumed: str,
        candidates: tuple[str, ...],
    ) -> LanguageIdentified:
        return LanguageIdentified(
            track=final.track,
            language=found.language,
            assumed=assumed,
            confidence=found.confidence,
            utterance_ids=found.utterance_ids,
            identifier=self._means.identifier.name,
            candidates=candidates,
        )

    def _is_spoken(self, said: Said) -> bool:
        final = said.final
        return speaker_of(self._standing.voices, final.track, final.started_ms) != "system"
