"""Settings come from ANTIPHON_ variables, or the start stops and names the one that is wrong."""

from pathlib import Path

import pytest
from antiphon.errors import SettingWrong
from antiphon.infra.settings import Settings, load

HOME = {"HOME": "/users/agnes"}


def test_without_variables_everything_has_a_default() -> None:
    settings = load(HOME)

    assert settings == Settings(
        data_dir=Path("/users/agnes/.local/share/antiphon"), http_port=8080, log_level="info"
    )
    assert (settings.nats_url, settings.postgres_url, settings.kvs_endpoint) == (None, None, None)


def test_every_variable_is_read(tmp_path: Path) -> None:
    settings = load(
        HOME
        | {
            "ANTIPHON_DATA_DIR": str(tmp_path / "antiphon"),
            "ANTIPHON_HTTP_PORT": "9000",
            "ANTIPHON_NATS_URL": "nats://one:4222,nats://two:4222",
            "ANTIPHON_POSTGRES_URL": "postgresql://me:secret@db/antiphon",
            "ANTIPHON_KVS_ENDPOINT": "http://127.0.0.1:5001",
            "ANTIPHON_ASR_MODEL_DIR": str(tmp_path),
            "ANTIPHON_LOG_LEVEL": "debug",
        }
    )

    assert settings == Settings(
        data_dir=tmp_path / "antiphon",
        http_port=9000,
        nats_url="nats://one:4222,nats://two:4222",
        postgres_url="postgresql://me:secret@db/antiphon",
        kvs_endpoint="http://127.0.0.1:5001",
        asr_model_dir=tmp_path,
        log_level="debug",
    )


def test_xdg_data_home_moves_the_default_directory() -> None:
    assert load({"XDG_DATA_HOME": "/data"}).data_dir == Path("/data/antiphon")


def test_relative_directories_are_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load(HOME | {"ANTIPHON_DATA_DIR": "mine"})

    assert settings.data_dir == tmp_path / "mine"


def test_an_empty_variable_is_an_unset_one() -> None:
    empty = {"ANTIPHON_NATS_URL": "", "ANTIPHON_HTTP_PORT": " ", "ANTIPHON_DATA_DIR": ""}

    assert load(HOME | empty) == load(HOME)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ANTIPHON_HTTP_PORT", "eighty"),
        ("ANTIPHON_HTTP_PORT", "65536"),
        ("ANTIPHON_HTTP_PORT", "-1"),
        ("ANTIPHON_MEDIA_START_MARGIN_S", "128.1"),
        ("ANTIPHON_MEDIA_START_MARGIN_S", "-1"),
        ("ANTIPHON_MEDIA_START_MARGIN_S", "nan"),
        ("ANTIPHON_NATS_URL", "http://127.0.0.1:4222"),
        ("ANTIPHON_NATS_URL", "nats://127.0.0.1:port"),
        ("ANTIPHON_NATS_URL", "nats://one:4222,two:4222"),
        ("ANTIPHON_POSTGRES_URL", "mysql://me:secret@db"),
        ("ANTIPHON_POSTGRES_URL", "secret"),
        ("ANTIPHON_KVS_ENDPOINT", "127.0.0.1:5001"),
        ("ANTIPHON_ASR_MODEL_DIR", "/no/such/directory"),
        ("ANTIPHON_DATA_DIR", __file__),
        ("ANTIPHON_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingWrong) as refusal:
        load(HOME | {variable: value})

    assert refusal.value.variable == variable
    assert str(refusal.value).startswith(f"{variable}: ")
    assert "secret" not in str(refusal.value)


def test_an_unknown_variable_of_ours_is_named_with_the_likely_one() -> None:
    warnings: list[str] = []

    load(HOME | {"ANTIPHON_HTTP_PROT": "80", "OTHER": "1"}, warn=warnings.append)

    (warning,) = warnings
    assert warning.startswith("ANTIPHON_HTTP_PROT is not a setting")
    assert warning.endswith("did you mean ANTIPHON_HTTP_PORT?")


def test_an_unknown_variable_is_said_on_stderr_and_leaves_stdout_to_the_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    load(HOME | {"ANTIPHON_COLOUR": "red"})

    said = capsys.readouterr()
    assert said.out == ""
    assert "ANTIPHON_COLOUR" in said.err
    assert "red" not in said.err
