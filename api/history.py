"""What was: a contact's transcript from the read model, its history from the log."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from ..commands.privacy import PrivacyPolicies
from ..errors import ContactUnknown
from ..events.access import HistoryRead
from ..events.base import START, ContactId, ContactRef, Position, TenantName
from ..events.log import Stored
from ..events.quarantine import State as RedactionState
from ..projections.released import redaction_state
from ..projections.store import store_faults
from ..projections.transcript import Gap, Line, State, Transcript, transcript_of
from ..projections.turns import Turn, turns_of
from .bodies import checked_id
from .bounded import BoundedStream
from .lines import NDJSON, Lines, lines_headers
from .ports import Ports
from .quarantined import ToWhoReadsOne
from .reader import Reader, may_read_originals, note_access, provide_reader
from .retained import check_retained
from .selection import Selection, provide_selection


class TranscriptAnswer(Struct, frozen=True, kw_only=True):
    """What was said so far. `position`: of the last fact that is shown; 0 when none is yet.

    `lines` are utterances, `turns` the same joined for reading, by speaker and silence. Only
    where `redaction` is `verified` was what is shown checked, and may be passed on.
    """

    contact_id: ContactId
    state: State
    redaction: RedactionState
    position: Position
    turns: tuple[Turn, ...]
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]


class HistoryController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["history"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {  # noqa: RUF012
        "selection": Provide(provide_selection),
        "reader": Provide(provide_reader, sync_to_thread=False),
    }

    @get("/transcript")
    async def transcript(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> TranscriptAnswer:
        """Return the transcript, in speaking order; 410 once its retention is over."""
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await transcript_of(connection, contact.contact_id)
                upto = START if found is None else found.position
                redaction = await redaction_state(connection, contact.contact_id, shown_upto=upto)
        if found is not None:
            if found.erased_at is not None:
                await check_retained(contact, ports, kind="transcript")
            return _answer(found, redaction=redaction)
        # It may have started just now: the log knows first.
        if await ports.journal.lane_end(contact, "life") == START:
            raise ContactUnknown(contact.contact_id)
        return TranscriptAnswer(
            contact_id=contact.contact_id,
            state="live",
            redaction="under_way",
            position=START,
            turns=(),
            lines=(),
            gaps=(),
        )

    @get("/events", media_type=NDJSON)
    async def events(  # noqa: PLR0917 (the framework passes them by name)
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        selection: NamedDependency[Selection],
        reader: NamedDependency[Reader],
        privacy_policies: NamedDependency[PrivacyPolicies | None],
    ) -> BoundedStream:
        """Return the contact's facts in order, a JSON object a line: all, or those asked for.

        Once the call is over, what was said or is told of it stays sealed until its redaction is
        verified, and the line has `withheld`; but for whom the tenant's privacy policy names to
        read originals (`Antiphon-Actor`). That facts were read is recorded first, with who read
        and why, and whether they are such a reader.
        """
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        reads_originals = await may_read_originals(reader, tenant, privacy_policies)
        access = HistoryRead(
            contact_id=contact.contact_id,
            selected=selection.recorded(),
            reason=reader.reason,
            quarantine_open=reads_originals and selection.texts_open,
        )
        await note_access(access, reader=reader, tenant=tenant, ports=ports)
        batches = ports.history.read_stored(
            tenant,
            contact_id=contact.contact_id,
            lanes=selection.lanes,
            after=selection.after,
            upto=selection.upto,
        )
        first = await anext(batches, None)
        if first is None and not await _is_known(contact, ports):
            raise ContactUnknown(contact.contact_id)
        release = ToWhoReadsOne(contact, ports, reads_originals=reads_originals)
        lines = Lines(tenant, selection, ports, release=release)
        return BoundedStream(
            _History(first or (), batches, lines),
            send_s=ports.limits.send_s,
            media_type=NDJSON,
            headers=lines_headers(selection.epoch),
        )


class _History:
    """The lines of one contact."""

    def __init__(
        self, first: Sequence[Stored], others: AsyncGenerator[Sequence[Stored]], lines: Lines
    ) -> None:
        self._first = first
        self._others = others
        self._lines = lines

    def close(self) -> None:
        """What was opened is closed at the end of `frames`."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield lines. A failure breaks the answer off: its client sees that it did not end."""
        async with aclosing(self._others):
            if piece := await self._piece(self._first):
                yield piece
            async for batch in self._others:
                if piece := await self._piece(batch):
                    yield piece

    async def _piece(self, batch: Sequence[Stored]) -> bytes:
        return await self._lines.of(self._lines.wanted(batch))


async def _is_known(contact: ContactRef, ports: Ports) -> bool:
    """Tell whether there is any fact of a contact, in the log or where it went since."""
    facts = ports.history.read_stored(contact.tenant, contact_id=contact.contact_id)
    async with aclosing(facts):
        return await anext(facts, None) is not None


def _answer(found: Transcript, *, redaction: RedactionState) -> TranscriptAnswer:
    return TranscriptAnswer(
        contact_id=found.contact_id,
        state=found.state,
        redaction=redaction,
        position=found.position,
        turns=turns_of(found.lines, found.gaps),
        lines=found.lines,
        gaps=found.gaps,
    )
