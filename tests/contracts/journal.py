"""Events through a log and back: what the Journal and the AudioLog promise over every adapter.

Run by `tests/infra/test_journal.py`.
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
import pytest
from antiphon.errors import KeyDestroyed, StreamMoved
from antiphon.events.audio import AudioBlock, AudioChunk, AudioLog
from antiphon.events.base import START, ContactRef, Event, Position, Recorded, Track, Unreadable
from antiphon.events.catalogue import WITHHELD
from antiphon.events.codec import CODEC
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, Stored
from antiphon.events.sealed import Sealed
from antiphon.events.sharing import SharedJournal
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import (
    PartitionRange,
    audio_stream,
    audio_subject,
    fact_subject,
    partition_of,
)

from .. import builders, register_builders
from ..infra.places import Place

PATIENCE_S = 20.0
WORDS = "my card was stolen in Lisbon"


async def append(journal: Journal, contact: ContactRef, *events: Event) -> Position:
    """Append to the end of the events' lane."""
    expected = await journal.lane_end(contact, events[0].LANE)
    return await journal.append(
        contact, [builders.draft(event) for event in events], expected=expected
    )


async def read(journal: Journal, contact: ContactRef) -> list[Recorded]:
    return [recorded async for recorded in journal.read(contact)]


async def raw(place: Place, stream: str, subject: str) -> Stored:
    stored = await place.log.last(stream, subject)
    assert stored is not None
    return stored


