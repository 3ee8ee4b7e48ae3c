"""Settings and signing key of this process: read once, kept while it is warm."""

import os

from .keys import SigningKeys
from .settings import Settings, settings_of

_read: list[tuple[Settings, SigningKeys]] = []


def deployed() -> tuple[Settings, SigningKeys]:
    """Return what this process was deployed with.

    Raises:
        Misconfigured: names the variable.
    """
    if not _read:
        settings = settings_of(os.environ)
        _read.append((settings, SigningKeys(settings)))
    return _read[0]


def forget() -> None:
    """Read it anew next time, as a new process would."""
    _read.clear()
