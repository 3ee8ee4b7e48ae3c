"""The recognisers that the settings name, each made once, as one that falls back by itself."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import TypeVar

from ..services.transcription.chain import Chain
from ..services.transcription.deepgram.recognizer import Access as DeepgramAccess
from ..services.transcription.deepgram.recognizer import DeepgramRecognizer
from ..services.transcription.port import Recognizer
from ..services.transcription.transcribe.recognizer import Access as TranscribeAccess
from ..services.transcription.transcribe.recognizer import TranscribeRecognizer
from ..services.transcription.whisper.recognizer import WhisperRecognizer
from .recognizer_orders import CONTACT_LENS, Orders
from .settings import Settings

Access = TypeVar("Access", DeepgramAccess, TranscribeAccess)


class Recognizers:
    """Those of this process, for all its tenants.

    Each is made when it is first named, and once: tenants whose orders name the same one share
    the vendor's account, its streams and the news of whether it answers.
    """

    def __init__(self, settings: Settings, *, closing: AsyncExitStack) -> None:
        """Make those that an order names; `closing` closes them.

        Raises:
            SettingWrong: an order cannot be followed.
            ModelUnusable: the local recogniser's weights are missing or not what they should be.
        """
        self._made: dict[str, Recognizer] = {}
        self._makers = _makers(settings, closing)
        self.orders = Orders(settings, prepare=self._make)
        self.chain: Recognizer = Chain(
            lambda tenant: [
                self._made[name] for name in self.orders.of(tenant) if name != CONTACT_LENS
            ]
        )

    def _make(self, name: str) -> None:
        if name not in self._made and name != CONTACT_LENS:
            self._made[name] = self._makers[name]()


def recognizer_named(name: str, settings: Settings, *, closing: AsyncExitStack) -> Recognizer:
    """Return a recogniser of its own, apart from those that hear the calls; `closing` closes it.

    Raises:
        ModelUnusable: its weights are missing or not what they should be.
    """
    return _makers(settings, closing)[name]()


def _makers(settings: Settings, closing: AsyncExitStack) -> Mapping[str, Callable[[], Recognizer]]:
    def whisper() -> Recognizer:
        recognizer = WhisperRecognizer(model_dir=settings.asr_model_dir)
        closing.callback(recognizer.close)
        return recognizer

    return {
        "deepgram": lambda: DeepgramRecognizer(_access(DeepgramAccess, settings, "deepgram_")),
        "transcribe": lambda: TranscribeRecognizer(
            _access(TranscribeAccess, settings, "transcribe_")
        ),
        "whisper": whisper,
    }


def _access(kind: type[Access], settings: Settings, prefix: str) -> Access:
    """Return how a vendor is reached: each of its settings is a field of `kind`.

    That there are those it cannot do without, `Orders` has seen to.
    """
    return kind(
        **{
            name.removeprefix(prefix): getattr(settings, name)
            for name in settings.__struct_fields__
            if name.startswith(prefix)
        }
    )
