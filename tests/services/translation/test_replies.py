"""What an agent types is told to the customer: translated, spoken, kept under the contact's key."""

import asyncio
import io
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from antiphon.errors import (
    KeyDestroyed,
    LogUnavailable,
    ModelFailure,
    RecordingDamaged,
    VoiceFailed,
)
from antiphon.events.base import ContactId, ContactRef
from antiphon.events.sealed import Sealed
from antiphon.events.translation import (
    ReplyAudioErased,
    ReplyFailed,
    ReplyId,
    ReplySpoken,
    ReplyTranslated,
)
from antiphon.services.translation.languages import Languages
from antiphon.services.translation.reply_audio import key_of
from antiphon.services.translation.replying import REPLY_S_MAX
from antiphon.services.translation.speaking import Spoken

from ...builders import CONTACT, contact_erased
from ...translation_builders import REPLY, reply_typed
from .booth import Booth, Whistle, call

TYPED = "A technician is coming"
SPOKEN = "Va un técnico"


def heard(audio: bytes) -> str:
    """Return what a whistle said, as a reader of WAV files of others hears it."""
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8_000)
        samples = file.readframes(file.getnframes())
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return "".join(chr(low + 256 * high) for low, high in pairs)


async def audio_of(booth: Booth) -> str:
    spoken = (await booth.those(ReplySpoken))[-1]
    return heard(await booth.audio_store.audio(CONTACT, spoken))


async def objects(booth: Booth) -> list[str]:
    return [one.key async for page in booth.cabinet.list("") for one in page]


async def test_a_reply_is_translated_and_spoken_in_the_customers_language(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        spoken = (await booth.until(ReplySpoken))[0]

    translated = (await booth.those(ReplyTranslated))[0]
    assert (translated.source, translated.target, translated.text) == ("en", "es", Sealed(SPOKEN))
    assert (spoken.language, spoken.voice, spoken.sample_rate_hz) == ("es", "whistle/1", 8_000)
    assert spoken.duration_ms == len(SPOKEN) * 1_000 // 8_000
    assert await audio_of(booth) == SPOKEN


async def test_a_reply_in_the_customers_own_language_is_spoken_as_it_was_typed(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, language="en-US")

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        await booth.until(ReplySpoken)

    assert booth.interpreter.requests == []
    assert await audio_of(booth) == TYPED


async def test_a_reply_may_name_its_language(tmp_path: Path) -> None:
    booth = await call(tmp_path, language="en-US")

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED), language="es-MX"))
        spoken = (await booth.until(ReplySpoken))[0]

    assert spoken.language == "es"
    assert await audio_of(booth) == SPOKEN


async def test_of_an_agent_whose_language_nobody_told_none_is_assumed(tmp_path: Path) -> None:
    booth = await call(tmp_path, to=None)

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        translated = (await booth.until(ReplyTranslated))[0]

    assert (translated.source, translated.target) == ("und", "es")


async def test_replies_are_told_in_the_order_in_which_they_were_typed(tmp_path: Path) -> None:
    booth = await call(tmp_path, language="en-US")
    ids = [ReplyId(f"r-{number}") for number in range(3)]

    async with booth.caring():
        for one in ids:
            await booth.tell(reply_typed(reply_id=one, text=Sealed(f"reply {one}")))
        spoken = await booth.until(ReplySpoken, 3)

    assert [one.reply_id for one in spoken] == ids


