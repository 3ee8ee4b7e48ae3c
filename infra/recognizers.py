"""The recognisers that the settings name, in their order, as one that falls back by itself."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from ..errors import SettingWrong
from ..services.transcription.chain import Chain
from ..services.transcription.deepgram.recognizer import Access, DeepgramRecognizer
from ..services.transcription.port import Recognizer
from ..services.transcription.transcribe.recognizer import Access as TranscribeAccess
from ..services.transcription.transcribe.recognizer import TranscribeRecognizer
from ..services.transcription.whisper.recognizer import WhisperRecognizer
from .settings import Settings, variable_of


def chain_of(settings: Settings, *, closing: AsyncExitStack) -> Recognizer:
    """Return the chain that `ANTIPHON_RECOGNIZERS` names; only what it names is loaded.

    Raises:
        SettingWrong: a name is unknown, stands there twice, or lacks what it needs.
        ModelUnusable: the local recogniser's weights are missing or not what they should be.
    """
    named = [name.strip() for name in settings.recognizers.split(",")]
    builders: Mapping[str, Callable[[], Recognizer]] = {
        "deepgram": lambda: _deepgram(settings),
        "transcribe": lambda: _transcribe(settings),
        "whisper": lambda: _whisper(settings, closing),
    }
    for name in named:
        if name not in builders:
            known = ", ".join(sorted(builders))
            raise SettingWrong(variable_of("recognizers"), f"names some of {known}, by comma")
    if len(set(named)) < len(named):
        raise SettingWrong(variable_of("recognizers"), "names one of them twice")
    order = tuple(builders[name]() for name in named)
    return order[0] if len(order) == 1 else Chain(lambda _tenant: order)


def _whisper(settings: Settings, closing: AsyncExitStack) -> Recognizer:
    recognizer = WhisperRecognizer(model_dir=settings.asr_model_dir)
    closing.callback(recognizer.close)
    return recognizer


def _deepgram(settings: Settings) -> Recognizer:
    if settings.deepgram_api_key is None:
        raise SettingWrong(variable_of("deepgram_api_key"), "is needed where deepgram is named")
    access = Access(
        api_key=settings.deepgram_api_key,
        url=settings.deepgram_url,
        model=settings.deepgram_model,
        streams_max=settings.deepgram_streams_max,
    )
    return DeepgramRecognizer(access)


def _transcribe(settings: Settings) -> Recognizer:
    if settings.transcribe_region is None:
        raise SettingWrong(variable_of("transcribe_region"), "is needed where transcribe is named")
    access = TranscribeAccess(
        region=settings.transcribe_region,
        url=settings.transcribe_url,
        vocabulary_name=settings.transcribe_vocabulary,
        streams_max=settings.transcribe_streams_max,
    )
    return TranscribeRecognizer(access)
