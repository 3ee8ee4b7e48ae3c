"""Whether anybody but the trial's own workers reads its tenant's facts.

A forgotten process that polls the same broker would take the trial's work, or do it once more,
and the verdict would be about that process.
"""

import asyncio

import msgspec
from msgspec import Struct

from ...events.base import TenantName
from ...events.subjects import facts_stream
from ..jetstream.client import Connection
from ..jetstream.requests import ANSWER_S_MAX

GONE_S_MAX = 5.0  # within which the broker notices that our own have ended
LOOK_EVERY_S = 0.05


class _Reader(Struct, frozen=True):
    num_waiting: int = 0  # pulls of somebody who is still there: the broker forgets others


class _Readers(Struct, frozen=True):
    consumers: tuple[_Reader, ...] = ()


async def stranger_problems(nc: Connection, tenant: TenantName) -> list[str]:
    """Return what to say of those who read the facts of a tenant after all of ours have ended."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GONE_S_MAX
    while (readers := await _polling(nc, tenant)) and loop.time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    return [f"{readers} who are not of this trial read its facts"] if readers else []


async def _polling(nc: Connection, tenant: TenantName) -> int:
    what = f"$JS.API.CONSUMER.LIST.{facts_stream(tenant)}"
    answer = await nc.request(what, b"", timeout=ANSWER_S_MAX)
    readers = msgspec.json.decode(answer.data, type=_Readers).consumers
    return sum(reader.num_waiting > 0 for reader in readers)
