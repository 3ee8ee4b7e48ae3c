"""A contact that is being guided, through the real reactor, on a log in memory."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from antiphon.errors import LogUnavailable
from antiphon.events.base import (
    ContactRef,
    Event,
    Lane,
    Position,
    Recorded,
    TenantName,
    UtteranceId,
)
from antiphon.events.guidance import (
    ChecklistItemMissed,
    ChecklistItemTicked,
    ChecklistOpened,
    GuardrailTripped,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    InferenceFinished,
    MomentDetected,
    PolicyPinned,
    StageEntered,
)
from antiphon.events.journal import Journal
from antiphon.events.live import UtterancePartial
from antiphon.events.log import Entry
from antiphon.events.progress import Progress
from antiphon.events.subjects import facts_stream
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.infra.jetstream.streams import bucket_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.guidance.playbook import Playbook, parse_playbook
from antiphon.services.guidance.service import Guidance
from antiphon.services.guidance.shelf import OnePlaybook, Shelf
from antiphon.services.reactor import Patience, run

from ...builders import (
    CONTACT,
    agent_connected,
    at,
    audio_stream_opened,
    contact_started,
    draft,
    utterance_finalized,
    utterance_partial,
)

PROMPT_S = 10  # nothing here waits for anything but this process
PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to ... cancel]}
  price: {track: from_customer, heard: [too expensive]}
  sorry: {track: to_customer, heard: [am sorry]}
  closing: {track: to_customer, heard: [anything else]}
  card: {track: either, heard: [card number]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why., lasts_s: 45, cooldown_s: 100}
  value: {on: price, kind: hint, title: Value, body: Compare., lasts_s: 45, unless: [sorry]}
  recap: {on: closing, kind: next_action, title: Recap, body: Say it., after: [leaving]}
  card: {on: card, kind: warning, title: No cards, body: Stop., cooldown_s: 0}
checklist:
  apologised: {title: Said sorry, on: sorry}
""",
    file="shop.yaml",
)


class CutLog(MemoryLog):
    """A log whose connection breaks at an append: before it is stored, or before the answer."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now, idle_s=0.01)
        self.cut_at: int | None = None
        self.stores = True
        self.appends = 0

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if not subject.endswith(".guidance"):
            return await super().append(stream, subject, entries, expected=expected)
        self.appends += 1
        cut = self.appends == self.cut_at
        if cut and not self.stores:
            raise LogUnavailable("cut before it was stored")
        position = await super().append(stream, subject, entries, expected=expected)
        if cut:
            raise LogUnavailable("cut before the answer")
        return position


class NoticedLive(MemoryLive):
    """A live channel that tells when somebody listens: what comes before is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.listened_to = asyncio.Event()

    async def subscribe(self, tenant: TenantName) -> AsyncGenerator[UtterancePartial]:
        self.listened_to.set()
        async with contextlib.aclosing(super().subscribe(tenant)) as partials:
            async for partial in partials:
                yield partial


