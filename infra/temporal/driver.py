"""The `Workflows` port on Temporal, and the worker that does the steps it asks for."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from msgspec import Struct
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError
from temporalio.worker import Worker

from ...errors import AntiphonError, Fault, KeyDestroyed, ModelUnusable, WorkflowsUnavailable
from ...events.base import ContactId, ContactRef, TenantName
from ...services.redaction.activities import Activities
from .plan import ADVANCE, LOOK, Carried, RedactionWorkflow

SCHEME = "temporal"
TASK_QUEUE = "antiphon-redaction"

HEARTBEAT_S = 15.0  # a worker that was killed is replaced after so long
STICKY_S = 10.0  # and so is what it remembered of a workflow
_BEATS = 3  # in that time
AT_ONCE = 1  # steps of a process: recognising takes a core, and calls under way come first

log = structlog.get_logger()


class Address(Struct, frozen=True, kw_only=True):
    """Where Temporal is, and what of it is ours."""

    target: str  # host:port
    namespace: str
    task_queue: str = TASK_QUEUE
    heartbeat_s: float = HEARTBEAT_S
    sticky_s: float = STICKY_S


def address_in(setting: str) -> Address | None:
    """Return what `temporal://host:port/namespace` names; None for another form.

    The namespace is `default` where none is named.
    """
    parts = urlsplit(setting)
    if parts.scheme != SCHEME or not parts.netloc or parts.query or parts.fragment:
        return None
    return Address(target=parts.netloc, namespace=parts.path.strip("/") or "default")


class TemporalWorkflows:
    """Satisfies `Workflows`: hands a round over, and waits for it wherever it is done."""

    def __init__(self, client: Client, address: Address) -> None:
        self._client = client
        self._address = address

    async def carry(self, contact: ContactRef, round_: int) -> None:
        """See `Workflows.carry`. Cancelled, it lets Temporal go on: the facts say what is left.

        Raises:
            WorkflowsUnavailable: Temporal does not answer; calling again is safe.
        """
        carried = Carried(
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            round=round_,
            heartbeat_s=self._address.heartbeat_s,
        )
        try:
            handle = await self._client.start_workflow(
                RedactionWorkflow.run,
                carried,
                id=workflow_id(contact, round_),
                task_queue=self._address.task_queue,
                # The same round twice is one; after a failure, or a person's review, it goes on.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            await handle.result()
        except RPCError as error:
            raise WorkflowsUnavailable(self._address.target) from error
        except WorkflowFailureError as error:
            raise _failure_of(error, contact) from error


def workflow_id(contact: ContactRef, round_: int) -> str:
    """Return the id of a round's workflow: one of that id runs at a time."""
    return f"redaction/{contact.tenant}/{contact.contact_id}/{round_}"


@asynccontextmanager
async def connected(
    address: Address, activities: Activities, *, identity: str | None = None
) -> AsyncGenerator[TemporalWorkflows]:
    """Do what Temporal asks for, and hand rounds over to it, until left.

    Raises:
        WorkflowsUnavailable: Temporal does not answer.
    """
    try:
        client = await Client.connect(
            address.target, namespace=address.namespace, identity=identity
        )
    except (RPCError, RuntimeError) as error:
        raise WorkflowsUnavailable(address.target) from error
    steps = Steps(activities)
    worker = Worker(
        client,
        task_queue=address.task_queue,
        workflows=[RedactionWorkflow],
        activities=[steps.look, steps.advance],
        max_concurrent_activities=AT_ONCE,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=address.sticky_s),
    )
    async with worker:
        log.info("workflows_ready", target=address.target, namespace=address.namespace)
        yield TemporalWorkflows(client, address)


class Steps:
    """The activities, as Temporal asks for them."""

    def __init__(self, activities: Activities) -> None:
        self._activities = activities

    @activity.defn(name=LOOK)
    async def look(self, carried: Carried) -> str:
        """Return the name of the step that is to be done."""
        return await _told(lambda: self._activities.look(_contact(carried)))

    @activity.defn(name=ADVANCE)
    async def advance(self, carried: Carried) -> str:
        """Do it."""
        beating = asyncio.create_task(_beat(carried.heartbeat_s / _BEATS))
        try:
            return await _told(lambda: self._activities.advance(_contact(carried)))
        finally:
            beating.cancel()


async def _beat(every_s: float) -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(every_s)


async def _told(step: Callable[[], Any]) -> str:
    """Do a step; what went wrong becomes what Temporal needs to know of it, and no more.

    What is raised is kept in Temporal's history: codes, never messages.
    """
    try:
        return str(await step())
    except Fault as fault:
        raise ApplicationError(fault.code, type=fault.code) from None
    except AntiphonError as error:
        raise ApplicationError(error.code, type=error.code, non_retryable=True) from None
    except Exception as error:
        # A bug: doing it again would be the same, and people have to know.
        log.exception("redaction_step_failed", problem=type(error).__name__)
        raise ApplicationError(type(error).__name__, type="bug", non_retryable=True) from None


def _failure_of(error: WorkflowFailureError, contact: ContactRef) -> Exception:
    cause: BaseException | None = error.cause
    while isinstance(cause, FailureError) and not isinstance(cause, ApplicationError):
        cause = cause.cause
    code = cause.type if isinstance(cause, ApplicationError) else None
    if code == KeyDestroyed.code:
        return KeyDestroyed(f"contact/{contact.contact_id}")
    if code == ModelUnusable.code:
        return ModelUnusable("no worker of Temporal can verify: see their `antiphon doctor`")
    return error


def _contact(carried: Carried) -> ContactRef:
    return ContactRef(TenantName(carried.tenant), ContactId(carried.contact_id))
