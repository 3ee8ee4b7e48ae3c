"""A recording over HTTP until its redaction is verified, and the original, for who may hear it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from antiphon.events.access import RecordingRead
from antiphon.events.base import Event
from antiphon.services.redaction.beeping import wave
from numpy.testing import assert_array_equal

from ..builders import CONTACT, transcript_completed
from ..redaction_builders import (
    audio_span,
    redaction_doubted,
    redaction_failed,
    redaction_reviewed,
    redaction_verified,
)
from ..retention_builders import data_deleted
from ..services.recording.booth import BLOCK, Booth, finished_call
from ..services.recording.decoder import decoded
from ..services.redaction.releasing import destroy_original, redact, release
from .test_recordings import PATH, accesses, asking

LOUD = np.full((3 * BLOCK, 2), 9_000, np.int16)
SPAN = audio_span(track="from_customer", from_ms=1_000, until_ms=2_000)
READER = {"Antiphon-Actor": "dpo-1"}


async def call(directory: Path, *, is_complete: bool = True) -> Booth:
    booth = await finished_call(directory, LOUD)
    await booth.care()
    if is_complete:
        await booth.tell(transcript_completed())
    return booth


async def told(booth: Booth, **params: str) -> list[tuple[int, str]]:
    """Return how the audio and how the waveform are answered, to who may hear originals."""
    async with asking(booth, readers=("dpo-1",)) as http:
        answers = [
            await http.get(path, params=params, headers=READER)
            for path in (PATH, f"{PATH}/waveform")
        ]
    return [
        (one.status_code, one.json().get("code", "") if one.status_code >= 400 else "")
        for one in answers
    ]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        pytest.param([], "being checked", id="applied"),
        pytest.param([redaction_doubted()], "attempt 1 to redact it was doubted", id="doubted"),
        pytest.param(
            [redaction_doubted(), redaction_failed(attempts=1)],
            "attempt 1 failed like those before it, and it waits for people",
            id="failed",
        ),
    ],
)
async def test_what_is_not_verified_is_in_quarantine_and_says_how_far_it_is(
    tmp_path: Path, facts: Sequence[Event], state: str
) -> None:
    booth = await call(tmp_path)
    await redact(booth, SPAN)
    await booth.tell(*facts)

    async with asking(booth) as http:
        answers = [await http.get(PATH), await http.get(f"{PATH}/waveform")]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "recording_in_quarantine")
        assert state in answer.json()["detail"]


@pytest.mark.parametrize(
    ("is_complete", "state"),
    [(False, "its transcript is not complete"), (True, "the role `redaction` does where it runs")],
)
async def test_without_redaction_it_stays_there(
    tmp_path: Path, *, is_complete: bool, state: str
) -> None:
    booth = await call(tmp_path, is_complete=is_complete)

    async with asking(booth) as http:
        answer = await http.get(PATH)

    assert answer.json()["code"] == "recording_in_quarantine"
    assert state in answer.json()["detail"]


async def test_what_was_removed_is_neither_heard_nor_seen_in_the_waveform(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await redact(booth, SPAN, cover="silence")
    await booth.tell(redaction_verified(attempt=1))

    async with asking(booth) as http:
        heard = decoded((await http.get(PATH)).content)
        energy = (await http.get(f"{PATH}/waveform")).json()["tracks"]

    assert not heard[8_000:16_000, 0].any()
    assert_array_equal(heard[:8_000], LOUD[:8_000])
    assert_array_equal(heard[:, 1], LOUD[:, 1])
    loud, silent = energy[1]["energy"][0], energy[0]["energy"][9:15]
    assert (set(energy[1]["energy"]), set(silent)) == ({loud}, {0})


async def test_a_person_who_confirms_what_failed_lets_it_out(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await redact(booth, SPAN)
    await booth.tell(redaction_doubted(), redaction_failed(attempts=1))
    await booth.tell(redaction_reviewed(decision="confirmed", round=1, attempt=1, spans=()))

    before = await told(booth)
    await booth.tell(redaction_verified(attempt=1, reviewed_by="reader:dpo-1"))

    assert before == [(409, "recording_in_quarantine")] * 2
    assert await told(booth) == [(200, "")] * 2


@pytest.mark.parametrize("what", ["original", "quarantined"])
async def test_nobody_hears_more_whom_no_policy_names(tmp_path: Path, what: str) -> None:
    booth = await call(tmp_path)
    await redact(booth, SPAN)

    async with asking(booth) as http:
        answers = [
            await http.get(path, params={what: "true"}, headers=READER)
            for path in (PATH, f"{PATH}/waveform")
        ]

    codes = [(one.status_code, one.json()["code"]) for one in answers]
    assert codes == [(403, "originals_forbidden")] * 2
    assert await accesses(booth) == []


async def test_who_may_hears_the_original_and_what_is_in_quarantine_on_record(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    await redact(booth, SPAN)

    async with asking(booth, readers=("dpo-1",)) as http:
        original = await http.get(PATH, params={"original": "true"}, headers=READER)
        quarantined = await http.get(PATH, params={"quarantined": "true"}, headers=READER)

    assert_array_equal(decoded(original.content), LOUD)
    heard = decoded(quarantined.content)
    assert_array_equal(heard[8_000:16_000, 0], wave(8_000, 8_000, by="beep"))
    assert await accesses(booth) == [
        (
            "reader:dpo-1",
            RecordingRead(contact_id=CONTACT.contact_id, what=what, byte_range=None, reason=None),
        )
        for what in ("original", "quarantined")
    ]


async def test_what_is_verified_is_given_to_who_asks_for_what_is_in_quarantine(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    await release(booth, SPAN)

    assert await told(booth, quarantined="true") == [(200, "")] * 2


async def test_an_original_that_was_destroyed_is_gone_and_the_rest_is_not(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await release(booth, SPAN)
    await destroy_original(booth)

    gone = await told(booth, original="true")

    assert gone == [(410, "originals_gone")] * 2
    assert await told(booth) == [(200, "")] * 2


async def test_one_of_two_is_to_be_asked_for(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    assert await told(booth, original="true", quarantined="true") == [(422, "malformed")] * 2


async def test_what_was_deleted_when_its_time_was_over_is_gone_each_for_itself(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    await release(booth, SPAN)
    await booth.tell(data_deleted(kind="original"))

    assert await told(booth, original="true") == [(410, "past_retention")] * 2
    assert await told(booth) == [(200, "")] * 2

    await booth.tell(data_deleted(kind="audio"))
    assert await told(booth) == [(410, "past_retention")] * 2
