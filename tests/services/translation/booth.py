"""A contact on an in-memory log, and a translator whose model is an object of this file."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from antiphon.errors import ArchiveUnavailable, ModelFailed, ModelFailure, VoiceFailed
from antiphon.events.base import START, Event, TenantName, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.events.translation import UtteranceTranslated
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.models import Task, Text, TextRequest
from antiphon.services.translation.identifying import Identifier
from antiphon.services.translation.languages import ATTRIBUTE, Languages
from antiphon.services.translation.reply_audio import ReplyAudio
from antiphon.services.translation.service import Translation
from antiphon.services.translation.speaking import Speaker
from antiphon.services.translation.translator import Translator
from antiphon.services.translation.voice import Voice

from ...builders import (
    CONTACT,
    agent_connected,
    at,
    audio_stream_opened,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ..contact_stage import WAIT_S, ContactStage, meanwhile

Kind = TypeVar("Kind", bound=Event)

# What is said in these tests, and what it means.
PHRASES: Mapping[str, str] = {
    "hola buenos días": "hello good morning",
    "quiero pagar mi factura de este mes": "I want to pay this month's bill",
    "son 30 euros": "it is 30 euros",
    "mi tarjeta es [card-number]": "my card is [card-number]",
    "gracias": "thank you",
    "A technician is coming": "Va un técnico",
}


class Interpreter:
    """A model that knows some phrases. Satisfies `TextModels`."""

    def __init__(self) -> None:
        self.requests: list[TextRequest] = []
        self.configured = True
        self.fails: ModelFailure | None = None
        self.answers: Callable[[str], str] | None = None  # instead of the right one, by the text
        self.held: dict[str, asyncio.Event] = {}  # texts that are answered once they are let go
        self.asked = asyncio.Event()

    def serves(self, tenant: TenantName, task: Task) -> bool:
        assert (tenant, task) == (CONTACT.tenant, "translation")
        return self.configured

    async def write(self, request: TextRequest) -> Text:
        self.requests.append(request)
        self.asked.set()
        if self.fails is not None:
            raise ModelFailed(self.fails, task=request.task)
        said = quoted(request.messages[-1].text)
        if said in self.held:
            try:
                async with asyncio.timeout(request.deadline_s):
                    await self.held[said].wait()
            except TimeoutError:
                raise ModelFailed("late", task=request.task) from None
        text = PHRASES.get(said) if self.answers is None else self.answers(said)
        answer = json.dumps({"translation": text})
        return Text(text=answer, model="interpreter-1", endpoint="here", took_ms=1)


def quoted(prompt: str) -> str:
    """Return what is to be translated, out of the last of the marks around texts."""
    return prompt.rsplit("<<<", 1)[1].split("\n")[1]


class Whistle:
    """A voice that says every character as one sample, or does not. Satisfies `Voice`."""

    sample_rate_hz = 8_000

    def __init__(self, name: str = "whistle/1", *languages: str) -> None:
        self.name = name
        self.languages = languages or ("en", "es")
        self.said: list[tuple[str, str, str | None]] = []
        self.fails: VoiceFailed | None = None

    def speaks(self, language: str) -> bool:
        return language in self.languages

    async def synthesise(
        self, text: str, *, language: str, voice: str | None, deadline_s: float
    ) -> AsyncGenerator[bytes]:
        assert deadline_s > 0
        self.said.append((text, language, voice))
        if self.fails is not None:
            raise self.fails
        yield b"".join(ord(sign).to_bytes(2, "little") for sign in text)


class Vowels:
    """Tells languages by words of theirs. Satisfies `Identifier`."""

    name = "vowels/1"
    _words: Mapping[str, frozenset[str]] = {
        "es": frozenset(" ".join(one for one in PHRASES if one.islower()).split()),
        "en": frozenset(" ".join(PHRASES.values()).casefold().split()) | {"hello", "i", "my"},
    }

    async def likelihoods(self, text: str) -> Mapping[str, float]:
        words = text.casefold().split()
        return {
            language: 10.0 * sum(word in known for word in words) / len(words)
            - 30.0 * (not any(word in known for word in words))
            for language, known in self._words.items()
        }


class Wants:
    """What every tenant wants. Satisfies `TenantLanguages`."""

    def __init__(self) -> None:
        self.languages = Languages(languages=("en", "es"))

    def of(self, tenant: TenantName) -> Languages:
        assert tenant == CONTACT.tenant
        return self.languages


class Cabinet(DirectoryStore):
    """A store that can be away."""

    refusals = 0

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        if self.refusals:
            self.refusals -= 1
            raise ArchiveUnavailable("asked to")
        return await super().put(key, body, retain_until=retain_until)


class Booth(ContactStage):
    def __init__(self, directory: Path) -> None:
        super().__init__(lane="translation", lanes=Translation.lanes)
        self.model: Interpreter | None = Interpreter()
        self.voices: list[tuple[str, Voice]] = [("whistle", Whistle())]
        self.identifier: Identifier = Vowels()
        self.wants = Wants()
        self.cabinet = Cabinet(directory)
        self.audio_store = ReplyAudio(self.cabinet, self.keys)
        self.later = timedelta(0)  # how far the service's clock is ahead
        self._utterances = 0

    def of(self, tenant: TenantName) -> tuple[tuple[str, Voice], ...]:
        assert tenant == CONTACT.tenant
        return tuple(self.voices)

    @property
    def interpreter(self) -> Interpreter:
        assert self.model is not None
        return self.model

    def service(self, *, translator: Translator | None = None) -> Translation:
        return Translation(
            journal=self.journal,
            translator=translator or Translator(self.model),
            speaker=Speaker(self),
            audio=self.audio_store,
            identifier=self.identifier,
            languages=self.wants,
            now=lambda: datetime.now(UTC) + self.later,
        )

    async def care(self) -> None:
        """Let a new instance of the service care for the contact, as after a restart."""
        async with asyncio.timeout(WAIT_S):
            await self.service().care(CONTACT, await self.inbox())

    def caring(self) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """Let the service care for the contact while something else happens."""
        return meanwhile(self.care())

    async def say(self, text: str, *, by: str = "customer") -> UtteranceId:
        """Append a final."""
        self._utterances += 1
        track = "from_customer" if by == "customer" else "to_customer"
        utterance_id = UtteranceId(f"{track}-{self._utterances}")
        started_ms = 10_000 + 1_000 * self._utterances
        await self.tell(
            utterance_finalized(text, utterance_id=utterance_id, track=track, started_ms=started_ms)
        )
        return utterance_id

    async def hang_up(self) -> None:
        await self.tell(contact_ended(), transcript_completed())

    async def events(self) -> list[Event]:
        return [one.event for one in await self.facts()]

    async def those(self, kind: type[Kind]) -> list[Kind]:
        return [one for one in await self.events() if isinstance(one, kind)]

    async def until(self, kind: type[Kind], count: int = 1) -> list[Kind]:
        """Wait until so many facts of a kind are there; return them."""
        found: list[Kind] = []
        async with asyncio.timeout(WAIT_S), aclosing(self.newer(START)) as facts:
            while len(found) < count:
                recorded = await anext(facts)
                if isinstance(recorded.event, kind):
                    found.append(recorded.event)
        return found


async def call(
    directory: Path, *, to: str | None = "en", language: str = "es-ES", connected: bool = True
) -> Booth:
    """A call that began, with an agent."""
    booth = Booth(directory)
    await booth.created()
    attributes = {} if to is None else {ATTRIBUTE: Sealed(to)}
    await booth.tell(
        contact_started(language=language, attributes=attributes),
        audio_stream_opened(clock_zero_at=at(0)),
    )
    if connected:
        await booth.tell(agent_connected(connected_at=at(1)))
    return booth


async def translated(booth: Booth, count: int) -> list[tuple[str, str]]:
    """Return utterances and what they were translated to, once there are so many."""
    found = await booth.until(UtteranceTranslated, count)
    return [(one.utterance_id, one.text.reveal()) for one in found]
