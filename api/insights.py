"""What was measured of contacts: of one, and of many as lines for a spreadsheet or a warehouse."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from ..errors import ContactUnknown, Malformed
from ..events.base import ContactId, ContactRef, TenantName
from ..projections.insights import (
    PAGE_MAX,
    ContactInsights,
    Place,
    insights_of,
    measured_page,
)
from ..projections.store import store_faults
from .bodies import checked_id
from .bounded import BoundedStream
from .insight_csv import CSV, csv_header, csv_lines
from .lines import NDJSON
from .ports import Ports
from .selection import From, To, check_names, interval_of
from .told import to_lines
from .untold import as_told, untold_of

_Format = Annotated[
    str | None, QueryParameter(name="format", description="`ndjson` (default) or `csv`.")
]


class InsightController(Controller):
    path = "/v1"
    tags = ["insights"]  # noqa: RUF012 (the framework declares it so)

    @get("/contacts/{contact_id:str}/insights")
    async def insights(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Response[ContactInsights]:
        """Return who spoke how much, how it felt, about what. `measured` is null until the end.

        The measures stand a moment after the transcript is complete; `turned`, when a side came
        to sound clearly worse, is told while the contact goes on. 410 once their retention is over.
        """
        wanted = ContactId(checked_id("contact_id", contact_id))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await insights_of(connection, wanted)
        if found is None:
            raise ContactUnknown(wanted)
        untold = await untold_of(ContactRef(tenant, wanted), ports, wanted="analytics")
        return Response(as_told(found, untold), headers={"Cache-Control": "no-store"})

    @get("/insights")
    async def export(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        measured_from: From = None,
        measured_to: To = None,
        format_: _Format = None,
    ) -> BoundedStream:
        """Return measured contacts in the order of measuring, a line each, as JSON or as CSV.

        `from` and `to` are of the measuring, by the log's clock. What was named in a contact is
        counted here and not told. A contact that is measured again meanwhile may stand twice:
        the later line holds.
        """
        check_names(request, known=("from", "to", "format"))
        first, end = interval_of(measured_from, measured_to)
        if format_ not in {None, "ndjson", "csv"}:
            raise Malformed("format", "has to be `ndjson` or `csv`")
        is_csv = format_ == "csv"
        return BoundedStream(
            Export(
                tenant,
                ports,
                measured_from=first,
                measured_to=end,
                header=csv_header() if is_csv else b"",
                lines=csv_lines if is_csv else to_lines,
            ),
            send_s=ports.limits.send_s,
            media_type=CSV if is_csv else NDJSON,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


class Export:
    """Measured contacts, a page at a time. See `bounded.Feed`."""

    def __init__(
        self,
        tenant: TenantName,
        ports: Ports,
        *,
        measured_from: datetime | None,
        measured_to: datetime | None,
        header: bytes,
        lines: Callable[[Sequence[ContactInsights]], bytes],
        page_contacts: int = PAGE_MAX,
    ) -> None:
        self._tenant = tenant
        self._ports = ports
        self._from = measured_from
        self._to = measured_to
        self._header = header
        self._lines = lines
        self._page_contacts = page_contacts

    def close(self) -> None:
        """Nothing is held between two pages, no connection either."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield the pages. A failure breaks the answer off: its client sees that it did not end."""
        if self._header:
            yield self._header
        after: Place | None = None
        while page := await self._page(after):
            yield self._lines(page)
            last = page[-1]
            if len(page) < self._page_contacts or last.measured is None:
                return
            after = Place(last.measured.measured_at, last.contact_id)

    async def _page(self, after: Place | None) -> list[ContactInsights]:
        pool = await self._ports.databases.pool(self._tenant)
        with store_faults():
            async with pool.acquire(timeout=self._ports.limits.query_s) as connection:
                return await measured_page(
                    connection,
                    measured_from=self._from,
                    measured_to=self._to,
                    after=after,
                    contacts_max=self._page_contacts,
                )
