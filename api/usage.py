"""What became of cues, counted over many contacts."""

from typing import Annotated, Any, cast

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from ..errors import Malformed
from ..events.base import TenantName
from ..projections.guidance_usage import WAYS, By, Usage, usage_of
from ..projections.store import store_faults
from .ports import Ports
from .selection import From, To, check_names, interval_of

_Queue = Annotated[str | None, QueryParameter(name="queue", description="Of this queue alone.")]
_By = Annotated[
    str | None,
    QueryParameter(name="by", description=f"{', '.join(f'`{one}`' for one in WAYS)}."),
]


class UsageController(Controller):
    path = "/v1/guidance"
    tags = ["guidance"]  # noqa: RUF012 (the framework declares it so)

    @get("/usage")
    async def usage(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        earned_from: From = None,
        earned_to: To = None,
        queue: _Queue = None,
        by: _By = None,
    ) -> Response[Usage]:
        """Return how often cues were issued, shown, used, dismissed, expired and withheld.

        `from` and `to` are of their earning. By `playbook_version`, which is the default, by
        `cue`, or by `experiment`: then by its arms, where `cue` null is all cues of an arm.
        """
        check_names(request, known=("from", "to", "queue", "by"))
        first, end = interval_of(earned_from, earned_to)
        if by not in {None, *WAYS}:
            raise Malformed("by", f"has to be one of {', '.join(WAYS)}")
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await usage_of(
                    connection,
                    earned_from=first,
                    earned_to=end,
                    queue=queue,
                    by=cast("By", by or "playbook_version"),
                )
        return Response(found, headers={"Cache-Control": "no-store"})
