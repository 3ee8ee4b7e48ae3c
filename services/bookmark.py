"""How far a range was handed out, and with whom we are not finished: kept with its lease."""

from collections.abc import Mapping

import msgspec
import structlog
from msgspec import Struct, field

from ..errors import EpochChanged, PositionBeyondEnd
from ..events.base import START, ContactId, Epoch, Position
from ..events.log import StreamState
from ..events.subjects import PartitionRange, partition_of

log = structlog.get_logger()


class Bookmark(Struct, frozen=True, kw_only=True):
    """What a lease keeps for its next holder."""

    epoch: Epoch | None = None
    position: Position = START  # facts up to here were handed out
    # Contacts not finished with, and the newest fact each was handed.
    open: dict[ContactId, Position] = field(default_factory=dict[ContactId, Position])

    def encoded(self) -> bytes:
        """Return the bookmark as a lease's state."""
        return msgspec.json.encode(self)


def decoded(state: bytes) -> Bookmark:
    """Return the bookmark that a lease's state holds; an empty state is the beginning."""
    return _decode(state) if state else Bookmark()


def fitting(
    found: Bookmark, stream: str, state: StreamState, *, lease: str, start_over: bool
) -> Bookmark:
    """Return the bookmark if it is of this stream; with `start_over` else the beginning.

    Raises:
        EpochChanged: it is of a stream that was made anew since.
        PositionBeyondEnd: the stream has lost what the bookmark stands on.
    """
    refusal: EpochChanged | PositionBeyondEnd | None = None
    if found.epoch not in (None, state.epoch):
        refusal = EpochChanged(stream, asked=found.epoch or "", current=state.epoch)
    elif found.position > state.last:
        refusal = PositionBeyondEnd(stream, asked=found.position, last=state.last)
    if refusal is not None:
        log.error(
            "bookmark_of_another_stream",
            problem=refusal.code,
            lease=lease,
            position=found.position,
            open=len(found.open),
            start_over=start_over,
            way_out="run with start_over: reads all the stream holds and repeats nothing",
        )
        if not start_over:
            raise refusal
        found = Bookmark()
    return msgspec.structs.replace(found, epoch=state.epoch)


def inherited(partitions: PartitionRange, saved: Mapping[PartitionRange, Bookmark]) -> Bookmark:
    """Return where a range goes on that has no bookmark yet, from those of ranges it was part of.

    There are some when partitions were divided otherwise before. The beginning when they do
    not cover the range, or disagree about the stream.
    """
    wanted = set(range(partitions.first, partitions.last + 1))
    parents = [
        (held, bookmark)
        for held, bookmark in saved.items()
        if bookmark.epoch is not None and any(number in held for number in wanted)
    ]
    covered = {number for held, _ in parents for number in wanted if number in held}
    epochs = {bookmark.epoch for _, bookmark in parents}
    if covered != wanted or len(epochs) != 1:
        return Bookmark()
    return Bookmark(
        epoch=epochs.pop(),
        position=min(bookmark.position for _, bookmark in parents),
        open={
            contact_id: newest
            for _, bookmark in parents
            for contact_id, newest in bookmark.open.items()
            if partition_of(contact_id) in partitions
        },
    )


_decode = msgspec.json.Decoder(Bookmark).decode
