"""Several recognisers as one: the first that can be had, and another when it fails.

Which one hears a contact is chosen with each session. A session that is lost is opened anew on
the audio after the last final, so a change of recogniser in mid-call moves no clock, no
utterance's id and no word; the listener records it as it records every new session.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import (
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)

import structlog

from ...errors import Fault, LanguageUnsupported, RecognizerFailed
from ...events.base import TenantName
from ..circuit import Circuit, Pacing
from .port import Hypothesis, Recognition, RecognitionRequest, Recognizer, SpeechAudio

# Sessions lost on the same audio before another recogniser is to hear it.
_DEATHS_EACH = 2
_LEFT_FOR_BETTER = "preferred_is_back"
# What is left to a trial once another call's found somebody who answers: it may be about to.
_OVERTAKEN_S = 0.25

log = structlog.get_logger()


class Chain:
    """Satisfies `Recognizer`.

    Args:
        order: a tenant's recognisers, the preferred one first; empty where nobody is to listen.
        now: seconds of a clock that never goes back.
    """

    name = "chain"

    def __init__(
        self,
        order: Callable[[TenantName], Sequence[Recognizer]],
        *,
        pacing: Pacing | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._order = order
        self._pacing = pacing or Pacing()
        self._now = now
        self._circuits: dict[str, Circuit] = {}  # by name: as many as there are recognisers
        self._recovered = asyncio.Event()
        # Under way, and among whom the call may choose.
        self._trials: dict[asyncio.Timeout, Sequence[Recognizer]] = {}

    async def until_worth_asking(self, *, within_s: float) -> None:
        """Return when one that failed answers again, which another call found, or time is up."""
        recovered = self._recovered
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await recovered.wait()

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["ChainedRecognition"]:
        """See `Recognizer.open`."""
        order = self._order(request.contact.tenant)
        if not order:
            raise RecognizerFailed("none_named", retry="never")
        async with AsyncExitStack() as stack:
            recognition, place, refusing = await self._first(stack, request, order)
            circuit = self._circuit(order[place])
            better = [self._circuit(one) for one in order[:place] if one.name not in refusing]
            try:
                yield ChainedRecognition(recognition, circuit=circuit, better=better)
            except RecognizerFailed as failure:
                if failure.reason != _LEFT_FOR_BETTER:
                    self._note(order[place], failure)
                raise

    async def _first(
        self, stack: AsyncExitStack, request: RecognitionRequest, order: Sequence[Recognizer]
    ) -> tuple[Recognition, int, set[str]]:
        """Open a session at the first recogniser that can be had.

        Returns:
            The session, its recogniser's place in the order, and who does not know the language.
        """
        refusing: set[str] = set()
        asked: set[int] = set()
        problem = RecognizerFailed("none_available")
        known = self._recoveries(order)
        first = request.deaths // _DEATHS_EACH % len(order)
        places = [*range(first, len(order)), *range(first)]
        for urgent in (False, True):  # those that fail are asked last, should nobody else do
            for place in places:
                if place in asked or not self._circuit(order[place]).admits(urgent=urgent):
                    continue
                asked.add(place)
                within_s = self._circuit(order[place]).opens_within_s(
                    outage=all(self._circuit(one).is_open for one in order),
                    alone=len(order) == 1,
                )
                try:
                    session = await self._enter(
                        stack, request, order[place], order=order, within_s=within_s
                    )
                except LanguageUnsupported:
                    refusing.add(order[place].name)
                except RecognizerFailed as failure:
                    problem = failure
                    if self._recoveries(order) > known:
                        # The outage is over, as another call found: choose anew.
                        return await self._first(stack, request, order)
                else:
                    return session, place, refusing
        if len(refusing) == len(order):
            raise LanguageUnsupported(self.name, language=request.language)
        raise problem

    async def _enter(
        self,
        stack: AsyncExitStack,
        request: RecognitionRequest,
        recognizer: Recognizer,
        *,
        order: Sequence[Recognizer],
        within_s: float,
    ) -> Recognition:
        circuit = self._circuit(recognizer)
        known = circuit.recoveries
        try:
            async with asyncio.timeout(within_s) as limit:
                with self._trial(limit, order) if circuit.is_open else nullcontext():
                    recognition = await stack.enter_async_context(recognizer.open(request))
        except TimeoutError as error:
            failure = RecognizerFailed("open_timed_out")
            self._note(recognizer, failure, known=known)
            raise failure from error
        except RecognizerFailed as failure:
            self._note(recognizer, failure, known=known)
            raise
        except Fault as fault:
            failure = RecognizerFailed(fault.code)
            self._note(recognizer, failure, known=known)
            raise failure from fault
        except BaseException:
            circuit.left()
            raise
        circuit.opened()
        if circuit.recoveries > known:
            self._tell_of(recognizer)
        return recognition

    @contextmanager
    def _trial(self, limit: asyncio.Timeout, order: Sequence[Recognizer]) -> Generator[None]:
        self._trials[limit] = order
        try:
            yield
        finally:
            del self._trials[limit]

    def _tell_of(self, recovered: Recognizer) -> None:
        """Let every call that waits, or that waits for another, go to one that answers again."""
        waiting, self._recovered = self._recovered, asyncio.Event()
        waiting.set()
        soon = asyncio.get_running_loop().time() + _OVERTAKEN_S
        for limit, order in self._trials.items():
            ends_at = limit.when()
            if ends_at is not None and ends_at > soon and recovered in order:
                limit.reschedule(soon)

    def _recoveries(self, order: Sequence[Recognizer]) -> int:
        return sum(self._circuit(one).recoveries for one in order)

    def _circuit(self, recognizer: Recognizer) -> Circuit:
        if recognizer.name not in self._circuits:
            self._circuits[recognizer.name] = Circuit(self._pacing, now=self._now)
        return self._circuits[recognizer.name]

    def _note(
        self, recognizer: Recognizer, failure: RecognizerFailed, *, known: int | None = None
    ) -> None:
        """Take note of a failure; of a trial with how many recoveries were known as it began."""
        circuit = self._circuit(recognizer)
        if known is not None and circuit.recoveries > known:
            circuit.left()  # begun in the outage: another trial has learned more since
        else:
            circuit.failed(failure.retry)
        tell = log.error if failure.retry == "never" else log.warning
        tell(
            "recognizer_failed",
            recognizer=recognizer.name,
            reason=failure.reason,
            retry=failure.retry,
            is_out=circuit.is_open,
        )


class ChainedRecognition:
    """Satisfies `Recognition`: the session of whichever recogniser was chosen.

    Args:
        better: the circuits of those that stand before it in the order.
    """

    def __init__(
        self, recognition: Recognition, *, circuit: Circuit, better: Sequence[Circuit]
    ) -> None:
        self.name = recognition.name
        self._recognition = recognition
        self._circuit = circuit
        self._better = [(one, one.recoveries) for one in better]
        self._finishing = False

    async def hear(self, block: SpeechAudio) -> None:
        """See `Recognition.hear`."""
        await self._recognition.hear(block)

    async def finish(self) -> None:
        """See `Recognition.finish`."""
        self._finishing = True
        await self._recognition.finish()

    async def results(self) -> AsyncGenerator[Hypothesis]:
        """See `Recognition.results`.

        Raises:
            RecognizerFailed: also where a preferred recogniser is back: between two finals,
                when the least has to be heard again.
        """
        async with aclosing(self._recognition.results()) as results:
            async for hypothesis in results:
                self._circuit.heard()
                yield hypothesis
                if hypothesis.is_final and not self._finishing and self._is_better_there():
                    raise RecognizerFailed(_LEFT_FOR_BETTER)

    def _is_better_there(self) -> bool:
        return any(
            circuit.recoveries > known or circuit.is_worth_leaving_for
            for circuit, known in self._better
        )
