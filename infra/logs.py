"""structlog, for our lines and for everything that libraries log."""

import logging
import sys
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import Processor

from .settings import LogLevel

# Below these levels they write addresses, headers or bodies, and bodies hold what people say.
_QUIET: dict[str, int] = {
    "asyncio": logging.WARNING,
    "botocore": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "nats": logging.WARNING,
    "urllib3": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
}


def set_up_logs(level: LogLevel, *, file: TextIO | None = None) -> None:
    """Send every log line to `file` (default: stdout): coloured on a terminal, else JSON lines.

    `level` is for our own lines. Libraries never come below info, several not below
    warning. May be called again: the last call counts.
    """
    stream = sys.stdout if file is None else file
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(terminal=stream.isatty()))
    threshold = logging.getLevelNamesMapping()[level.upper()]

    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(threshold, logging.INFO))
    logging.getLogger("antiphon").setLevel(threshold)
    for name, lowest in _QUIET.items():
        logging.getLogger(name).setLevel(max(threshold, lowest))
    logging.getLogger("uvicorn.error").addFilter(_told_shortly)
    # uvicorn brings handlers of its own; one way out is enough.
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "litestar"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True

    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_logger,
        cache_logger_on_first_use=False,  # or a second call would not reach loggers in use
    )


def _told_shortly(record: logging.LogRecord) -> bool:
    # Anybody can send what is no UTF-8: it is no bug of ours, and needs no traceback.
    if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def _logger(*_: Any) -> logging.Logger:
    return logging.getLogger("antiphon")


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(*, terminal: bool) -> logging.Formatter:
    # No local variables in tracebacks, on either way out: they hold what people said.
    if terminal:
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        ending: list[Processor] = [console]
    else:
        ending = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )


def _json(line: Any, **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=repr).decode()
