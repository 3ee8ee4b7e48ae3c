"""What the Matroska reader says: the parts of fragments, in the order they stand in the body."""

from msgspec import Struct

from ...events.base import Track


class FragmentBegun(Struct, frozen=True, gc=False):
    """A new EBML document: the fragment before it, if any, is complete."""


class SegmentNamed(Struct, frozen=True, gc=False):
    """The fragment's Info was read."""

    uid: bytes | None


class Tags(Struct, frozen=True):
    """Some tags of the fragment, in order."""

    pairs: tuple[tuple[str, str], ...]


class FurtherCluster(Struct, frozen=True, gc=False):
    """A second cluster in one document: a fragment has one, so another may have run into it."""


class Block(Struct, frozen=True, gc=False):
    """Samples of one track."""

    track: Track
    time_ns: int  # producer time of the first sample, since the epoch
    payload: bytes


class BlockDropped(Struct, frozen=True, gc=False):
    """A block that could not be read; what stands around it is fine."""

    problem: str  # snake_case


class Unreadable(Struct, frozen=True, gc=False):
    """The bytes are damaged at `offset`; nothing follows."""

    problem: str  # snake_case
    offset: int  # in the body


Item = FragmentBegun | SegmentNamed | Tags | FurtherCluster | Block | BlockDropped | Unreadable
