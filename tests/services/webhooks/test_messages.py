"""A message is signed as the specification says, and says nothing that was not asked for."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import Event
from antiphon.events.sealed import Sealed
from antiphon.services.webhooks.messages import Message, headers_of, message_of, topic_of

from ...builders import SAMPLES, recorded
from ...summary_builders import (
    SECRET,
    disposition_chosen,
    summary_edited,
    summary_failed,
    summary_written,
)


def test_a_signature_is_that_of_the_specifications_own_example() -> None:
    example = Message(
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        topic="contact.ended",
        body=b'{"test": 2432232314}',
    )
    at = datetime.fromtimestamp(1_614_265_330, UTC)

    headers = headers_of(example, [SECRET], at=at)

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("sample", SAMPLES)
def test_facts_without_a_topic_are_told_to_nobody(sample: Callable[[], Event]) -> None:
    event = sample()

    told = topic_of(event)

    wanted = {
        "contact_ended": "contact.ended",
        "summary_written": "summary.written",
        "summary_failed": "summary.failed",
        "summary_edited": "summary.edited",
        "disposition_chosen": "disposition.chosen",
        "redaction_failed": "redaction.failed",
    }
    assert told == wanted.get(event.TYPE)


@pytest.mark.parametrize(
    ("event", "part"),
    [
        (summary_failed(), {"reason": "nothing_heard"}),
        (summary_edited(text=Sealed("Roof.")), {"text": "Roof.", "agent_id": "a-1"}),
        (disposition_chosen(note=None), {"code": "claim_opened", "note": None}),
        (summary_written(), {"generator": "extractive-1", "disposition": "follow_up"}),
    ],
)
def test_a_message_holds_what_the_fact_tells(event: Event, part: dict[str, object]) -> None:
    fact = recorded(event)

    body = msgspec.json.decode(message_of(fact, "w-1").body)

    assert (body["type"], body["data"]["contact_id"]) == (topic_of(event), "c-1")
    assert body["data"]["event_id"] == fact.id
    assert part.items() <= body["data"].items()


def test_the_same_fact_gives_one_endpoint_the_same_message_always() -> None:
    fact = recorded(summary_written())

    assert message_of(fact, "w-1") == message_of(fact, "w-1")
    assert message_of(fact, "w-1").id != message_of(fact, "w-2").id


def test_of_an_erased_person_nothing_is_told() -> None:
    closed = Sealed.closed("x", key_id="k")

    with pytest.raises(KeyDestroyed):
        message_of(recorded(summary_edited(text=closed)), "w-1")
