"""How long what is kept of contacts is kept: the policy, and what it means for one contact."""

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated

import structlog
from litestar import Controller, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from ..commands.hold import Holds
from ..commands.retention import DEFAULT_POLICY, PublishRetention, RetentionPolicies
from ..commands.retention_schedule import Outlook, planned
from ..commands.retention_standing import Standing
from ..errors import ContactUnknown
from ..events.base import ContactId, ContactRef, Position, TenantName
from ..events.retention import DATA_KINDS, DataKind, Stay
from ..projections.retention import counting_since
from ..projections.store import store_faults
from .bodies import checked_id
from .fields import check_body
from .playbooks import Asking, provide_asking
from .ports import Ports

log = structlog.get_logger()

DUE_MAX = 500  # contacts of one kind that an answer names


class StayBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long one kind stays, in whole days after the contact ended; null: for ever."""

    delete_after_days: int | None
    archive_after_days: int | None = None
    archive_first: bool = False


class RetentionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole policy: it replaces the one before. A kind that is left out stays as by default."""

    original: StayBody | None = None
    audio: StayBody | None = None
    transcript: StayBody | None = None
    annotations: StayBody | None = None
    analytics: StayBody | None = None


class RetentionTold(Struct, frozen=True, kw_only=True):
    """The policy that holds. Where none was published, the default does."""

    version: str
    published: bool
    kinds: dict[DataKind, Stay]


class RetentionDone(Struct, frozen=True, kw_only=True):
    """What was asked is so, at this position of the register."""

    version: str
    position: Position
    repeated: bool  # it was so already


class ContactRetention(Struct, frozen=True, kw_only=True):
    """Where everything that is kept of a contact stands, and what comes next."""

    contact_id: ContactId
    policy_version: str
    hold_ids: tuple[str, ...]  # nothing is deleted as long as there is one
    kept_back: tuple[DataKind, ...]  # whose time is over, and that a hold keeps
    kinds: tuple[Outlook, ...]


class DueContact(Struct, frozen=True, kw_only=True):
    """A contact of which one kind's time is over, or soon will be."""

    contact_id: ContactId
    kind: DataKind
    due_at: datetime


class DueContacts(Struct, frozen=True, kw_only=True):
    """Whose time is over by an instant; those that a hold keeps are left out."""

    until: datetime
    contacts: tuple[DueContact, ...]  # of each kind the longest first
    complete: bool  # False: there are more


class RetentionController(Controller):
    path = "/v1/retention"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asking": Provide(provide_asking, sync_to_thread=False)}  # noqa: RUF012 (as above)
    before_request = check_body

    @get()
    async def now(
        self,
        tenant: NamedDependency[TenantName],
        retention_policies: NamedDependency[RetentionPolicies],
    ) -> RetentionTold:
        """Return the policy that holds."""
        held = await retention_policies.current(tenant)
        return RetentionTold(
            version=held.version, published=held is not DEFAULT_POLICY, kinds=held.kinds
        )

    @put()
    async def publish(
        self,
        data: JSONBody[RetentionBody],
        asking: NamedDependency[Asking],
        retention_policies: NamedDependency[RetentionPolicies],
    ) -> RetentionDone:
        """Keep everything that long from now on, what was kept before included.

        A shorter stay deletes what is older, unless it is under legal hold; a longer one keeps it.
        """
        given: dict[DataKind, StayBody | None] = {kind: getattr(data, kind) for kind in DATA_KINDS}
        kinds: dict[DataKind, Stay] = {
            kind: Stay(**asdict(body)) for kind, body in given.items() if body is not None
        }
        outcome = await retention_policies.publish(
            asking.tenant,
            PublishRetention(kinds=kinds),
            command_id=asking.command_id,
            actor=asking.actor,
        )
        version = (await retention_policies.current(asking.tenant)).version
        log.info(
            "retention_published",
            tenant=asking.tenant,
            version=version,
            position=outcome.position,
            repeated=outcome.repeated,
        )
        return RetentionDone(version=version, position=outcome.position, repeated=outcome.repeated)

    @get("/due")
    async def due(
        self,
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        retention_policies: NamedDependency[RetentionPolicies],
        days: Annotated[int, QueryParameter(ge=0, le=36_500, description="From now.")] = 0,
    ) -> DueContacts:
        """Return whose time is over, or will be within so many days."""
        policy = await retention_policies.current(tenant)
        until = ports.now() + timedelta(days=days)
        found, complete = list[DueContact](), True
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                for kind, stay in policy.kinds.items():
                    if stay.delete_after_days is None:
                        continue
                    after = timedelta(days=stay.delete_after_days)
                    rows = await counting_since(
                        connection, kind, until=until - after, after=None, limit=DUE_MAX + 1
                    )
                    complete = complete and len(rows) <= DUE_MAX
                    found += [
                        DueContact(contact_id=contact_id, kind=kind, due_at=since + after)
                        for since, contact_id in rows[:DUE_MAX]
                    ]
        return DueContacts(until=until, contacts=tuple(found), complete=complete)


class ContactRetentionController(Controller):
    path = "/v1/contacts/{contact_id:str}/retention"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)

    @get()
    async def kept(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        retention_policies: NamedDependency[RetentionPolicies],
        holds: NamedDependency[Holds],
    ) -> ContactRetention:
        """Return where what is kept of a contact stands: until when, archived, deleted, held."""
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        return await kept_of(contact, ports, retention_policies, holds)


async def kept_of(
    contact: ContactRef, ports: Ports, retention_policies: RetentionPolicies, holds: Holds
) -> ContactRetention:
    """Return where what is kept of a contact stands.

    Raises:
        ContactUnknown: there is no such contact.
        HistoryUnreadable: a fact that this version cannot read.
    """
    standing = Standing()
    async with aclosing(ports.history.read(contact)) as facts:
        async for fact in facts:
            standing.take(fact)
    if standing.started_at is None:
        raise ContactUnknown(contact.contact_id)
    policy = await retention_policies.current(contact.tenant)
    covered = await holds.covering(contact.tenant, [contact.contact_id])
    hold_ids = covered.get(contact.contact_id, ())
    plan = planned(standing, policy, hold_ids=hold_ids, now=ports.now())
    return ContactRetention(
        contact_id=contact.contact_id,
        policy_version=policy.version,
        hold_ids=hold_ids,
        kept_back=plan.kept_back,
        kinds=plan.outlooks,
    )
