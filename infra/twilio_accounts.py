"""The Twilio accounts that may stream to a tenant, from a file that may change.

JSON: `{"<tenant>": {"<account SID>": ["<auth token>"]}, "<tenant>": "open"}`. At most two tokens an
account, so that the secondary can follow the primary; an account streams to one tenant. Where
there is a file, only a tenant that it calls open may be streamed to unsigned: a line that was
taken out, or never written, lets nobody in.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import SettingWrong, SignatureRefused
from ..events.base import TenantName, is_tenant
from ..events.decoding import decoded
from .watched_file import WatchedFile

VARIABLE = "ANTIPHON_TWILIO_ACCOUNTS_FILE"
ACCOUNTS_MAX = 16  # of a tenant: each token is tried at every handshake
TOKENS_MAX = 2  # of an account: Twilio has a primary and a secondary one
TOKEN_CHARS_MIN = 32  # Twilio's are 32 hexadecimal digits

_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_Told = dict[str, dict[str, list[str]] | Literal["open"]]
_Accounts = dict[TenantName, dict[str, list[str]]]  # none: the tenant is open


class TwilioAccountFile:
    """A file of accounts, read anew when it changes: a rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            SettingWrong: it is not there, or is not what it should be.
        """
        self._file = WatchedFile(path, _read, variable=VARIABLE)

    def accounts_of(self, tenant: TenantName) -> Mapping[str, Sequence[str]]:
        """Return a tenant's auth tokens by the account's SID; none if the file calls it open.

        Raises:
            SignatureRefused: the file does not name the tenant.
        """
        known = self._file.content.get(tenant)
        if known is None:
            raise SignatureRefused("no Twilio account of this tenant is known, and it is not open")
        return known


def _read(path: Path) -> _Accounts:
    try:
        told = decoded(msgspec.json.Decoder(_Told), path.read_bytes())
    except OSError as error:
        raise SettingWrong(VARIABLE, f"cannot be read ({error.strerror})") from error
    except msgspec.DecodeError:
        problem = 'has to read {"tenant": {"account SID": ["auth token"]}} or {"tenant": "open"}'
        raise SettingWrong(VARIABLE, problem) from None
    accounts = {TenantName(name): _accounts_in(name, given) for name, given in told.items()}
    sids = [sid for of_tenant in accounts.values() for sid in of_tenant]
    if len(set(sids)) < len(sids):
        raise SettingWrong(VARIABLE, "one account stands under two tenants")
    return accounts


def _accounts_in(
    tenant: str, given: dict[str, list[str]] | Literal["open"]
) -> dict[str, list[str]]:
    if not is_tenant(tenant):
        raise SettingWrong(VARIABLE, "a tenant's name is none")
    if given == "open":
        return {}
    if not 1 <= len(given) <= ACCOUNTS_MAX:
        raise SettingWrong(VARIABLE, f"tenant {tenant} has to have 1 to {ACCOUNTS_MAX} accounts")
    for sid, tokens in given.items():
        if not _SID.fullmatch(sid):
            problem = f"tenant {tenant}: an account's SID is AC and 32 hexadecimal digits"
            raise SettingWrong(VARIABLE, problem)
        if not 1 <= len(tokens) <= TOKENS_MAX:
            raise SettingWrong(VARIABLE, f"account {sid} has to have 1 to {TOKENS_MAX} tokens")
        if min(map(len, tokens)) < TOKEN_CHARS_MIN:
            problem = f"account {sid}: a token has fewer than {TOKEN_CHARS_MIN} characters"
            raise SettingWrong(VARIABLE, problem)
    return given
