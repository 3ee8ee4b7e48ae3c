"""The object store that a setting names."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ...errors import SettingWrong
from ...services.archive.store import ObjectStore
from .directory import DirectoryStore
from .s3 import S3Store

VARIABLE = "ANTIPHON_ARCHIVE_URL"
DIRECTORY = "archive"  # under the data directory, where no URL is given
RECORDINGS_VARIABLE = "ANTIPHON_RECORDING_URL"
RECORDINGS = "recordings"  # likewise


@asynccontextmanager
async def object_store(
    url: str | None, *, data_dir: Path, locked: bool = False
) -> AsyncGenerator[ObjectStore]:
    """Open `file:///directory` or `s3://bucket/prefix?endpoint=…&region=…`; None: of `data_dir`.

    With `locked`, the store must be able to retain objects.

    Raises:
        SettingWrong: the URL is none of these, or its store cannot retain.
        ArchiveUnavailable: the bucket cannot be asked.
    """
    store = _store(url, data_dir / DIRECTORY)
    if isinstance(store, DirectoryStore):
        if locked:
            raise SettingWrong("ANTIPHON_ARCHIVE_RETENTION_DAYS", "a directory retains nothing")
        yield store
        return
    try:
        if locked and not await store.locks():
            raise SettingWrong(VARIABLE, "this bucket was made without Object Lock")
        yield store
    finally:
        await store.aclose()


def recording_store(
    url: str | None, *, data_dir: Path, closing: AsyncExitStack
) -> DirectoryStore | S3Store:
    """Return where recordings are kept, by a URL as for `object_store`; closed by `closing`.

    Raises:
        SettingWrong: the URL is none of these.
    """
    store = _store(url, data_dir / RECORDINGS, variable=RECORDINGS_VARIABLE)
    if isinstance(store, S3Store):
        closing.push_async_callback(store.aclose)
    return store


def _store(
    url: str | None, directory: Path, *, variable: str = VARIABLE
) -> DirectoryStore | S3Store:
    if url is None:
        return DirectoryStore(directory)
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.username or parts.password:
        problem = "holds no credentials: S3's are found where AWS's own tools find them"
        raise SettingWrong(variable, problem)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1 and not asked:
        return DirectoryStore(Path(parts.path))
    if parts.scheme == "s3" and parts.netloc and asked.keys() <= {"endpoint", "region"}:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/"),
            endpoint=asked.get("endpoint"),
            region=asked.get("region"),
        )
    raise SettingWrong(variable, "must read file:///directory or s3://bucket/prefix?endpoint=…")
