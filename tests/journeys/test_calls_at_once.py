"""Several calls at once: each has the transcript and the audio of its own, and nobody else's."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from antiphon.events.base import Track
from antiphon.infra.client import Client, connect
from antiphon.infra.simulate import INSTANCE_ARN, new_contact_id
from antiphon.infra.simulator.simulator import Playing, Simulator
from numpy.typing import NDArray

from ..waiting import until
from .antiphon import running
from .calls import hashes_of, samples_of, stored_hashes, truth_of, word_errors, words
from .test_outages import free_port

CALL_S = 20
COMPLETED_S_MAX = 90.0  # three recognisers share two cores
OWN_WORD_ERRORS_MAX = 0.45  # at the end of a cut call half a turn counts as missing
# name, and whether the parties sit on each other's track
CALLS = (("price_rise", False), ("internet_down", False), ("internet_down", True))


@pytest.mark.timeout(240)
async def test_three_calls_at_once_have_a_transcript_each(private_dir: Path) -> None:
    async with (
        Simulator() as simulator,
        running(private_dir, port=free_port(), kvs_endpoint=simulator.url) as antiphon,
        connect(antiphon.url) as api,
    ):
        played = {new_contact_id(): call for call in CALLS}

        transcripts = await asyncio.gather(
            *(
                _call(simulator, api, contact_id, recording_of(*call))
                for contact_id, call in played.items()
            )
        )

        for (contact_id, call), transcript in zip(played.items(), transcripts, strict=True):
            assert await stored_hashes(private_dir, contact_id) == hashes_of(recording_of(*call))
            own = _error_rate(transcript, said_in(*call))
            others = [_error_rate(transcript, said_in(*one)) for one in CALLS if one != call]
            assert own < OWN_WORD_ERRORS_MAX
            assert min(others) > own + 0.3, "words of another call"


def recording_of(name: str, swapped: bool) -> NDArray[np.int16]:  # noqa: FBT001 (of CALLS)
    samples = samples_of(name, seconds=CALL_S)
    return samples[:, ::-1].copy() if swapped else samples


def said_in(name: str, swapped: bool) -> dict[Track, list[str]]:  # noqa: FBT001 (of CALLS)
    turns = [turn for turn in truth_of(name)["turns"] if turn["started_ms"] < CALL_S * 1_000]
    parties = ("agent", "customer") if swapped else ("customer", "agent")
    tracks: tuple[Track, Track] = ("from_customer", "to_customer")
    return {
        track: words(turn["text"] for turn in turns if turn["party"] == party)
        for track, party in zip(tracks, parties, strict=True)
    }


async def _call(
    simulator: Simulator, api: Client, contact_id: str, recording: NDArray[np.int16]
) -> dict[str, Any]:
    playing: Playing = simulator.play(recording, contact_id=contact_id)
    media = {
        "stream_arn": playing.media.stream_arn,
        "start_fragment_number": playing.media.start_fragment_number,
        "started_at": playing.media.started_at.isoformat(),
    }
    await api.start_contact(contact_id, instance_arn=INSTANCE_ARN, media=media)
    await api.connect_agent(contact_id, agent_id=f"agent-{contact_id}", at=media["started_at"])
    await playing.finished()
    ended_at = playing.media.started_at + timedelta(milliseconds=playing.duration_ms)
    await api.end_contact(contact_id, at=ended_at)

    async def is_completed() -> bool:
        return (await api.transcript(contact_id))["state"] == "completed"

    await until(is_completed, within_s=COMPLETED_S_MAX, what="a complete transcript")
    return await api.transcript(contact_id)


def _error_rate(transcript: dict[str, Any], said: Mapping[Track, list[str]]) -> float:
    """Return wrong words per word said, over both tracks."""
    wrong = sum(
        word_errors(
            spoken, words(one["text"] for one in transcript["lines"] if one["track"] == track)
        )
        for track, spoken in said.items()
    )
    return wrong / sum(len(spoken) for spoken in said.values())
