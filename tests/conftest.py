"""Real servers for every test that wants one, and a browser where there is one."""

import gc
import logging
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer

from . import authorities, scratch
from .cluster import Cluster, running_cluster
from .counted import LISTED, Counted
from .order import longest_first
from .seaweed import S3Server, seaweed

# The first is the same Chromium without its windows: a page costs a quarter of the processor time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def pytest_configure(config: pytest.Config) -> None:
    counted = Counted(LISTED, root=Path(__file__).parents[1])
    config.pluginmanager.register(counted, "counted")
    scratch.move()
    authorities.read_once()
    # A run that a shell began in the background ignores Ctrl-C, and so would every process that
    # it starts: tests that interrupt one would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no cycles among ten thousand tests and what they import: all of it is kept."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()  # nor among them again whenever a test leaves some


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one of several: whoever works alone goes in file order
        longest_first(items, root=config.rootpath)


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Put back what commands set up: the stderr that a test gave them is gone after it."""
    root = logging.getLogger()
    handlers, level, settings = root.handlers[:], root.level, structlog.get_config()
    yield
    # Those that pytest has put there for this test alone, it takes away itself.
    if root.handlers != handlers:
        root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**settings)


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    with _reachable_directory() as directory:
        yield directory


# Every tenant's audio stream reserves 2 GiB, whether or not the disk has that much, and tests
# make hundreds of tenants that store next to nothing.
RESERVED_BYTES_MAX = 4 * 1024**4


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nats_url(servers_dir: Path) -> AsyncIterator[str]:
    """A nats-server with JetStream, shared by all tests: use a tenant or stream of your own."""
    async with NatsServer(servers_dir, file_bytes_max=RESERVED_BYTES_MAX) as server:
        yield server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_url(servers_dir: Path) -> AsyncIterator[str]:
    """A PostgreSQL 18, shared by all tests: use a database or tenant of your own."""
    async with PostgresServer(servers_dir) as server:
        yield server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(servers_dir: Path) -> AsyncIterator[Cluster]:
    """Three nats-servers, shared by all tests: use a tenant of your own, and kill none."""
    async with running_cluster(servers_dir / "cluster") as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def s3(servers_dir: Path) -> AsyncIterator[S3Server]:
    """An S3 server with Object Lock, shared by all tests: make a bucket of your own."""
    async with seaweed(servers_dir) as server:
        yield server


@pytest.fixture
def private_dir() -> Iterator[Path]:
    """A directory of the test's own that a service account can reach too."""
    with _reachable_directory() as directory:
        yield directory


@pytest_asyncio.fixture
async def nats_server(private_dir: Path) -> AsyncIterator[NatsServer]:
    """A nats-server of the test's own: kill it, restart it."""
    async with NatsServer(private_dir) as server:
        yield server


@pytest_asyncio.fixture
async def postgres_server(private_dir: Path) -> AsyncIterator[PostgresServer]:
    """A PostgreSQL of the test's own: kill it, restart it."""
    async with PostgresServer(private_dir) as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, or the test is skipped and says so."""
    for name in BROWSERS:
        if (path := shutil.which(name)) is not None:
            return path
    pytest.skip(f"no browser found: install one of {', '.join(BROWSERS)}")


@contextmanager
def _reachable_directory() -> Generator[Path]:
    """Yield a temporary directory that others may enter but not list.

    pytest's own lie under a directory of mode 0700, where PostgreSQL's service account
    could not follow when the tests run as root.
    """
    path = Path(tempfile.mkdtemp(prefix="antiphon-test-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)
