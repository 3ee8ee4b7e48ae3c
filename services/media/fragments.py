"""Whose voice is it? Turns what the reader says into the wanted contact's blocks.

Streams are reused: before and after the contact's fragments stand those of other callers.
A fragment says whose it is by a ContactId tag, before its cluster, behind it, or not at all;
then it is whose the last fragment of the same SegmentUID was. Until that is known its audio
is held back, and nobody hears what turns out to be another's.
"""

from collections.abc import Iterable

from msgspec import Struct

from ...events.base import ContactId, Track
from .failures import kind_of_error_id
from .items import (
    Block,
    BlockDropped,
    FragmentBegun,
    FurtherCluster,
    Item,
    SegmentNamed,
    Tags,
    Unreadable,
)
from .marks import Mark, order_of
from .outcomes import Behind, Completed, Failed, Heard, Lost, Outcome, Reused
from .patience import HELD_BYTES_MAX

_NUMBER = "AWS_KINESISVIDEO_FRAGMENT_NUMBER"
_TOKEN = "AWS_KINESISVIDEO_CONTINUATION_TOKEN"  # noqa: S105 (no secret)
_BEHIND = "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW"
# GetMedia's names, and those the same service uses for stored fragments.
_ERROR_IDS = ("AWS_KINESISVIDEO_ERROR_ID", "AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE")
_ERROR_CODES = ("AWS_KINESISVIDEO_ERROR_CODE", "AWS_KINESISVIDEO_EXCEPTION_MESSAGE")
_CONTACT_ID = "ContactId"
_MIME_TYPE = "MimeType"

# What a service's numbers may be long: 47 digits were seen of a fragment's, and the API's own
# bound is 128; a lag of fifteen is thirty thousand years. `int` itself refuses thousands.
_NUMBER_DIGITS_MAX = 128
_BEHIND_DIGITS_MAX = 15
_PROBLEM_CHARACTERS_MAX = 128

# A fragment that goes on where the last one ended, give or take, is taken for the same
# caller's at once; after a pause its own tags are waited for, a second at most.
_SEAM_NS_MAX = 500_000_000
# A track whose time goes back by more began anew: a header may have been lost in a broken block.
_BACK_NS_MAX = 32_000_000


