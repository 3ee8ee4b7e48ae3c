"""Starts workers in no time: one process that has imported everything, and forks.

`python -m antiphon.infra.faults.nursery` reads a task a line and says, a line each, which process
it started and how one ended. It runs no loop and no thread, so that a fork of it is what a process
is that has just begun. When whoever started it goes away, its workers go with it.
"""

import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import msgspec
from msgspec import Struct

from .worker import Job, work

_LINE_BYTES_MAX = 65_536


class Task(Struct, frozen=True):
    """A job, and where its process writes."""

    job: Job
    log_file: Path


class Born(Struct, frozen=True, tag=True):
    """A process that was started, in the order of the tasks."""

    pid: int


class Ended(Struct, frozen=True, tag=True):
    """A process that is no more."""

    pid: int
    code: int  # as `subprocess` has it: negative, the signal


def line_of(message: Struct) -> bytes:
    """Return a message as it goes over the pipe."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"


def main() -> None:
    """Start what is asked for until nobody asks any more; then end what is left."""
    stirred, wakes = socket.socketpair()
    for end in (stirred, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _nothing)
    running: set[int] = set()
    asked = b""
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), stirred], [], [])
        if stirred in ready:
            stirred.recv(_LINE_BYTES_MAX)
            _tell_ended(running)
        if sys.stdin.fileno() in ready:
            piece = os.read(sys.stdin.fileno(), _LINE_BYTES_MAX)
            if not piece:
                break
            *lines, asked = (asked + piece).split(b"\n")
            for line in lines:
                pid = _forked(msgspec.json.decode(line, type=Task, dec_hook=_decoded))
                running.add(pid)
                _tell(Born(pid))
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _nothing(_number: int, _frame: object) -> None:
    """Be woken up by the descriptor: a signal that nobody handles writes nothing there."""


def _forked(task: Task) -> int:
    pid = os.fork()
    if pid == 0:
        _become(task)
    return pid


def _become(task: Task) -> NoReturn:
    """Go on as the worker: nothing of what the parent listens to is left."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        quiet = os.open(os.devnull, os.O_RDONLY)
        output = os.open(task.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(quiet, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        work(task.job)
        code = 0
    except BaseException:  # noqa: BLE001 (whatever it is: it is told, and this process ends)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # the parent's exit handlers are not ours


def _tell_ended(running: set[int]) -> None:
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            running.remove(pid)
            _tell(Ended(pid, os.waitstatus_to_exitcode(status)))


def _tell(message: Struct) -> None:
    os.write(sys.stdout.fileno(), line_of(message))


def _decoded(kind: type, text: str) -> object:
    return kind(text)


if __name__ == "__main__":
    main()
