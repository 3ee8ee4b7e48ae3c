"""Stored contacts one after the other: each read, heard once more, compared, and let go."""

from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

import httpx
import structlog
from msgspec import Struct

from ...errors import AntiphonError
from ...events.base import ContactId, Recorded, TenantName
from ...services.guidance.shelf import Shelf
from ..client import RequestRefused
from .player import NO_HEADS, Heads
from .retelling import HOW
from .shadow import shadow
from .stored import read_contact
from .tally import LABELS, Sum, Tally

# Named one by one; the others are counted.
UNREADABLE_MAX = 1_000

log = structlog.get_logger()

# Tells what the log has of a contact, a JSON object a line.
Lines = Callable[[ContactId], AsyncGenerator[bytes]]


class Unread(Struct, frozen=True, kw_only=True):
    """A contact that could not be read, or not be heard again."""

    contact_id: ContactId
    problem: str


class Report(Struct, frozen=True, kw_only=True):
    """What came of contacts that were heard once more."""

    asked: int
    erased: int  # skipped: nothing of what was said is left
    unread: int
    unread_contacts: tuple[Unread, ...]  # `UNREADABLE_MAX` at most
    finals: int
    finals_whole: int  # of them: without partials, see `partials`
    sum: Sum
    partials: str = HOW
    labels: str = LABELS


class Replay:
    """What was heard so far; nothing of a contact is held once it is added up."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        tenant: TenantName,
        against: Shelf | None = None,
        heads: Heads = NO_HEADS,
        texts: bool = False,
    ) -> None:
        self._shelf = shelf
        self._tenant = tenant
        self._against = against
        self._heads = heads
        self._tally = Tally(texts=texts)
        self._asked = self._erased = self._finals = self._whole = self._unread = 0
        self._named: deque[Unread] = deque(maxlen=UNREADABLE_MAX)

    async def take(self, contact_ids: Sequence[ContactId], lines: Lines) -> AsyncGenerator[int]:
        """Hear contacts, one at a time; yield after each how many were."""
        for number, contact_id in enumerate(contact_ids, 1):
            self._asked += 1
            try:
                await self._take(contact_id, lines)
            except (AntiphonError, RequestRefused, httpx.HTTPError) as error:
                self._unread += 1
                self._named.append(Unread(contact_id=contact_id, problem=str(error)))
            yield number

    async def _take(self, contact_id: ContactId, lines: Lines) -> None:
        facts: list[Recorded] | None = await read_contact(
            lines(contact_id), contact_id, tenant=self._tenant
        )
        if facts is None:
            self._erased += 1
            return
        heard = await shadow(facts, self._shelf, against=self._against, heads=self._heads)
        self._tally.add(heard.compared)
        self._finals += heard.retold.finals
        self._whole += heard.retold.finals_whole

    def report(self) -> Report:
        """Return what was found so far."""
        return Report(
            asked=self._asked,
            erased=self._erased,
            unread=self._unread,
            unread_contacts=tuple(self._named),
            finals=self._finals,
            finals_whole=self._whole,
            sum=self._tally.sum(),
        )
