"""Whose streams a tenant may have heard: those of the accounts that are agreed to be its own.

The role of an account trusts us, not a tenant: without this, whoever can start contacts of one
tenant could have the calls of another one's customers read into its own.
"""

import re
from collections.abc import Mapping

from msgspec import Struct, field

from ..errors import StreamForbidden
from ..events.base import TenantName
from ..events.contact import MediaStream

_ACCOUNT = re.compile(r"arn:aws[a-z-]*:kinesisvideo::?[a-z0-9-]+:(\d*):")


class StreamAccounts(Struct, frozen=True):
    """The tenants of each account that is reserved for some. By default none is."""

    reserved: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def check(self, tenant: TenantName, media: MediaStream | None) -> None:
        """Do nothing, where the tenant may use the stream.

        A tenant that accounts are reserved for uses those alone; one that none is reserved for,
        all that are not reserved.

        Raises:
            StreamForbidden: it may not.
        """
        if media is None:
            return
        account = account_of(media.stream_arn)
        if account in self.reserved:
            allowed = tenant in self.reserved[account]
        else:
            allowed = not any(tenant in tenants for tenants in self.reserved.values())
        if not allowed:
            raise StreamForbidden(tenant, account=account)


def account_of(stream_arn: str) -> str:
    """Return the account that holds a stream, or nothing where the ARN names none."""
    found = _ACCOUNT.match(stream_arn)
    return "" if found is None else found[1]
