"""A contact's measures, all together, from what was said. Pure but for the embedder's answer."""

from collections.abc import Sequence

from msgspec import Struct

from ...events.base import Position, Speaker
from ...events.insights import ContactMeasured
from ...events.topics import TopicsPublished
from .dividing import divided
from .entities import ENTITIES_BY, entities
from .feeling import FEELINGS_BY, reads
from .heard import SIDES, Said, Stretch
from .speaking import INTERRUPTIONS_MAX, interruptions, speakers_measured
from .topics import Found
from .turning import feelings


class Measures(Struct, frozen=True, kw_only=True):
    """What is measured: a contact's words as far as they are known."""

    utterances: tuple[Said, ...]  # in order, prompts included
    sides_heard: frozenset[Speaker]  # of whom there is audio, or there are words
    holds: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]  # of which there are no words
    language: str
    covers_upto: Position


def measured(measures: Measures, topics: Found, wanted: TopicsPublished) -> ContactMeasured:
    """Return the measures of a contact whose topics were found."""
    spoken = [one for one in measures.utterances if one.speaker != "system"]
    both_heard = measures.sides_heard >= frozenset(SIDES)
    parts = divided(
        measures.utterances, holds=measures.holds, unheard=_unheard(measures, both=both_heard)
    )
    time, silence = (None, None) if parts is None else parts
    cut_short = interruptions(spoken)
    named, values = entities(spoken, products=wanted.products)
    reads_feelings = reads(measures.language)
    return ContactMeasured(
        utterances=len(spoken),
        covers_upto=measures.covers_upto,
        time=time,
        speakers=speakers_measured(measures.utterances, sides_heard=measures.sides_heard),
        silence=silence if both_heard else None,
        interruptions=tuple(cut_short[:INTERRUPTIONS_MAX]),
        interruption_count=len(cut_short),
        feelings=feelings(spoken, time) if time is not None and reads_feelings else (),
        topics=topics.topics,
        entities=named,
        values=values,
        language=measures.language,
        feelings_by=FEELINGS_BY if reads_feelings else None,
        topics_by=topics.by,
        topics_fell_back=topics.fell_back,
        topics_version=wanted.version,
        entities_by=ENTITIES_BY,
        gaps=len(measures.gaps),
    )


def _unheard(measures: Measures, *, both: bool) -> Sequence[Stretch]:
    """Return when a side may have spoken unheard; always, where it was never heard."""
    if both or not measures.utterances:
        return measures.gaps
    return [(0, max(one.ended_ms for one in measures.utterances))]
