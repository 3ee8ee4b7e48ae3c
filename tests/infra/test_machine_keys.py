"""The file of machines' keys: what it may hold, and that a rotation needs no restart."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import SettingWrong, SignatureRefused
from antiphon.events.base import TenantName
from antiphon.infra.machine_keys import AUDIOHOOK_VARIABLE, MachineKeyFile

ACME = TenantName("acme")
ONE, TWO, THREE = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "machine-keys.json"


def test_a_tenant_has_the_keys_that_the_file_holds(path: Path) -> None:
    path.write_text(json.dumps({"acme": {"2026-11": ONE, "2026-12": TWO}}))

    keys = MachineKeyFile(path)

    assert keys.keys_of(ACME) == {"2026-11": b"\x01" * 32, "2026-12": b"\x02" * 32}


def test_a_tenant_that_is_called_open_needs_none(path: Path) -> None:
    path.write_text(json.dumps({"acme": {"k": ONE}, "globex": "open"}))

    assert MachineKeyFile(path).keys_of(TenantName("globex")) == {}


def test_a_tenant_that_the_file_does_not_name_is_refused(path: Path) -> None:
    path.write_text(json.dumps({"acme": {"k": ONE}}))

    with pytest.raises(SignatureRefused, match="no key of this tenant"):
        MachineKeyFile(path).keys_of(TenantName("globex"))


@pytest.mark.parametrize("is_restarted", [False, True], ids=["running", "restarted"])
def test_a_tenant_whose_entry_was_taken_out_does_not_become_open(
    path: Path, *, is_restarted: bool
) -> None:
    path.write_text(json.dumps({"acme": {"k": ONE}}))
    keys = MachineKeyFile(path)
    assert keys.keys_of(ACME)

    path.write_text("{}")

    with pytest.raises(SignatureRefused):
        (MachineKeyFile(path) if is_restarted else keys).keys_of(ACME)


def test_a_rotation_is_noticed(path: Path) -> None:
    path.write_text(json.dumps({"acme": {"old": ONE}}))
    keys = MachineKeyFile(path)

    path.write_text(json.dumps({"acme": {"old": ONE, "new": TWO}}))
    both = set(keys.keys_of(ACME))
    path.write_text(json.dumps({"acme": {"new": TWO}}))

    assert (both, set(keys.keys_of(ACME))) == ({"old", "new"}, {"new"})


@pytest.mark.parametrize("later", ["{", None], ids=["half written", "gone"])
def test_a_file_that_became_unreadable_changes_nothing(path: Path, later: str | None) -> None:
    path.write_text(json.dumps({"acme": {"old": ONE}}))
    keys = MachineKeyFile(path)

    path.unlink()
    if later is not None:
        path.write_text(later)

    assert set(keys.keys_of(ACME)) == {"old"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("[]", "has to read", id="no object"),
        pytest.param({"acme": "closed"}, "has to read", id="neither keys nor open"),
        pytest.param({"Not A Tenant": {"k": ONE}}, "name is none", id="no tenant"),
        pytest.param({"acme": {}}, "1 to 2 keys", id="none"),
        pytest.param({"acme": {"a": ONE, "b": TWO, "c": THREE}}, "1 to 2 keys", id="three"),
        pytest.param({"acme": {"a b": ONE}}, "a key id has", id="id"),
        pytest.param({"acme": {"k": "!"}}, "is not base64", id="base64"),
        pytest.param({"acme": {"k": "c2hvcnQ="}}, "fewer than 32 bytes", id="short"),
        pytest.param({"acme": {"k": ONE}, "globex": {"k": ONE}}, "twice", id="shared"),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_the_start(
    path: Path, content: Any, problem: str
) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(SettingWrong, match=problem) as refused:
        MachineKeyFile(path)

    assert ONE not in str(refused.value)


def test_a_file_that_is_not_there_is_refused_at_the_start(path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot be read"):
        MachineKeyFile(path)


def test_a_file_that_is_refused_is_named_by_its_own_setting(path: Path) -> None:
    path.write_text('{"acme": {"genesys": "short"}}')

    with pytest.raises(SettingWrong, match="ANTIPHON_AUDIOHOOK_KEYS_FILE"):
        MachineKeyFile(path, variable=AUDIOHOOK_VARIABLE)
