"""What commands have in common: settings, the running Antiphon, and errors that people can read."""

import os
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar, cast

import httpx
import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from ..errors import AntiphonError
from .client import RequestRefused
from .kms import kms_of
from .logs import set_up_logs
from .object_store.opening import object_store
from .parts import Parts, connect
from .runfile import RunFile
from .settings import Settings, load

Result = TypeVar("Result")

EXIT_REFUSED = 1
EXIT_INTERRUPTED = 130

PIPED_COLUMNS = 200  # where no terminal says how wide it is, lines are not to be broken

out = Console(width=None if sys.stdout.isatty() else PIPED_COLUMNS)
err = Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_COLUMNS)

_EXPECTED = (AntiphonError, RequestRefused, httpx.ConnectError)


def settings_or_exit() -> Settings:
    """Return the settings; end the process with a message when one is wrong."""
    try:
        return load(os.environ)
    except AntiphonError as error:
        refuse(str(error))


def running_or_exit(settings: Settings) -> RunFile:
    """Return the Antiphon that runs on the data directory; end with a message when none does."""
    running = RunFile.find(settings.data_dir)
    if running is None:
        refuse(
            f"no Antiphon is running on {settings.data_dir}; start one with `antiphon up`, "
            "or name its directory with ANTIPHON_DATA_DIR"
        )
    return running


def servers_or_exit(settings: Settings) -> tuple[str, str]:
    """Return the URLs of NATS and PostgreSQL: those that are set, else of what runs here."""
    nats_url, postgres_url = settings.nats_url, settings.postgres_url
    if nats_url is None or postgres_url is None:
        running = running_or_exit(settings)
        nats_url, postgres_url = nats_url or running.nats, postgres_url or running.postgres
    return nats_url, postgres_url


@asynccontextmanager
async def parts_or_exit() -> AsyncGenerator[Parts]:
    """Connect to those servers; end with a message when there are none to connect to."""
    settings = settings_or_exit()
    nats_url, postgres_url = servers_or_exit(settings)
    set_up_logs("warning", file=sys.stderr)  # what goes well, the command tells itself
    async with (
        object_store(settings.archive_url, data_dir=settings.data_dir) as archive,
        connect(
            nats_url=nats_url,
            postgres_url=postgres_url,
            data_dir=settings.data_dir,
            kms=kms_of(settings),
            recording_url=settings.recording_url,
            archive=archive,
        ) as parts,
    ):
        yield parts


def run_or_exit(work: Coroutine[Any, Any, Result], *, refused_code: int = EXIT_REFUSED) -> Result:
    """Return what the work comes to; end with a message on an error that was to be expected."""
    try:
        return uvloop.run(work)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except (*_EXPECTED, BaseExceptionGroup) as error:
        leaves = list(_leaves(error))
        if not all(isinstance(leaf, _EXPECTED) for leaf in leaves):
            raise  # a bug: its traceback is the message
        refuse("; ".join(str(leaf) for leaf in leaves), code=refused_code)


def refuse(why: str, *, code: int = EXIT_REFUSED) -> NoReturn:
    """End the process and say why."""
    err.print(f"[red]✗[/] {escape(why)}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(inner)
    else:
        yield error
