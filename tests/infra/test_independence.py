"""Nobody checks what they heard themselves, whatever the directories of models are called."""

import shutil
from pathlib import Path

import pytest
from antiphon.errors import SettingWrong
from antiphon.infra import second_weights
from antiphon.infra.doctor import Finding, examine
from antiphon.infra.independence import refuse_dependent
from antiphon.infra.settings import Settings
from antiphon.services.transcription.whisper import model


def settings(home: Path, **given: object) -> Settings:
    return Settings(data_dir=home, **given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def model_at(directory: Path, weights: bytes = b"weights") -> Path:
    directory.mkdir()
    for name, content in {
        "config.json": b"{}",
        "model.bin": weights,
        "tokenizer.json": b"{}",
    }.items():
        (directory / name).write_bytes(content)
    return directory


def finding(chosen: Settings) -> Finding:
    (found,) = [one for one in examine(chosen) if one.what == "second recogniser"]
    return found


def test_the_models_that_come_along_are_two(tmp_path: Path) -> None:
    refuse_dependent(settings(tmp_path))

    assert (model.locate() / "model.bin").stat().st_size == model.BUNDLED_SIZE
    halves = second_weights.located()
    assert sum(one.stat().st_size for one in halves) == second_weights.BUNDLED_SIZE


def test_the_same_weights_under_two_names_are_refused_and_the_doctor_says_so(
    tmp_path: Path,
) -> None:
    first = model_at(tmp_path / "base")
    (tmp_path / "link").symlink_to(first)
    copy = model_at(tmp_path / "another")

    for second in (first, tmp_path / "link", copy):
        same = settings(tmp_path, asr_model_dir=first, second_model_dir=second)
        with pytest.raises(SettingWrong, match="SECOND_MODEL_DIR"):
            refuse_dependent(same)
        told = finding(same)
        assert not told.ok
        assert "two models" in told.remedy


def test_other_weights_of_the_same_size_are_another_model(tmp_path: Path) -> None:
    first, second = model_at(tmp_path / "one"), model_at(tmp_path / "two", b"Weights")
    chosen = settings(tmp_path, asr_model_dir=first, second_model_dir=second)

    refuse_dependent(chosen)

    assert finding(chosen).ok


def test_what_the_wheels_bring_is_known_in_any_directory(tmp_path: Path) -> None:
    base = model_at(tmp_path / "fast", b"")
    with (base / "model.bin").open("wb") as joined:
        for half in second_weights.located():
            with half.open("rb") as part:
                shutil.copyfileobj(part, joined)

    with pytest.raises(SettingWrong, match="ASR_MODEL_DIR"):
        refuse_dependent(settings(tmp_path, asr_model_dir=base))
    with pytest.raises(SettingWrong, match="SECOND_MODEL_DIR"):
        refuse_dependent(settings(tmp_path, second_model_dir=model.locate()))


def test_weights_that_are_not_there_are_for_who_loads_them_to_tell(tmp_path: Path) -> None:
    refuse_dependent(settings(tmp_path, asr_model_dir=tmp_path, second_model_dir=tmp_path))


def test_a_vendor_that_hears_calls_does_not_check_them(tmp_path: Path) -> None:
    both = settings(
        tmp_path,
        recognizers="whisper, deepgram",
        second_listener="deepgram",
        deepgram_api_key="k",
    )

    with pytest.raises(SettingWrong, match="SECOND_LISTENER"):
        refuse_dependent(both)
    told = finding(both)
    assert not told.ok
    assert "another one" in told.remedy
