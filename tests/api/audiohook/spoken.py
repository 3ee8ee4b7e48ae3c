"""What is said in a conversation, as it is sent and as it is stored."""

from collections.abc import Mapping
from random import Random

from ..twilio.vendor import linear

FRAME = bytes(range(200)) * 8  # 200 ms of one channel


def voices(seed: int, samples: int) -> tuple[bytes, bytes]:
    chance = Random(seed)
    return chance.randbytes(samples), chance.randbytes(samples)


def heard_of(external: bytes, internal: bytes) -> Mapping[str, bytes]:
    return {"from_customer": linear(external), "to_customer": linear(internal)}
