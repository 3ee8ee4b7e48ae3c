"""A tenant has those streams heard that are agreed to be its own, and no others."""

import pytest
from antiphon.commands.stream_accounts import StreamAccounts, account_of
from antiphon.errors import StreamForbidden
from antiphon.events.base import TenantName

from ..builders import media_stream

ONE, TWO, OTHER = "111122223333", "444455556666", "777788889999"
RESERVED = StreamAccounts({ONE: frozenset({"one"}), TWO: frozenset({"one", "two"})})


def arn(account: str) -> str:
    return f"arn:aws:kinesisvideo:eu-central-1:{account}:stream/p-connect-x/1700000000000"


def is_admitted(accounts: StreamAccounts, tenant: str, stream_arn: str) -> bool:
    try:
        accounts.check(TenantName(tenant), media_stream(stream_arn=stream_arn))
    except StreamForbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("tenant", "account", "admitted"),
    [
        ("one", ONE, True),
        ("one", TWO, True),
        ("two", TWO, True),
        ("two", ONE, False),  # another's
        ("three", ONE, False),
        ("one", OTHER, False),  # has accounts of its own
        ("three", OTHER, True),  # neither has anything reserved
    ],
)
def test_a_tenant_uses_its_own_accounts(tenant: str, account: str, *, admitted: bool) -> None:
    assert is_admitted(RESERVED, tenant, arn(account)) is admitted


def test_what_names_no_account_is_no_way_round() -> None:
    assert not is_admitted(RESERVED, "one", "stream")
    assert not is_admitted(RESERVED, "one", arn(""))


def test_where_nothing_is_reserved_everything_goes() -> None:
    assert is_admitted(StreamAccounts(), "one", arn(ONE))


def test_a_contact_without_a_stream_names_none() -> None:
    assert RESERVED.check(TenantName("two"), None) is None


def test_the_refusal_names_tenant_and_account() -> None:
    with pytest.raises(StreamForbidden, match=f"tenant two .* account {ONE}"):
        RESERVED.check(TenantName("two"), media_stream(stream_arn=arn(ONE)))


@pytest.mark.parametrize(
    ("stream_arn", "account"),
    [
        (arn(ONE), ONE),
        ("arn:aws-us-gov:kinesisvideo:us-gov-west-1:1:stream/a/1", "1"),
        ("arn:aws:kinesisvideo::eu-west-2:2:stream/a/1", "2"),  # as the documentation prints it
        ("arn:aws:s3:eu-west-2:3:stream/a/1", ""),
        ("", ""),
    ],
)
def test_the_account_stands_in_the_arn(stream_arn: str, account: str) -> None:
    assert account_of(stream_arn) == account
