"""Translation put together: what translates, what speaks, where replies are kept."""

import asyncio
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

# A second of a core, while everything else comes up too. A call that is to be translated waits
# for it if it comes sooner.
PREPARE_AFTER_S = 2.0


def translation_of(
    parts: Parts, settings: Settings, *, models: TextModels | None, closing: AsyncExitStack
) -> Translation:
    """Return the service; `closing` closes what it was given.

    Raises:
        SettingWrong: one of the settings does not say what is needed.
    """
    identifier = LangId()
    preparing = asyncio.get_running_loop().call_later(PREPARE_AFTER_S, identifier.prepare)
    closing.callback(preparing.cancel)
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
