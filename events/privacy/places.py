"""What may be shown of an utterance in one place: a fact as everybody there is to read it."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ..sealed import Sealed
from ..speech import CardMask, PersonalSpan, UtteranceFinalized, WordTime
from .kinds import PERSONAL_MASKS, Place

_AFTER = ".,;:!?…"  # what ends a word and stays behind a mask


def shown_in(place: Place, final: UtteranceFinalized) -> UtteranceFinalized:
    """Return a final with everything masked that its policy does not show in `place`.

    Its words' times, masks and spans stand where its text has them. What needs no masking there,
    and what cannot be read any more, is returned as it is.
    """
    hidden = _hidden(place, final.personal)
    text = final.text.reveal_or(None) if hidden else None
    if text is None:
        return final
    said = text.split()
    stretches = list(_stretches(hidden, len(said)))
    new_index = {
        at: number
        for number, (first, last, _) in enumerate(stretches)
        for at in range(first, last + 1)
    }
    words = final.words if len(final.words) == len(said) else ()
    return replace(
        final,
        text=Sealed(" ".join(_told(said, *stretch) for stretch in stretches)),
        words=tuple(_together(words[first : last + 1]) for first, last, _ in stretches if words),
        masked=tuple(
            CardMask(one.kind, new_index[one.word], one.digits)
            for one in final.masked
            if one.word in new_index
        ),
        personal=tuple(_moved(span, new_index, place) for span in final.personal),
    )


def text_in(place: Place, text: str, personal: Sequence[PersonalSpan]) -> str:
    """Return the text of a final alone, as `shown_in` has it."""
    hidden = _hidden(place, personal)
    if not hidden:
        return text
    said = text.split()
    return " ".join(_told(said, *stretch) for stretch in _stretches(hidden, len(said)))


def _hidden(place: Place, personal: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    return [span for span in personal if _hides(span, place)]


def _hides(span: PersonalSpan, place: Place) -> bool:
    return bool(span.shown_in) and place not in span.shown_in


def _stretches(
    hidden: Sequence[PersonalSpan], count: int
) -> Iterator[tuple[int, int, PersonalSpan | None]]:
    """Yield first and last word of what becomes one word each, and what is masked there."""
    at = 0
    for span in hidden:
        yield from ((word, word, None) for word in range(at, span.first_word))
        yield max(at, span.first_word), min(span.last_word, count - 1), span
        at = span.last_word + 1
    yield from ((word, word, None) for word in range(at, count))


def _told(said: Sequence[str], first: int, last: int, span: PersonalSpan | None) -> str:
    if span is None:
        return said[first]
    end = said[last]
    return PERSONAL_MASKS[span.kind] + end[len(end.rstrip(_AFTER)) :]


def _together(times: Sequence[WordTime]) -> WordTime:
    confidence = sum(time.confidence for time in times) / len(times)
    return WordTime(times[0].started_ms, times[-1].ended_ms, confidence)


def _moved(span: PersonalSpan, new_index: dict[int, int], place: Place) -> PersonalSpan:
    places = () if _hides(span, place) else span.shown_in
    return replace(
        span,
        first_word=new_index[span.first_word],
        last_word=new_index[span.last_word],
        shown_in=places,
    )