class Call:
    """A contact that is being guided, on a clock that only the test moves."""

    def __init__(
        self,
        playbook: Playbook = PLAYBOOK,
        *,
        shelf: Shelf | None = None,
        now: Callable[[], datetime] | None = None,
        answered: bool = True,
        **models: Any,
    ) -> None:
        self.time = at(0)
        self.models = models  # that guidance is given: `embedder`, `classifier`, `text`
        self.now = now or (lambda: self.time)
        self.log = CutLog(now=self.now)
        self.journal = Journal(self.log, MemoryKeys())
        self.live = NoticedLive()
        self.shelf = shelf or OnePlaybook(playbook)
        self.started = contact_started(initial_contact_id="c-0")
        self._answered = answered  # by an agent, at once
        self._running: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.log.create(facts_stream(CONTACT.tenant))
        for bucket in ("leases", "letters", "processes"):
            await self.log.create(bucket_stream(bucket))
        await self.happens(self.started)
        if self._answered:
            await self.happens(audio_stream_opened(clock_zero_at=at(0)))
            await self.happens(agent_connected(connected_at=at(0)))
        self.start()

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        leases = Leases(self.log)
        async with leases.attending("one"):
            await run(
                Guidance(self.journal, self.live, self.shelf, now=self.now, **self.models),
                tenant=CONTACT.tenant,
                journal=self.journal,
                leases=leases,
                letters=LetterBox(self.log),
                progress=Progress("guidance", CONTACT.tenant),
                patience=Patience(first_s=0.0, longest_s=0.0),
            )

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def happens(self, event: Event, of: ContactRef = CONTACT, **given: Any) -> Recorded:
        end = await self.journal.lane_end(of, event.LANE)
        drafted = draft(event, **{"correlation": "c-0"} | given)
        position = await self.journal.append(of, [drafted], expected=end)
        [stored] = [one async for one in self.journal.read(of, after=Position(position - 1))][:1]
        return stored

    async def says(self, text: str, n: int = 1, *, agent: bool = False, **given: Any) -> Recorded:
        """The customer's, or the agent's, nth final."""
        track = "to_customer" if agent else "from_customer"
        return await self.happens(
            utterance_finalized(
                text, utterance_id=UtteranceId(f"{track}-{n}"), track=track, **given
            )
        )

    async def begins(
        self,
        text: str,
        n: int = 1,
        *,
        revision: int = 1,
        stable: int | None = None,
        agent: bool = False,
        **given: Any,
    ) -> UtterancePartial:
        """A partial of the customer's, or the agent's, nth utterance."""
        track = "to_customer" if agent else "from_customer"
        partial = utterance_partial(
            text,
            utterance_id=UtteranceId(f"{track}-{n}"),
            track=track,
            revision=revision,
            stable_words=len(text.split()) if stable is None else stable,
            **given,
        )
        async with asyncio.timeout(PROMPT_S):
            await self.live.listened_to.wait()
        await self.live.publish(CONTACT, partial)
        return partial

    async def facts(self, of: ContactRef = CONTACT, lane: Lane = "guidance") -> list[Recorded]:
        """What the lane holds, but for what every contact begins with: see `pins` and `lists`."""
        facts = self.journal.read(of, lanes=[lane])
        begins = (PolicyPinned, ChecklistOpened)
        return [one async for one in facts if not isinstance(one.event, begins)]

    async def lists(self) -> list[ChecklistOpened]:
        facts = self.journal.read(CONTACT, lanes=["guidance"])
        return [one.event async for one in facts if isinstance(one.event, ChecklistOpened)]

    async def pins(self) -> list[PolicyPinned]:
        facts = self.journal.read(CONTACT, lanes=["guidance"])
        return [one.event async for one in facts if isinstance(one.event, PolicyPinned)]

    async def given(self, *wanted: str, of: ContactRef = CONTACT) -> list[Recorded]:
        """Wait until the lane holds just these: `type` or `type name`. Return its facts."""
        facts = await self.facts(of)
        # Too few in the end: the comparison shows which are missing.
        with suppress(TimeoutError):
            async with asyncio.timeout(PROMPT_S):
                while len(facts) < len(wanted):
                    facts = await self.facts(of)
        assert [_named(one.event) for one in facts] == list(wanted)
        return facts

    async def settled_at(self, count: int) -> None:
        """Wait until the lane holds so many facts."""
        async with asyncio.timeout(PROMPT_S):
            while len(await self.facts()) < count:
                pass

    async def pinned(self, count: int) -> None:
        """Wait until so many facts say which playbooks hold."""
        async with asyncio.timeout(PROMPT_S):
            while len(await self.pins()) < count:
                pass

    async def settled(self) -> None:
        """Wait until everything said before was listened to: something else is heard after it."""
        before = len(await self.facts())
        marker = len(await self.facts(lane="speech"))
        await self.happens(
            utterance_finalized(
                "my card number", utterance_id=UtteranceId(f"from_customer-9{marker}"),
            )
        )  # fmt: skip
        async with asyncio.timeout(PROMPT_S):
            # The moment is the last that anything said is good for.
            while not any(
                isinstance(one.event, MomentDetected) for one in (await self.facts())[before:]
            ):
                pass


def _named(event: Event) -> str:  # noqa: PLR0911 (one return a fact)
    match event:
        case (
            MomentDetected(moment=name) | GuidanceIssued(cue=name) | ChecklistItemTicked(item=name)
        ):
            return f"{event.TYPE} {name}"
        case GuidanceExpired(reason=reason):
            return f"{event.TYPE} {reason}"
        case GuidanceWithheld(cue=cue, reason=reason):
            return f"{event.TYPE} {cue} {reason}"
        case GuardrailTripped(guardrail=name) | StageEntered(stage=name):
            return f"{event.TYPE} {name}"
        case ChecklistItemMissed(item=name):
            return f"{event.TYPE} {name}"
        case InferenceFinished(node=node, outcome=outcome):
            return f"{event.TYPE} {node} {outcome}"
        case _:
            return event.TYPE


LEAVING = ("guidance_issued keep", "moment_detected leaving")
CARD = ("guidance_issued card", "moment_detected card")
