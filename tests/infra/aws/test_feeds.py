"""Connect's feeds: in any order, more than once, in any case of letters; what fails comes again."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from antiphon.infra.aws.functions.connect import deployed, feeds, trigger
from hypothesis import given, settings
from hypothesis import strategies as st

from ...api.world import Api
from .conftest import Deploy
from .mangling import ANYTHING, mangled, paths
from .samples import (
    AGENT_ARN,
    AGENT_ID,
    INSTANCE_ARN,
    contact_event,
    contact_record,
    flow_event,
    queued,
    sample,
    streamed,
)
from .slow_server import SlowServer, answer

NONE_FAILED: dict[str, list[Any]] = {"batchItemFailures": []}
CONNECTED_AT = datetime(2026, 9, 21, 13, 33, 40, tzinfo=UTC)
ENDED_AT = datetime(2026, 9, 21, 13, 39, 2, tzinfo=UTC)


async def started(_api: Api) -> None:
    told = await asyncio.to_thread(trigger.handle, flow_event())
    assert told["antiphon"] == "following"


async def contact_events(*events: Any) -> Any:
    return await asyncio.to_thread(feeds.handle_contact_events, queued(*events))


async def agent_events(*events: Any) -> Any:
    return await asyncio.to_thread(feeds.handle_agent_events, streamed(*events))


async def contact_records(*records: Any) -> Any:
    return await asyncio.to_thread(feeds.handle_contact_records, streamed(*records))


async def life(api: Api) -> list[Any]:
    """Return what became of the contact after its start."""
    return [fact.event for fact in await api.facts()][1:]


def agent_event(state: str, *, since: str, before: str, kind: str = "STATE_CHANGE") -> Any:
    """Return an agent event that tells of one contact."""
    event = sample("agent_event") | {"EventType": kind}
    now = event["CurrentAgentSnapshot"]["Contacts"][0]
    now |= {"State": state, "StateStartTimestamp": since}
    event["CurrentAgentSnapshot"]["Contacts"] = [now]
    event["PreviousAgentSnapshot"]["Contacts"][0]["State"] = before
    return event


HELD = agent_event("CONNECTED_ONHOLD", since="2026-09-21T13:35:00.000Z", before="CONNECTED")
RESUMED = agent_event("CONNECTED", since="2026-09-21T13:36:00.000Z", before="CONNECTED_ONHOLD")


async def test_a_call_is_told_from_its_events(api: Api, url: str) -> None:
    await started(api)

    failed = await contact_events(*sample("eventbridge_contact_events"))

    connected, ended = await life(api)
    assert failed == NONE_FAILED
    assert (connected.agent_id, connected.connected_at) == (AGENT_ID, CONNECTED_AT)
    assert (ended.ended_at, ended.reason) == (ENDED_AT, "CUSTOMER_DISCONNECT")


@pytest.mark.parametrize("order", list(itertools.permutations([3, 4, 5])))
async def test_events_in_any_order_tell_who_had_the_contact(
    api: Api, url: str, order: tuple[int, ...]
) -> None:
    await started(api)
    events = sample("eventbridge_contact_events")

    for number in (*order, *order):
        assert await contact_events(events[number]) == NONE_FAILED

    kinds = [event.TYPE for event in await life(api)]
    assert kinds == ["agent_connected", "contact_ended"]


async def test_keys_and_channels_are_read_in_any_case(api: Api, url: str) -> None:
    await started(api)
    event = contact_event("DISCONNECTED", channel="Voice")
    detail = {key[0].upper() + key[1:]: value for key, value in event["detail"].items()}
    detail["AgentInfo"] = {
        "AgentArn": AGENT_ARN,
        "ConnectedToAgentTimestamp": CONNECTED_AT.isoformat(),
    }

    failed = await contact_events(event | {"detail": detail})

    assert failed == NONE_FAILED
    assert [event.TYPE for event in await life(api)] == ["agent_connected", "contact_ended"]


async def test_a_hold_and_its_end_are_told_once(api: Api, url: str) -> None:
    await started(api)

    failed = await agent_events(sample("agent_event"), HELD, HELD, RESUMED, RESUMED)

    connected, held, resumed = await life(api)
    assert failed == NONE_FAILED
    assert (connected.agent_id, connected.agent_name.reveal()) == (AGENT_ID, "Sam Okafor")
    assert held.held_at == CONNECTED_AT + timedelta(seconds=80)
    assert resumed.resumed_at == CONNECTED_AT + timedelta(seconds=140)


async def test_a_heartbeat_makes_good_a_lost_end_of_a_hold(api: Api, url: str) -> None:
    await started(api)
    heartbeat = agent_event(
        "CONNECTED", since="2026-09-21T13:36:00.000Z", before="CONNECTED", kind="HEART_BEAT"
    )

    await agent_events(HELD, heartbeat, heartbeat)

    kinds = [event.TYPE for event in await life(api)]
    assert kinds == ["agent_connected", "contact_held", "contact_resumed"]


async def test_a_contact_record_tells_what_events_lost(api: Api, url: str) -> None:
    await started(api)

    failed = await contact_records(contact_record(), contact_record())

    ended, connected = await life(api)
    assert failed == NONE_FAILED
    assert (connected.agent_id, connected.connected_at) == (AGENT_ID, CONNECTED_AT)
    assert (ended.ended_at, ended.reason) == (ENDED_AT, "CUSTOMER_DISCONNECT")


async def test_a_contact_record_puts_an_end_right_that_was_told_too_early(
    api: Api, url: str
) -> None:
    await started(api)
    early = (CONNECTED_AT - timedelta(seconds=10)).isoformat()
    event = contact_event("DISCONNECTED", disconnectTimestamp=early, agentInfo=None)

    await contact_events(event)
    failed = await contact_records(contact_record(), contact_record())
    await contact_events(event)

    ended, corrected, connected = await life(api)
    assert failed == NONE_FAILED
    assert ended.TYPE == "contact_ended"
    assert (corrected.TYPE, corrected.ended_at) == ("contact_end_corrected", ENDED_AT)
    assert connected.connected_at == CONNECTED_AT


async def test_an_older_contact_record_does_not_undo_a_newer_one(api: Api, url: str) -> None:
    await started(api)
    await contact_events(contact_event("DISCONNECTED"))
    first = contact_record() | {"DisconnectTimestamp": "2026-09-21T13:40:00Z"}
    then = contact_record() | {
        "DisconnectTimestamp": "2026-09-21T13:41:00Z",
        "LastUpdateTimestamp": "2027-01-01T00:00:00Z",
    }

    await contact_records(then, first)

    ends = [event.ended_at for event in await life(api) if event.TYPE == "contact_end_corrected"]
    assert ends == [ENDED_AT + timedelta(seconds=118)]


async def test_a_record_names_an_agent_after_the_end(api: Api, url: str) -> None:
    await started(api)
    event = contact_event("DISCONNECTED", agentInfo=None)

    await contact_events(event)
    await contact_records(contact_record())

    assert [event.TYPE for event in await life(api)] == ["contact_ended", "agent_connected"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        pytest.param(contact_event("INITIATED"), "no_news", id="no news"),
        pytest.param(
            contact_event("DISCONNECTED", eventType="PAUSED"), "unknown_event_type", id="newer"
        ),
        pytest.param(contact_event("DISCONNECTED", channel="CHAT"), "channel_not_voice", id="chat"),
        pytest.param(
            contact_event("DISCONNECTED", instanceArn="arn:other"),
            "instance_not_allowed",
            id="another instance",
        ),
        pytest.param({"detail-type": "Scheduled Event"}, "other_detail_type", id="another source"),
    ],
)
async def test_what_tells_nothing_is_passed_over_and_counted(
    deploy: Deploy, told: Any, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy("http://127.0.0.1:9")

    failed = await contact_events(told)

    assert failed == NONE_FAILED
    assert f'"records_passed_over_{reason}": 1' in capsys.readouterr().out


async def test_an_event_that_overtook_the_start_comes_again(api: Api, url: str) -> None:
    fresh = contact_event("CONNECTED_TO_AGENT")
    fresh["time"] = datetime.now(UTC).isoformat()

    failed = await contact_events(fresh)
    await started(api)
    then = await contact_events(fresh)

    assert failed == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert then == NONE_FAILED
    assert [event.TYPE for event in await life(api)] == ["agent_connected"]


async def test_a_contact_that_nobody_asked_to_follow_is_passed_over(
    api: Api, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = [await contact_events(contact_event("DISCONNECTED")), await agent_events(HELD)]

    assert failed == [NONE_FAILED, NONE_FAILED]
    assert capsys.readouterr().out.count('"records_not_followed": 1') == 2
    assert await api.facts() == []


async def test_what_a_queue_could_not_tell_comes_again_alone(api: Api, url: str) -> None:
    await started(api)
    broken = contact_event("CONNECTED_TO_AGENT", agentInfo={"agentArn": AGENT_ARN})
    broken["time"] = "yesterday"

    failed = await contact_events(broken, contact_event("DISCONNECTED"))

    assert failed == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert [event.TYPE for event in await life(api)] == ["agent_connected", "contact_ended"]


async def test_a_stream_is_not_held_up_by_what_never_can_be_told(
    api: Api, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await started(api)
    batch = streamed(HELD, HELD, RESUMED)
    batch["Records"][0]["kinesis"]["data"] = "bm8gSlNPTg=="
    batch["Records"][1]["kinesis"]["data"] = "*"

    failed = await asyncio.to_thread(feeds.handle_agent_events, batch)

    assert failed == NONE_FAILED
    logged = capsys.readouterr().out
    assert '"records_malformed": 2' in logged
    assert batch["Records"][0]["kinesis"]["sequenceNumber"] in logged
    assert [event.TYPE for event in await life(api)] == ["agent_connected", "contact_resumed"]


async def test_a_stream_is_taken_up_where_antiphon_went_away(deploy: Deploy) -> None:
    batch = streamed(sample("agent_event"), HELD, RESUMED)
    taken, down = answer(202, "{}"), answer(503, '{"code": "log_unavailable"}')
    with SlowServer(taken, down) as server:
        deploy(server.url)

        failed = await asyncio.to_thread(feeds.handle_agent_events, batch)

    second = batch["Records"][1]["kinesis"]["sequenceNumber"]
    assert failed == {"batchItemFailures": [{"itemIdentifier": second}]}
    assert server.requests == 3  # one taken, one tried twice, the third not at all


@pytest.mark.parametrize(
    ("said", "fails"),
    [
        pytest.param(answer(401, '{"code": "signature_refused"}'), True, id="not let in"),
        pytest.param(answer(422, '{"code": "malformed"}'), False, id="never"),
        pytest.param(answer(409, '{"code": "contact_finished"}'), False, id="too late"),
    ],
)
async def test_a_refusal_comes_again_if_it_is_about_who_asks(
    deploy: Deploy, *, said: bytes, fails: bool
) -> None:
    with SlowServer(said) as server:
        deploy(server.url)

        failed = await agent_events(HELD)

    assert bool(failed["batchItemFailures"]) is fails


async def test_a_function_deployed_wrongly_fails_its_batch(deploy: Deploy) -> None:
    deploy("http://antiphon.example")

    with pytest.raises(Exception, match="ANTIPHON_URL"):
        await agent_events(HELD)


_FEEDS = {
    "contact_event": (contact_event("DISCONNECTED"), queued, feeds.handle_contact_events),
    "agent_event": (HELD, streamed, feeds.handle_agent_events),
    "contact_record": (contact_record(), streamed, feeds.handle_contact_records),
}


_PATHS = [(name, path) for name, (event, _, _) in _FEEDS.items() for path in paths(event)]


@pytest.fixture(scope="module")
def taking() -> Iterator[None]:
    """An Antiphon that takes whatever it is sent, with the functions deployed to reach it."""
    with SlowServer(answer(202, "{}")) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_URL", server.url)
        patch.setenv("ANTIPHON_INSTANCE_ARNS", INSTANCE_ARN)
        deployed.forget()
        yield
        deployed.forget()


@pytest.mark.usefixtures("taking")
@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(_PATHS), value=ANYTHING)
def test_whatever_stands_in_a_record_its_neighbours_are_told(
    place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, path = place
    event, packed, handle = _FEEDS[name]

    failed = handle(packed(mangled(event, path, value), event))

    places = [one["itemIdentifier"] for one in failed["batchItemFailures"]]
    assert places in ([], ["m-1"])
