"""The nodes of one contact that ask a model, at work beside everything else.

Each runs under its own deadline; nobody waits for it, and what comes late is dropped. A newer
partial, or the final, of the same utterance takes the place of the one a node still works on.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from ...errors import ModelFailed
from ...events.base import Causation, Position, UtteranceId
from ...events.guidance import InferenceFinished, Outcome
from .figures import NODE_SECONDS, NODES
from .moments import Inferred
from .nodes import Answer, Found, Node, Said
from .utterances import Utterance

# Models are asked about what was said just before a restart. Of older words nobody waits for more.
RECENT = timedelta(seconds=30)

# Facts that tell of models being asked; a long call has some hundred utterances worth it.
INFERENCES_TOLD_MAX = 300

RUNNING_MAX = 8  # of a contact; nobody says more at once than a few nodes can be asked about
UTTERANCES_MAX = 32  # whose newest asked words are remembered; older ones are long final
PARTIAL_WORDS_MIN = 4  # fewer mean nothing yet
FINAL_WORDS_MIN = 2  # "cancel please"
CLAUSE_WORDS = 5  # so many further words are worth asking anew

_Key = tuple[str, UtteranceId]


class Asked(Struct, frozen=True, kw_only=True):
    """An utterance that a node is asked about, and what it was the cause of."""

    node: Node
    utterance: Utterance
    before: str  # what the other speaker said last
    wanted: tuple[Inferred, ...]
    cause: Causation | None  # of a final
    said_at: datetime  # when the words were known
    upto: Position  # of the log: what it is heard with


class Finished(Struct, frozen=True, kw_only=True):
    """A node is done: what it found, and the fact that says so."""

    asked: Asked
    found: tuple[Found, ...]
    fact: InferenceFinished

    @property
    def says_something(self) -> bool:
        """A model was asked, or could not be: a classifier may know that there is nothing."""
        return self.fact.model is not None or self.fact.outcome != "done"


class Inference:
    """What one contact's nodes are working on. `close` it, or its tasks run on."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock  # monotonic, seconds
        self._running: dict[_Key, asyncio.Task[None]] = {}
        self._last: dict[_Key, Asked] = {}  # asked
        self._finished: deque[Finished] = deque()
        self._filled = asyncio.Event()
        self._bug: BaseException | None = None

    @property
    def idle(self) -> bool:
        """Nothing is running, and nothing finished waits to be taken."""
        return not self._running and not self._finished

    def ask(self, asked: Asked) -> None:
        """Ask a node, where the words say something that it was not asked about.

        What it still works on of the same utterance is then of no use any more.
        """
        key = (asked.node.name, asked.utterance.utterance_id)
        if not _is_news(asked, self._last.get(key)):
            return
        if (older := self._running.pop(key, None)) is not None:
            older.cancel()
            NODES.labels(asked.node.kind, "superseded").inc()
        if len(self._running) >= RUNNING_MAX:
            NODES.labels(asked.node.kind, "crowded_out").inc()
            return
        self._last.pop(key, None)
        self._last[key] = asked
        if len(self._last) > UTTERANCES_MAX:
            del self._last[next(iter(self._last))]
        task = asyncio.create_task(self._run(asked))
        self._running[key] = task
        task.add_done_callback(self._note_bug)

    async def next(self) -> Finished:
        """Wait for a node that is done. May be cancelled: nothing is lost by it."""
        while not self._finished:
            if self._bug is not None:
                raise self._bug
            self._filled.clear()
            await self._filled.wait()
        return self._finished.popleft()

    async def close(self) -> None:
        """End what is running."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, asked: Asked) -> None:
        began = self._clock()
        answer, failure = Answer(), None
        try:
            async with asyncio.timeout(asked.node.deadline_s):
                said = Said(" ".join(asked.utterance.words), asked.before)
                answer = await asked.node.find(said, asked.wanted)
        except TimeoutError:
            failure = "late"
        except ModelFailed as error:
            failure = error.reason
        took_s = self._clock() - began
        fact = _fact(asked, answer, failure, took_ms=round(took_s * 1_000))
        NODE_SECONDS.labels(fact.kind).observe(took_s)
        NODES.labels(fact.kind, fact.outcome).inc()
        del self._running[asked.node.name, asked.utterance.utterance_id]
        self._finished.append(Finished(asked=asked, found=answer.found, fact=fact))
        self._filled.set()

    def _note_bug(self, done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (bug := done.exception()) is not None:
            self._bug = bug  # whoever waits must see it
            self._filled.set()


def is_short(utterance: Utterance) -> bool:
    """Tell whether a final says too little to ask a model about it."""
    return utterance.revision is None and len(utterance.words) < FINAL_WORDS_MIN


def _is_news(asked: Asked, last: Asked | None) -> bool:
    utterance, words = asked.utterance, asked.utterance.words
    before = () if last is None else last.utterance.words
    if utterance.revision is None:
        # Also the end of what was asked about a partial that proved to be something else, and of
        # a partial about which less was asked.
        further = last is None or not {one.name for one in asked.wanted}.issubset(
            one.name for one in last.wanted
        )
        return (words != before or further) and (bool(before) or len(words) >= FINAL_WORDS_MIN)
    further = len(words) - len(before)
    if len(words) < PARTIAL_WORDS_MIN or further <= 0:
        return False
    return not before or further >= CLAUSE_WORDS or words[-1][-1] in ".?!;"


def _fact(asked: Asked, answer: Answer, failure: str | None, *, took_ms: int) -> InferenceFinished:
    outcome: Outcome = "done" if answer.refused is None else "refused"
    if failure is not None:
        outcome = _OUTCOMES.get(failure, "failed")
    return InferenceFinished(
        node=asked.node.name,
        kind=asked.node.kind,
        utterance_id=asked.utterance.utterance_id,
        revision=asked.utterance.revision,
        outcome=outcome,
        reason=failure or answer.refused,
        took_ms=took_ms,
        model=answer.model,
        prompt=answer.prompt,
    )


_OUTCOMES: dict[str, Outcome] = {"late": "late", "malformed": "refused"}
