"""A contact's past as its agent saw it: one moment of the desk, or the whole call again."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from msgspec import Struct
from msgspec.structs import replace

from ..commands.privacy import PrivacyPolicies
from ..errors import Malformed
from ..events.access import ContactReplayed, DeskRecalled
from ..events.base import START, ContactId, ContactRef, Position, TenantName
from ..events.subjects import facts_stream
from ..projections.desk import DeskContact
from ..projections.parking import Stuck
from .bodies import checked_id
from .past import Clock, checked_ms, clock_of, last_position, moment_of
from .player import Player, Playing
from .ports import Ports
from .reader import Reader, may_read_originals, note_access, provide_reader
from .selection import check_names, instant_in, position_in
from .sse import EventStream
from .streams import LastEventIdHeader, LastEventIdQuery
from .untold import as_told, untold_of_past

SPEED_MIN, SPEED_MAX = 0.1, 100.0  # times real time
SILENCE_MS_MAX = 3_600_000

AtMs = Annotated[
    int | None,
    QueryParameter(name="at_ms", description="The moment, in ms of the contact's clock."),
]
At = Annotated[
    str | None, QueryParameter(name="at", description="The moment, as an RFC 3339 instant.")
]
FromMs = Annotated[
    int | None,
    QueryParameter(name="from_ms", description="Begin here, in ms of the contact's clock."),
]
Speed = Annotated[
    float,
    QueryParameter(name="speed", description=f"Times real time, {SPEED_MIN:g} to {SPEED_MAX:g}."),
]
Silence = Annotated[
    int | None,
    QueryParameter(
        name="silence_ms_max",
        description="Longer silences are cut short to this, in ms of the contact; else kept.",
    ),
]


class DeskThen(Struct, frozen=True, kw_only=True):
    """What the agent's desk showed of a contact at one moment.

    `contact` is null before anything was recorded; `on_desk` tells whether it stood on its
    agent's desk. What was still being recognised then was never stored. A `stuck` contact
    shows all before that position: this version cannot read on, nor could a desk today.
    """

    contact_id: ContactId
    at: datetime
    at_ms: int  # the same on the contact's clock; negative before it began
    clock: Clock
    position: Position  # of the last fact that had been recorded
    on_desk: bool
    partials: str
    stuck: Stuck | None
    contact: DeskContact | None


class ReplayController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["replay"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"reader": Provide(provide_reader, sync_to_thread=False)}  # noqa: RUF012

    @get("/desk", response_headers=[ResponseHeader(name="Cache-Control", value="no-store")])
    async def desk(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        reader: NamedDependency[Reader],
        privacy_policies: NamedDependency[PrivacyPolicies | None],
        at_ms: AtMs = None,
        at: At = None,
    ) -> DeskThen:
        """Return what the agent's desk showed at a moment. That it was asked is recorded first.

        Once the call is over, texts are `[withheld]` until its redaction is verified, but for whom
        the tenant's privacy policy names to read originals.
        """
        check_names(request, known=("at_ms", "at", "reason"))
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        if (at_ms is None) == (at is None):
            raise Malformed("at_ms", "has to be given, or `at`; and not both")
        wanted_ms = None if at_ms is None else checked_ms("at_ms", at_ms)
        wanted_at = None if at is None else instant_in("at", at)
        reads_originals = await may_read_originals(reader, tenant, privacy_policies)
        access = DeskRecalled(
            contact_id=contact.contact_id,
            at_ms=wanted_ms,
            at=wanted_at,
            reason=reader.reason,
            quarantine_open=reads_originals,
        )
        await note_access(access, reader=reader, tenant=tenant, ports=ports)
        clock = await clock_of(contact, ports)
        instant = wanted_at if wanted_ms is None else clock.instant(wanted_ms)
        assert instant is not None, "one of the two was given"
        return await _desk_then(contact, instant, clock, ports, reads_originals=reads_originals)

    @get("/replay", media_type="text/event-stream")
    async def replay(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        reader: NamedDependency[Reader],
        privacy_policies: NamedDependency[PrivacyPolicies | None],
        speed: Speed = 1.0,
        from_ms: FromMs = None,
        silence_ms_max: Silence = None,
        last_event_id_header: LastEventIdHeader = None,
        last_event_id: LastEventIdQuery = None,
    ) -> Response[Any]:
        """Stream a contact again, as it came then: same events, same pace or a multiple of it.

        Ends with `replay_completed`; then 204, so that nobody returns. A contact that still
        goes on is played as far as it is. That it was played is recorded first. Texts of one that
        is over are `[withheld]` as at `/desk`.
        """
        check_names(request, known=_REPLAY_PARAMETERS)
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        # `not` in front: a speed that is no number is within no bounds.
        if not SPEED_MIN <= speed <= SPEED_MAX:
            raise Malformed("speed", f"has to be {SPEED_MIN:g} to {SPEED_MAX:g} times real time")
        if silence_ms_max is not None and not 0 <= silence_ms_max <= SILENCE_MS_MAX:
            raise Malformed("silence_ms_max", f"has to be 0 to {SILENCE_MS_MAX} milliseconds")
        begins_ms = None if from_ms is None else checked_ms("from_ms", from_ms)
        state = await ports.journal.state(tenant)
        resume = last_event_id_header or last_event_id
        after = START
        if resume:
            after = position_in(facts_stream(tenant), state, resume, field="Last-Event-ID")
        reads_originals = await may_read_originals(reader, tenant, privacy_policies)
        access = ContactReplayed(
            contact_id=contact.contact_id,
            from_ms=begins_ms,
            after=after,
            speed=speed,
            reason=reader.reason,
            quarantine_open=reads_originals,
        )
        await note_access(access, reader=reader, tenant=tenant, ports=ports)
        playing = Playing(
            contact=contact,
            clock=await clock_of(contact, ports),
            epoch=state.epoch,
            after=after,
            upto=state.last,
            begins_at=None,
            speed=speed,
            silence_ms_max=silence_ms_max,
            reads_originals=reads_originals,
        )
        return await _played(playing, begins_ms, ports)


_REPLAY_PARAMETERS = ("speed", "from_ms", "silence_ms_max", "last_event_id", "reason")


async def _desk_then(
    contact: ContactRef, instant: datetime, clock: Clock, ports: Ports, *, reads_originals: bool
) -> DeskThen:
    untold = await untold_of_past(contact, ports, reads_originals=reads_originals)
    state = await ports.journal.state(contact.tenant)
    moment = await moment_of(contact, at=instant, epoch=state.epoch, ports=ports)
    return DeskThen(
        contact_id=contact.contact_id,
        at=instant,
        at_ms=clock.ms(instant),
        clock=clock,
        position=moment.position,
        on_desk=moment.on_desk,
        partials="never_stored",
        stuck=moment.stuck,
        contact=as_told(moment.contact, untold),
    )


async def _played(playing: Playing, begins_ms: int | None, ports: Ports) -> Response[Any]:
    if playing.after != START:
        if await last_position(playing.contact, ports, upto=playing.upto) <= playing.after:
            return Response(None, status_code=204)
    elif begins_ms is not None:
        begins_at = playing.clock.instant(begins_ms)
        after = await last_position(playing.contact, ports, until=begins_at, upto=playing.upto)
        playing = replace(playing, begins_at=begins_at, after=after)
    return EventStream(Player(playing, ports), send_s=ports.limits.send_s)
