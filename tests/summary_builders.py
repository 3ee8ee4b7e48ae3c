"""Sample events of summaries and webhooks; any field can be given by keyword."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from antiphon.events import summary, webhook
from antiphon.events.base import (
    AgentId,
    ContactId,
    Event,
    EventId,
    Position,
    RegisterEvent,
    UtteranceId,
)
from antiphon.events.sealed import Sealed

from .making import made

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # as `builders.NOON`, which lists these samples
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the specification's own example


def summary_part(**given: Any) -> summary.SummaryPart:
    return made(
        summary.SummaryPart,
        given,
        name="1",
        field="reason",
        utterance_ids=(UtteranceId("from_customer-1"),),
    )


def summary_written(**given: Any) -> summary.SummaryWritten:
    return made(
        summary.SummaryWritten,
        given,
        summary_id="s-1",
        kind="final",
        parts=(
            summary_part(),
            summary_part(
                name="2",
                field="follow_up",
                utterance_ids=(UtteranceId("to_customer-2"),),
                owner="agent",
                due="2-due",
            ),
        ),
        texts={
            "1": Sealed("Customer: my roof leaks"),
            "2": Sealed("Agent: I will call you back by Friday"),
            "2-due": Sealed("by Friday"),
        },
        resolution="unknown",
        disposition="follow_up",
        language="en-US",
        generator="extractive-1",
        covers_upto=Position(9),
        utterances=4,
    )


def summary_failed(**given: Any) -> summary.SummaryFailed:
    return made(
        summary.SummaryFailed,
        given,
        kind="final",
        reason="nothing_heard",
        covers_upto=Position(0),
        utterances=0,
    )


def summary_requested(**given: Any) -> summary.SummaryRequested:
    return made(summary.SummaryRequested, given, requested_at=_NOON)


def summary_edited(**given: Any) -> summary.SummaryEdited:
    return made(
        summary.SummaryEdited,
        given,
        agent_id=AgentId("a-1"),
        summary_id="s-1",
        text=Sealed("Roof leaks after the storm; photos asked for."),
    )


def disposition_chosen(**given: Any) -> summary.DispositionChosen:
    return made(
        summary.DispositionChosen,
        given,
        agent_id=AgentId("a-1"),
        code="claim_opened",
        note=Sealed("storm damage"),
    )


SUMMARY_SAMPLES: tuple[Callable[[], Event], ...] = (
    summary_written,
    summary_failed,
    summary_requested,
    summary_edited,
    disposition_chosen,
)


# Kind `webhook` of the register


def webhook_registered(**given: Any) -> webhook.WebhookRegistered:
    return made(
        webhook.WebhookRegistered,
        given,
        url=Sealed("https://crm.example/hooks/antiphon"),
        topics=("contact.ended", "summary.written"),
        secret=Sealed(SECRET),
    )


def webhook_secret_rotated(**given: Any) -> webhook.WebhookSecretRotated:
    return made(
        webhook.WebhookSecretRotated,
        given,
        secret=Sealed("whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"),
        previous_until=datetime(2026, 3, 3, 12, tzinfo=UTC),
    )


def webhook_disabled(**given: Any) -> webhook.WebhookDisabled:
    return made(webhook.WebhookDisabled, given, reason="gone")


def webhook_enabled(**given: Any) -> webhook.WebhookEnabled:
    return made(webhook.WebhookEnabled, given, enabled_at=_NOON)


def webhook_removed(**given: Any) -> webhook.WebhookRemoved:
    return made(webhook.WebhookRemoved, given, removed_at=_NOON)


def webhook_given_up(**given: Any) -> webhook.WebhookGivenUp:
    return made(
        webhook.WebhookGivenUp,
        given,
        contact_id=ContactId("c-1"),
        message_id="m-1",
        event_id=EventId("e-1"),
        topic="summary.written",
        attempts=9,
        reason="refused",
        status=500,
    )


WEBHOOK_SAMPLES: tuple[Callable[[], RegisterEvent], ...] = (
    webhook_registered,
    webhook_secret_rotated,
    webhook_disabled,
    webhook_enabled,
    webhook_removed,
    webhook_given_up,
)
