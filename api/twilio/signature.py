"""Whether it is Twilio that connects: `X-Twilio-Signature`, of the handshake.

The header is base64 of HMAC-SHA1, keyed with the auth token of the account, over the address of
the stream as its TwiML has it, which for a socket is all that is signed: no instant, no call. So
it proves that the account streams to this address, and the address has to be reached by TLS.

Source: Twilio, "Webhooks security". As its own libraries do, the address is tried with and
without the port, and with and without a slash at its end.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ...errors import SignatureRefused
from ...events.base import TenantName

HEADER = "X-Twilio-Signature"
_PORT = ":443"  # the only one that Media Streams connect to

Accounts = Mapping[str, Sequence[str]]  # auth tokens, by the account's SID


class TwilioAccounts(Protocol):
    """The Twilio accounts of tenants."""

    def accounts_of(self, tenant: TenantName, /) -> Accounts:
        """Return a tenant's accounts; none if its streams need no signature of Twilio's.

        Raises:
            SignatureRefused: they do, and no account is known.
        """
        ...


class NoTwilioAccounts:
    """No tenant has told its accounts."""

    def accounts_of(self, _: TenantName) -> Accounts:
        """Return none."""
        return {}


def signer(header: str | None, accounts: Accounts, *, host: str, path: str) -> str:
    """Return the SID of the account that signed a stream to this address.

    Raises:
        SignatureRefused: none of these did.
    """
    if header is None:
        raise SignatureRefused(f"the header {HEADER} is missing")
    told = header.encode()
    signed_by = ""
    for sid, tokens in accounts.items():
        for token in tokens:
            for address in _addresses(host, path):
                # All are tried, whichever fits: how long it takes says nothing.
                if hmac.compare_digest(told, _signature(token, address)):
                    signed_by = sid
    if not signed_by:
        raise SignatureRefused("the signature is not of this address by a known account")
    return signed_by


def _addresses(host: str, path: str) -> Iterator[str]:
    name = host.removesuffix(_PORT)
    for authority in (name, name + _PORT):
        for tail in (path.rstrip("/"), path.rstrip("/") + "/"):
            yield f"wss://{authority}{tail}"


def _signature(token: str, address: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), address.encode(), hashlib.sha1))
