"""Hypotheses as they are told: the final as a fact, the partial live."""

from ...events.base import ContactRef, Event, Position, UtteranceId
from ...events.live import UtterancePartial
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized, UtteranceOriginal
from .port import Hypothesis
from .shield import Shielded


def final_of(
    safe: Shielded, utterance_id: UtteranceId, *, recognizer: str, audio_upto: Position
) -> UtteranceFinalized:
    """Return the fact of a final that was shielded."""
    said = safe.final
    return UtteranceFinalized(
        utterance_id=utterance_id,
        track=said.track,
        text=Sealed(said.text),
        words=said.words,
        started_ms=said.started_ms,
        ended_ms=said.ended_ms,
        confidence=said.confidence,
        recognizer=recognizer,
        audio_upto=audio_upto,
        masked=safe.masks,
        personal=safe.personal,
    )


def facts_of(
    safe: Shielded, utterance_id: UtteranceId, *, recognizer: str, audio_upto: Position
) -> dict[str, Event]:
    """Return what a shielded final is recorded as, by what each fact's id is made of.

    The original stands before the final: whoever has the final finds it.
    """
    final = final_of(safe, utterance_id, recognizer=recognizer, audio_upto=audio_upto)
    if safe.original is None:
        return {utterance_id: final}
    original = UtteranceOriginal(
        utterance_id=utterance_id,
        text=Sealed(safe.original.text),
        spans=safe.original.spans,
    )
    return {f"{utterance_id}-original": original, utterance_id: final}


def partial_of(
    shown: Hypothesis, utterance_id: UtteranceId, *, contact: ContactRef, revision: int
) -> UtterancePartial:
    """Return what is sent live of a hypothesis that may be shown as it is."""
    return UtterancePartial(
        contact_id=contact.contact_id,
        utterance_id=utterance_id,
        revision=revision,
        track=shown.track,
        text=shown.text,
        stable_words=shown.stable_words,
        started_ms=shown.started_ms,
        ended_ms=shown.ended_ms,
        words=tuple((word.started_ms, word.ended_ms) for word in shown.words),
    )
