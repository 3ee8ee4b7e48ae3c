"""The second recogniser hears what is there, is killed, goes on, and says what is missing."""

import asyncio
import json
import os
import signal
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from antiphon.errors import ModelUnusable, RecognizerFailed, SettingWrong
from antiphon.infra import second_weights
from antiphon.infra.listening_windows import WINDOW_S_MAX, windows_of
from antiphon.infra.redacting import OnTemporal, second_listener_of, workflows_of
from antiphon.infra.second_listener import WhisperBase
from antiphon.infra.settings import Settings, load
from antiphon.infra.speech_finder import Silero
from antiphon.infra.vendor_listener import VendorListener
from antiphon.services.redaction.port import Samples
from antiphon.services.redaction.workflow import Embedded

from ..services.redaction.cell import Cell

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = Path(__file__).parents[2] / "infra" / "simulator" / "calls"
RATE_HZ = 8_000


def call() -> tuple[Samples, int]:
    """Return an agent's first turn of a recorded call, and when it ends."""
    ends_ms = json.loads((CALLS / "price_rise.json").read_text())["turns"][0]["ended_ms"]
    with wave.open(str(CALLS / "price_rise.wav")) as file:
        frames = file.readframes((ends_ms + 300) * RATE_HZ // 1_000)
    return np.frombuffer(frames, "<i2").reshape(-1, 2)[:, 1].copy(), ends_ms


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ears() -> AsyncIterator[WhisperBase]:
    listener = WhisperBase()
    yield listener
    await listener.aclose()


async def test_it_hears_what_is_there_and_goes_on_after_its_process_was_killed(
    ears: WhisperBase,
) -> None:
    samples, ends_ms = call()

    words = await ears.listen(samples, rate_hz=RATE_HZ)
    with pytest.raises(RecognizerFailed):
        await ears.listen(samples, rate_hz=16_000)
    _kill(ears)
    with pytest.raises(RecognizerFailed):
        await ears.listen(samples, rate_hz=RATE_HZ)
    again = await ears.listen(samples, rate_hz=RATE_HZ)
    listening = asyncio.create_task(ears.listen(samples, rate_hz=RATE_HZ))
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    text = " ".join(word.text for word in words).lower()
    assert "this call is recorded" in text
    assert [one.text for one in again] == [one.text for one in words]
    assert all(0 <= one.started_ms <= one.ended_ms <= ends_ms + 300 for one in words)
    assert ears.pid is None, "what was cancelled went on"


async def test_silence_is_not_even_listened_to() -> None:
    ears = WhisperBase()

    assert await ears.listen(np.zeros(RATE_HZ, np.int16), rate_hz=RATE_HZ) == []
    assert ears.pid is None


async def test_weights_that_are_not_there_or_others_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelUnusable, match=r"config\.json"):
        WhisperBase(model_dir=tmp_path).check()
    monkeypatch.setitem(second_weights._SHA256, "config.json", "0" * 64)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(ModelUnusable, match="not the file it should be"):
        second_weights.loaded()
    monkeypatch.setattr(second_weights, "_PACKAGES", ("not_installed", "not_installed_either"))
    with pytest.raises(ModelUnusable, match="stays in quarantine"):
        WhisperBase().check()


async def test_a_voice_is_told_from_a_tone() -> None:
    samples, ends_ms = call()
    tone = np.round(8_000 * np.sin(2 * np.pi * np.arange(3 * RATE_HZ) / 8)).astype(np.int16)

    found = await Silero().find(np.concatenate([samples, tone]), rate_hz=RATE_HZ)

    assert found
    assert all(until <= ends_ms + 500 for _, until in found)
    assert sum(until - from_ for from_, until in found) > 0.6 * (ends_ms - 600)


async def test_windows_hold_everything_that_is_not_silent_in_order_and_never_too_much() -> None:
    samples = np.zeros(120 * RATE_HZ, np.int16)
    loud = np.random.default_rng(3).integers(-900, 900, samples.size).astype(np.int16)
    for first_s, end_s in ((1, 2), (10, 75), (100, 101)):
        samples[first_s * RATE_HZ : end_s * RATE_HZ] = loud[first_s * RATE_HZ : end_s * RATE_HZ]

    windows = list(windows_of(samples, rate_hz=RATE_HZ))

    pieces = [piece for window in windows for piece in window.pieces]
    covered = np.zeros(samples.size, np.bool_)
    for piece in pieces:
        covered[piece.first : piece.end] = True
    assert not samples[~covered].any()
    assert [piece.first for piece in pieces] == sorted(piece.first for piece in pieces)
    for window in windows:
        audio = window.audio(samples, rate_hz=RATE_HZ)
        assert audio.size <= WINDOW_S_MAX * RATE_HZ
        ends = window.place_of(audio.size / RATE_HZ, rate_hz=RATE_HZ)
        assert (window.place_of(0, rate_hz=RATE_HZ), ends) == (
            window.pieces[0].first,
            window.pieces[-1].end,
        )


def settings(tmp_path: Path, **given: str) -> Settings:
    return load({"ANTIPHON_DATA_DIR": str(tmp_path), **given})


async def test_settings_say_who_listens(tmp_path: Path) -> None:
    async with AsyncExitStack() as closing:
        own = second_listener_of(settings(tmp_path), closing=closing)
        vendor = second_listener_of(
            settings(tmp_path, ANTIPHON_SECOND_LISTENER="deepgram", ANTIPHON_DEEPGRAM_API_KEY="k"),
            closing=closing,
        )
        with pytest.raises(SettingWrong, match="SECOND_LISTENER"):
            second_listener_of(
                settings(
                    tmp_path,
                    ANTIPHON_SECOND_LISTENER="deepgram",
                    ANTIPHON_RECOGNIZERS="deepgram,whisper",
                    ANTIPHON_DEEPGRAM_API_KEY="k",
                ),
                closing=closing,
            )

    assert own.name == second_weights.NAME
    assert isinstance(vendor, VendorListener)
    assert vendor.name.startswith("deepgram")


async def test_settings_say_what_carries_redactions_through(tmp_path: Path) -> None:
    made = Cell(tmp_path).activities()
    async with AsyncExitStack() as closing:

        def carrying(setting: str) -> object:
            given = settings(tmp_path, ANTIPHON_WORKFLOWS=setting)
            return workflows_of(given, made, closing=closing)

        assert isinstance(carrying("embedded"), Embedded)
        assert isinstance(carrying("temporal://localhost:7233/calls"), OnTemporal)
        for wrong in ("temporal:", "cadence://localhost:7233", "yes"):
            with pytest.raises(SettingWrong, match="WORKFLOWS"):
                carrying(wrong)


def _kill(ears: WhisperBase) -> None:
    assert ears.pid is not None
    os.kill(ears.pid, signal.SIGKILL)
