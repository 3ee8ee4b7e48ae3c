"""What an application may offer or do without: of what is not there, there are no routes."""

from typing import Any, TypedDict

from litestar.types import ControllerRouterHandler

from ..commands.eraser import Eraser
from ..commands.hold import Holds
from ..commands.playbook import Playbooks
from ..commands.policy import Policies
from ..commands.privacy import PrivacyPolicies
from ..commands.retention import RetentionPolicies
from ..commands.topics import TopicLists
from ..commands.webhook import Webhooks
from .articles import ArticleController
from .erasure import ErasureController
from .holds import HoldController
from .knowledge import KnowledgeBase, KnowledgeController
from .originals import OriginalsController
from .playbooks import PlaybookController, PolicyController
from .privacy_policy import PrivacyPolicyController
from .recordings import RecordingController, Recordings
from .retention import ContactRetentionController, RetentionController
from .topics import TopicController
from .translation import Replies, ReplyAudioController
from .webhooks import WebhookController


class Offers(TypedDict, total=False):
    """Each by the name under which its routes are handed it."""

    eraser: Eraser | None  # people can be erased
    recordings: Recordings | None  # calls can be heard again
    replies: Replies | None  # what was typed for a customer can be heard
    playbooks: Playbooks | None  # published, together with `policies`
    policies: Policies | None
    knowledge: KnowledgeBase | None  # articles answer
    webhooks: Webhooks | None  # others are told
    topic_lists: TopicLists | None  # what calls may be about
    holds: Holds | None  # what must not be deleted
    retention_policies: RetentionPolicies | None  # how long things stay, together with `holds`
    privacy_policies: PrivacyPolicies | None  # what is masked where


_ROUTES: dict[str, tuple[ControllerRouterHandler, ...]] = {
    "eraser": (ErasureController,),
    "recordings": (RecordingController,),
    "replies": (ReplyAudioController,),
    "playbooks": (PlaybookController, PolicyController),
    "knowledge": (ArticleController, KnowledgeController),
    "webhooks": (WebhookController,),
    "topic_lists": (TopicController,),
    "holds": (HoldController,),
    "retention_policies": (RetentionController, ContactRetentionController),
    "privacy_policies": (PrivacyPolicyController, OriginalsController),
}


def routes_of(offers: Offers) -> list[ControllerRouterHandler]:
    """Return the routes of what is offered."""
    return [route for name, routes in _ROUTES.items() if offers.get(name) for route in routes]


def named(offers: Offers) -> dict[str, Any]:
    """Return everything that might be offered, None where it is not."""
    return {name: offers.get(name) for name in Offers.__annotations__}
