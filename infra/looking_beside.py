"""Further detectors of personal data, in a thread of their own and with a deadline.

They are others' code: milliseconds an utterance where all is well, and nobody knows how long where
it is not. Calls wait for them no longer than that, and what they did not look through is masked.
"""

import asyncio
import queue
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from msgspec import Struct
from prometheus_client import Counter

from ..errors import AntiphonError
from ..events.privacy.kinds import PERSONAL_KINDS
from ..events.privacy.protection import FoundBeside
from ..events.privacy.rules import PersonalRecognizer

# An utterance takes 9 ms; this is two hundred calls that end one at once, or a machine as busy.
WITHIN_S = 2.0

log = structlog.get_logger()

_LOOKED = Counter(
    "antiphon_personal_beside_total",
    "Finals that further detectors were to look through, by what came of it.",
    ["outcome"],
)


class _Asked(Struct, frozen=True):
    words: tuple[str, ...]
    answer: "asyncio.Future[FoundBeside]"
    loop: asyncio.AbstractEventLoop


class LookingBeside:
    """Satisfies `events.privacy.protection.Beside`. The thread starts with the first utterance.

    While what came too late is still under way, nobody waits behind it: there is one thread, and
    it ends with the process, whatever it is doing.
    """

    def __init__(
        self, recognizers: Sequence[PersonalRecognizer], *, within_s: float = WITHIN_S
    ) -> None:
        self._recognizers = tuple(recognizers)
        self._within_s = within_s
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._under_way: _Asked | None = None

    async def look(self, words: Sequence[str], /) -> FoundBeside | None:
        """See `Beside.look`."""
        stuck = self._under_way
        if stuck is not None and stuck.answer.cancelled():
            return _unknown("late", what="stuck")
        loop = asyncio.get_running_loop()
        asked = _Asked(tuple(words), loop.create_future(), loop)
        self._start()
        self._asked.put(asked)
        try:
            async with asyncio.timeout(self._within_s):
                found = await asked.answer
        except TimeoutError:
            return _unknown("late", what="deadline")
        except Exception as error:  # noqa: BLE001 (of others' code; what it failed with is told)
            # The message could hold anything; the type, or our own code, says what it is.
            what = error.code if isinstance(error, AntiphonError) else type(error).__name__
            return _unknown("failed", what=what)
        _LOOKED.labels("looked").inc()
        return found

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: one that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._work, name="beside", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            asked = self._asked.get()
            if asked.answer.cancelled():
                continue  # it waited too long behind others
            self._under_way = asked
            self._answer(asked)
            self._under_way = None

    def _answer(self, asked: _Asked) -> None:
        try:
            found = tuple(
                one
                for recognizer in self._recognizers
                for one in _checked(recognizer.find(asked.words), count=len(asked.words))
            )
        except Exception as error:  # noqa: BLE001 (of others' code; handed to whoever asked)
            _tell(asked, error=error)
        else:
            _tell(asked, found=found)


def _checked(found: Iterable[Any], *, count: int) -> FoundBeside:
    """Return what was found, known to be kinds and places in an utterance of so many words.

    Raises:
        ValueError, TypeError: it is not.
    """
    places = [(kind, first, last) for kind, first, last in found]
    for kind, first, last in places:
        is_place = type(first) is type(last) is int and 0 <= first <= last < count
        if kind not in PERSONAL_KINDS or not is_place:
            raise ValueError("no place in the utterance")
    return tuple(places)


def _tell(asked: _Asked, *, found: FoundBeside = (), error: Exception | None = None) -> None:
    def tell() -> None:
        if asked.answer.done():
            return  # too late: nobody waits
        if error is None:
            asked.answer.set_result(found)
        else:
            asked.answer.set_exception(error)

    with suppress(RuntimeError):  # the loop is closed: nobody waits
        asked.loop.call_soon_threadsafe(tell)


def _unknown(outcome: str, *, what: str) -> None:
    _LOOKED.labels(outcome).inc()
    log.warning("personal_data_not_looked_for_beside", outcome=outcome, what=what)
