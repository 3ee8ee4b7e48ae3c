"""The reading side on a real broker that is killed in mid-call."""

from antiphon.events.base import AgentId, UtteranceId
from antiphon.events.journal import Journal
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.live import NatsLive
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.projections.desk import desk_contact_of

from ..builders import (
    CONTACT,
    agent_connected,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
    utterance_partial,
)
from ..projections.world import TENANT, World, world
from .sse_client import Heard, listening
from .world import QUICK, Api

LINES = 40


async def say(made: World, *, first: int, count: int) -> None:
    for number in range(first, first + count):
        utterance_id = UtteranceId(f"from_customer-{number}")
        await made.tell(utterance_finalized(utterance_id=utterance_id))


def lines(heard: list[Heard]) -> list[str]:
    return [one.data["utterance_id"] for one in heard if one.event == "utterance_finalized"]


async def test_streams_and_read_models_outlast_a_broker_that_is_killed(
    nats_server: NatsServer, postgres_url: str
) -> None:
    async with connected(nats_server.url, name="test") as nc, world(postgres_url) as made:
        log, streams = JetStreamLog(nc), Streams(nc)
        await streams.create_tenant(TENANT)
        made.journal = Journal(log, made.keys)
        api = Api(made, limits=QUICK, live=NatsLive(nc))
        async with api.http, api.projecting(), api.serving() as url:
            await made.tell(contact_started(), agent_connected(agent_id=AgentId("ada")))
            for progress in api.shown:
                await progress.until((await made.journal.state(TENANT)).last)

            async with listening(f"{url}/v1/contacts/{CONTACT.contact_id}/stream") as stream:
                await stream.until("snapshot")
                await say(made, first=0, count=LINES)
                await nats_server.kill()
                late = await stream.until("feed_late")
                await nats_server.restart()
                await stream.until("feed_ok")
                await say(made, first=LINES, count=LINES)
                end = await made.tell(contact_ended(), transcript_completed())
                await stream.rest()
            for progress in api.shown:
                await progress.until(end)
            async with made.pool.acquire() as connection:
                (shown,) = (await desk_contact_of(connection, CONTACT.contact_id)).contacts

    wanted = [f"from_customer-{number}" for number in range(2 * LINES)]
    assert late.data["late_s"] > 0
    assert lines(stream.heard) == wanted
    assert sorted(line.utterance_id for line in shown.lines) == sorted(wanted)


async def test_partials_come_through_the_real_live_feed(
    nats_server: NatsServer, postgres_url: str
) -> None:
    async with connected(nats_server.url, name="test") as nc, world(postgres_url) as made:
        await Streams(nc).create_tenant(TENANT)
        made.journal = Journal(JetStreamLog(nc), made.keys)
        live = NatsLive(nc)
        api = Api(made, limits=QUICK, live=live)
        async with api.http, api.projecting(), api.serving() as url:
            await made.tell(contact_started())
            async with listening(f"{url}/v1/contacts/{CONTACT.contact_id}/stream") as stream:
                await stream.until("heartbeat")
                await live.publish(CONTACT, utterance_partial("my roof"))
                told = await stream.until("utterance_partial")

    assert (told.id, told.data["text"], told.data["speaker"]) == (None, "my roof", "customer")
