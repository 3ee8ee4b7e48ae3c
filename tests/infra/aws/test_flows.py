"""The contact flows: whatever of ours fails, the caller comes to an agent."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from antiphon.infra.aws.flow_files import FLOWS, PlaceholderError, filled, flow, placeholders

from .samples import INSTANCE_ARN

Flow = dict[str, Any]

VALUES = {
    "TriggerArn": "arn:aws:lambda:eu-west-2:111122223333:function:trigger",
    "QueueArn": f"{INSTANCE_ARN}/queue/q-1",
    "Notice": 'Calls are recorded and "transcribed".',
    "Busy": "All lines are busy.",
    "Name": "acme",
}
OURS = ("UpdateContactMediaStreamingBehavior", "InvokeLambdaFunction", "UpdateContactAttributes")
# Where a flow goes on without us: to the queue, or to the agent who dialled.
ONWARD = {
    "inbound": "queue",
    "transfer": "transfer",
    "transfer_to_agent": "agent",
    "outbound_whisper": "connect",
}


def actions(flow: Flow) -> dict[str, Any]:
    return {action["Identifier"]: action for action in flow["Actions"]}


def branches(action: Any) -> Iterator[tuple[str, str]]:
    """Yield the ways on: what for, and whereto."""
    transitions = action["Transitions"]
    if "NextAction" in transitions:
        yield "", transitions["NextAction"]
    for error in transitions.get("Errors", ()):
        yield error["ErrorType"], error["NextAction"]


def problems_of(flow: Flow, *, onward: str) -> list[str]:
    """Return what would keep a caller from an agent, or our function from the audio."""
    known, problems = actions(flow), list[str]()
    for name, action in known.items():
        ways = dict(branches(action))
        problems += [
            f"{name} leads to {to}, which is none" for to in ways.values() if to not in known
        ]
        if action["Type"] in OURS:
            if "NoMatchingError" not in ways:
                problems.append(f"{name} has no way on when it fails")
            problems += [
                f"{name}: {why} leads to {to}" for why, to in ways.items() if why and to != onward
            ]
    if flow["StartAction"] not in known:
        problems.append("the start is none")
    problems += [f"{name} is never reached" for name in known if name not in _reached(flow)]
    order = _happy(flow)
    if [one for one in order if known[one]["Type"] in OURS] != ["start", "notify", "keep"]:
        problems.append("streaming is not started before the function")
    if onward not in order:
        problems.append(f"{onward} is not on the way")
    return problems


def _reached(flow: Flow) -> set[str]:
    known, seen, ahead = actions(flow), set[str](), [flow["StartAction"]]
    while ahead:
        name = ahead.pop()
        if name in known and name not in seen:
            seen.add(name)
            ahead += [to for _, to in branches(known[name])]
    return seen


def _happy(flow: Flow) -> list[str]:
    known, order, name = actions(flow), list[str](), flow["StartAction"]
    while name in known and name not in order:
        order.append(name)
        name = known[name]["Transitions"].get("NextAction")
    return order


@pytest.mark.parametrize("name", FLOWS)
def test_whatever_of_ours_fails_the_call_goes_on(name: str) -> None:
    assert problems_of(flow(name), onward=ONWARD[name]) == []


def _hang_up(flow: Flow) -> None:
    actions(flow)["notify"]["Transitions"]["Errors"][0]["NextAction"] = "end"


def _forget_branch(flow: Flow) -> None:
    del actions(flow)["start"]["Transitions"]["Errors"]


def _point_nowhere(flow: Flow) -> None:
    actions(flow)["keep"]["Transitions"]["NextAction"] = "later"


def _ask_first(flow: Flow) -> None:
    actions(flow)["notice"]["Transitions"]["NextAction"] = "notify"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_hang_up, "notify: NoMatchingError leads to end"),
        (_forget_branch, "start has no way on when it fails"),
        (_point_nowhere, "keep leads to later, which is none"),
        (_ask_first, "streaming is not started before the function"),
    ],
)
def test_a_flow_that_would_not_is_found(spoil: Callable[[Flow], None], problem: str) -> None:
    spoiled = flow("inbound")
    spoil(spoiled)

    assert problem in problems_of(spoiled, onward="queue")


def test_a_transfer_to_an_agent_waits_in_the_agents_queue() -> None:
    known = actions(flow("transfer_to_agent"))

    assert known["agent"]["Type"] == "UpdateContactTargetQueue"
    assert known["agent"]["Parameters"] == {"AgentId": "$.Agent.ARN"}
    assert dict(branches(known["agent"])) == {"": "transfer", "NoMatchingError": "busy"}
    assert known["transfer"]["Type"] == "TransferContactToQueue"


@pytest.mark.parametrize("name", FLOWS)
def test_both_directions_of_the_audio_are_streamed(name: str) -> None:
    parameters = actions(flow(name))["start"]["Parameters"]

    assert parameters["MediaStreamingState"] == "Enabled"
    assert parameters["Participants"] == [
        {"ParticipantType": "Customer", "MediaDirections": ["To", "From"]}
    ]


@pytest.mark.parametrize("name", FLOWS)
def test_a_filled_flow_holds_its_values_and_no_placeholder(name: str) -> None:
    values = {key: VALUES[key] for key in placeholders(flow(name))}

    content = json.loads(filled(name, values))

    invoked = actions(content)["notify"]["Parameters"]
    assert invoked["LambdaFunctionARN"] == VALUES["TriggerArn"]
    assert placeholders(content) == set()


@pytest.mark.parametrize("values", [{}, VALUES | {"Colour": "red"}], ids=["missing", "unknown"])
def test_values_that_do_not_fit_are_named(values: dict[str, str]) -> None:
    with pytest.raises(PlaceholderError):
        filled("inbound", values)


def test_the_function_is_given_less_time_than_connect_gives_it() -> None:
    limits = {
        name: int(actions(flow(name))["notify"]["Parameters"]["InvocationTimeLimitSeconds"])
        for name in FLOWS
    }

    assert set(limits.values()) == {4}