class JournalContract:
    async def test_every_event_comes_back_as_it_was(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        # Those that no reader of the log is given the key of have tests of their own.
        samples = [sample() for sample in builders.SAMPLES]
        drafts = [builders.draft(one) for one in samples if one.TYPE not in WITHHELD]

        for draft in drafts:
            end = await journal.lane_end(place.contact(), draft.event.LANE)
            await journal.append(place.contact(), [draft], expected=end)
        facts = await read(journal, place.contact())

        assert [fact.event for fact in facts] == [draft.event for draft in drafts]
        for fact, draft in zip(facts, drafts, strict=True):
            assert (fact.id, fact.occurred_at) == (draft.id, draft.occurred_at)
            assert (fact.actor, fact.correlation) == (draft.actor, draft.correlation)
            assert (fact.contact, fact.lane) == (place.contact(), draft.event.LANE)

    async def test_what_was_said_is_not_in_the_log(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        await append(journal, place.contact(), builders.utterance_finalized(WORDS))

        payload = (await raw(place, place.stream, fact_subject(place.contact(), "speech"))).payload

        for word in WORDS.split(" "):
            if len(word) > 3:  # the shorter ones stand in any base64
                assert word.encode() not in payload
        assert base64.b64encode(WORDS.encode())[:-2] not in payload

    async def test_when_the_key_is_destroyed_the_words_are_gone_and_the_fact_stays(
        self, place: Place
    ) -> None:
        journal = Journal(place.log, place.keys)
        kept = place.contact("c-2")
        for contact in (place.contact(), kept):
            await append(journal, contact, builders.utterance_finalized(WORDS))

        await place.keys.destroy(place.tenant, f"contact/{place.contact().contact_id}")
        [fact], [other] = await read(journal, place.contact()), await read(journal, kept)

        assert isinstance(fact.event, UtteranceFinalized)
        assert fact.event.text.reveal_or("erased") == "erased"
        assert fact.event.started_ms == 1_000
        assert isinstance(other.event, UtteranceFinalized)
        assert other.event.text == Sealed(WORDS)
        with pytest.raises(KeyDestroyed):
            fact.event.text.reveal()
        with pytest.raises(KeyDestroyed):
            await append(journal, place.contact(), builders.utterance_finalized(WORDS))

    async def test_the_agents_name_goes_with_the_agents_key(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        connected = builders.agent_connected()
        await append(journal, place.contact(), builders.contact_started(), connected)

        await place.keys.destroy(place.tenant, f"agent/{connected.agent_id}")
        started, fact = await read(journal, place.contact())

        assert started.event == builders.contact_started()
        assert getattr(fact.event, "agent_id", None) == connected.agent_id
        assert getattr(fact.event, "agent_name", Sealed("")).reveal_or("erased") == "erased"

    async def test_a_lane_has_one_writer(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        await append(journal, place.contact(), builders.contact_started())

        drafts = [builders.draft(builders.contact_ended())]
        with pytest.raises(StreamMoved):
            await journal.append(place.contact(), drafts, expected=START)

        assert len(await read(journal, place.contact())) == 1
        assert await journal.lane_end(place.contact(), "media") == START

    async def test_a_repeated_append_answers_the_same_though_sealed_anew(
        self, place: Place
    ) -> None:
        journal = Journal(place.log, place.keys)
        drafts = [builders.draft(builders.utterance_finalized(text)) for text in ("one", "two")]

        positions = [
            await journal.append(place.contact(), drafts, expected=START) for _ in range(3)
        ]

        assert len(set(positions)) == 1
        assert [fact.id for fact in await read(journal, place.contact())] == [
            draft.id for draft in drafts
        ]

    async def test_what_cannot_be_decoded_is_seen_and_not_skipped(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        end = await append(journal, place.contact(), builders.contact_started())
        subject = fact_subject(place.contact(), "life")
        end = await place.log.append(
            place.stream, subject, [Entry("broken", b"\x00")], expected=end
        )
        envelope = {**_envelope(place), "type": "of_tomorrow"}
        end = await place.log.append(
            place.stream, subject, [Entry("new", msgspec.json.encode(envelope))], expected=end
        )

        _, broken, unknown = await read(journal, place.contact())

        assert broken.event == Unreadable(type="", version=0, problem="undecodable")
        assert unknown.event == Unreadable(type="of_tomorrow", version=1, problem="unknown_type")
        assert (broken.contact, broken.lane) == (place.contact(), "life")

    async def test_a_fact_in_a_lane_that_this_version_does_not_know_is_not_left_out(
        self, place: Place
    ) -> None:
        journal = Journal(place.log, place.keys)
        subject = fact_subject(place.contact(), "life").replace(".life", ".of_tomorrow")
        envelope = {**_envelope(place), "type": "answered_tomorrow", "ignorable": True}
        entry = Entry("new", msgspec.json.encode(envelope))
        await place.log.append(place.stream, subject, [entry], expected=START)

        [fact] = await read(journal, place.contact())

        assert fact.event == Unreadable(
            type="answered_tomorrow", version=1, problem="unknown_type", ignorable=True
        )
        assert (fact.contact, fact.lane) == (place.contact(), "of_tomorrow")

    async def test_a_fact_of_the_register_is_none_of_a_contact(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        draft = builders.draft(register_builders.access_read(reason=None))
        payload = CODEC.encode(draft, tenant=place.tenant, aggregate="access/x", key=None)
        subject = fact_subject(place.contact(), "life")
        await place.log.append(place.stream, subject, [Entry("astray", payload)], expected=START)

        [fact] = await read(journal, place.contact())

        assert fact.event == Unreadable(type="access_read", version=1, problem="undecodable")

    @pytest.mark.parametrize("kind", [Journal, SharedJournal], ids=["alone", "with others"])
    async def test_followers_get_the_lanes_and_partitions_they_ask_for(
        self, place: Place, kind: type[Journal]
    ) -> None:
        journal = kind(place.log, place.keys)
        contacts = [place.contact(f"c-{n}") for n in range(12)]
        for contact in contacts:
            await append(journal, contact, builders.contact_started())
            await append(journal, contact, builders.audio_stream_opened())
            await append(journal, contact, builders.utterance_finalized())
        half = PartitionRange(0, 31)

        async with aclosing(
            journal.follow(place.tenant, partitions=half, lanes=("life", "speech"))
        ) as batches:
            wanted = [one for one in contacts if partition_of(one.contact_id) in half]
            followed = await _taken(batches, 2 * len(wanted))

        assert 0 < len(wanted) < len(contacts)
        assert [(one.contact, one.lane) for one in followed] == [
            (contact, lane) for contact in wanted for lane in ("life", "speech")
        ]


class AudioContract:
    async def test_chunks_come_back_as_they_were(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        chunks = [_chunk(n) for n in range(5)]

        end = START
        for n, chunk in enumerate(chunks):
            end = await audio.append(place.contact(), chunk, id=f"{n}", expected=end)
        stored = [one async for one in audio.read(place.contact())]
        last = await audio.last(place.contact())

        assert [one.chunk for one in stored] == chunks
        assert last is not None
        assert (last.position, last.chunk) == (end, chunks[-1])

    async def test_audio_is_followed_as_it_comes(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        first = await audio.append(place.contact(), _chunk(0), id="0", expected=START)

        async with asyncio.timeout(PATIENCE_S), aclosing(audio.follow(place.contact())) as chunks:
            heard = [await anext(chunks)]
            await audio.append(place.contact(), _chunk(1), id="1", expected=first)
            heard.append(await anext(chunks))

        assert [one.chunk for one in heard] == [_chunk(0), _chunk(1)]

    async def test_samples_do_not_stand_in_the_log_in_clear(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        chunk = _chunk(3)

        await audio.append(place.contact(), chunk, id="0", expected=START)
        stored = await raw(place, audio_stream(place.tenant), audio_subject(place.contact()))

        assert len(stored.payload) > len(chunk.blocks) * len(chunk.blocks[0].samples)
        for block in chunk.blocks:
            assert block.samples[:16] not in stored.payload

    async def test_a_flipped_byte_is_found_wherever_it_is(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        stream, subject = audio_stream(place.tenant), audio_subject(place.contact())
        end = await audio.append(place.contact(), _chunk(0), id="0", expected=START)
        payload = (await raw(place, stream, subject)).payload

        for at in (len(payload) // 50, len(payload) // 2, len(payload) - 1):
            broken = bytearray(payload)
            broken[at] ^= 0x01
            entry = Entry(f"broken {at}", bytes(broken))
            end = await place.log.append(stream, subject, [entry], expected=end)

            with pytest.raises((ValueError, KeyDestroyed)):
                await audio.last(place.contact())

    async def test_audio_of_one_contact_does_not_open_as_anothers(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        stream = audio_stream(place.tenant)
        await audio.append(place.contact(), _chunk(0), id="0", expected=START)
        payload = (await raw(place, stream, audio_subject(place.contact()))).payload

        moved = place.contact("c-2")
        await place.log.append(
            stream, audio_subject(moved), [Entry("moved", payload)], expected=START
        )

        with pytest.raises(ValueError, match="open"):
            await audio.last(moved)

    async def test_when_the_key_is_destroyed_the_audio_is_gone(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        end = await audio.append(place.contact(), _chunk(0), id="0", expected=START)

        await place.keys.destroy(place.tenant, f"contact/{place.contact().contact_id}")

        with pytest.raises(KeyDestroyed):
            await audio.last(place.contact())
        with pytest.raises(KeyDestroyed):
            await audio.append(place.contact(), _chunk(1), id="1", expected=end)

    async def test_a_second_reader_of_the_same_audio_is_kept_out(self, place: Place) -> None:
        audio = AudioLog(place.log, place.keys)
        first = await audio.append(place.contact(), _chunk(0), id="0", expected=START)

        repeated = await audio.append(place.contact(), _chunk(0), id="0", expected=START)
        with pytest.raises(StreamMoved):
            await audio.append(place.contact(), _chunk(0), id="of another", expected=START)

        assert repeated == first


def _chunk(n: int) -> AudioChunk:
    tracks: tuple[Track, Track] = ("from_customer", "to_customer")
    return AudioChunk(
        stream=1,
        resume_after=None if n == 0 else f"{int(builders.FRAGMENT) + n}",
        blocks=tuple(
            AudioBlock(
                track=track,
                fragment=f"{int(builders.FRAGMENT) + n + 1}",
                ordinal=ordinal,
                first_sample=1_024 * n,
                samples=_noise(f"{n}/{track}", 2_048),
            )
            for ordinal, track in enumerate(tracks)
        ),
    )


def _noise(name: str, size: int) -> bytes:
    return hashlib.shake_128(name.encode()).digest(size)


def _envelope(place: Place) -> dict[str, object]:
    return {
        "id": "e-new",
        "type": "contact_held",
        "version": 1,
        "occurred_at": builders.NOON,
        "tenant": place.tenant,
        "aggregate": f"contact/{place.contact().contact_id}",
        "correlation": "c-1",
        "actor": "machine",
        "data": {},
    }


async def _taken(batches: AsyncGenerator[object], count: int) -> list[Recorded]:
    taken: list[Recorded] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < count:
            batch = await anext(batches)
            assert isinstance(batch, list)
            taken += batch
    assert len(taken) == count
    return taken
