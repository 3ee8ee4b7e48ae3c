"""The keys that tenants' machines sign their requests with, from a file that may change.

JSON: `{"<tenant>": {"<key id>": "<base64>"}, "<tenant>": "open"}`. At most two keys a tenant, so
that one can follow the other; a secret serves one tenant, so that none can sign for another.
Where there is a file, only a tenant that it calls open may go unsigned: a line that was taken
out, or never written, lets nobody in.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import SettingWrong, SignatureRefused
from ..events.base import TenantName, is_tenant
from ..events.decoding import decoded
from .watched_file import WatchedFile

VARIABLE = "ANTIPHON_MACHINE_KEYS_FILE"
AUDIOHOOK_VARIABLE = "ANTIPHON_AUDIOHOOK_KEYS_FILE"  # a key id is what Genesys calls an API key
KEYS_MAX = 2  # of one tenant: the one in use and the one that follows it
SECRET_BYTES_MIN = 32  # of a key for HMAC-SHA256. Source: RFC 2104, section 3

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_Told = dict[str, dict[str, str] | Literal["open"]]
_Keys = dict[TenantName, dict[str, bytes]]  # none: the tenant is open


class MachineKeyFile:
    """A file of keys, read anew when it changes: a rotation needs no restart."""

    def __init__(self, path: Path, *, variable: str = VARIABLE) -> None:
        """Read the file, which the setting `variable` names: Genesys's keys have one of their own.

        Raises:
            SettingWrong: it is not there, or is not what it should be.
        """
        self._file = WatchedFile(path, partial(_read, variable=variable), variable=variable)

    def keys_of(self, tenant: TenantName) -> Mapping[str, bytes]:
        """Return a tenant's keys by their ids; none if the file calls it open.

        Raises:
            SignatureRefused: the file does not name the tenant.

        A file that has become unreadable changes nothing and is logged: neither does a slip
        of the pen open the door, nor does it shut everyone out.
        """
        known = self._file.content.get(tenant)
        if known is None:
            raise SignatureRefused("no key of this tenant is known, and it is not open")
        return known


def _read(path: Path, *, variable: str) -> _Keys:
    try:
        content = path.read_bytes()
        told = decoded(msgspec.json.Decoder(_Told), content)
    except OSError as error:
        raise SettingWrong(variable, f"cannot be read ({error.strerror})") from error
    except msgspec.DecodeError:
        problem = 'has to read {"tenant": {"key id": "base64"}} or {"tenant": "open"}'
        raise SettingWrong(variable, problem) from None
    keys = {TenantName(name): _keys_in(name, given, variable) for name, given in told.items()}
    secrets = [secret for of_tenant in keys.values() for secret in of_tenant.values()]
    if len(set(secrets)) < len(secrets):
        raise SettingWrong(variable, "one secret stands there twice")
    return keys


def _keys_in(
    tenant: str, given: Mapping[str, str] | Literal["open"], variable: str
) -> dict[str, bytes]:
    if not is_tenant(tenant):
        raise SettingWrong(variable, "a tenant's name is none")
    if given == "open":
        return {}
    if not 1 <= len(given) <= KEYS_MAX:
        raise SettingWrong(variable, f"tenant {tenant} has to have 1 to {KEYS_MAX} keys")
    keys: dict[str, bytes] = {}
    for key_id, encoded in given.items():
        if not _KEY_ID.fullmatch(key_id):
            raise SettingWrong(variable, f"tenant {tenant}: a key id has letters, digits, . _ -")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise SettingWrong(variable, f"tenant {tenant}: key {key_id} is not base64") from None
        if len(keys[key_id]) < SECRET_BYTES_MIN:
            problem = f"tenant {tenant}: key {key_id} has fewer than {SECRET_BYTES_MIN} bytes"
            raise SettingWrong(variable, problem)
    return keys
