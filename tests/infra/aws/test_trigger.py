"""The contact flow's function: from Connect's event to a fact in the log; never an exception."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from antiphon.api.bodies import StartContactBody, start_contact
from antiphon.api.fields import problems_of
from antiphon.infra.aws.functions.connect import deployed, trigger
from antiphon.infra.aws.functions.connect.flow_event import Start, start_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ...api.world import Api
from .conftest import Clock, Deploy
from .mangling import ANYTHING, mangled, paths
from .samples import (
    AGENT_ARN,
    AGENT_ID,
    CONTACT_ID,
    FLOW_EVENTS,
    INSTANCE_ARN,
    LATER_LEG,
    STREAM_BEGAN_AT,
    flow_event,
    sample,
)
from .slow_server import DRIP, HANG, SlowServer, answer

ANSWER_BYTES_MAX = 32 * 1_024  # Connect's limit
FLOW_S_MAX = 4.0  # the flows' own limit of the block
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


async def handled(event: Any) -> dict[str, str]:
    """Return what the flow is told; the function blocks, as in Lambda."""
    return await asyncio.to_thread(trigger.handle, event)


def is_flat(told: Any) -> bool:
    texts = all(isinstance(key, str) and isinstance(value, str) for key, value in told.items())
    return texts and len(json.dumps(told)) < ANSWER_BYTES_MAX


async def test_a_contact_is_followed_with_everything_the_flow_tells(api: Api, url: str) -> None:
    told = await handled(flow_event())

    assert told == {
        "antiphon": "following",
        "reason": "",
        "sessionId": CONTACT_ID,
        "leftOut": "",
    }
    [fact] = await api.facts()
    started = fact.event
    assert (fact.event.TYPE, fact.contact.contact_id) == ("contact_started", CONTACT_ID)
    assert (started.instance_arn, started.initial_contact_id) == (INSTANCE_ARN, CONTACT_ID)
    assert (started.queue, started.profile, started.language) == ("Billing", "billing-uk", "en-US")
    assert started.media.stream_arn.endswith("/1789000000000")
    assert started.media.start_fragment_number.startswith("91343852333181432392682062607743")
    assert started.media.started_at == STREAM_BEGAN_AT
    assert started.customer_endpoint.reveal() == "+447700900123"
    assert started.attributes["customer_tier"].reveal() == "gold"


async def test_a_leg_after_a_transfer_belongs_to_its_conversation(api: Api, url: str) -> None:
    told = await handled(flow_event("contact_flow_event_transfer"))

    assert told["antiphon"] == "following"
    [fact] = await api.facts()
    assert (fact.contact.contact_id, fact.event.initial_contact_id) == (LATER_LEG, CONTACT_ID)


async def test_a_contact_without_audio_is_followed_and_the_flow_is_told(api: Api, url: str) -> None:
    told = await handled(flow_event("contact_flow_event_no_media"))

    assert (told["antiphon"], told["reason"]) == ("following", "no_media")
    [fact] = await api.facts()
    assert (fact.event.media, fact.event.queue) == (None, None)


async def test_a_stopped_stream_starts_nothing(api: Api, url: str) -> None:
    told = await handled(flow_event("contact_flow_event_after_stop"))

    assert (told["antiphon"], told["reason"]) == ("ignored", "streaming_stopped")
    assert await api.facts() == []


async def test_connect_may_send_an_event_four_times(api: Api, url: str) -> None:
    answers = [await handled(flow_event()) for _ in range(4)]

    assert [one["antiphon"] for one in answers] == ["following"] * 4
    assert len(await api.facts()) == 1


async def test_in_a_whisper_the_agent_is_connected_already(api: Api, url: str) -> None:
    event = flow_event(InitiationMethod="OUTBOUND")
    event["Details"]["Parameters"] = {"agentArn": AGENT_ARN}

    await handled(event)

    started, connected = await api.facts()
    assert (started.event.TYPE, connected.event.agent_id) == ("contact_started", AGENT_ID)


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        pytest.param({"InstanceARN": "arn:aws:connect:x"}, "instance_not_allowed", id="instance"),
        pytest.param({"Channel": "CHAT"}, "channel_not_voice", id="chat"),
        pytest.param({"ContactId": ""}, "contact_id_missing", id="no id"),
        pytest.param({"ContactId": "a.b.*"}, "contact_id_missing", id="no such id"),
        pytest.param({"Attributes": {"assist_enabled": "False"}}, "not_enabled", id="switched off"),
        pytest.param(
            {"Attributes": {"assist_enabled": "maybe"}}, "assist_enabled_unreadable", id="unclear"
        ),
    ],
)
async def test_a_contact_that_is_not_to_be_followed_is_not(
    api: Api, url: str, contact: dict[str, Any], reason: str
) -> None:
    told = await handled(flow_event(**contact))

    assert (told["antiphon"], told["reason"]) == ("ignored", reason)
    assert await api.facts() == []


async def test_what_cannot_be_used_is_left_out_and_named(api: Api, url: str) -> None:
    event = flow_event(
        LanguageCode="not a language",
        InitialContactId="*",
        Queue={"ARN": f"{INSTANCE_ARN}/queue/q-1", "Name": ""},
        Attributes={"fine": "1", "too long": "x" * 40_000, "": "nameless", "n": 7},
        MediaStreams={"Customer": {"Audio": {"StreamARN": "arn", "StartTimestamp": "soon"}}},
    )
    event["Details"]["Parameters"] = {"assistProfile": "p" * 300}

    told = await handled(event)

    assert told["antiphon"] == "following"
    assert told["leftOut"].split(",") == [
        "Attributes",
        "InitialContactId",
        "LanguageCode",
        "MediaStreams",
        "profile",
    ]
    [fact] = await api.facts()
    assert (fact.event.queue, fact.event.language, fact.event.profile) == ("q-1", "en-US", None)
    assert list(fact.event.attributes) == ["fine"]


async def test_what_antiphon_refuses_the_flow_can_read(
    api: Api, url: str, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.now = STREAM_BEGAN_AT.replace(year=2027)

    told = await handled(flow_event())

    assert (told["antiphon"], told["reason"]) == ("refused", "contact_stale")
    assert '"event": "start_refused"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        pytest.param(
            answer(503, '{"code": "log_unavailable"}'), answer(201, "{}"), "following", id="restart"
        ),
        pytest.param(None, answer(201, "{}"), "following", id="hung up"),
        pytest.param(
            answer(502, "<html>", content_type="text/html"), None, "unreachable", id="502"
        ),
        pytest.param(answer(429, "{}"), answer(200, "[]"), "following", id="too many"),
        pytest.param(answer(422, '{"code": "malformed"}'), answer(201, "{}"), "refused", id="422"),
        pytest.param(answer(301, ""), answer(201, "{}"), "refused", id="redirect"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", None, "unreachable", id="no HTTP"),
    ],
)
def test_what_may_help_is_tried_once_more(
    deploy: Deploy, first: bytes | None, second: bytes | None, outcome: str
) -> None:
    with SlowServer(first, second) as server:
        deploy(server.url)

        told = trigger.handle(flow_event())

    assert told["antiphon"] == outcome
    assert is_flat(told)


@pytest.mark.parametrize("slow", [HANG, DRIP], ids=["says nothing", "drips"])
def test_an_antiphon_that_hangs_costs_the_caller_less_than_the_flow_allows(
    deploy: Deploy, slow: bytes
) -> None:
    with SlowServer(slow) as server:
        deploy(server.url)
        began = time.monotonic()

        told = trigger.handle(flow_event())
        took_s = time.monotonic() - began

    assert (told["antiphon"], told["reason"]) == ("unreachable", "timeout")
    assert took_s < trigger.BUDGET_S + 0.5 < FLOW_S_MAX


class Hurried:
    """A Lambda that is about to be stopped."""

    def get_remaining_time_in_millis(self) -> int:
        return 350


def test_a_function_short_of_time_answers_rather_than_asks(deploy: Deploy) -> None:
    with SlowServer(HANG) as server:
        deploy(server.url)

        told = trigger.handle(flow_event(), Hurried())

    assert (told["reason"], server.requests) == ("no_time_left", 0)


@pytest.mark.parametrize("name", FLOW_EVENTS)
def test_with_nobody_there_the_call_goes_on(deploy: Deploy, name: str) -> None:
    deploy(NOBODY)

    told = trigger.handle(flow_event(name))

    assert told["antiphon"] in ("unreachable", "ignored")
    assert is_flat(told)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"ANTIPHON_URL": None}, id="no URL"),
        pytest.param({"ANTIPHON_URL": "http://antiphon.example"}, id="in clear"),
        pytest.param({"ANTIPHON_URL": "https://["}, id="no URL at all"),
        pytest.param({"ANTIPHON_INSTANCE_ARNS": " , "}, id="no instance"),
        pytest.param({"ANTIPHON_SIGNING_SECRET_ARN": "my-secret"}, id="no ARN"),
    ],
)
def test_a_function_deployed_wrongly_says_so_and_the_call_goes_on(
    deploy: Deploy, variables: dict[str, str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(NOBODY, **variables)

    told = trigger.handle(flow_event())

    assert (told["antiphon"], told["reason"]) == ("unreachable", "misconfigured")
    assert '"event": "function_misconfigured"' in capsys.readouterr().out


PERSONAL = ("+447700900123", "gold", "Billing", "+448081570000")


@pytest.mark.parametrize("name", FLOW_EVENTS)
async def test_nothing_personal_is_logged(
    api: Api, url: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await handled(flow_event(name))

    logged = capsys.readouterr().out
    assert [word for word in PERSONAL if word in logged] == []
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert any(line.get("starts_following") or line.get("starts_ignored") for line in lines)


_PATHS = [(name, path) for name in FLOW_EVENTS for path in paths(sample(name))]


@pytest.fixture(scope="module")
def taking() -> Iterator[None]:
    """An Antiphon that takes whatever it is sent, with the function deployed to reach it."""
    with SlowServer(answer(201, "{}")) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_URL", server.url)
        patch.setenv("ANTIPHON_INSTANCE_ARNS", INSTANCE_ARN)
        deployed.forget()
        yield
        deployed.forget()


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(_PATHS), value=ANYTHING)
def test_whatever_stands_in_an_event_antiphon_takes_what_is_made_of_it(
    place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, path = place

    start = start_of(mangled(sample(name), path, value), instance_arns={INSTANCE_ARN})

    if isinstance(start, Start):
        body = json.loads(json.dumps(start.body))
        assert problems_of(body, StartContactBody) == []
        command = start_contact(msgspec.convert(body, StartContactBody))
        assert command.contact_id == start.contact_id


@pytest.mark.usefixtures("taking")
@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(_PATHS), value=ANYTHING)
def test_whatever_stands_in_an_event_the_answer_is_flat(
    place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, path = place
    event = mangled(sample(name), path, value)

    told = trigger.handle(event)

    assert is_flat(told)
    assert told["reason"] != "internal_error"
