"""A tenant's privacy policy: which personal data is masked where, and another one."""

from typing import Annotated

import structlog
from litestar import Controller, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ..commands.privacy import PrivacyPolicies, PublishPrivacyPolicy
from ..events.base import Position, TenantName
from ..events.privacy.kinds import PersonalKind, Place
from ..events.privacy_policy import (
    Cover,
    Exemption,
    Originals,
    PersonalPattern,
    PrivacyPolicyPublished,
)
from .bodies import Id
from .fields import check_body
from .playbooks import Asking, provide_asking

log = structlog.get_logger()

_Text = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]


class ExemptionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of personal data that may be shown in some places."""

    kind: PersonalKind
    shown_in: tuple[Place, ...]


class PatternBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form of personal data of the tenant's own, in the syntax of RE2."""

    name: _Text
    expression: _Text
    kind: PersonalKind = "other"


class PrivacyPolicyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole policy: it replaces the one before. What it does not name is masked everywhere."""

    exemptions: tuple[ExemptionBody, ...] = ()
    patterns: tuple[PatternBody, ...] = ()
    allowed: tuple[_Text, ...] = ()
    audible: tuple[PersonalKind, ...] = ()
    cover: Cover = "beep"
    originals: Originals = "keep"
    original_readers: tuple[Id, ...] = ()


class PrivacyPolicyTold(Struct, frozen=True, kw_only=True):
    """The policy that holds. `version` is None where none was published: all is masked."""

    version: str | None
    exemptions: tuple[Exemption, ...] = ()
    patterns: tuple[PersonalPattern, ...] = ()
    allowed: tuple[str, ...] = ()
    audible: tuple[PersonalKind, ...] = ()
    cover: Cover = "beep"
    originals: Originals = "keep"
    original_readers: tuple[str, ...] = ()


class PrivacyPolicyDone(Struct, frozen=True, kw_only=True):
    """What was asked is so, at this position of the register."""

    version: str
    position: Position
    repeated: bool  # it was so already


class PrivacyPolicyController(Controller):
    path = "/v1/privacy"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asking": Provide(provide_asking, sync_to_thread=False)}  # noqa: RUF012 (as above)
    before_request = check_body

    @get()
    async def now(
        self,
        tenant: NamedDependency[TenantName],
        privacy_policies: NamedDependency[PrivacyPolicies],
    ) -> PrivacyPolicyTold:
        """Return the policy that holds."""
        held = await privacy_policies.current(tenant)
        return PrivacyPolicyTold(version=None) if held is None else _told(held)

    @put()
    async def publish(
        self,
        data: JSONBody[PrivacyPolicyBody],
        asking: NamedDependency[Asking],
        privacy_policies: NamedDependency[PrivacyPolicies],
    ) -> PrivacyPolicyDone:
        """Protect what is said by another policy from now on.

        One that cannot hold changes nothing. What was masked before stays masked.
        """
        outcome = await privacy_policies.publish(
            asking.tenant,
            _command(data),
            command_id=asking.command_id,
            actor=asking.actor,
        )
        held = await privacy_policies.current(asking.tenant)
        assert held is not None, "one was published"
        log.info(
            "privacy_policy_published",
            tenant=asking.tenant,
            version=held.version,
            position=outcome.position,
            repeated=outcome.repeated,
        )
        return PrivacyPolicyDone(
            version=held.version, position=outcome.position, repeated=outcome.repeated
        )


def _command(body: PrivacyPolicyBody) -> PublishPrivacyPolicy:
    return PublishPrivacyPolicy(
        exemptions=tuple(
            Exemption(kind=one.kind, shown_in=one.shown_in) for one in body.exemptions
        ),
        patterns=tuple(
            PersonalPattern(name=one.name, expression=one.expression, kind=one.kind)
            for one in body.patterns
        ),
        allowed=body.allowed,
        audible=body.audible,
        cover=body.cover,
        originals=body.originals,
        original_readers=body.original_readers,
    )


def _told(held: PrivacyPolicyPublished) -> PrivacyPolicyTold:
    return PrivacyPolicyTold(
        version=held.version,
        exemptions=held.exemptions,
        patterns=held.patterns,
        allowed=held.allowed,
        audible=held.audible,
        cover=held.cover,
        originals=held.originals,
        original_readers=held.original_readers,
    )
