"""Work that ends in time, whatever hangs in it."""

import threading
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


def within(seconds: float, work: Callable[[], _Found]) -> _Found:
    """Return what `work` returns, or raise what it raises.

    A timeout of a socket bounds one read of it; looking up a name has none at all. So the work
    is done in a thread that is left to itself, to end with the process, if it takes too long.

    Raises:
        TimeoutError: it took longer than `seconds`, or no time is left.
    """
    if seconds <= 0:
        raise TimeoutError("no time is left")
    found: list[_Found] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 (raised again, by who waits)
            failed.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"took longer than {seconds:.1f} s")
    return found[0]
