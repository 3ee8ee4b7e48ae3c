"""Of two streams of one contact the newer is heard.

Each begins anew, so neither tells the other: they learn of each other when an append finds that
somebody else has stored meanwhile. Who has stored nothing yet tries again; who has was there
first, and gives way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...errors import Fault, IngestRefused, StreamMoved
from ...events.base import Track
from ...events.pushed import PushedFrame
from ..ingest.port import Inlet


class Hold:
    """One stream's hold on its contact; it outlives the inlets that the stream opens."""

    def __init__(self) -> None:
        self.has_stored = False
        self.is_unsure = False  # the last append may be stored, or still be

    def on(self, inlet: Inlet) -> Inlet:
        """Return the inlet, which gives way once the stream has to."""
        return _HeldInlet(inlet, self)


class _HeldInlet:
    def __init__(self, inlet: Inlet, hold: Hold) -> None:
        self._inlet = inlet
        self._hold = hold

    @property
    def started_at(self) -> datetime:
        return self._inlet.started_at

    @property
    def stored(self) -> int:
        return self._inlet.stored

    @property
    def ends(self) -> Mapping[Track, int]:
        return self._inlet.ends

    @property
    def is_closed(self) -> bool:
        return self._inlet.is_closed

    async def store(self, frames: Sequence[PushedFrame]) -> None:
        try:
            await self._inlet.store(frames)
        except StreamMoved:
            # Unless it was our own append, that we had no answer to.
            if self._hold.has_stored and not self._hold.is_unsure:
                raise IngestRefused("superseded") from None
            raise
        except Fault:
            self._hold.is_unsure = True
            raise
        if frames:
            self._hold.has_stored, self._hold.is_unsure = True, False

    async def close(self) -> None:
        await self._inlet.close()
