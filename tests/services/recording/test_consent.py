"""What is recorded was agreed to, and whoever is erased is heard no more."""

from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.recording import (
    RecordingConsented,
    RecordingDeclined,
)
from antiphon.services.sealed_recording import PART_SAMPLES
from numpy.testing import assert_array_equal

from ...builders import (
    CONTACT,
    at,
    attributes_set,
    audio_stream_opened,
    contact_erased,
    contact_started,
)
from .booth import (
    CONSENT,
    consent,
    finished_call,
    new_booth,
    noise,
)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        pytest.param({}, "not_said", id="nothing said"),
        pytest.param(consent("no"), "refused", id="no"),
        pytest.param(consent("maybe"), "refused", id="anything but yes"),
    ],
)
async def test_without_consent_nothing_is_stored_and_that_is_a_fact(
    tmp_path: Path, attributes: dict[str, object], reason: str
) -> None:
    booth = await finished_call(tmp_path, noise(20_000), attributes=attributes)  # type: ignore[arg-type]

    await booth.care()

    assert await booth.events() == [
        RecordingDeclined(attribute=CONSENT, said_at=None, reason=reason)  # type: ignore[arg-type]
    ]
    assert await booth.keys_on_shelf() == []


async def test_consent_given_in_mid_call_counts_from_then_on(tmp_path: Path) -> None:
    samples = noise(80_000)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes={}), audio_stream_opened())
    await booth.tell(attributes_set(attributes=consent("Yes ")), at=at(4))
    await booth.play(samples)
    await booth.hang_up()

    await booth.care()

    recorded = await booth.recorded()
    assert not recorded[:32_000].any()
    assert_array_equal(recorded[32_000:], samples[32_000:])
    assert [type(one) for one in (await booth.events())[:2]] == [
        RecordingDeclined,
        RecordingConsented,
    ]


async def test_consent_withdrawn_in_mid_call_ends_the_recording_there(tmp_path: Path) -> None:
    samples = noise(PART_SAMPLES + 40_000)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())

    async with booth.caring() as caring:
        await booth.play(samples[:24_000])
        await booth.tell(attributes_set(attributes=consent("no")), at=at(2))
        await booth.play(samples[24_000:], first=24_000)
        await booth.hang_up()
        await caring

    recorded = await booth.recorded()
    assert_array_equal(recorded[:16_000], samples[:16_000])
    assert not recorded[16_000:].any()
    declined = (await booth.events())[1]
    assert declined == RecordingDeclined(attribute=CONSENT, said_at=at(2), reason="withdrawn")


async def test_other_attributes_change_no_consent(tmp_path: Path) -> None:
    samples = noise(20_000)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.tell(attributes_set(), attributes_set(attributes=consent("true")), at=at(1))
    await booth.play(samples)
    await booth.hang_up()

    await booth.care()

    assert_array_equal(await booth.recorded(), samples)
    assert [type(one) for one in await booth.events()].count(RecordingConsented) == 1


async def test_once_the_person_is_erased_nothing_opens(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(20_000))
    await booth.care()
    stored = await booth.stored()

    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    with pytest.raises(KeyDestroyed):
        await booth.recorded()
    with pytest.raises(KeyDestroyed):
        await booth.playback.index(CONTACT, stored)


async def test_a_person_erased_in_mid_call_is_recorded_no_further(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(noise(20_000))
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    await booth.tell(contact_erased())

    with pytest.raises(KeyDestroyed):
        await booth.care()

    assert await booth.keys_on_shelf() == []


async def test_nothing_in_the_store_is_audio_in_clear(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, np.tile(noise(64), (400, 1)))

    await booth.care()

    body = (tmp_path / (await booth.stored()).key).read_bytes()
    assert b"fLaC" not in body
    assert len(set(body)) == 256
