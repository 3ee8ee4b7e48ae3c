"""Whose voice is it? Turns what the reader says into the wanted contact's blocks.

Streams are reused: before and after the contact's fragments stand those of other callers.
A fragment says whose it is by a ContactId tag, before its cluster, behind it, or not at all;
then it is whose the last fragment of the same SegmentUID was. Until that is known its audio
is held back, and nobody hears what turns out to be another's.
"""

from collections.abc import Iterable

from msgspec import Struct

from ...events.base import ContactId
from .failures import kind_of_error_id
from .items import Block, BlockDropped, FragmentBegun, Item, SegmentNamed, Tags, Unreadable
from .outcomes import Behind, Completed, Failed, Heard, Lost, Outcome, Reused
from .patience import HELD_BYTES_MAX

_NUMBER = "AWS_KINESISVIDEO_FRAGMENT_NUMBER"
_TOKEN = "AWS_KINESISVIDEO_CONTINUATION_TOKEN"  # noqa: S105 (no secret)
_BEHIND = "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW"
# GetMedia's names, and those the same service uses for stored fragments.
_ERROR_IDS = ("AWS_KINESISVIDEO_ERROR_ID", "AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE")
_ERROR_CODES = ("AWS_KINESISVIDEO_ERROR_CODE", "AWS_KINESISVIDEO_EXCEPTION_MESSAGE")
_CONTACT_ID = "ContactId"

# A fragment that goes on where the last one ended, give or take, is taken for the same
# caller's at once; after a pause its own tags are waited for, a second at most.
_SEAM_NS_MAX = 500_000_000

# Number of the fragment, of the fragments without one behind it, and ordinal of the block.
Mark = tuple[int, int, int]


