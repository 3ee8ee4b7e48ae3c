"""Every read model there is."""

from . import desk, endpoint_index, transcript
from .endpoint_index import IndexKey
from .projection import Projection

# As one asks for them. What runs is what `keyed` returns.
PROJECTIONS: tuple[Projection, ...] = (
    transcript.PROJECTION,
    desk.PROJECTION,
    endpoint_index.PROJECTION,
)


def keyed(projection: Projection, index_key: IndexKey) -> Projection:
    """Return a read model as it is to be run and rebuilt: with the key, where it needs one."""
    if projection.name == endpoint_index.PROJECTION.name:
        return endpoint_index.keyed(index_key)
    return projection
