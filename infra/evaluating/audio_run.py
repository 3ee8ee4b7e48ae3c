"""What `antiphon evaluate audio` needs of models, voices and a terminal. All of it an extra."""

import random
import sys
from collections.abc import Mapping, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ...services.transcription.whisper.recognizer import WhisperRecognizer
from ..evaluate_audio import AudioReport, evaluate_audio
from ..logs import set_up_logs
from ..second_listener import WhisperBase
from ..settings import Settings
from ..speech_finder import Silero
from ..terminal import err
from .leaks import Speak
from .speaking import chosen, voices


async def evaluated(
    clips: int, names: Sequence[str], *, seed: int | None, settings: Settings
) -> AudioReport:
    """Return the figures of so many clips; no `seed`: of others each time.

    Raises:
        ModelUnusable: a model or a voice is missing. Says what to install.
        RecognizerFailed: one of them cannot say.
    """
    there = voices()
    picked: Mapping[str, Speak] = {name: there[name] for name in chosen(names, there)}
    listener = WhisperBase()
    listener.check()
    set_up_logs("warning", file=sys.stderr)  # how far it is, the bar tells
    recognizer = WhisperRecognizer(model_dir=settings.asr_model_dir)
    try:
        with _bar() as bar:
            task = bar.add_task("clips", total=None)
            return await evaluate_audio(
                clips,
                voices=picked,
                seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
                recognizer=recognizer,
                finder=Silero(),
                listener=listener,
                tell=lambda done, of: bar.update(task, completed=done, total=of),
            )
    finally:
        recognizer.close()
        await listener.aclose()


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
