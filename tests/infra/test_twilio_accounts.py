"""The file of Twilio accounts: what it may hold, and that a rotation needs no restart."""

import json
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import SettingWrong, SignatureRefused
from antiphon.events.base import TenantName
from antiphon.infra.twilio_accounts import TwilioAccountFile

ACME, GLOBEX = TenantName("acme"), TenantName("globex")
SID, OTHER_SID = "AC" + "a" * 32, "AC" + "b" * 32
ONE, TWO, THREE = ("0123456789abcdef0123456789abcde" + end for end in "123")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "twilio.json"


def test_a_tenant_has_the_accounts_that_the_file_holds(path: Path) -> None:
    told = {SID: [ONE, TWO], OTHER_SID: [THREE]}
    path.write_text(json.dumps({"acme": told, "globex": "open"}))

    accounts = TwilioAccountFile(path)

    assert (accounts.accounts_of(ACME), accounts.accounts_of(GLOBEX)) == (told, {})


def test_a_tenant_that_the_file_does_not_name_is_refused(path: Path) -> None:
    path.write_text(json.dumps({"acme": {SID: [ONE]}}))

    with pytest.raises(SignatureRefused, match="no Twilio account"):
        TwilioAccountFile(path).accounts_of(GLOBEX)


def test_a_rotation_is_noticed(path: Path) -> None:
    path.write_text(json.dumps({"acme": {SID: [ONE]}}))
    accounts = TwilioAccountFile(path)

    path.write_text(json.dumps({"acme": {SID: [ONE, TWO]}}))
    both = accounts.accounts_of(ACME)
    path.write_text(json.dumps({"acme": {SID: [TWO]}}))

    assert (both, accounts.accounts_of(ACME)) == ({SID: [ONE, TWO]}, {SID: [TWO]})


def test_a_file_that_became_unreadable_changes_nothing(path: Path) -> None:
    path.write_text(json.dumps({"acme": {SID: [ONE]}}))
    accounts = TwilioAccountFile(path)

    path.write_text("{")

    assert accounts.accounts_of(ACME) == {SID: [ONE]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("[]", "has to read", id="no object"),
        pytest.param({"acme": "closed"}, "has to read", id="neither accounts nor open"),
        pytest.param({"acme": {SID: ONE}}, "has to read", id="a token is no list"),
        pytest.param({"Not A Tenant": {SID: [ONE]}}, "name is none", id="no tenant"),
        pytest.param({"acme": {}}, "1 to 16 accounts", id="none"),
        pytest.param(
            {"acme": {f"AC{nth:032x}": [ONE] for nth in range(17)}}, "1 to 16", id="seventeen"
        ),
        pytest.param({"acme": {"AC1": [ONE]}}, "SID is AC", id="no account"),
        pytest.param({"acme": {SID: []}}, "1 to 2 tokens", id="no token"),
        pytest.param({"acme": {SID: [ONE, TWO, THREE]}}, "1 to 2 tokens", id="three tokens"),
        pytest.param({"acme": {SID: [ONE[1:]]}}, "fewer than 32", id="short"),
        pytest.param({"acme": {SID: [ONE]}, "globex": {SID: [TWO]}}, "under two", id="shared"),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_the_start(
    path: Path, content: Any, problem: str
) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(SettingWrong, match=problem) as refused:
        TwilioAccountFile(path)

    assert ONE[1:] not in str(refused.value)


def test_a_file_that_is_not_there_is_refused_at_the_start(path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot be read"):
        TwilioAccountFile(path)
