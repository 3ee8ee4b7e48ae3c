"""Every read model there is."""

from . import (
    contact_positions,
    desk,
    endpoint_index,
    guidance,
    guidance_usage,
    insights,
    redaction,
    retention,
    summary,
    transcript,
    translation,
    unanswered,
)
from .endpoint_index import IndexKey, NeedsKey
from .projection import Projection

# As one asks for them. What runs is what `keyed` returns.
PROJECTIONS: tuple[Projection | NeedsKey, ...] = (
    transcript.PROJECTION,
    desk.PROJECTION,
    guidance.PROJECTION,
    guidance_usage.PROJECTION,
    endpoint_index.MODEL,
    contact_positions.PROJECTION,
    summary.PROJECTION,
    insights.PROJECTION,
    unanswered.PROJECTION,
    translation.PROJECTION,
    redaction.PROJECTION,
    retention.PROJECTION,
)


def keyed(projection: Projection | NeedsKey, index_key: IndexKey) -> Projection:
    """Return a read model as it is to be run and rebuilt: with the key, where it needs one."""
    return projection.keyed(index_key) if isinstance(projection, NeedsKey) else projection
