"""Deleting a data directory, and what PostgreSQL keeps for it elsewhere."""

import shutil
from pathlib import Path

from .leftovers import end_leftovers
from .lock import DataDirectoryLock
from .nats import STOP as NATS_STOP
from .placement import existing_home
from .postgres import STOP as POSTGRES_STOP


async def forget(data_dir: Path) -> None:
    """Delete everything, servers of an earlier run ended first; harmless when there is nothing.

    Raises:
        DataDirectoryBusy: an Antiphon is running on it.
    """
    data_dir = data_dir.resolve()  # noqa: ASYNC240 (nothing else is going on yet)
    if not data_dir.exists():
        return
    with DataDirectoryLock(data_dir):
        await end_leftovers("nats-server", home=data_dir / "nats", steps=NATS_STOP)
        home = existing_home(data_dir)
        if home is not None:
            await end_leftovers("postgres", home=home / "cluster", steps=POSTGRES_STOP)
            shutil.rmtree(home)
        shutil.rmtree(data_dir)