async def test_a_reply_does_not_wait_for_what_is_being_translated(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    booth.interpreter.held = {"gracias": asyncio.Event()}

    async with booth.caring():
        await booth.say("gracias")
        await booth.interpreter.asked.wait()
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        await booth.until(ReplySpoken)

    assert not booth.interpreter.held["gracias"].is_set()


@pytest.mark.parametrize("reason", ["unavailable", "late", "refused"])
async def test_a_reply_that_cannot_be_translated_is_said_to_have_failed(
    tmp_path: Path, reason: ModelFailure
) -> None:
    booth = await call(tmp_path)
    booth.interpreter.fails = reason

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        failed = await booth.until(ReplyFailed)

    assert failed == [ReplyFailed(reply_id=REPLY, step="translation", reason=reason)]
    assert await objects(booth) == []


async def test_without_a_model_a_reply_says_so(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    booth.model = None

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        failed = await booth.until(ReplyFailed)

    assert failed == [ReplyFailed(reply_id=REPLY, step="translation", reason="unconfigured")]


async def test_a_reply_that_nobody_can_speak_is_shown_all_the_same(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    booth.voices = []

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        failed = await booth.until(ReplyFailed)

    assert failed == [ReplyFailed(reply_id=REPLY, step="speech", reason="unconfigured")]
    assert (await booth.those(ReplyTranslated))[0].text == Sealed(SPOKEN)


async def test_the_next_voice_speaks_where_the_first_fails(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    first, second, deaf = Whistle("first/1"), Whistle("second/1"), Whistle("deaf/1", "de")
    first.fails = VoiceFailed("unpaid", retry="never")
    booth.voices = [("deaf", deaf), ("first", first), ("second", second)]
    booth.wants.languages = Languages(voices={"es": {"second": "carmen"}})

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        await booth.until(ReplySpoken)
        await booth.tell(reply_typed(reply_id=ReplyId("r-2"), text=Sealed(TYPED)))
        spoken = await booth.until(ReplySpoken, 2)

    assert [one.voice for one in spoken] == ["second/1", "second/1"]
    assert second.said == [(SPOKEN, "es", "carmen")] * 2
    assert len(first.said) == 1, "who has nothing left is not asked each time"
    assert deaf.said == []


async def test_a_store_that_is_away_fails_the_speech_and_nothing_else(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    booth.cabinet.refusals = 1

    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        failed = await booth.until(ReplyFailed)

    assert failed == [ReplyFailed(reply_id=REPLY, step="speech", reason="store_unavailable")]


async def test_a_reply_of_long_ago_is_not_spoken_into_another_conversation(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    await booth.tell(reply_typed(text=Sealed(TYPED)))
    booth.later = timedelta(seconds=REPLY_S_MAX + 1)

    async with booth.caring():
        failed = await booth.until(ReplyFailed)

    assert failed[0].reason == "late"


@pytest.mark.parametrize("at", [2, 3], ids=["its translation", "its speech"])
@pytest.mark.parametrize("stores_first", [False, True], ids=["before", "after"])
async def test_who_takes_over_goes_on_where_a_reply_was_left(
    tmp_path: Path, at: int, *, stores_first: bool
) -> None:
    booth = await call(tmp_path)
    await booth.tell(reply_typed(text=Sealed(TYPED)))
    booth.log.crash_at, booth.log.stores_first = at, stores_first

    with pytest.raises(LogUnavailable):
        await booth.care()
    async with booth.caring():
        await booth.until(ReplySpoken)
        await booth.hang_up()

    assert [type(one) for one in await booth.events()][-2:] == [ReplyTranslated, ReplySpoken]
    assert await objects(booth) == [key_of(CONTACT, REPLY)]
    whistle = booth.voices[0][1]
    assert isinstance(whistle, Whistle)
    assert len(whistle.said) == 1, "what had been spoken and kept is not spoken again"


async def test_what_is_kept_opens_with_the_contacts_key_alone_and_in_its_place(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        spoken = (await booth.until(ReplySpoken))[0]
    sealed = await booth.cabinet.get(spoken.key)
    assert sealed is not None
    assert b"RIFF" not in sealed
    another = ContactRef(CONTACT.tenant, ContactId("c-2"))
    await booth.cabinet.put(key_of(another, REPLY), sealed)

    with pytest.raises(RecordingDamaged):
        await booth.audio_store.audio(another, spoken)
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    with pytest.raises(KeyDestroyed):
        await booth.audio_store.audio(CONTACT, spoken)


async def erased(directory: Path) -> Booth:
    booth = await call(directory)
    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        await booth.until(ReplySpoken)
    await booth.cabinet.put("replies/demo/c-10/r-1", b"another's")
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    await booth.tell(contact_erased())
    return booth


async def test_the_replies_of_an_erased_person_are_deleted_and_nobody_elses(
    tmp_path: Path,
) -> None:
    booth = await erased(tmp_path)

    await booth.service().forget(CONTACT)
    await booth.service().forget(CONTACT)

    assert await objects(booth) == ["replies/demo/c-10/r-1"]
    told = [one for one in await booth.facts() if isinstance(one.event, ReplyAudioErased)]
    assert [one.event for one in told] == [ReplyAudioErased(objects=1)]
    assert told[0].causation is not None, "the erasure"


async def test_of_a_person_to_whom_nothing_was_spoken_nothing_is_told(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    await booth.tell(contact_erased())

    await booth.service().forget(CONTACT)

    assert await booth.events() == []


@pytest.mark.parametrize("change", ["gone", "of another reply", "spoken by another"])
async def test_audio_that_is_not_what_was_kept_is_not_played(tmp_path: Path, change: str) -> None:
    booth = await call(tmp_path, language="en-US")
    other = ReplyId("r-2")
    async with booth.caring():
        await booth.tell(reply_typed(text=Sealed(TYPED)))
        await booth.tell(reply_typed(reply_id=other, text=Sealed("something else")))
        spoken, _ = await booth.until(ReplySpoken, 2)
    sealed = await booth.cabinet.get(key_of(CONTACT, other))
    another = await booth.audio_store.find(CONTACT, other)
    assert sealed is not None
    assert another is not None
    await booth.cabinet.delete(spoken.key)
    if change == "of another reply":
        await booth.cabinet.put(spoken.key, sealed)
        assert await booth.audio_store.find(CONTACT, REPLY) is None
        await booth.cabinet.put(spoken.key, sealed)
    if change == "spoken by another":
        await booth.audio_store.keep(CONTACT, REPLY, another)

    with pytest.raises(RecordingDamaged):
        await booth.audio_store.audio(CONTACT, spoken)


async def test_what_was_kept_before_is_what_is_kept(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    first, second = (
        Spoken(audio=audio, voice="v/1", sample_rate_hz=8_000, duration_ms=1, took_ms=1)
        for audio in (b"first", b"second")
    )

    await booth.audio_store.keep(CONTACT, REPLY, first)

    assert await booth.audio_store.keep(CONTACT, REPLY, second) == first
