"""Where in the document the reader is: which masters are open, and where they end."""

from .elements import CRC_32, EBML, ENDS_CLUSTER, SEGMENT, UNKNOWN_SIZE, VOID, DamagedError

_DOCUMENT = frozenset({EBML, SEGMENT})
_ROOT = frozenset({EBML, SEGMENT, VOID, CRC_32})


class Nesting:
    """The open Segment and Cluster. Positions are in the body; unknown sizes end nowhere."""

    def __init__(self) -> None:
        self.in_segment = self.in_cluster = False
        self.end = UNKNOWN_SIZE  # of the innermost
        self._segment_end = UNKNOWN_SIZE

    @property
    def is_bounded(self) -> bool:
        """An open master says where it ends."""
        return self.end < UNKNOWN_SIZE

    def leave(self, position: int) -> None:
        """Close the cluster, and the segment if it ends at or before `position`."""
        self.in_cluster, self.end = False, self._segment_end
        if position >= self._segment_end:
            self.in_segment, self._segment_end, self.end = False, UNKNOWN_SIZE, UNKNOWN_SIZE

    def admit(self, identifier: int, end: int) -> None:
        """Close what an element cannot be a child of, where that is how its parent ends.

        Raises:
            DamagedError: it cannot stand here, or reaches past its parent.
        """
        if not self.is_bounded and identifier in ENDS_CLUSTER:
            if self.in_cluster:
                self.leave(0)
            if identifier in _DOCUMENT:
                self.in_segment = False
        if not self.in_segment:
            if identifier not in _ROOT:
                raise DamagedError("no_matroska")
        elif identifier in _DOCUMENT:
            raise DamagedError("element_past_its_parent")
        if self.end < end < UNKNOWN_SIZE:
            raise DamagedError("element_past_its_parent")

    def enter_segment(self, end: int) -> None:
        """Open a segment that ends at `end`."""
        self.in_segment = True
        self._segment_end = self.end = min(end, UNKNOWN_SIZE)

    def enter_cluster(self, end: int) -> None:
        """Open a cluster that ends at `end`, or where its segment does."""
        self.in_cluster, self.end = True, min(end, self._segment_end)
