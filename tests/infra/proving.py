"""A person with twenty contacts in every store there is, and a search of every byte of these."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
from antiphon.commands.erasure import Erasure, RequestErasure
from antiphon.events.audio import AudioBlock, AudioChunk
from antiphon.events.base import START, ContactId, ContactRef, Event, Position, TenantName
from antiphon.events.codec import CODEC, decode_envelope
from antiphon.events.contact import AgentConnected, ContactStarted
from antiphon.events.keys import Key
from antiphon.events.sealed import Sealed, sealed_fields
from antiphon.events.subjects import configuration_stream
from antiphon.events.translation import ReplyId
from antiphon.infra.erasing.read_models import ReadModelRows
from antiphon.infra.faults.scene import Scene
from antiphon.infra.jetstream.delivery_notes import DeliveryNotes
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.parts import Parts
from antiphon.infra.postgres import database_of
from antiphon.projections import transcript
from antiphon.projections.rebuilding import rebuild
from antiphon.services.letters import Problem
from antiphon.services.sealed_recording import (
    folder_of,
    folder_of_redacted,
    seal_of_original,
    seal_of_redacted,
    sealed_part,
    spooled,
)
from antiphon.services.translation.reply_audio import ReplyAudio
from antiphon.services.translation.speaking import Spoken
from antiphon.services.webhooks.port import Mark, Marks
from msgspec import Struct

from ..builders import FRAGMENT, SAMPLES, contact_started, draft
from ..sayings import saying
from ..waiting import until
from .remains import Hits, encodings_of, search

CONTACTS = 20
TENANT = TenantName("proven")
REPLY = ReplyId("r-1")


class Person(Struct, frozen=True):
    """Everything by which the person could be recognised; nothing else in the world holds it."""

    words: str
    number: str
    samples: bytes  # of a call, as they are in memory
    frames: bytes  # of a recording, as a player is given them

    @property
    def needles(self) -> list[bytes]:
        return [*encodings_of(self.words), *encodings_of(self.number), self.samples, self.frames]


class Proof:
    """An installation in which a person called twenty times."""

    def __init__(self, parts: Parts, home: Path, cluster: Path, postgres_url: str) -> None:
        self.parts = parts
        self.home = home
        self.objects = DirectoryStore(home / "recordings")
        self.replies = ReplyAudio(self.objects, parts.keys)
        self.contacts = [ContactRef(TENANT, ContactId(f"c-{n:02}")) for n in range(CONTACTS)]
        chance = random.Random(uuid.uuid4().int)
        self.noise = np.frombuffer(chance.randbytes(4 * 6_000), "<i2").reshape(-1, 2)
        self.person = Person(
            words=f"kestrel {uuid.uuid4().hex}",
            number=f"+49{chance.randrange(10**13, 10**14)}",
            samples=self.noise.tobytes()[:48],
            frames=spooled(self.noise, number=0).frames[200:248],
        )
        self._cluster = cluster
        self._database_url = (
            urlsplit(postgres_url)._replace(path=f"/{database_of(TENANT)}").geturl()
        )

    async def live(self) -> None:
        """Let the person call, and everything be told, recorded, spoken, indexed and archived."""
        await asyncio.gather(*(self._call(one) for one in self.contacts))
        await self.shown()
        scene = Scene(parts=self.parts, tenant=TENANT, home=self.home)
        last = (await self.parts.journal.state(TENANT)).last

        async def archived() -> bool:
            return await scene.archived_upto() >= last

        await until(archived, within_s=30)
        pool = await self.parts.databases.pool(TENANT)
        await rebuild(transcript.PROJECTION, tenant=TENANT, history=self.parts.journal, pool=pool)

    async def shown(self) -> None:
        """Return when every read model shows everything."""
        await ReadModelRows(self.parts.databases, self.parts.journal).clear(TENANT, ())

    async def ask(self) -> Erasure:
        """Ask that the person be erased."""
        command = RequestErasure(
            erasure_id="er-1",
            by_endpoint=tuple(one.contact_id for one in self.contacts),
            reason=Sealed(f"{self.person.words} asked for it"),
            identity_proof=Sealed(f"passport of {self.person.words}"),
        )
        return await self.parts.eraser.request(TENANT, command, actor="person:one")

    async def erase(self, asked: Erasure) -> None:
        """Approve it, have it done, and let every reader show it."""
        approved = await self.parts.eraser.approve(
            TENANT, asked, contact_ids=asked.contact_ids, partial=False, actor="person:two"
        )
        done = await self.parts.eraser.finish(TENANT, approved)
        assert not done.is_open
        await self.shown()

    async def written(self) -> None:
        """Have the database write its rows: in its log alone, a block's end may cut one."""
        async with self.parts.databases.connection(TENANT) as connection:
            await connection.execute("CHECKPOINT")

    async def found(self, **wanted: Sequence[bytes]) -> Hits:
        """Search every byte of every store; `home` is whatever else this installation keeps."""
        directories = {
            "database": self._cluster,
            "log": self.home / "nats",
            "objects": self.home / "recordings",
            "archive": self.home / "archive",
            "home": self.home,
        }
        return await search(wanted, directories=directories, database_url=self._database_url)

    async def payload(self) -> bytes:
        """Return a fact of the person as the log keeps it."""
        stored = self.parts.journal.read_stored(
            TENANT, contact_id=self.contacts[0].contact_id, lanes=("speech",)
        )
        return (await anext(stored))[0].payload

    async def wrapped_keys(self) -> list[bytes]:
        """Return the erasure's key and the contacts' as the database holds them, where it does."""
        async with self.parts.databases.connection(TENANT) as connection:
            rows = await connection.fetch(
                "SELECT wrapped FROM holder_keys WHERE wrapped IS NOT NULL "
                "AND (holder LIKE 'contact/%' OR holder LIKE 'original/%' OR holder LIKE "
                "'erasure/%') ORDER BY holder NOT LIKE 'erasure/%', holder"
            )
        return [row["wrapped"] for row in rows]

    async def remaining_keys(self) -> list[Key]:
        """Return every key that is left."""
        async with self.parts.databases.connection(TENANT) as connection:
            rows = await connection.fetch(
                "SELECT holder FROM holder_keys WHERE wrapped IS NOT NULL"
            )
        return [await self.parts.keys.obtain(TENANT, row["holder"]) for row in rows]

    async def opened(self, keys: list[Key] | None = None) -> int:
        """Return how many personal texts open: with these keys, or as anybody reads."""
        texts = 0
        for contact in self.contacts:
            async for batch in self.parts.journal.read_stored(
                TENANT, contact_id=contact.contact_id
            ):
                for stored in batch:
                    envelope = decode_envelope(stored.payload)
                    if envelope.key_id is None:
                        continue
                    some = keys or [(await self._key(envelope.key_id, contact))]
                    for key in some:
                        try:
                            event = CODEC.decode(envelope, {envelope.key_id: key})
                        except ValueError:
                            continue
                        texts += self.person.words in str(_revealed(event))
        return texts

    async def written_of(self) -> int:
        """Return how many texts of the register, as anybody reads it, name the person."""
        facts = self.parts.register.read(TENANT)
        return sum([str(_revealed(fact.event)).count(self.person.words) async for fact in facts])

    async def opened_of_register(self, keys: list[Key]) -> int:
        """Return how many texts of the register name the person that one of these keys opens."""
        texts, stream = 0, configuration_stream(TENANT)
        async for batch in self.parts.log.read(stream, [f"cf.{TENANT}.>"]):
            for stored in batch:
                envelope = decode_envelope(stored.payload)
                if envelope.key_id is None:
                    continue
                for key in keys:
                    with suppress(ValueError):
                        event = CODEC.decode(envelope, {envelope.key_id: key})
                        texts += self.person.words in str(_revealed(event))
        return texts

    async def _key(self, key_id: str, contact: ContactRef) -> Key:
        for holder in (f"contact/{contact.contact_id}", f"original/{contact.contact_id}"):
            key = await self.parts.keys.obtain(TENANT, holder)
            if key.id == key_id:
                return key
        raise AssertionError("sealed under somebody else's key")

    async def _call(self, contact: ContactRef) -> None:
        journal, words = self.parts.journal, self.person.words
        started = contact_started(customer_endpoint=Sealed(self.person.number), attributes={})
        await journal.append(contact, [draft(started)], expected=START)
        for event in PERSONAL:
            end = await journal.lane_end(contact, event.LANE)
            await journal.append(contact, [draft(saying(event, words))], expected=end)
        block = AudioBlock(
            track="from_customer", fragment=FRAGMENT, ordinal=0, first_sample=0,
            samples=self.noise.tobytes(),
        )  # fmt: skip
        chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))
        await self.parts.audio.append(contact, chunk, id="1", expected=START)
        await self._objects_of(contact)
        problem = Problem(code="recognizer_failed", position=Position(1), attempts=3)
        await self.parts.letters.write("transcription", contact, problem)
        marks = Marks({"w-1": Mark(upto=Position(1), attempts=2)}, START)
        await DeliveryNotes(self.parts.log).keep(contact, marks)

    async def _objects_of(self, contact: ContactRef) -> None:
        keys = self.parts.keys
        original = await keys.obtain(TENANT, f"original/{contact.contact_id}")
        sealed = sealed_part(self.noise, number=0, seal=seal_of_original(contact, original))
        await self.objects.put(f"{folder_of(contact)}part", sealed)
        key = f"{folder_of_redacted(contact)}redacted"
        own = await keys.obtain(TENANT, f"contact/{contact.contact_id}")
        await self.objects.put(
            key, sealed_part(self.noise, number=0, seal=seal_of_redacted(key, own))
        )
        spoken = Spoken(
            audio=self.noise.tobytes(),
            voice="v/1",
            sample_rate_hz=8_000,
            duration_ms=750,
            took_ms=1,
        )
        await self.replies.keep(contact, REPLY, spoken)


# Whatever may hold a personal text under a contact's keys. An agent's name is the agent's own.
PERSONAL = [
    event
    for event in (sample() for sample in SAMPLES)
    if sealed_fields(type(event)) and not isinstance(event, AgentConnected | ContactStarted)
]


def _revealed(event: Event) -> list[str]:
    found: list[Sealed] = []
    for name in sealed_fields(type(event)):
        value: Any = getattr(event, name)
        found += cast("dict[str, Sealed]", value).values() if isinstance(value, dict) else [value]
    return [one.reveal_or("") for one in found]
