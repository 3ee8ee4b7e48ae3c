"""Walks an archive from its beginning: keys, chain, heads, every byte, and the log beside it."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct

from ...errors import ArchiveCorrupt
from ...events.base import START, Epoch, Position
from ...events.log import EventLog, Stored, StreamState
from .archiver import Source
from .chain import Archive, Chain
from .findings import Verdict, Wrong, corrupt, damaged, missing_facts
from .index import index_of
from .layout import Layout, day_in, ordinal_in, public_key_name, segment_name
from .matching import matcher_of
from .segments import decode_segment, encode_segment, id_of, ids_in
from .statements import Beginning, Head, Link, key_id, opened

OnProgress = Callable[[int, int], None]  # bytes read so far, and in all


class Check(Struct, frozen=True, kw_only=True):
    """What to walk, and what to hold it against."""

    archive: Archive
    source: Source
    log: EventLog | None = None  # None: the archive by itself
    anchors: Sequence[bytes] = ()  # heads that were kept elsewhere
    on_progress: OnProgress = lambda _done, _all: None


async def verify(check: Check) -> list[Verdict]:
    """Return a verdict for every epoch of the stream that the store holds anything of.

    Each ends at its first flaw, in the order of the chain. An archive of nothing has no
    verdict, unless the log has lost facts already.

    Raises:
        ArchiveUnavailable, LogUnavailable: it could not be looked at.
        ArchiveCorrupt: an anchor is no head that a trusted key signed.
    """
    stream = check.source.stream
    trusted = check.archive.trusted
    anchors = [opened(one, Head, key=_ANCHOR, trusted=trusted) for one in check.anchors]
    anchors = [one for one in anchors if one.stream == stream]
    state = None if check.log is None else await check.log.state(stream)
    keys = [one.key async for page in check.archive.store.list(f"{stream}/") for one in page]
    epochs = {Epoch(key.split("/")[1]) for key in keys if key.split("/")[1] != "epochs"}
    epochs |= {
        Epoch(key.split("/")[2].removesuffix(".json"))
        for key in keys
        if key.startswith(f"{stream}/epochs/")
    }
    epochs |= {anchor.epoch for anchor in anchors}
    if state is not None and state.epoch not in epochs and state.first > 1:
        epochs.add(state.epoch)
    walks = [_Walk(check, epoch, state, keys, anchors) for epoch in sorted(epochs)]
    return [await walk.done() for walk in walks]


_ANCHOR = "the head that was kept"


class _Walk:
    """One epoch's."""

    def __init__(
        self,
        check: Check,
        epoch: Epoch,
        state: StreamState | None,
        keys: Sequence[str],
        anchors: Sequence[Head],
    ) -> None:
        self._check = check
        self._layout = Layout(check.source.stream, epoch)
        self._state = state if state is not None and state.epoch == epoch else None
        self._anchors = [anchor for anchor in anchors if anchor.epoch == epoch]
        # Listed before the chain is read: the archiver may be at work.
        self._keys = [key for key in keys if key.startswith(self._layout.folder)]
        self._verdict = Verdict(stream=check.source.stream, epoch=epoch)

    async def done(self) -> Verdict:
        verdict = self._verdict
        try:
            await self._walk()
        except Wrong as wrong:
            verdict.flaw = wrong.flaw
        except ArchiveCorrupt as error:
            verdict.flaw = corrupt(error)
        return verdict

    async def _walk(self) -> None:
        archive, layout = self._check.archive, self._layout
        heads = await self._heads()
        broken: ArchiveCorrupt | None = None
        try:
            chain = await archive.chain(layout.stream, layout.epoch)
        except ArchiveCorrupt as error:
            # What stands before it comes first.
            broken, chain = error, archive.proven(layout)
        self._verdict.links = len(chain.links)
        self._verdict.first, self._verdict.last = chain.first, chain.last
        if chain.links:
            await self._keys_published(chain)
        await self._segments(chain)
        if broken is not None:
            raise broken
        self._heads_fit(chain, heads)
        self._nothing_unlinked(chain)
        self._log_continues(chain)

    async def _heads(self) -> list[tuple[str, Head]]:
        archive, layout = self._check.archive, self._layout
        return [(key, head) async for key, _, head in archive.heads(layout.stream, layout.epoch)]

    async def _keys_published(self, chain: Chain) -> None:
        archive, layout = self._check.archive, self._layout
        beginning = opened(
            await archive.object(layout.beginning),
            Beginning,
            key=layout.beginning,
            trusted=archive.trusted,
        )
        if (beginning.stream, beginning.epoch) != (layout.stream, layout.epoch):
            raise damaged(layout.beginning, "is about another epoch than its name")
        if beginning.first != chain.first:
            problem = f"says position {beginning.first}, and the chain begins at {chain.first}"
            raise damaged(layout.beginning, problem)
        if beginning.first > START + 1:
            self._verdict.notes.append(
                f"the log began at position {beginning.first} when archiving started"
            )
        used = {beginning.signed_by, *(kept.link.signed_by for kept in chain.links)}
        for public_key in archive.trusted:
            name = public_key_name(key_id(public_key))
            published = public_key.hex().encode() + b"\n"
            if key_id(public_key) in used and await archive.object(name) != published:
                raise damaged(name, "is not the public key that signed this archive")

    async def _segments(self, chain: Chain) -> None:
        verdict = self._verdict
        total = sum(kept.link.size for kept in chain.links)
        for kept in chain.links:
            link = kept.link
            logged = await self._logged(link)
            try:
                body = await self._check.archive.segment(link)
            except ArchiveCorrupt as error:
                raise await self._located(link, error, logged) from error
            await self._content(link, body, logged)
            verdict.segments += 1
            verdict.size += link.size
            self._check.on_progress(verdict.size, total)

    async def _content(self, link: Link, body: bytes, logged: Sequence[Stored]) -> None:
        """What was signed was right: positions without holes, ids and index of these facts."""
        matcher = matcher_of(self._check.source.filters)
        try:
            entries = await asyncio.to_thread(_all_of, body, link)
        except ValueError as error:
            raise damaged(link.segment, str(error)) from error
        expected = list(range(link.first, link.last + 1))
        if [one.position for one, _ in entries] != expected:
            raise damaged(link.segment, "does not hold the positions of its name, each once")
        for stored, identifier in entries:
            if not matcher(stored.subject) or identifier != id_of(stored.payload):
                problem = f"position {stored.position}: subject or id is not this fact's"
                raise damaged(link.segment, problem)
        if link.index != index_of(stored.subject for stored, _ in entries):
            raise damaged(link.segment, "is not what its index says")
        by_position = {stored.position: stored for stored, _ in entries}
        for stored in logged:
            if stored != by_position[stored.position]:
                fields = _differing(stored, by_position[stored.position])
                problem = f"position {stored.position}: {fields} not as the log holds it"
                raise damaged(link.segment, problem)
        self._verdict.compared += len(logged)

    async def _logged(self, link: Link) -> list[Stored]:
        """Return what the log still holds of a segment's range."""
        log, state, source = self._check.log, self._state, self._check.source
        if log is None or state is None or state.first > link.last:
            return []
        first = max(link.first, state.first)
        reading = log.read(source.stream, source.filters, after=Position(first - 1), upto=link.last)
        found = [stored async for batch in reading for stored in batch]
        # The log may let go of its oldest while we read.
        if [one.position for one in found] != list(
            range(link.last - len(found) + 1, link.last + 1)
        ):
            raise missing_facts(
                source.stream, f"the log has holes between positions {first} and {link.last}"
            )
        return found

    async def _located(
        self, link: Link, error: ArchiveCorrupt, logged: Sequence[Stored]
    ) -> Exception:
        """Return the error, naming the first wrong byte if the log tells what there was."""
        if error.problem.startswith("byte ") or len(logged) != link.last - link.first + 1:
            return error  # it is known already, or the log does not hold all of it
        found = await self._check.archive.store.get(link.segment)
        if found is None:
            return error
        made = await asyncio.to_thread(encode_segment, logged)
        if len(made) != link.size:
            return error  # another version of pyarrow wrote it
        offset = next(
            (n for n, (one, other) in enumerate(zip(found, made, strict=False)) if one != other),
            min(len(found), len(made)),
        )
        return ArchiveCorrupt(link.segment, f"{error.problem}; the first is byte {offset}")

    def _heads_fit(self, chain: Chain, heads: Sequence[tuple[str, Head]]) -> None:
        checked = [*heads, *((_ANCHOR, anchor) for anchor in self._anchors)]
        for key, head in checked:
            if head.ordinal >= len(chain.links):
                missing = self._layout.link(len(chain.links))
                problem = f"is missing: {key} was signed when there were {head.ordinal + 1} links"
                raise damaged(missing, problem)
            kept_link = chain.links[head.ordinal]
            if (kept_link.digest, kept_link.link.last) != (head.link, head.last):
                raise damaged(self._layout.link(head.ordinal), f"is not the link that {key} signed")
        self._verdict.heads = len(heads)

    def _nothing_unlinked(self, chain: Chain) -> None:
        linked = {kept.link.segment for kept in chain.links}
        for key in self._keys:
            name = segment_name(key)
            if name is None:
                if ordinal_in(key) is None and day_in(key) is None:
                    self._verdict.notes.append(f"{key} is no object of the archive's")
            elif name.first > chain.last + 1:
                raise damaged(self._layout.link(len(chain.links)), f"is missing: {key} comes later")
            elif key not in linked:
                self._verdict.notes.append(f"{key} is in no link: a crash or a race left it")

    def _log_continues(self, chain: Chain) -> None:
        state = self._state
        if state is None:
            return
        if state.first > chain.last + 1:
            problem = f"archived up to position {chain.last}, and the log begins at {state.first}"
            raise missing_facts(self._layout.stream, problem)
        if state.last < chain.last:
            problem = f"archived up to position {chain.last}, and the log ends at {state.last}"
            raise missing_facts(self._layout.stream, problem)


def _all_of(body: bytes, link: Link) -> list[tuple[Stored, str]]:
    ids = ids_in(body)
    batches = decode_segment(body, after=START, upto=link.last, matcher=lambda _: True)
    entries = [stored for batch in batches for stored in batch]
    return list(zip(entries, ids, strict=True))


def _differing(one: Stored, other: Stored) -> str:
    names = [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]
    return ", ".join(names) + (" is" if len(names) == 1 else " are")
