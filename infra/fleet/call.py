"""One call of a fleet: placed, talked through, hung up, and accounted for."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from msgspec import Struct
from numpy.typing import NDArray

from ...events.base import SAMPLES_PER_MS, TRACKS
from ..client import Client, RequestRefused
from ..simulate import INSTANCE_ARN, new_contact_id
from .board import Board, Outcome, Verdict
from .checking import Account, Sent, account_of
from .plan import PlannedCall
from .transcripts import Transcripts
from .voices import Voice, cut

FACTS_EVERY_S = 0.5
FACTS_S_MAX = 10.0  # from a complete transcript until what was missing has been looked for


class Desk(Struct, frozen=True, kw_only=True):
    """What the calls of a fleet share."""

    simulator: httpx.AsyncClient
    api: Client
    transcripts: Transcripts
    board: Board
    stopping: asyncio.Event  # hang up
    began_at: float  # of the loop's clock
    patience_s: float  # from a hang-up to its complete transcript


class _Leg(Struct, kw_only=True):
    """What is played on one stream."""

    first_sample: int
    sample_count: int
    stream_arn: str
    started_at: datetime


class FleetCall:
    """`ended` is set when it was hung up, or never began."""

    def __init__(self, plan: PlannedCall, voice: Voice, *, is_handed_on: bool) -> None:
        """`is_handed_on`: another call of the fleet takes it over."""
        self.plan = plan
        self.contact_id = new_contact_id()
        self.initial_contact_id = self.contact_id
        self.stream_arn: str | None = None
        self.ended = asyncio.Event()
        self._voice = voice
        self._reason = "transfer" if is_handed_on else "customer_disconnect"
        self._legs: list[_Leg] = []

    async def run(self, desk: Desk, before: Sequence["FleetCall"]) -> None:
        """Live the whole call; `before` are the calls it comes after. Never raises for a call."""
        try:
            verdict, detail = await self._lived(desk, before)
        except (RequestRefused, httpx.HTTPError) as error:
            verdict, detail = "refused", str(error) or type(error).__name__
        finally:
            self.ended.set()
            desk.transcripts.forget(self.contact_id)
        sent_ms = sum(leg.sample_count for leg in self._legs) // SAMPLES_PER_MS
        outcome = Outcome(
            ordinal=self.plan.ordinal,
            contact_id=self.contact_id,
            verdict=verdict,
            detail=detail,
            sent_ms=sent_ms,
        )
        desk.board.settle(outcome)

    async def _lived(self, desk: Desk, before: Sequence["FleetCall"]) -> tuple[Verdict, str]:
        if not await self._is_my_turn(desk, before):
            return "not_placed", ""
        desk.board.move(self.plan.ordinal, "under_way")
        complete = desk.transcripts.follow(self.contact_id)
        try:
            await self._talk(desk, before)
        except BaseException:
            with suppress(RequestRefused, httpx.HTTPError):  # the first one is told
                await self._hang_up(desk)
            raise
        await self._hang_up(desk)
        desk.board.move(self.plan.ordinal, "ended")
        desk.transcripts.hung_up(self.contact_id)
        self.ended.set()
        try:
            async with asyncio.timeout(desk.patience_s):
                await complete.wait()
        except TimeoutError:
            why = desk.transcripts.problem(self.contact_id)
            return "transcript_incomplete", f"within {desk.patience_s:g} s of the hang-up{why}"
        return judged(await self._account(desk))

    async def _is_my_turn(self, desk: Desk, before: Sequence["FleetCall"]) -> bool:
        for call in before:
            await call.ended.wait()
        return not await _stopped(desk, at=desk.began_at + self.plan.start_s)

    async def _talk(self, desk: Desk, before: Sequence["FleetCall"]) -> None:
        """Play the parts one after the other, and do what is to be done meanwhile."""
        for call in before:
            if call.plan.ordinal == self.plan.transfer_of:
                self.initial_contact_id = call.initial_contact_id
        reused = next((c.stream_arn for c in before if c.plan.ordinal == self.plan.stream_of), None)
        first, counts = cut(self.plan, self._voice)
        holding: asyncio.Task[None] | None = None
        try:
            for count in counts:
                await self._play(desk, first, count, reused)
                first, reused = first + count, None
                if holding is None:
                    agent = f"agent-{self.plan.ordinal}"
                    at = self._legs[0].started_at.isoformat()
                    await desk.api.connect_agent(self.contact_id, agent_id=agent, at=at)
                    holding = asyncio.create_task(self._hold(desk))
                if await _stopped(desk, at=_loop_time(_ended_at(self._legs[-1]))):
                    return
            if holding is not None:
                await holding
        finally:
            if holding is not None:
                holding.cancel()
                await asyncio.gather(holding, return_exceptions=True)

    async def _play(self, desk: Desk, first: int, count: int, stream_arn: str | None) -> None:
        answer = await desk.simulator.post(
            "/calls",
            json={
                "wav": str(self._voice.wav),
                "contact_id": self.contact_id,
                "instance_arn": INSTANCE_ARN,
                "faults": msgspec.to_builtins(self.plan.faults),
                "stream_arn": stream_arn,
                "first_sample": first,
                "sample_count": count,
            },
        )
        playing = _taken(answer)
        self.stream_arn = playing["stream_arn"]
        leg = _Leg(
            first_sample=first,
            sample_count=count,
            stream_arn=playing["stream_arn"],
            started_at=datetime.fromisoformat(playing["started_at"]).astimezone(UTC),
        )
        self._legs.append(leg)
        media = {
            name: playing[name] for name in ("stream_arn", "start_fragment_number", "started_at")
        }
        await desk.api.start_contact(
            self.contact_id,
            instance_arn=INSTANCE_ARN,
            media=media,
            initial_contact_id=self.initial_contact_id,
        )

    async def _hold(self, desk: Desk) -> None:
        began_at = self._legs[0].started_at
        for hold in self.plan.holds:
            for seconds, tell in ((hold.from_s, desk.api.hold), (hold.until_s, desk.api.resume)):
                at = began_at + timedelta(seconds=seconds)
                if await _stopped(desk, at=_loop_time(at)):
                    return
                await tell(self.contact_id, at=at)

    async def _hang_up(self, desk: Desk) -> None:
        """Let the simulator end a call that goes on, and say when it ended."""
        if not self._legs:
            return
        leg = self._legs[-1]
        if _ended_at(leg) > datetime.now(UTC):
            cut_off = _taken(await desk.simulator.post(f"/calls/{self.contact_id}/hang-up"))
            leg.sample_count = min(leg.sample_count, _samples(cut_off["duration_ms"], leg))
        await desk.api.end_contact(self.contact_id, at=_ended_at(leg), reason=self._reason)

    async def _account(self, desk: Desk) -> Account:
        """Return what became of the audio, once its facts are told or time is up."""
        sent = [self._sent(leg) for leg in self._legs]
        clock = asyncio.get_running_loop().time
        deadline = clock() + FACTS_S_MAX
        while True:
            account = account_of([fact async for fact in desk.api.events(self.contact_id)], sent)
            if account.is_whole or account.is_settled or clock() >= deadline:
                return account
            await asyncio.sleep(FACTS_EVERY_S)

    def _sent(self, leg: _Leg) -> Sent:
        offset = leg.started_at - self._legs[0].started_at
        samples: NDArray[Any] = self._voice.stretch(leg.first_sample, leg.sample_count)
        return Sent(
            offset_ms=offset // timedelta(milliseconds=1),
            tracks={
                track: samples[:, channel].astype("<i2").tobytes()
                for channel, track in enumerate(TRACKS)
            },
        )


def judged(account: Account) -> tuple[Verdict, str]:
    """Return the verdict about an account, the worst first, and what is the matter in words."""
    if account.altered_ms:
        return "audio_altered", f"{account.altered_ms} ms of other samples"
    if account.lost_ms:
        return "audio_lost", f"{account.lost_ms} ms of {account.sent_ms} ms"
    if account.repeated_ms:
        return "audio_repeated", f"{account.repeated_ms} ms too many"
    return "whole", ""


async def _stopped(desk: Desk, *, at: float) -> bool:
    """Return when it is that time of the loop's clock, or at once when the fleet is to stop."""
    try:
        async with asyncio.timeout_at(at):
            await desk.stopping.wait()
    except TimeoutError:
        return False
    return True


def _ended_at(leg: _Leg) -> datetime:
    return leg.started_at + timedelta(milliseconds=-(-leg.sample_count // SAMPLES_PER_MS))


def _loop_time(at: datetime) -> float:
    return asyncio.get_running_loop().time() + (at - datetime.now(UTC)).total_seconds()


def _samples(duration_ms: int, leg: _Leg) -> int:
    # Where nothing was cut off, the milliseconds are the samples rounded down.
    is_uncut = duration_ms == leg.sample_count // SAMPLES_PER_MS
    return leg.sample_count if is_uncut else duration_ms * SAMPLES_PER_MS


def _taken(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise RequestRefused(answer.status_code, {"detail": answer.json().get("Message")})
    return answer.json()
