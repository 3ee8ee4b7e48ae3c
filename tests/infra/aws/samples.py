"""What Connect sends, as its documentation shows it, and what is said about it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
FLOW_EVENTS = sorted(path.stem for path in SAMPLES.glob("contact_flow_event*.json"))

INSTANCE_ARN = (
    "arn:aws:connect:eu-west-2:111122223333:instance/c8c0e68d-2200-4265-82c0-0a1b2c3d4e5f"
)
CONTACT_ID = "5f1d2c3b-8a47-4e0f-9c61-2b7d90a4e315"
LATER_LEG = "d2a6b2aa-6d0f-4b0e-9f0d-4c1d7f2b9a10"
AGENT_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
AGENT_ARN = f"{INSTANCE_ARN}/agent/{AGENT_ID}"

STREAM_BEGAN_AT = datetime.fromtimestamp(1_790_000_000, UTC)
# Connect's samples play on one day; everything is decided on it.
NOW = STREAM_BEGAN_AT + timedelta(seconds=1)


FIRST_SEQUENCE_NUMBER = 49590338271490256608559692538361571095921575989136588898


def sample(name: str) -> Any:
    """Return a sample anew."""
    return json.loads((SAMPLES / f"{name}.json").read_text())


def flow_event(name: str = "contact_flow_event", **contact: Any) -> Any:
    """Return a contact flow's event; `contact` replaces fields of its `ContactData`."""
    event = sample(name)
    event["Details"]["ContactData"].update(contact)
    return event


def contact_event(kind: str, **detail: Any) -> Any:
    """Return an EventBridge event of a kind; `detail` replaces fields of its `detail`."""
    events = sample("eventbridge_contact_events")
    [event] = [one for one in events if one["detail"]["eventType"] == kind]
    event["detail"].update(detail)
    return event


def contact_record(**given: Any) -> Any:
    """Return a contact record, shortened to what has to do with a call's parties."""
    record = {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": {
            "ARN": AGENT_ARN,
            "ConnectedToAgentTimestamp": "2026-09-21T13:33:40Z",
            "CustomerHoldDuration": 20,
            "NumberOfHolds": 1,
            "Username": "sam.okafor",
        },
        "Channel": "VOICE",
        "ContactId": CONTACT_ID,
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "DisconnectTimestamp": "2026-09-21T13:39:02Z",
        "InitialContactId": None,
        "InitiationTimestamp": "2026-09-21T13:33:12Z",
        "InstanceARN": INSTANCE_ARN,
        "LastUpdateTimestamp": "2026-09-21T13:41:10Z",
    }
    return record | given


def queued(*events: Any) -> dict[str, Any]:
    """Return what Lambda is handed for messages of a queue."""
    return {
        "Records": [
            {"messageId": f"m-{number}", "eventSource": "aws:sqs", "body": json.dumps(event)}
            for number, event in enumerate(events, start=1)
        ]
    }


def streamed(*events: Any) -> dict[str, Any]:
    """Return what Lambda is handed for records of a Kinesis data stream."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "kinesis": {
                    "sequenceNumber": f"{FIRST_SEQUENCE_NUMBER + number}",
                    "data": base64.b64encode(json.dumps(event).encode()).decode(),
                },
            }
            for number, event in enumerate(events, start=1)
        ]
    }
