"""Roles are read from a file, and a file that cannot be right is refused at the start."""

import json
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import SettingWrong
from antiphon.infra.kvs_roles import roles_in, stream_accounts_in
from antiphon.services.media.identities import Role

ARN = "arn:aws:iam::111122223333:role/antiphon-media"
OTHER = "arn:aws:iam::444455556666:role/path/antiphon"


def listing(directory: Path, *roles: Any) -> Path:
    path = directory / "roles.json"
    path.write_text(json.dumps(roles))
    return path


def test_roles_are_read_with_and_without_an_external_id(tmp_path: Path) -> None:
    path = listing(tmp_path, {"arn": ARN, "external_id": "a/1"}, {"arn": OTHER})

    roles = roles_in(path)

    assert roles == (Role(arn=ARN, external_id="a/1"), Role(arn=OTHER))
    assert [role.account for role in roles] == ["111122223333", "444455556666"]


def test_without_a_file_there_are_no_roles() -> None:
    assert roles_in(None) == ()


@pytest.mark.parametrize(
    ("roles", "problem"),
    [
        ([{"arn": "arn:aws:s3:::bucket"}], "not the ARN of a role"),
        ([{"arn": ARN}, {"arn": ARN, "external_id": "b"}], "two roles of account 111122223333"),
        ([{"external_id": "b"}], "arn"),
        ([3], "object"),
    ],
)
def test_what_cannot_be_right_is_refused(roles: list[Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match=problem):
        roles_in(listing(tmp_path, *roles))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot be read"):
        roles_in(tmp_path / "none.json")


def test_accounts_are_reserved_for_the_tenants_that_are_named(tmp_path: Path) -> None:
    path = listing(tmp_path, {"arn": ARN, "tenants": ["one"]}, {"arn": OTHER})

    assert stream_accounts_in(path).reserved == {"111122223333": {"one"}}
    assert stream_accounts_in(None).reserved == {}