class Fragments:
    """Sorts the fragments of one stream for one contact, over any number of connections."""

    def __init__(self, contact_id: ContactId, *, mark: Mark | None = None) -> None:
        self._wanted = contact_id
        self._mark = mark  # of the last block heard; what is not beyond it is a repeat
        self._uid: bytes | None = None  # of the last segment whose caller is known
        self._uid_is_ours = False
        self._is_plain: bool | None = None  # that segment's audio is what we can read
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
        self._held_bytes = 0
        self._last_number = after or "0"
        self._unnumbered = 0
        self.finished = False  # nothing more is to be had from this body

    @property
    def number(self) -> str | None:
        """Of the fragment that is being read, when it is known."""
        return None if self._now is None or self._now.complete else self._now.number

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
            case FurtherCluster():
                self._fragment().is_doubtful = True
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
        elif block.time_ns < now.latest.get(block.track, 0) - _BACK_NS_MAX:
            now.is_doubtful = True
        now.latest[block.track] = block.time_ns
        heard = _Waiting(now.blocks, block)
        now.blocks += 1
        is_ours = self._is_ours(now)
        if is_ours and now.number is not None and not now.waiting and self._is_readable(now):
            self._hear(now, heard, outcomes)
        elif is_ours is not False:
            now.wait(heard)
            self._bound(now)

    def _tags(self, tags: Tags, outcomes: list[Outcome]) -> None:
        now, values = self._fragment(), dict(tags.pairs)
        for name, value in tags.pairs:
            if name == _CONTACT_ID and value:
                self._identify(now, value)
        if _MIME_TYPE in values:
            now.is_plain = _is_plain(values[_MIME_TYPE])
            if now.uid == self._uid:
                self._is_plain = now.is_plain
        number = values.get(_NUMBER, "")
        if _is_number(number, digits_max=_NUMBER_DIGITS_MAX):
            if now.number not in (None, number):
                self._damaged("two_numbers_in_one_fragment", outcomes)
                return
            now.number = number
        if _is_number(behind := values.get(_BEHIND, ""), digits_max=_BEHIND_DIGITS_MAX):
            outcomes.append(Behind(int(behind)))
        error_id = next((values[name] for name in _ERROR_IDS if name in values), "")
        error_code = next((values[name] for name in _ERROR_CODES if name in values), "")
        if error_id or error_code:
            kind = kind_of_error_id(error_id, error_code)
            problem = (error_code or error_id)[:_PROBLEM_CHARACTERS_MAX]
            outcomes.append(Failed(kind, problem))
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
        if self._uid is None or self._uid != now.uid:
            self._is_plain = now.is_plain
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

    def _is_readable(self, now: "_Fragment") -> bool | None:
        # None: it is not certain that this is one fragment, and that will show at its end; or
        # its MimeType may yet come. The codec that Tracks name is wrong in every call.
        if now.is_doubtful and not now.over:
            return None
        if now.is_plain is not None:
            return now.is_plain
        if now.uid is not None and now.uid == self._uid and self._is_plain is not None:
            return self._is_plain
        return True if now.over else None

    def _complete(self, outcomes: list[Outcome]) -> None:
        now = self._now
        if now is None or now.complete:
            return
        now.over = now.complete = True
        self._settle(now, outcomes)
        if self._is_ours(now) is None:
            self._held.append(now)
            now.held_bytes = now.waiting_bytes
            self._held_bytes += now.held_bytes
            self._bound(now)
        elif now.number is not None:
            outcomes.append(Completed(now.number, ours=bool(self._is_ours(now))))

    def _settle(self, now: "_Fragment", outcomes: list[Outcome]) -> None:
        is_ours = self._is_ours(now)
        if now.over and now.number is None and now.name is None:
            self._unnumbered += 1
            now.call(f"{self._last_number}.{self._unnumbered}")
        elif now.number is not None and now.name is None:
            now.call(now.number)
            self._last_number, self._unnumbered = now.number, 0
        if is_ours is None:
            return
        held, self._held, self._held_bytes = self._held, [], 0
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
            now.forget()
            if now.contact_id is not None and now.name is not None and self._is_beyond(now):
                outcomes.append(Reused())
                self.finished = True
        elif now.name is not None and (is_readable := self._is_readable(now)) is not None:
            for waiting in now.waiting if is_readable else ():
                self._hear(now, waiting, outcomes)
            if now.waiting and not is_readable:
                outcomes.append(Lost("not_linear_pcm", now.number, rest=False))
            now.forget()

    def _hear(self, now: "_Fragment", waiting: "_Waiting", outcomes: list[Outcome]) -> None:
        assert now.name is not None
        mark = (*now.order, waiting.ordinal)
        if self._mark is not None and mark <= self._mark:
            return  # a fragment sent again, or the part of it we had
        self._mark = mark
        block = waiting.block
        self._seam_ns = block.time_ns + len(block.payload) * _NS_A_BYTE
        outcomes.append(Heard(now.name, waiting.ordinal, block.track, block.time_ns, block.payload))

    def _is_beyond(self, now: "_Fragment") -> bool:
        # Callers before ours are skipped; one after ours means that ours is over.
        return self._mark is not None and now.order > self._mark[:2]

    def _damaged(self, problem: str, outcomes: list[Outcome]) -> None:
        outcomes.append(Lost(problem, self.number, rest=True))
        self.finished = True

    def _bound(self, now: "_Fragment") -> None:
        own_bytes = now.waiting_bytes - now.held_bytes
        while self._held and self._held_bytes + own_bytes > HELD_BYTES_MAX:
            oldest = self._held.pop(0)
            self._held_bytes -= oldest.held_bytes
            oldest.forget()
        if now.waiting_bytes > HELD_BYTES_MAX:
            now.forget()

    def _fragment(self) -> "_Fragment":
        if self._now is None:
            self._now = _Fragment()
        return self._now


def _is_plain(mime_type: str) -> bool:
    """Tell whether audio of this type is what the platform keeps: L16, 8 kHz, one channel."""
    kind, *parameters = (one.strip().lower() for one in mime_type.split(";"))
    said: dict[str, str] = {}
    for one in parameters:
        name, _, value = one.partition("=")
        said[name.strip()] = value.strip()
    return (
        kind == "audio/l16"
        and said.get("rate", "8000") == "8000"
        and said.get("channels", "1") == "1"
    )


def _is_number(text: str, *, digits_max: int) -> bool:
    return 0 < len(text) <= digits_max and text.isascii() and text.isdecimal()


_NS_A_BYTE = 62_500  # 8000 samples of two bytes a second


class _Waiting(Struct, frozen=True, gc=False):
    ordinal: int
    block: Block


# What an object of ours takes beside the samples: a thousand blocks of one byte are no kilobyte.
_BLOCK_BYTES = 200
_FRAGMENT_BYTES = 500


class _Fragment:
    """What is known of the fragment that is being read."""

    def __init__(self) -> None:
        self.named = False  # its Info was read
        self.uid: bytes | None = None
        self.number: str | None = None
        self.name: str | None = None  # its number, or what stands for it
        self.order = (0, 0)  # of that name
        self.contact_id: str | None = None
        self.blocks = 0
        self.is_plain: bool | None = None  # its MimeType is ours; None: it has none
        self.is_doubtful = False  # another one may have run into it
        self.latest: dict[Track, int] = {}  # when each track's last block began
        self.seamless = False  # it begins where the contact's audio ended, about
        self.waiting: list[_Waiting] = []
        self.waiting_bytes = _FRAGMENT_BYTES
        self.held_bytes = 0  # of these, counted among what is held
        self.over = False  # no more tags will come
        self.complete = False

    def call(self, name: str) -> None:
        self.name, self.order = name, order_of(name)

    def wait(self, heard: _Waiting) -> None:
        self.waiting.append(heard)
        self.waiting_bytes += len(heard.block.payload) + _BLOCK_BYTES

    def forget(self) -> None:
        self.waiting.clear()
        self.waiting_bytes = _FRAGMENT_BYTES
