"""The services and the adapters they are given."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from msgspec import Struct

from ..commands.topics import TopicLists
from ..services.guidance.library import Library
from ..services.guidance.playbook import Playbook
from ..services.guidance.service import Guidance
from ..services.guidance.shelf import OnePlaybook, Shelf
from ..services.insights.service import Insights
from ..services.media.admission import Admission
from ..services.media.kinesis import Kinesis
from ..services.media.repair import Repair
from ..services.media.service import Media
from ..services.media.source import MediaSource
from ..services.models import Embedder
from ..services.playback import Playback
from ..services.reactor import Service
from ..services.recording.service import Recording
from ..services.recording_store import RecordingStore
from ..services.summary.service import Summarising
from ..services.transcription.port import Recognizer
from ..services.transcription.service import Transcription
from .kvs_roles import roles_in
from .media_limits import limits_of, patience_of, resident_bytes
from .models import Models
from .object_store.opening import recording_store
from .parts import Parts, now
from .protecting import protecting_of
from .recognizer_orders import Orders
from .recognizers import Recognizers
from .redacting import redaction_of
from .settings import Settings
from .telling import telling
from .translating import translation_of

AWS = "aws"  # as ANTIPHON_KVS_ENDPOINT: Amazon's own endpoint of the stream's region


class Adapters(Struct, frozen=True, kw_only=True):
    """What a benchmark or an embedder may put in the place of the default."""

    recognizer: Recognizer | None = None
    source: MediaSource | None = None
    playbook: Playbook | None = None


def build_services(
    roles: frozenset[str],
    parts: Parts,
    adapters: Adapters,
    *,
    closing: AsyncExitStack,
    settings: Settings,
    kvs_endpoint: str | None,
    library: Library,
    models: Models | None = None,
) -> tuple[Service, ...]:
    """Return the services among `roles`; only what they need is loaded, and closed by `closing`.

    Without `models` rules do what they can.

    Raises:
        SettingWrong: one of them does not say what is needed.
        ModelUnusable: the recogniser's weights are missing or not what they should be.
    """
    shelf = library if adapters.playbook is None else OnePlaybook(adapters.playbook)
    texts = None if models is None else models.texts
    embedder = None if models is None else models.embedder

    def media() -> Service:
        source = adapters.source or _kinesis(settings, kvs_endpoint, closing)
        return _media(parts, source, settings)

    def transcription() -> Service:
        return Transcription(
            journal=parts.journal,
            audio=parts.audio,
            live=parts.live,
            recognizer=adapters.recognizer or Recognizers(settings, closing=closing).chain,
            now=now,
            vocabulary=shelf.vocabulary,
            is_text_only=Orders(settings).is_text_only,
            protection=protecting_of(settings, parts.register, now=now),
        )

    def recording() -> Service:
        return Recording(
            journal=parts.journal,
            audio=parts.audio,
            store=_recording_store(settings, closing=closing),
            keys=parts.keys,
            now=now,
        )

    builders: dict[str, Callable[[], Service]] = {
        "media": media,
        "transcription": transcription,
        "guidance": lambda: _guidance(parts, shelf, models),
        "recording": recording,
        "insights": lambda: _insights(parts, embedder),
        "summary": lambda: Summarising(parts.journal, models=texts, now=now),
        "redaction": lambda: _redaction(settings, parts, closing=closing),
        "webhooks": lambda: telling(settings, parts, closing=closing),
        "translation": lambda: translation_of(parts, settings, models=texts, closing=closing),
    }
    return tuple(build() for role, build in builders.items() if role in roles)


def _guidance(parts: Parts, shelf: Shelf, models: Models | None) -> Guidance:
    return Guidance(
        parts.journal,
        parts.live,
        shelf,
        now=now,
        embedder=None if models is None else models.embedder,
        classifier=None if models is None else models.classifiers,
        text=None if models is None else models.texts,
    )


def _redaction(settings: Settings, parts: Parts, *, closing: AsyncExitStack) -> Service:
    store = _recording_store(settings, closing=closing)
    return redaction_of(settings, parts, store=store, closing=closing)


def _insights(parts: Parts, embedder: Embedder | None) -> Insights:
    topics = TopicLists(parts.register, now=now)
    return Insights(parts.journal, now=now, topics=topics.current, embedder=embedder)


def _media(parts: Parts, source: MediaSource, settings: Settings) -> Media:
    return Media(
        journal=parts.journal,
        audio=parts.audio,
        source=source,
        now=now,
        patience=patience_of(settings),
        admission=Admission(limits_of(settings), memory_bytes=resident_bytes),
        repair=Repair(source, audio=parts.audio) if isinstance(source, Kinesis) else None,
    )


def playback(settings: Settings, parts: Parts, *, closing: AsyncExitStack) -> Playback:
    """Return what opens recordings; `closing` closes its store.

    Raises:
        SettingWrong: the settings name no place for recordings.
    """
    return Playback(_recording_store(settings, closing=closing), parts.keys)


def _kinesis(settings: Settings, endpoint: str | None, closing: AsyncExitStack) -> MediaSource:
    source = Kinesis(
        endpoint=None if endpoint == AWS else endpoint, roles=roles_in(settings.kvs_roles_file)
    )
    closing.push_async_callback(source.aclose)
    return source


def _recording_store(settings: Settings, *, closing: AsyncExitStack) -> RecordingStore:
    return recording_store(settings.recording_url, data_dir=settings.data_dir, closing=closing)
