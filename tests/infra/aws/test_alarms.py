"""The alarms: whatever keeps a call from being heard, or news from being told, wakes somebody."""

import copy
import json
from typing import Any

import pytest
from antiphon.infra.aws.functions.connect import feeds, trigger

from .conftest import Deploy
from .samples import contact_event, contact_record, flow_event, queued, sample, streamed
from .slow_server import SlowServer, answer
from .template_reading import of_type

OURS = "Antiphon/Connect"
FEEDS = {
    "ContactEvents": (feeds.handle_contact_events, queued, contact_event("DISCONNECTED")),
    "AgentEvents": (feeds.handle_agent_events, streamed, sample("agent_event")),
    "ContactRecords": (feeds.handle_contact_records, streamed, contact_record()),
}
REFUSED = answer(422, '{"code": "malformed"}')


def watched(template: Any) -> set[tuple[str, str, str]]:
    """Return what alarms look at: namespace, metric, and whose it is."""
    found: set[tuple[str, str, str]] = set()
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        [dimension] = alarm["Dimensions"]
        [named] = dimension["Value"].values()
        found.add((alarm["Namespace"], alarm["MetricName"], named.partition(".")[0]))
    return found


def unwatched(template: Any) -> set[tuple[str, str, str]]:
    """Return what no alarm looks at and one has to."""
    functions = of_type(template, "AWS::Serverless::Function")
    needed = {("AWS/Lambda", "Errors", name) for name in functions}
    needed |= {(OURS, f"starts_{what}", "Trigger") for what in ("unreachable", "refused")}
    needed |= {
        (OURS, f"records_{what}", name) for name in FEEDS for what in ("malformed", "refused")
    }
    for name, function in functions.items():
        for source in function.get("Events", {}).values():
            if source["Type"] == "Kinesis":
                needed.add(("AWS/Lambda", "IteratorAge", name))
            else:
                queue = source["Properties"]["Queue"]["!GetAtt"].partition(".")[0]
                needed.add(("AWS/SQS", "ApproximateAgeOfOldestMessage", queue))
    dead = {name for name in of_type(template, "AWS::SQS::Queue") if name.endswith("Lost")}
    needed |= {("AWS/SQS", "ApproximateNumberOfMessagesVisible", name) for name in dead}
    return needed - watched(template)


def test_everything_that_can_fail_is_watched(template: Any) -> None:
    assert unwatched(template) == set()


@pytest.mark.parametrize(
    ("alarm", "missing"),
    [
        ("TriggerFailing", ("AWS/Lambda", "Errors", "Trigger")),
        ("CallsUnheard", (OURS, "starts_unreachable", "Trigger")),
        ("ContactRecordsRefused", (OURS, "records_refused", "ContactRecords")),
        ("ContactRecordsLate", ("AWS/Lambda", "IteratorAge", "ContactRecords")),
        ("FeedsLostAlarm", ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "FeedsLost")),
    ],
)
def test_an_alarm_that_is_missing_is_found(
    template: Any, alarm: str, missing: tuple[str, str, str]
) -> None:
    spoiled = copy.deepcopy(template)
    del spoiled["Resources"][alarm]

    assert unwatched(spoiled) == {missing}


def test_each_alarm_goes_to_the_topic_and_is_quiet_while_nothing_happens(template: Any) -> None:
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"]["!If"][0] == "HasTopic"
        assert alarm["TreatMissingData"] == "notBreaching"


def counted(capsys: pytest.CaptureFixture[str], function: str) -> set[tuple[str, str, str]]:
    """Return the metrics in what a function wrote, as CloudWatch finds them."""
    found: set[tuple[str, str, str]] = set()
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        for told in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert told["Dimensions"] == [["FunctionName"]]
            assert line["FunctionName"] == function
            names = {metric["Name"] for metric in told["Metrics"]}
            assert all(line[name] >= 1 for name in names)
            found |= {(told["Namespace"], name, function) for name in names}
    return found


@pytest.mark.parametrize("function", FEEDS)
def test_what_alarms_wait_for_is_what_a_feed_counts(
    template: Any,
    deploy: Deploy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    function: str,
) -> None:
    handle, packed, told = FEEDS[function]
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", function)
    unreadable = json.loads(json.dumps(told).replace("2026-", "the year "))
    with SlowServer(REFUSED) as server:
        deploy(server.url)

        handle(packed(unreadable, told))

    awaited = {one for one in watched(template) if one[0] == OURS and one[2] == function}
    assert awaited <= counted(capsys, function)
    assert len(awaited) == 2


@pytest.mark.parametrize("said", [REFUSED, None], ids=["refused", "unreachable"])
def test_what_alarms_wait_for_is_what_the_trigger_counts(
    template: Any,
    deploy: Deploy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: bytes | None,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "Trigger")
    with SlowServer(said or answer(503, "{}")) as server:
        deploy(server.url)

        trigger.handle(flow_event())

    [metric] = counted(capsys, "Trigger")
    assert metric in watched(template)
