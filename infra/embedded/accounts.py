"""Which account a server that refuses to be root runs under, and what that account can reach."""

import os
import pwd
import stat
from pathlib import Path

from ...errors import ServerDown
from .process import Owner

# A dedicated account first; the last one exists nearly everywhere.
SERVICE_ACCOUNTS = ("antiphon", "postgres", "nobody")


def is_root() -> bool:
    return os.geteuid() == 0


def service_account() -> Owner:
    """Return the account to run a server under.

    Raises:
        ServerDown: none of `SERVICE_ACCOUNTS` exists.
    """
    for name in SERVICE_ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name, uid=found.pw_uid, gid=found.pw_gid)
    names = ", ".join(SERVICE_ACCOUNTS)
    raise ServerDown("postgres", f"it refuses to run as root, and there is none of {names}")


def owner_of(path: Path) -> Owner:
    """Return the account that a directory belongs to."""
    status = path.stat()
    return Owner(f"uid {status.st_uid}", uid=status.st_uid, gid=status.st_gid)


def can_reach(owner: Owner, path: Path) -> bool:
    """Tell whether mode bits let `owner` enter every directory above `path`, and read it.

    Access-control lists are not looked at: they may allow more, and this then says no.
    """
    return all(_allows(owner, one, stat.S_IXOTH) for one in path.parents) and _allows(
        owner, path, stat.S_IROTH
    )


def can_enter(owner: Owner, directory: Path) -> bool:
    """Tell whether mode bits let `owner` go through `directory` from the root down."""
    return all(_allows(owner, one, stat.S_IXOTH) for one in (directory, *directory.parents))


def _allows(owner: Owner, path: Path, bit: int) -> bool:
    status = path.stat()
    if status.st_uid == owner.uid:
        return bool(status.st_mode & (bit << 6))
    if status.st_gid == owner.gid:
        return bool(status.st_mode & (bit << 3))
    return bool(status.st_mode & bit)