class Fragments:
    """Sorts the fragments of one stream for one contact, over any number of connections."""

    def __init__(self, contact_id: ContactId, *, mark: Mark | None = None) -> None:
        self._wanted = contact_id
        self._mark = mark  # of the last block heard; what is not beyond it is a repeat
        self._uid: bytes | None = None  # of the last segment whose caller is known
        self._uid_is_ours = False
        self._tagged_ahead = False  # that segment's ContactId stands before the cluster
        self._seam_ns = 0  # where the contact's last block ended, about
        self.reopened(None)

    def start_over(self) -> None:
        """Forget what was heard: nobody stored it, and it comes again."""
        self._mark, self._uid, self._uid_is_ours, self._seam_ns = None, None, False, 0

    def reopened(self, after: str | None) -> None:
        """A new body begins, behind the fragment `after` if that was asked for."""
        self._now: _Fragment | None = None
        self._held: list[_Fragment] = []
        self._last_number = after or "0"
        self._unnumbered = 0
        self.finished = False  # nothing more is to be had from this body

    def take(self, items: Iterable[Item]) -> list[Outcome]:
        """Return what becomes known by these items, in the order of the stream."""
        outcomes: list[Outcome] = []
        for item in items:
            if self.finished:
                break
            self._take(item, outcomes)
        return outcomes

    def end(self, items: Iterable[Item]) -> list[Outcome]:
        """Return what the end of the body makes known; `items` are the reader's last."""
        outcomes = self.take(items)
        if self._now is not None and not self.finished:
            # The last fragment of a call may say nothing of itself, and no other comes.
            self._now.over = True
            self._settle(self._now, outcomes)
        self.finished = True
        return outcomes

    def _take(self, item: Item, outcomes: list[Outcome]) -> None:
        match item:
            case Block():
                self._block(item, outcomes)
            case Tags():
                self._tags(item, outcomes)
            case FragmentBegun():
                self._complete(outcomes)
                self._now = _Fragment()
            case SegmentNamed(uid=uid):
                now = self._fragment()
                if now.named:
                    self._damaged("two_headers_in_one_fragment", outcomes)
                now.named, now.uid = True, uid
            case BlockDropped(problem=problem):
                now = self._fragment()
                now.blocks += 1
                if self._is_ours(now) is not False:
                    outcomes.append(Lost(problem, now.number, rest=False))
            case Unreadable(problem=problem):
                self._damaged(problem, outcomes)

    def _block(self, block: Block, outcomes: list[Outcome]) -> None:
        now = self._fragment()
        if not now.blocks:
            # Against where the last fragment ended: what is heard of this one moves the seam.
            now.seamless = abs(block.time_ns - self._seam_ns) <= _SEAM_NS_MAX
        heard = _Waiting(now.blocks, block)
        now.blocks += 1
        is_ours = self._is_ours(now)
        if is_ours and now.number is not None and not now.waiting:
            self._hear(now, heard, outcomes)
        elif is_ours is not False:
            now.waiting.append(heard)
            self._bound()

    def _tags(self, tags: Tags, outcomes: list[Outcome]) -> None:
        now, values = self._fragment(), dict(tags.pairs)
        for name, value in tags.pairs:
            if name == _CONTACT_ID and value:
                self._identify(now, value)
        number = values.get(_NUMBER, "")
        if number.isdecimal():
            if now.number not in (None, number):
                self._damaged("two_numbers_in_one_fragment", outcomes)
                return
            now.number = number
        if (behind := values.get(_BEHIND, "")).isdecimal():
            outcomes.append(Behind(int(behind)))
        error_id = next((values[name] for name in _ERROR_IDS if name in values), "")
        error_code = next((values[name] for name in _ERROR_CODES if name in values), "")
        if error_id or error_code:
            kind = kind_of_error_id(error_id, error_code)
            outcomes.append(Failed(kind, error_code or error_id))
            self.finished = True
        elif _TOKEN in values:
            self._complete(outcomes)
        else:
            self._settle(now, outcomes)

    def _identify(self, now: "_Fragment", contact_id: str) -> None:
        if now.contact_id is None:
            self._tagged_ahead = now.blocks == 0
        if now.contact_id in (None, self._wanted):
            # Where two stand in one fragment, the foreign one is believed.
            now.contact_id = contact_id
        self._uid, self._uid_is_ours = now.uid, now.contact_id == self._wanted

    def _is_ours(self, now: "_Fragment") -> bool | None:
        # None: not known, or not yet.
        if now.contact_id is not None:
            return now.contact_id == self._wanted
        if now.uid is None or now.uid != self._uid:
            return None
        if not self._uid_is_ours:
            return False
        return True if now.over or (now.seamless and not self._tagged_ahead) else None

    def _complete(self, outcomes: list[Outcome]) -> None:
        now = self._now
        if now is None or now.complete:
            return
        now.over = now.complete = True
        self._settle(now, outcomes)
        if self._is_ours(now) is None:
            self._held.append(now)
        elif now.number is not None:
            outcomes.append(Completed(now.number, ours=bool(self._is_ours(now))))

    def _settle(self, now: "_Fragment", outcomes: list[Outcome]) -> None:
        is_ours = self._is_ours(now)
        if now.over and now.number is None and now.name is None:
            self._unnumbered += 1
            now.name = f"{self._last_number}.{self._unnumbered}"
        elif now.number is not None and now.name is None:
            now.name, self._last_number, self._unnumbered = now.number, now.number, 0
        if is_ours is None:
            return
        held, self._held = self._held, []
        for earlier in held:
            # Held without a name of its own, it is whose the same segment's next one is.
            if earlier.uid is not None and earlier.uid == now.uid:
                earlier.contact_id = self._wanted if is_ours else ""
                self._release(earlier, outcomes)
                if earlier.number is not None:
                    outcomes.append(Completed(earlier.number, ours=is_ours))
        self._release(now, outcomes)

    def _release(self, now: "_Fragment", outcomes: list[Outcome]) -> None:
        if not self._is_ours(now):
            now.waiting.clear()
            if now.contact_id is not None and now.name is not None and self._is_beyond(now):
                outcomes.append(Reused())
                self.finished = True
        elif now.name is not None:
            for waiting in now.waiting:
                self._hear(now, waiting, outcomes)
            now.waiting.clear()

    def _hear(self, now: "_Fragment", waiting: "_Waiting", outcomes: list[Outcome]) -> None:
        assert now.name is not None
        mark = (*_order(now.name), waiting.ordinal)
        if self._mark is not None and mark <= self._mark:
            return  # a fragment sent again, or the part of it we had
        self._mark = mark
        block = waiting.block
        self._seam_ns = block.time_ns + len(block.payload) * _NS_A_BYTE
        outcomes.append(Heard(now.name, waiting.ordinal, block.track, block.time_ns, block.payload))

    def _is_beyond(self, now: "_Fragment") -> bool:
        # Callers before ours are skipped; one after ours means that ours is over.
        return self._mark is not None and _order(now.name or "0") > self._mark[:2]

    def _damaged(self, problem: str, outcomes: list[Outcome]) -> None:
        now = self._now
        outcomes.append(
            Lost(problem, None if now is None or now.complete else now.number, rest=True)
        )
        self.finished = True

    def _bound(self) -> None:
        held = [*self._held, self._fragment()]
        total = sum(len(one.block.payload) for fragment in held for one in fragment.waiting)
        while total > HELD_BYTES_MAX and held:
            oldest = held.pop(0)
            total -= sum(len(one.block.payload) for one in oldest.waiting)
            oldest.waiting.clear()

    def _fragment(self) -> "_Fragment":
        if self._now is None:
            self._now = _Fragment()
        return self._now


_NS_A_BYTE = 62_500  # 8000 samples of two bytes a second


class _Waiting(Struct, frozen=True, gc=False):
    ordinal: int
    block: Block


class _Fragment:
    """What is known of the fragment that is being read."""

    def __init__(self) -> None:
        self.named = False  # its Info was read
        self.uid: bytes | None = None
        self.number: str | None = None
        self.name: str | None = None  # its number, or what stands for it
        self.contact_id: str | None = None
        self.blocks = 0
        self.seamless = False  # it begins where the contact's audio ended, about
        self.waiting: list[_Waiting] = []
        self.over = False  # no more tags will come
        self.complete = False


def mark_of(fragment: str, ordinal: int) -> Mark:
    """Return the mark of a stored block."""
    return (*_order(fragment), ordinal)


def _order(name: str) -> tuple[int, int]:
    number, _, unnumbered = name.partition(".")
    return int(number), int(unnumbered or 0)
