"""What comes, as it comes: Server-Sent Events of one contact, or of an agent's desk."""

from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter

from ..events.base import AgentId, ContactId, TenantName
from .bodies import checked_id
from .feed import Resume, open_agent_feed, open_contact_feed
from .hubs import Hubs
from .ports import Ports
from .sse import EventStream, parse_event_id

LastEventIdHeader = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="Resumes after that event."),
]
LastEventIdQuery = Annotated[
    str | None,
    QueryParameter(name="last_event_id", description="As the header, for who cannot set one."),
]


class StreamController(Controller):
    path = "/v1"
    tags = ["streams"]  # noqa: RUF012 (the framework declares it so)

    @get("/contacts/{contact_id:str}/stream", media_type="text/event-stream")
    async def contact_stream(  # noqa: PLR0917 (the framework passes them by name)
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        hubs: NamedDependency[Hubs],
        last_event_id_header: LastEventIdHeader = None,
        last_event_id: LastEventIdQuery = None,
    ) -> Response[Any]:
        """Stream a contact until it is summed up; then 204, so that nobody returns.

        Where nobody sums it up, until ten seconds after its transcript was complete.
        """
        wanted = ContactId(checked_id("contact_id", contact_id))
        hub = await hubs.of(tenant)
        resume = _resume(last_event_id_header, last_event_id)
        feed = await open_contact_feed(hub, ports, wanted, resume=resume)
        if feed is None:
            return Response(None, status_code=204)
        return EventStream(feed, send_s=ports.limits.send_s)

    @get("/agents/{agent_id:str}/stream", media_type="text/event-stream")
    async def agent_stream(  # noqa: PLR0917 (the framework passes them by name)
        self,
        agent_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        hubs: NamedDependency[Hubs],
        last_event_id_header: LastEventIdHeader = None,
        last_event_id: LastEventIdQuery = None,
    ) -> Response[Any]:
        """Stream an agent's desk: its contacts, and those that come to it."""
        wanted = AgentId(checked_id("agent_id", agent_id))
        hub = await hubs.of(tenant)
        resume = _resume(last_event_id_header, last_event_id)
        feed = await open_agent_feed(hub, ports, wanted, resume=resume)
        return EventStream(feed, send_s=ports.limits.send_s)


def _resume(header: str | None, query: str | None) -> Resume | None:
    # A browser that reconnects repeats the query it began with; its header is newer.
    text = header or query
    return parse_event_id(text) if text else None
