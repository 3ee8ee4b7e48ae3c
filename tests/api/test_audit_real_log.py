"""Reading the past from a real broker."""

from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams

from ..builders import CONTACT, agent_connected, contact, contact_started, utterance_finalized
from ..projections.world import TENANT, world
from .then import lines_of
from .world import Api

EVENTS = "/v1/audit/events"


async def test_the_past_is_read_resumed_and_recorded_and_without_the_log_not_at_all(
    nats_server: NatsServer, postgres_url: str
) -> None:
    async with connected(nats_server.url, name="test") as nc, world(postgres_url) as made:
        log = JetStreamLog(nc)
        await Streams(nc).create_tenant(TENANT)
        made.journal = Journal(log, made.keys)
        api = Api(made, register=Register(log, made.keys))
        async with api.http:
            await made.tell(contact_started(), agent_connected(), utterance_finalized())
            await made.tell(contact_started(), contact=contact("c-2"))

            *facts, last = lines_of(await api.http.get(EVENTS))
            resumed = lines_of(await api.http.get(EVENTS, params={"after": last["next"]}))
            since = {"from": facts[3]["recorded_at"], "lane": ["life", "speech"]}
            *late, _ = lines_of(await api.http.get(EVENTS, params=since))
            own = lines_of(await api.http.get(f"/v1/contacts/{CONTACT.contact_id}/events"))
            desk = await api.http.get(
                f"/v1/contacts/{CONTACT.contact_id}/desk", params={"at_ms": 60_000}
            )
            *accesses, _ = lines_of(await api.http.get("/v1/audit/access"))
            await nats_server.kill()
            away = await api.http.get(EVENTS)

    assert [fact["position"] for fact in facts] == [1, 2, 3, 4]
    assert [line["complete"] for line in resumed] == [True]
    assert [fact["position"] for fact in late] == [4]
    assert own[:2] == facts[:2]
    assert (own[2]["data"]["text"], facts[2]["withheld"]) == ("my roof leaks", "in_quarantine")
    assert [line["text"] for line in desk.json()["contact"]["lines"]] == ["my roof leaks"]
    assert [access["type"] for access in accesses] == [
        *["history_read"] * 4,
        "desk_recalled",
    ]
    assert (away.status_code, away.json()["code"]) == (503, "log_unavailable")
