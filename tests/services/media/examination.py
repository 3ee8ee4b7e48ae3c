"""What must hold of the reader and the sorter whatever the bytes are: said once, for every fuzz."""

from collections.abc import Sequence

from antiphon.events.base import ContactId
from antiphon.services.media.fragments import Fragments
from antiphon.services.media.items import Item, Unreadable
from antiphon.services.media.matroska import ELEMENT_BYTES_MAX, MatroskaReader
from antiphon.services.media.outcomes import Heard, Lost, Outcome

OURS = ContactId("ours")
# What our own objects take, about, beside the bytes they hold; generous.
ITEMS_A_BYTE_MAX = 1.0


def examined(stream: bytes, *, piece_bytes: int) -> list[Outcome]:
    """Read a body in pieces and at once, check what must hold of both, and return the outcomes.

    Raises:
        AssertionError: something that must hold does not.
        Exception: whatever the reader let through.
    """
    items = _read([stream[at : at + piece_bytes] for at in range(0, len(stream), piece_bytes)])
    assert items == _read([stream]), "pieces of another length gave other items"
    assert len(items) <= 4 + len(stream) * ITEMS_A_BYTE_MAX
    damages = [nth for nth, item in enumerate(items) if isinstance(item, Unreadable)]
    assert damages in ([], [len(items) - 1]), "something was said after the damage"
    for item in items[-1:]:
        assert not isinstance(item, Unreadable) or item.offset <= len(stream)
    outcomes = sorted_out(items)
    heard = [(one.fragment, one.ordinal) for one in outcomes if isinstance(one, Heard)]
    assert len(heard) == len(set(heard)), "a block was heard twice"
    rests = [nth for nth, one in enumerate(outcomes) if isinstance(one, Lost) and one.rest]
    assert rests in ([], [len(outcomes) - 1]), "something was heard after the damage"
    return outcomes


def sorted_out(items: Sequence[Item], sorter: Fragments | None = None) -> list[Outcome]:
    """What one body of these makes known."""
    sorter = sorter or Fragments(OURS)
    sorter.reopened(None)
    return [*sorter.take(items), *sorter.end([])]


def payloads(outcomes: Sequence[Outcome]) -> list[bytes]:
    """The samples that were heard."""
    return [one.payload for one in outcomes if isinstance(one, Heard)]


def _read(pieces: Sequence[bytes]) -> list[Item]:
    reader, items = MatroskaReader(), list[Item]()
    for piece in pieces:
        items += reader.feed(piece)
    return [*items, *reader.end()]


__all__ = ["ELEMENT_BYTES_MAX", "OURS", "examined", "payloads", "sorted_out"]
