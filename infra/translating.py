"""Translation put together: what translates, what speaks, where replies are kept."""

from contextlib import AsyncExitStack

from ..services.models import TextModels
from ..services.translation.langid import LangId
from ..services.translation.reply_audio import ReplyAudio
from ..services.translation.service import Translation
from ..services.translation.speaking import Speaker
from ..services.translation.translator import Translator
from .object_store.opening import recording_store
from .parts import Parts, now
from .settings import Settings
from .translation_file import TranslationFile
from .voices import ConfiguredVoices


def translation_of(
    parts: Parts, settings: Settings, *, models: TextModels | None, closing: AsyncExitStack
) -> Translation:
    """Return the service; `closing` closes what it was given.

    Raises:
        SettingWrong: one of the settings does not say what is needed.
    """
    identifier = LangId()
    identifier.prepare()
    return Translation(
        journal=parts.journal,
        translator=Translator(models),
        speaker=Speaker(ConfiguredVoices(settings, closing=closing)),
        audio=reply_audio(parts, settings, closing=closing),
        identifier=identifier,
        languages=TranslationFile(settings.translation_file),
        now=now,
    )


def reply_audio(parts: Parts, settings: Settings, *, closing: AsyncExitStack) -> ReplyAudio:
    """Return where replies are kept: with the recordings.

    Raises:
        SettingWrong: the settings name no place for recordings.
    """
    store = recording_store(settings.recording_url, data_dir=settings.data_dir, closing=closing)
    return ReplyAudio(store, parts.keys)
