"""Something stored in each server, to be looked for after a crash."""

import asyncpg
import nats
from nats.aio.client import Client

ATTEMPTS, ATTEMPT_EVERY_S = 200, 0.05  # a server may just be starting


async def _client(url: str) -> Client:
    return await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        url, max_reconnect_attempts=ATTEMPTS, reconnect_time_wait=ATTEMPT_EVERY_S
    )


async def publish(url: str, payload: bytes) -> None:
    client = await _client(url)
    stream = client.jetstream()  # pyright: ignore[reportUnknownMemberType]
    await stream.add_stream(  # pyright: ignore[reportUnknownMemberType]
        name="KEPT", subjects=["kept"]
    )
    await stream.publish("kept", payload)
    await client.close()


async def last_payload(url: str) -> bytes | None:
    client = await _client(url)
    stream = client.jetstream()  # pyright: ignore[reportUnknownMemberType]
    message = await stream.get_last_msg("KEPT", "kept")
    await client.close()
    return message.data


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def answer(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
