"""Hypotheses as they are told: the final as a fact, the partial live."""

from ...events.base import ContactRef, Position, UtteranceId
from ...events.live import UtterancePartial
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
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
    )


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
