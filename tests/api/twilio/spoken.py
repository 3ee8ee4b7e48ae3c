"""What is said over a stream, and what is to be found of it."""

from random import Random

from antiphon.events.media import AudioGap

from ...waiting import until
from ..ingest.world import Cell
from .vendor import Stream, linear, streaming

SECOND = 8_000  # bytes of mu-law


def voices(seed: int, seconds: int) -> dict[str, bytes]:
    chance = Random(seed)
    return {side: chance.randbytes(seconds * SECOND) for side in ("inbound", "outbound")}


def decoded(spoken: dict[str, bytes], *, customer: str = "inbound") -> dict[str, bytes]:
    return {
        "from_customer" if side == customer else "to_customer": linear(voice)
        for side, voice in spoken.items()
    }


async def begun(stream: Stream, parameters: dict[str, str] | None = None) -> None:
    await stream.connect()
    await stream.start(parameters)


async def broken_off(cell: Cell, url: str, spoken: dict[str, bytes]) -> Stream:
    """Say it all, and be gone once it is stored."""
    async with streaming(url) as stream:
        await begun(stream)
        await stream.send(stream.sounds(spoken))
        await stored(cell, stream.call, decoded(spoken))
        stream.drop()
    return stream


async def stored(cell: Cell, call: str, expected: dict[str, bytes]) -> None:
    async def is_stored() -> bool:
        return await cell.heard(call) == expected

    await until(is_stored, what="all of it stored")


async def gaps(cell: Cell, call: str) -> list[tuple[str, int, int | None]]:
    return [
        (fact.event.track, fact.event.from_ms, fact.event.until_ms)
        for fact in await cell.facts(call)
        if isinstance(fact.event, AudioGap)
    ]
