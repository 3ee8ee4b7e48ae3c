"""What one process may take on, from the settings and from the machine it is on."""

from pathlib import Path

import psutil
from msgspec.structs import replace

from ..services.media.admission import Limits
from ..services.media.patience import PATIENCE, Patience
from .settings import Settings

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of version 2; the root has none
_MIB = 1024 * 1024
# The rest is for the broker's and the database's buffers, where they share the machine, and for
# what those that were let in take on yet.
_SHARE = 0.75


def limits_of(settings: Settings, *, cgroup_limit: Path = CGROUP_LIMIT) -> Limits:
    """Return how many streams may be read at once, and with how much memory."""
    mib = settings.media_memory_mib_max
    return Limits(
        streams_max=settings.media_streams_max,
        account_streams_max=settings.media_account_streams_max,
        memory_bytes_max=int(_SHARE * _memory_bytes(cgroup_limit)) if mib is None else mib * _MIB,
    )


def patience_of(settings: Settings) -> Patience:
    """Return how patient reading is, and with which margin a stream is first asked for."""
    return replace(PATIENCE, start_margin_s=settings.media_start_margin_s)


def resident_bytes() -> int:
    """Return what this process takes up of the memory."""
    return psutil.Process().memory_info().rss


def _memory_bytes(cgroup_limit: Path) -> int:
    total = psutil.virtual_memory().total
    try:
        allowed = cgroup_limit.read_text().strip()
    except OSError:
        return total  # no control groups here
    return min(total, int(allowed)) if allowed.isdecimal() else total
