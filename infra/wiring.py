"""The services and the adapters they are given."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from msgspec import Struct

from ..services.guidance.playbook import Playbook, built_in_playbook
from ..services.guidance.service import Guidance
from ..services.media.admission import Admission
from ..services.media.kinesis import Kinesis
from ..services.media.repair import Repair
from ..services.media.service import Media
from ..services.media.source import MediaSource
from ..services.reactor import Service
from ..services.recording.playback import Playback
from ..services.recording.service import Recording
from ..services.recording.store import RecordingStore
from ..services.transcription.port import Recognizer
from ..services.transcription.service import Transcription
from .kvs_roles import roles_in
from .media_limits import limits_of, patience_of, resident_bytes
from .object_store.opening import recording_store
from .parts import Parts, now
from .recognizer_orders import Orders
from .recognizers import Recognizers
from .settings import Settings

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
) -> tuple[Service, ...]:
    """Return the services among `roles`; only what they need is loaded, and closed by `closing`.

    Raises:
        SettingWrong: one of them does not say what is needed.
        ModelUnusable: the recogniser's weights are missing or not what they should be.
    """
    playbook = adapters.playbook or built_in_playbook()

    def media() -> Service:
        source = adapters.source or _kinesis(settings, kvs_endpoint, closing)
        return Media(
            journal=parts.journal,
            audio=parts.audio,
            source=source,
            now=now,
            patience=patience_of(settings),
            admission=Admission(limits_of(settings), memory_bytes=resident_bytes),
            repair=Repair(source, audio=parts.audio) if isinstance(source, Kinesis) else None,
        )

    def transcription() -> Service:
        return Transcription(
            journal=parts.journal,
            audio=parts.audio,
            live=parts.live,
            recognizer=adapters.recognizer or Recognizers(settings, closing=closing).chain,
            now=now,
            vocabulary=lambda _tenant: playbook.vocabulary,
            is_text_only=Orders(settings).is_text_only,
        )

    def guidance() -> Service:
        return Guidance(journal=parts.journal, live=parts.live, playbook=playbook, now=now)

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
        "guidance": guidance,
        "recording": recording,
    }
    return tuple(build() for role, build in builders.items() if role in roles)


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
