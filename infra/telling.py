"""The parts that webhooks are told with."""

import random
from contextlib import AsyncExitStack

from ..commands.webhook import Webhooks
from ..services.webhooks.sending import HttpSender
from ..services.webhooks.service import Telling, pace_of
from .jetstream.delivery_notes import DeliveryNotes
from .parts import Parts, now
from .settings import Settings


def webhooks_of(settings: Settings, parts: Parts) -> Webhooks:
    """Return what handles commands about webhooks."""
    return Webhooks(parts.register, now=now, private_allowed=settings.webhooks_private_allowed)


def telling(settings: Settings, parts: Parts, *, closing: AsyncExitStack) -> Telling:
    """Return the service that tells them; `closing` closes its connections."""
    sender = HttpSender(private_allowed=settings.webhooks_private_allowed)
    closing.push_async_callback(sender.aclose)
    return Telling(
        webhooks=webhooks_of(settings, parts),
        register=parts.register,
        journal=parts.journal,
        unverified_allowed=settings.webhooks_unverified_allowed,
        notes=DeliveryNotes(parts.log),
        sender=sender,
        # Spreads attempts; nothing is kept secret by it.
        pace=pace_of(now, random.random),
    )
