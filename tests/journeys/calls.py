"""Recordings, and what must stand in the audio stream of a call that played one."""

import hashlib
import json
import re
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from antiphon.events.base import SAMPLE_BYTES, TRACKS, ContactId, ContactRef, TenantName, Track
from antiphon.infra.parts import connect
from antiphon.infra.runfile import RunFile
from numpy.typing import NDArray

CALLS = Path(__file__).parents[2] / "infra" / "simulator" / "calls"
RATE_HZ = 8_000


def samples_of(name: str, *, seconds: float | None = None) -> NDArray[np.int16]:
    """Return a sample call, shape (samples, 2), or its beginning."""
    with wave.open(str(CALLS / f"{name}.wav")) as wav:
        frames = wav.readframes(wav.getnframes())
    samples = np.frombuffer(frames, dtype=np.int16).reshape(-1, 2)
    return samples if seconds is None else samples[: int(seconds * RATE_HZ)].copy()


def truth_of(name: str) -> dict[str, Any]:
    return json.loads((CALLS / f"{name}.json").read_text())


def hashes_of(samples: NDArray[np.int16]) -> dict[Track, str]:
    customer, agent = (samples[:, channel].tobytes() for channel in (0, 1))
    return {
        "from_customer": hashlib.sha256(customer).hexdigest(),
        "to_customer": hashlib.sha256(agent).hexdigest(),
    }


async def stored_hashes(data_dir: Path, contact_id: str) -> dict[Track, str]:
    """Return the hash of each track in the audio stream; fails on a hole or a repetition."""
    running = RunFile.find(data_dir)
    assert running is not None
    contact = ContactRef(TenantName("demo"), ContactId(contact_id))
    digests: dict[Track, Any] = {track: hashlib.sha256() for track in TRACKS}
    ends: dict[Track, int] = dict.fromkeys(TRACKS, 0)
    async with connect(
        nats_url=running.nats, postgres_url=running.postgres, data_dir=data_dir
    ) as parts:
        async for stored in parts.audio.read(contact):
            for block in stored.chunk.blocks:
                assert block.first_sample == ends[block.track], "a hole or a repetition"
                assert len(block.samples) % SAMPLE_BYTES == 0
                ends[block.track] = block.end_sample
                digests[block.track].update(block.samples)
    return {track: digest.hexdigest() for track, digest in digests.items()}


def words(texts: Iterable[str]) -> list[str]:
    """Return words as they are compared: small, without punctuation."""
    return re.findall(r"[a-z0-9']+", " ".join(texts).lower())


def word_errors(said: list[str], heard: list[str]) -> int:
    """Return the fewest words to insert, delete or replace to get from one to the other."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]
