"""One contact while guidance cares for it: hears, folds, and appends what it earns."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ...events.base import START, Causation, ContactRef, Position, Recorded, service_event_id
from ...events.journal import Journal
from ...events.live import UtterancePartial
from ...events.speech import UtteranceFinalized
from ...events.voices import Voices, hear, speaker_of
from ..inbox import Inbox
from ..partials import Mailbox
from .attention import AgentVoice, next_release, released
from .case import SERVICE, Case, Output, evolve, expired, next_expiry
from .conditions import Deadline
from .earning import Earning, assuming, is_due, waiting
from .figures import NODE_SECONDS
from .graph import Models, wanted_of
from .inference import INFERENCES_TOLD_MAX, RECENT, Asked, Finished, Inference, is_short
from .lane import GuidanceLane
from .listening import Listening
from .outputs import released_outputs
from .pinning import Pinning
from .preceding import Preceding
from .rules import Match, matches_of
from .shelf import Shelf
from .states import attributes_of, state_of
from .utterances import Utterance, heard_of, instant_of, of_final, of_partial

# A contact that nobody says or does anything about is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0

# More than an hour of prompts without a pause. Beyond it the oldest are let go; a restart hears
# them all again.
WITHHELD_MAX = 1_000

# So long nothing came, though something may be due: then all that is known was looked at.
QUIET_S = 0.02

# Facts of a history after which other calls have their turn: so many take some five milliseconds.
BREATH_FACTS = 20

_WORDS_SECONDS = NODE_SECONDS.labels("words")


class Attending:
    """Knows of its contact what the log says. `close` it, or models go on being asked."""

    def __init__(
        self,
        contact: ContactRef,
        journal: Journal,
        shelf: Shelf,
        *,
        models: Models,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._lane = GuidanceLane(contact, journal, now=now)
        self._pinning = Pinning(contact, shelf)
        self._listening = Listening(contact, self._pinning, self._lane, models=models)
        self._inference = Inference()
        self._now = now
        self._case = Case()
        self._voices = Voices()
        # Finals that are the system's, prompts or music, as far as is known.
        self._withheld: deque[Recorded] = deque(maxlen=WITHHELD_MAX)
        self._seen: Position = START  # newest fact that was folded
        # Facts of the contact's life, until it is decided what they are looked at with: when
        # somebody is heard, or an agent is there.
        self._unweighed: deque[Recorded] = deque(maxlen=WITHHELD_MAX)
        self._begun = False
        self._voice = AgentVoice()
        self._preceding = Preceding()

    @property
    def finished(self) -> bool:
        """Nothing more can be said, shown or found."""
        return self._case.finished and self._inference.idle

    async def close(self) -> None:
        """End what is asked of models."""
        await self._inference.close()

    async def catch_up(self, history: Sequence[Recorded]) -> None:
        """Fold what happened without repeating it, then do what was left undone."""
        for recorded in history:
            self._fold(recorded, past=True)
        for number, recorded in enumerate(history):
            await self._react(recorded)
            if number % BREATH_FACTS == 0:
                await asyncio.sleep(0)
        await self._look_at_the_clock(quiet=True)

    async def go_on(self, inbox: Inbox, mailbox: Mailbox) -> None:
        """Hear and react until all is finished, or nothing happens for `IDLE_S_MAX`."""
        sources: tuple[
            tuple[Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], ...
        ] = (
            (mailbox.next, self._hear_partial),
            (lambda: anext(inbox), self._learn),
            (self._inference.next, self._take),
        )
        asked: list[asyncio.Future[Any] | None] = [None] * len(sources)
        try:
            while not self.finished:
                # A fact is taken only when it will be looked at: what stays waiting wakes us anew.
                asked = [
                    one or asyncio.ensure_future(source())
                    for one, (source, _) in zip(asked, sources, strict=True)
                ]
                due_at = await self._due_at()
                done, _ = await asyncio.wait(
                    [one for one in asked if one],
                    timeout=self._patience_s(due_at),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for place, (_, react) in enumerate(sources):
                    if (one := asked[place]) is not None and one.done():
                        asked[place] = None
                        await react(one.result())
                await self._look_at_the_clock(quiet=not done or self._case.transcribed)
                if not done and due_at is None:
                    return
        finally:
            pending = [one for one in asked if one]
            for one in pending:
                one.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _learn(self, recorded: Recorded) -> None:
        before = self._voices
        self._fold(recorded, past=False)
        if self._voices is not before:
            await self._hear_withheld()
        await self._react(recorded)

    async def _hear_withheld(self) -> None:
        """Hear again what was put down to the system: late news may make it the agent's."""
        withheld, self._withheld = self._withheld, deque(maxlen=WITHHELD_MAX)
        for recorded in withheld:
            await self._react(recorded)

    def _fold(self, recorded: Recorded, *, past: bool) -> None:
        self._lane.learn(recorded, past=past)
        self._seen = recorded.position
        self._pinning.learn(recorded)
        self._voices = hear(self._voices, recorded.event, recorded.position)
        self._case = evolve(
            self._case, recorded.event, cause=recorded.cause, occurred_at=recorded.occurred_at
        )

    async def _react(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, UtteranceFinalized):
            await self._hear_final(recorded, event)
        elif state_of(event, recorded.occurred_at) or attributes_of(event):
            self._unweighed.append(recorded)
            told = [seat.position for seat in self._voices.seats]
            if self._begun or any(position <= recorded.position for position in told):
                await self._weigh(recorded.position)

    async def _weigh(self, upto: Position) -> None:
        """Append what facts of the contact's life earn, with what holds at `upto`."""
        self._begun = True
        unweighed, self._unweighed = self._unweighed, deque(maxlen=WITHHELD_MAX)
        for recorded in unweighed:
            earning = await self._earning(recorded.recorded_at, upto)
            outputs, case = earning.by_state(self._case, recorded.event, recorded.occurred_at)
            await self._append(outputs, case, recorded.cause)
            await self._append(*earning.opened(self._case), None)

    async def _hear_final(self, recorded: Recorded, final: UtteranceFinalized) -> None:
        self._voice = self._voice.finished(final.utterance_id)
        if speaker_of(self._voices, final.track, final.started_ms) == "system":
            self._withheld.append(recorded)
            return
        heard_from = self._pinning.heard_from(final, self._voices, position=recorded.position)
        await self._respond(
            of_final(final), cause=recorded.cause, said_at=recorded.recorded_at, upto=heard_from
        )

    async def _hear_partial(self, partial: UtterancePartial) -> None:
        if partial.utterance_id in self._case.finals:
            return  # overtaken by its final
        if speaker_of(self._voices, partial.track, partial.started_ms) == "system":
            return  # should it prove the agent's, its final is heard then
        if partial.track == "to_customer":
            self._voice = self._voice.heard(
                partial.utterance_id, began_ms=partial.started_ms, now=self._now()
            )
        # A partial is no event: what it earns names utterance and revision as its cause.
        now, upto = self._now(), self._seen
        await self._respond(of_partial(partial), cause=None, said_at=now, upto=upto)

    async def _respond(
        self,
        utterance: Utterance,
        *,
        cause: Causation | None,
        said_at: datetime,
        upto: Position,
    ) -> None:
        """Append what an utterance earns by what holds at `upto`, a position of the log."""
        await self._weigh(upto)
        earning = await self._earning(said_at, upto)
        known = self._case.known(utterance.utterance_id)
        with _WORDS_SECONDS.time():
            tripped, case = earning.by_words(self._case, utterance)
        await self._append(tripped, case, cause)
        blocked = "block" in self._case.acts(utterance.utterance_id)  # no model is given its words
        self._preceding = self._preceding.with_(utterance, told=not blocked)
        asks = self._asks(earning, utterance)
        with _WORDS_SECONDS.time():
            moments = earning.graph.by_words(unasked=not asks)
            matches = list(matches_of(moments, utterance, known=known))
        await self._earn(earning, matches, cause)
        await self._append(*earning.opened(self._case), None)
        if asks:
            self._ask(earning, utterance, cause, upto)

    def _asks(self, earning: Earning, utterance: Utterance) -> bool:
        """Tell whether models may be asked about an utterance, or its words count alone."""
        blocked = "block" in self._case.acts(utterance.utterance_id)
        return not (blocked or is_short(utterance) or self._now() - earning.said_at > RECENT)

    def _ask(
        self, earning: Earning, utterance: Utterance, cause: Causation | None, upto: Position
    ) -> None:
        """Ask models about an utterance, as far as that is of use; nobody waits for them."""
        utterance_id = utterance.utterance_id
        for node in earning.graph.nodes:
            known = self._case.known(utterance_id)
            wanted = wanted_of(node, utterance, self._case.occurred, known=known)
            if not wanted or (node.name, utterance_id, None) in self._case.inferred:
                continue
            self._inference.ask(
                Asked(
                    node=node,
                    utterance=utterance,
                    before=self._preceding.of(utterance),
                    wanted=wanted,
                    cause=cause,
                    said_at=earning.said_at,
                    upto=upto,
                )
            )

    async def _take(self, finished: Finished) -> None:
        """Append what a model found, and that it was asked."""
        asked = finished.asked
        utterance = asked.utterance
        earning = await self._earning(asked.said_at, asked.upto)
        known = self._case.known(utterance.utterance_id)
        matches = [
            Match(
                moment=one.moment,
                heard=heard_of(utterance),
                evidence=one.evidence,
                detector=one.detector,
            )
            for one in finished.found
            if one.moment.name not in known
        ]
        await self._earn(earning, matches, asked.cause)
        if finished.says_something and len(self._case.inferred) < INFERENCES_TOLD_MAX:
            about = f"{utterance.utterance_id}/{utterance.revision}"
            rule = f"inference/{asked.node.name}"
            id_ = service_event_id(SERVICE, self._contact, about, rule)
            output = Output(id_, finished.fact)
            await self._append([output], assuming(self._case, output, self._now()), asked.cause)
        if finished.found and self._asks(earning, utterance):
            # What was found may be what another node waited for.
            self._ask(earning, utterance, asked.cause, asked.upto)

    async def _earn(
        self, earning: Earning, matches: Iterable[Match], cause: Causation | None
    ) -> None:
        case, outputs = self._case, list[Output]()
        for match in earning.in_order(matches):
            at = instant_of(match.heard, self._voices.clock_zero_at)
            earned, case = earning.by_match(case, replace(match, at=at))
            outputs += earned
        await self._append(outputs, case, cause)

    async def _earning(self, said_at: datetime, upto: Position) -> Earning:
        listened = await self._listening.at(upto, self._voices)
        return Earning(
            contact=self._contact,
            compiled=listened.compiled,
            graph=listened.graph,
            now=self._now(),
            said_at=said_at,
            agent_since_ms=self._voice.since_ms(self._now()),
        )

    async def _look_at_the_clock(self, *, quiet: bool) -> None:
        """Append what time alone makes true: what was not said in time, or waited, and expiries.

        That something was not said is told when it is `quiet`: no fact waits to be looked at.
        """
        now = self._now()
        if self._begun and quiet:
            earning = await self._earning(now, self._seen)
            for due in await self._waiting():
                if is_due(self._case, due, now):
                    missed = replace(earning, said_at=due.until)
                    outputs, case = missed.by_clock(self._case, due)
                    await self._append(outputs, case, due.since.cause)
        if released(self._case.attended, self._voice, now=now):
            earning = await self._earning(now, self._seen)
            for output, cause in released_outputs(self._case, earning.desk, self._voice):
                await self._append([output], assuming(self._case, output, now), cause)
        for output, cause in expired(self._case, contact=self._contact, now=now):
            await self._append([output], assuming(self._case, output, now), cause)
        if self._case.transcribed and self._case.unsaid and self._inference.idle:
            earning = await self._earning(now, self._seen)
            await self._append(*earning.missed(self._case), None)

    async def _due_at(self) -> datetime | None:
        instants = [
            next_expiry(self._case),
            next_release(self._case.attended, self._voice),
            *(one.due_at for one in await self._waiting()),
        ]
        return min((one for one in instants if one is not None), default=None)

    async def _waiting(self) -> list[Deadline]:
        if not self._begun:
            return []
        listened = await self._listening.at(self._seen, self._voices)
        zero = self._voices.clock_zero_at
        return list(waiting(self._case, listened.graph, clock_zero_at=zero))

    async def _append(self, outputs: Sequence[Output], case: Case, cause: Causation | None) -> None:
        """Append outputs of one cause; then the case is as it is once they are stored."""
        if outputs:
            await self._lane.append([(output, cause) for output in outputs])
            self._case = case

    def _patience_s(self, due_at: datetime | None) -> float:
        if due_at is None:
            return IDLE_S_MAX
        return max(QUIET_S, (due_at - self._now()).total_seconds())
