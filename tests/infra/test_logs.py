"""Log lines are JSON where a program reads them, colours where a person does, and hold no words."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from antiphon.infra.logs import set_up_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_is_one_json_object() -> None:
    out = io.StringIO()
    set_up_logs("info", file=out)

    structlog.get_logger().info("contact_started", contact_id="c1", position=7)

    line = json.loads(out.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "contact_started",
        "level": "info",
        "contact_id": "c1",
        "position": 7,
    }


def test_a_person_gets_colours() -> None:
    out = Terminal()
    set_up_logs("info", file=out)

    structlog.get_logger().info("contact_started", contact_id="c1")

    assert "\x1b[" in out.getvalue()
    assert "contact_started" in out.getvalue()


def test_lines_below_the_level_are_left_out() -> None:
    out = io.StringIO()
    set_up_logs("warning", file=out)

    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")

    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize("name", ["uvicorn.error", "nats.aio.client", "litestar", "anything"])
def test_what_libraries_log_comes_out_the_same_way(name: str) -> None:
    out = io.StringIO()
    set_up_logs("info", file=out)

    logging.getLogger(name).warning("went %s", "wrong")

    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("went wrong", "warning", name)


@pytest.mark.parametrize("name", ["botocore.endpoint", "nats.aio.client", "httpx", "anything"])
def test_libraries_never_tell_what_they_send(name: str) -> None:
    out = io.StringIO()
    set_up_logs("debug", file=out)

    logging.getLogger(name).debug("body: %s", "what somebody said")

    assert out.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO, Terminal], ids=["json", "terminal"])
def test_tracebacks_hold_no_local_variables(stream: type[io.StringIO]) -> None:
    out = stream()
    set_up_logs("info", file=out)

    def fail() -> None:
        text = "what somebody said".upper()
        raise RuntimeError(len(text))

    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("failed")

    assert "RuntimeError" in out.getvalue()
    assert "WHAT SOMEBODY SAID" not in out.getvalue()


def test_a_client_that_sends_no_text_writes_no_traceback() -> None:
    out = io.StringIO()
    set_up_logs("info", file=out)

    # As uvicorn does when a WebSocket's text is no UTF-8.
    try:
        b"\xff".decode()
    except UnicodeDecodeError:
        logging.getLogger("uvicorn.error").exception("Invalid UTF-8 sequence received from client.")

    line = json.loads(out.getvalue())
    assert line["level"] == "warning"
    assert "exception" not in line


def test_setting_up_again_says_each_line_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up_logs("info", file=first)
    set_up_logs("info", file=second)

    structlog.get_logger().info("once")

    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1
