"""Reads an archive: the chain of its links, its heads, its segments. Trusts nothing unproven."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Collection

from msgspec import Struct

from ...errors import ArchiveCorrupt
from ...events.base import START, Epoch, Position
from .layout import Layout, day_in, epoch_in, epochs_folder, ordinal_in
from .statements import NOTHING, Beginning, Head, Link, digest_of, opened
from .store import ObjectStore
from .wrong_byte import wrong_byte

_GETS_AT_ONCE = 16  # links are small: waiting for one after the other would be all the time


class Kept(Struct, frozen=True):
    """A link, and the SHA-256 of the object it was read from."""

    link: Link
    digest: str


class Mark(Struct, frozen=True, kw_only=True):
    """A place in a chain up to which somebody has read it; by default before its beginning."""

    ordinal: int = -1  # of the link there
    digest: str = NOTHING  # of that link's object
    last: Position = START  # the last position that it covers


BEGINNING = Mark()


class Chain:
    """The links of one epoch of a stream, each proven to follow the one before."""

    def __init__(self, layout: Layout, *, after: Mark = BEGINNING) -> None:
        """Of links up to `after` nothing is known but that they were followed once."""
        self.layout = layout
        self.after = after
        self.links: list[Kept] = []

    @property
    def next_ordinal(self) -> int:
        """The ordinal of the link that is to come."""
        return self.after.ordinal + 1 + len(self.links)

    @property
    def tip(self) -> str:
        """The digest that the next link names as the one before it."""
        return self.links[-1].digest if self.links else self.after.digest

    @property
    def last(self) -> Position:
        """The last archived position; START while there is none."""
        return self.links[-1].link.last if self.links else self.after.last

    @property
    def mark(self) -> Mark:
        """Where a reader is who has read all of it."""
        return Mark(ordinal=self.next_ordinal - 1, digest=self.tip, last=self.last)

    @property
    def first(self) -> Position:
        """The first archived position; START while there is none."""
        return self.links[0].link.first if self.links else START

    def following(self, position: Position) -> Link | None:
        """Return the link whose segment holds the entry after a position; None beyond the end."""
        n = bisect_right(self.links, position, key=lambda kept: kept.link.last)
        return self.links[n].link if n < len(self.links) else None

    def add(self, key: str, body: bytes, link: Link) -> None:
        """Append the next link.

        Raises:
            ArchiveCorrupt: it does not follow.
        """
        problem = _misfit(self, link)
        if problem:
            raise ArchiveCorrupt(key, problem)
        self.links.append(Kept(link, digest_of(body)))


class Archive:
    """What an object store holds of streams, as far as these public keys vouch for it."""

    def __init__(self, store: ObjectStore, *, trusted: Collection[bytes]) -> None:
        self.store = store
        self.trusted = tuple(trusted)
        self._chains: dict[Layout, Chain] = {}
        self._turns: dict[Layout, asyncio.Lock] = {}

    async def epochs(self, stream: str) -> list[Beginning]:
        """Return the epochs of a stream that are archived, in the order they began.

        Raises:
            ArchiveCorrupt: one of them says something else than its key.
        """
        found: list[Beginning] = []
        folder = epochs_folder(stream)
        for key in await keys_of(self.store, folder):
            beginning = opened(await self.object(key), Beginning, key=key, trusted=self.trusted)
            if (beginning.stream, beginning.epoch) != (stream, epoch_in(key)):
                raise ArchiveCorrupt(key, "is about another epoch than its name")
            found.append(beginning)
        return sorted(found, key=lambda one: one.began_at)

    async def chain(self, stream: str, epoch: Epoch) -> Chain:
        """Return all links there are now. Those seen before are not read again.

        Raises:
            ArchiveCorrupt: a link is missing, changed or in the wrong place.
        """
        layout = Layout(stream, epoch)
        chain = self._chains.setdefault(layout, Chain(layout))
        async with self._turns.setdefault(layout, asyncio.Lock()):
            after = layout.link(chain.next_ordinal - 1) if chain.next_ordinal else ""
            keys = await keys_of(self.store, layout.links, after=after)
            for n in range(0, len(keys), _GETS_AT_ONCE):
                some = keys[n : n + _GETS_AT_ONCE]
                bodies = await asyncio.gather(*(self.object(key) for key in some))
                for key, body in zip(some, bodies, strict=True):
                    self._extend(chain, key, body)
        return chain

    async def resume(self, stream: str, epoch: Epoch, mark: Mark) -> Position:
        """Let `chain` begin after a link that was followed before; return where that is.

        The beginning, where the archive does not hold that link: it is another archive then. For
        who asks nothing of what stands before.
        """
        layout = Layout(stream, epoch)
        assert layout not in self._chains, "nobody has followed it here"
        if mark.ordinal >= 0:
            body = await self.store.get(layout.link(mark.ordinal))
            if body is not None and digest_of(body) == mark.digest:
                self._chains[layout] = Chain(layout, after=mark)
                return mark.last
        return START

    def proven(self, layout: Layout) -> Chain:
        """Return the chain as far as `chain` could follow it."""
        return self._chains[layout]

    async def heads(self, stream: str, epoch: Epoch) -> AsyncGenerator[tuple[str, bytes, Head]]:
        """Yield key, object and content of every head, oldest first, each following the last.

        Raises:
            ArchiveCorrupt: one is changed, or does not follow.
        """
        layout, previous = Layout(stream, epoch), NOTHING
        for key in await keys_of(self.store, layout.heads):
            body = await self.object(key)
            head = opened(body, Head, key=key, trusted=self.trusted)
            if (head.stream, head.epoch, head.day) != (stream, epoch, day_in(key)):
                raise ArchiveCorrupt(key, "is about something else than its name")
            if head.previous != previous:
                raise ArchiveCorrupt(key, "does not follow the head before: one is gone")
            previous = digest_of(body)
            yield key, body, head

    async def segment(self, link: Link) -> bytes:
        """Return a segment's bytes, proven to be what its link says.

        Raises:
            ArchiveCorrupt: they are not; names the first wrong byte where it can be told.
        """
        body = await self.object(link.segment)
        if len(body) != link.size:
            problem = f"has {len(body)} bytes and not {link.size}"
            raise ArchiveCorrupt(link.segment, problem)
        if await asyncio.to_thread(digest_of, body) != link.sha256:
            raise ArchiveCorrupt(link.segment, await asyncio.to_thread(_wrong, body, link))
        return body

    async def object(self, key: str) -> bytes:
        """Return an object that has to be there.

        Raises:
            ArchiveCorrupt: it is not.
        """
        body = await self.store.get(key)
        if body is None:
            raise ArchiveCorrupt(key, "is missing")
        return body

    def _extend(self, chain: Chain, key: str, body: bytes) -> None:
        expected = chain.layout.link(chain.next_ordinal)
        if ordinal_in(key) is None:
            raise ArchiveCorrupt(key, "is no name of a link")
        if key != expected:
            raise ArchiveCorrupt(expected, "is missing")
        chain.add(key, body, opened(body, Link, key=key, trusted=self.trusted))


async def keys_of(store: ObjectStore, folder: str, *, after: str = "") -> list[str]:
    """Return the keys of a folder, in order."""
    return [one.key async for page in store.list(folder, after=after) for one in page]


def _misfit(chain: Chain, link: Link) -> str:
    """Return why this link cannot be the chain's next; nothing where it can."""
    layout = chain.layout
    if (link.stream, link.epoch) != (layout.stream, layout.epoch):
        return f"belongs to epoch {link.epoch} of stream {link.stream}"
    if link.ordinal != chain.next_ordinal:
        return f"is link {link.ordinal} in the place of {chain.next_ordinal}"
    if link.previous != chain.tip:
        return "does not follow the link before it: one of the two was replaced"
    if chain.next_ordinal and link.first != chain.last + 1:
        return f"begins at position {link.first} after {chain.last}"
    if link.last < link.first or link.segment != layout.segment(link.first, link.last, link.sha256):
        return "names a segment that is not its own"
    return ""


def _wrong(body: bytes, link: Link) -> str:
    found = wrong_byte(body, sums=(link.byte_sum, link.weighted_sum), sha256=link.sha256)
    if found is None:
        return "its hash is not the one in its link: more than one byte is wrong"
    return f"byte {found.offset} is 0x{found.is_now:02x} and was 0x{found.was:02x}"
