"""The roles under which customers' streams are read, as ANTIPHON_KVS_ROLES_FILE lists them.

`[{"arn": "arn:aws:iam::111122223333:role/antiphon-media", "external_id": "agreed"}, …]`: one
role an account. `"tenants": ["one"]` reserves the account: other tenants' contacts may not name
its streams, and those tenants' may name no others. Nothing in it is a secret; who may assume a
role is for the customer's account.
"""

from pathlib import Path

import msgspec

from ..commands.stream_accounts import StreamAccounts
from ..errors import SettingWrong
from ..services.media.identities import Role

VARIABLE = "ANTIPHON_KVS_ROLES_FILE"


def roles_in(path: Path | None) -> tuple[Role, ...]:
    """Return the roles that a file lists; none without a file.

    Raises:
        SettingWrong: it cannot be read, or two roles are of one account.
    """
    if path is None:
        return ()
    try:
        roles = msgspec.json.decode(path.read_bytes(), type=tuple[Role, ...])
        accounts = [role.account for role in roles]
    except OSError as error:
        raise SettingWrong(VARIABLE, f"cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingWrong(VARIABLE, str(error)) from error
    twice = {one for one in accounts if accounts.count(one) > 1}
    if twice:
        raise SettingWrong(VARIABLE, f"names two roles of account {min(twice)}")
    return roles


def stream_accounts_in(path: Path | None) -> StreamAccounts:
    """Return which tenants' contacts may name which accounts' streams.

    Raises:
        SettingWrong: see `roles_in`.
    """
    roles = roles_in(path)
    return StreamAccounts(
        {role.account: role.tenants for role in roles if role.tenants is not None}
    )
