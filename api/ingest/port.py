"""Where brought audio goes: the port that `services/media/pushed.py` satisfies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from ...events.base import ContactRef, Track
from ...events.pushed import PushedFrame


class Inlet(Protocol):
    """One stream of a contact, stored by us until another process opens it."""

    @property
    def started_at(self) -> datetime:
        """The instant of sample 0."""
        ...

    @property
    def stored(self) -> int:
        """The sequence id of the last stored frame; 0 before the first."""
        ...

    @property
    def ends(self) -> Mapping[Track, int]:
        """The first sample after what is stored, by track; none of a track without any."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is taken."""
        ...

    async def store(self, frames: Sequence[PushedFrame]) -> None:
        """Store frames, in order.

        Raises:
            Fault: open the stream again; another may have it now.
        """
        ...

    async def close(self) -> None:
        """State that this was all. Harmless when repeated.

        Raises:
            Fault: as `store`.
        """
        ...


@runtime_checkable
class Intake(Protocol):
    """Takes the audio of contacts."""

    async def admit(self, contact: ContactRef) -> None:
        """Do nothing, unless the contact's audio comes from elsewhere.

        Raises:
            IngestRefused: it does.
        """
        ...

    async def open(self, contact: ContactRef) -> Inlet:
        """Return the stream that the contact offered, as far as it is stored.

        Raises:
            IngestRefused: the contact's audio comes from elsewhere.
            Fault: ask again.
        """
        ...
