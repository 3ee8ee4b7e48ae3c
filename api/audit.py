"""What an auditor reads: all of a tenant's facts, and who read of them."""

from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from ..events.access import AccessRead, HistoryRead
from ..events.base import ContactId, TenantName
from ..events.subjects import configuration_stream
from .accesses import Accesses, AccessSelection
from .bodies import checked_id
from .bounded import BoundedStream
from .lines import NDJSON, lines_headers
from .ports import Ports
from .reader import Reader, note_access, provide_reader
from .selection import (
    After,
    From,
    Selection,
    To,
    check_names,
    interval_of,
    positions_of,
    provide_selection,
)
from .trail import Trail

Contact = Annotated[
    str | None, QueryParameter(name="contact", description="Of this contact alone.")
]

Actor = Annotated[str | None, QueryParameter(name="actor", description="By this reader alone.")]

_ACCESS_PARAMETERS = frozenset({"from", "to", "after", "contact", "actor", "reason"})


class AuditController(Controller):
    path = "/v1/audit"
    tags = ["audit"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {  # noqa: RUF012
        "reader": Provide(provide_reader, sync_to_thread=False),
    }

    @get("/events", media_type=NDJSON, dependencies={"selection": Provide(provide_selection)})
    async def events(
        self,
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        selection: NamedDependency[Selection],
        reader: NamedDependency[Reader],
        contact: Contact = None,
    ) -> BoundedStream:
        """Return the tenant's facts in the order of the log, a JSON object a line.

        The last line is no fact: `{"next": "<epoch>-<position>", "complete": true}`; where it is
        not complete, `why` and `detail` name what was in the way. To go on
        from there, or after any fact, ask with `after=<epoch>-<position>`; the header
        `Antiphon-Epoch` names the epoch. Positions no longer kept anywhere are told as
        `{"missing": {"first": …, "last": …}}`. What was said, or is told of it, in a contact whose
        redaction nobody verified stays sealed: its line has `withheld`. That facts were read is
        recorded first.
        """
        contact_id = None if contact is None else ContactId(checked_id("contact", contact))
        access = HistoryRead(
            contact_id=contact_id, selected=selection.recorded(), reason=reader.reason
        )
        await note_access(access, reader=reader, tenant=tenant, ports=ports)
        return BoundedStream(
            Trail(tenant, selection, contact_id=contact_id, ports=ports),
            send_s=ports.limits.send_s,
            media_type=NDJSON,
            headers=lines_headers(selection.epoch),
        )

    @get("/access", media_type=NDJSON)
    async def access(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        reader: NamedDependency[Reader],
        recorded_from: From = None,
        recorded_to: To = None,
        after: After = None,
        contact: Contact = None,
        actor: Actor = None,
    ) -> BoundedStream:
        """Return who read what and why, a JSON object a line; this reading is recorded too.

        The last line is as that of `/v1/audit/events`; positions are those of the register.
        Reads of the whole tenant concern every contact.
        """
        check_names(request, known=_ACCESS_PARAMETERS)
        first, end = interval_of(recorded_from, recorded_to)
        state = await ports.register.state(tenant)
        begins, upto = positions_of(after, None, stream=configuration_stream(tenant), state=state)
        selection = AccessSelection(
            recorded_from=first,
            recorded_to=end,
            after=begins,
            upto=upto,
            epoch=state.epoch,
            contact_id=contact and checked_id("contact", contact),
            actor=actor and f"reader:{checked_id('actor', actor.removeprefix('reader:'))}",
        )
        access = AccessRead(
            recorded_from=first, recorded_to=end, after=begins, reason=reader.reason
        )
        await note_access(access, reader=reader, tenant=tenant, ports=ports)
        return BoundedStream(
            Accesses(tenant, selection, ports),
            send_s=ports.limits.send_s,
            media_type=NDJSON,
            headers=lines_headers(state.epoch),
        )
