"""What happens to Deepgram's sockets in the middle of a call, and to the transcript: nothing."""

import asyncio
from collections.abc import Callable

import pytest
from antiphon.errors import RecognizerFailed
from antiphon.events.speech import RecognizerSwitched, UtteranceFinalized
from antiphon.infra.simulator.deepgram.misbehaviour import GOOD, Misbehaviour
from antiphon.infra.simulator.deepgram.server import DeepgramServer
from antiphon.services.circuit import Pacing
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.deepgram.recognizer import Access, DeepgramRecognizer
from antiphon.services.transcription.limits import Limits

from ...builders import contact_ended, contact_started
from ...contracts.recognizer import give, request
from ...waiting import until
from .deepgram_server import KEY, access_to
from .scripted import ScriptedRecognizer
from .stage import (
    BOTH,
    PATIENT,
    QUICK,
    SPOKEN,
    WAIT_S,
    completion,
    finished_call,
    gaps,
    listening_live,
    new_stage,
    said,
)

MINUTE_S = 60.0


def first(bad: Misbehaviour, *, of: int = 1) -> Callable[[int], Misbehaviour]:
    """Let the first sockets go wrong."""
    return lambda number: bad if number <= of else GOOD


async def transcript(server: DeepgramServer, *, limits: Limits = PATIENT) -> list[str]:
    """Check that all was heard once where it was said; return why sessions were opened anew."""
    stage = await finished_call()

    await stage.care(DeepgramRecognizer(access_to(server)), limits=limits)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    assert gaps(events) == []
    assert completion(events) == (4, "drained")
    return [event.reason for event in events if isinstance(event, RecognizerSwitched)]


@pytest.mark.parametrize("at_ms", range(300, 6_000, 950))
async def test_a_clean_close_in_mid_call_loses_no_word_and_says_none_twice(at_ms: int) -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(close_at_ms=at_ms))
    ) as server:
        reasons = await transcript(server)

    assert reasons == ["closed_early"]
    assert len(server.sockets) == 2


@pytest.mark.parametrize("at_ms", [400, 1_350, 2_450, 3_800, 5_400])
async def test_a_line_that_breaks_in_mid_call_loses_no_word_and_says_none_twice(
    at_ms: int,
) -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(cut_at_ms=at_ms))
    ) as server:
        reasons = await transcript(server)

    assert reasons == ["line_cut"]


async def test_socket_after_socket_is_closed_and_the_words_around_the_cuts_stand_once() -> None:
    cuts = {1: 1_300, 2: 1_250, 3: 1_600, 4: 2_000}
    async with DeepgramServer(
        keys={KEY}, misbehaves=lambda number: Misbehaviour(close_at_ms=cuts.get(number))
    ) as server:
        reasons = await transcript(server, limits=Limits(retry_first_s=0.01, hopeless_s=60.0))

    assert reasons == ["closed_early"] * 4


async def test_a_half_open_socket_is_noticed_by_what_does_not_come_and_replaced() -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(deaf_at_ms=1_300))
    ) as server:
        reasons = await transcript(server, limits=QUICK)

    assert reasons == ["no_progress"]


async def test_a_socket_that_takes_audio_and_says_nothing_is_replaced() -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(mute_at_ms=1_300))
    ) as server:
        reasons = await transcript(server, limits=QUICK)

    assert reasons == ["no_progress"]


async def test_a_socket_that_never_says_farewell_is_replaced() -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(ignores_close=True))
    ) as server:
        reasons = await transcript(server, limits=QUICK)

    assert reasons == ["no_progress"]


async def test_too_many_streams_are_waited_out() -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=first(Misbehaviour(refuse=429), of=3)
    ) as server:
        reasons = await transcript(server)

    assert reasons == ["too_many_streams"]
    assert server.attempts == 4


async def test_a_handshake_nobody_answers_is_given_up_in_time() -> None:
    never = asyncio.Event()
    async with DeepgramServer(keys={KEY}, misbehaves=first(Misbehaviour(opens=never))) as server:
        reasons = await transcript(server, limits=Limits(open_s=0.2, retry_first_s=0.01))
        never.set()

    assert reasons == ["open_timed_out"]


async def test_partials_carry_the_id_of_their_final_through_a_lost_socket() -> None:
    stage = await finished_call()
    async with (
        DeepgramServer(keys={KEY}, misbehaves=first(Misbehaviour(cut_at_ms=3_850))) as server,
        listening_live(stage) as partials,
    ):
        await stage.care(DeepgramRecognizer(access_to(server)), limits=PATIENT)

    texts = dict(one[:2] for one in said(await stage.speech()))
    assert partials
    for partial in partials:
        assert texts[partial.utterance_id].startswith(partial.text)


async def test_too_many_streams_at_one_vendor_are_heard_by_the_next() -> None:
    stage = await finished_call()
    local = ScriptedRecognizer(name="local/1")
    async with DeepgramServer(keys={KEY}, misbehaves=lambda _: Misbehaviour(refuse=429)) as server:
        deepgram = DeepgramRecognizer(access_to(server))
        await stage.care(Chain(lambda _: (deepgram, local)), limits=PATIENT)

    events = await stage.speech()
    assert said(events) == SPOKEN
    assert {e.recognizer for e in events if isinstance(e, UtteranceFinalized)} == {"local/1"}
    assert server.attempts == 1


async def test_a_vendor_that_dies_in_mid_call_is_followed_by_another_with_every_word() -> None:
    stage = await finished_call()
    local = ScriptedRecognizer(name="local/1")
    async with DeepgramServer(
        keys={KEY},
        misbehaves=lambda number: (
            Misbehaviour(cut_at_ms=2_300) if number == 1 else Misbehaviour(refuse=503)
        ),
    ) as server:
        deepgram = DeepgramRecognizer(access_to(server))
        await stage.care(Chain(lambda _: (deepgram, local)), limits=PATIENT)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    (switched,) = [event for event in events if isinstance(event, RecognizerSwitched)]
    assert (switched.previous, switched.recognizer) == ("deepgram-nova-3/1", "local/1")
    assert switched.reason == "line_cut"
    heard_by = {
        str(event.utterance_id): event.recognizer
        for event in events
        if isinstance(event, UtteranceFinalized)
    }
    assert heard_by["from_customer-1"] == "deepgram-nova-3/1"
    assert heard_by["from_customer-2"] == "local/1"


async def test_both_recognizers_are_down_for_a_minute_and_nothing_is_lost() -> None:
    down, clock = True, 1_000.0
    local = ScriptedRecognizer(name="local/1", refuses=lambda _: down)
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    async with DeepgramServer(
        keys={KEY}, misbehaves=lambda _: Misbehaviour(refuse=503) if down else GOOD
    ) as server:
        deepgram = DeepgramRecognizer(access_to(server))
        chain = Chain(lambda _: (deepgram, local), now=lambda: clock)
        limits = Limits(retry_first_s=0.001, retry_longest_s=0.001, close_deadline_s=30.0)
        async with stage.caring(chain, limits=limits) as care:
            await stage.play(BOTH)
            await stage.tell(contact_ended())
            await stage.closed()
            for _ in range(round(MINUTE_S)):
                asked = local.sessions
                clock += 1.0
                await until(lambda asked=asked: local.sessions > asked)
            asked = server.attempts, local.sessions
            down = False
            clock += 1.0
            async with asyncio.timeout(WAIT_S):
                await care

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    assert gaps(events) == []
    assert completion(events) == (4, "drained")
    pacing = Pacing()
    most = MINUTE_S / pacing.urgent_s + pacing.failures_max
    assert all(MINUTE_S / 2 < one <= most for one in asked), "one try a second, not more"


async def test_a_call_returns_to_the_preferred_recognizer_when_it_is_back() -> None:
    down, clock = True, 1_000.0
    local = ScriptedRecognizer(name="local/1")
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    async with DeepgramServer(
        keys={KEY}, misbehaves=lambda _: Misbehaviour(refuse=429) if down else GOOD
    ) as server:
        deepgram = DeepgramRecognizer(access_to(server))
        chain = Chain(lambda _: (deepgram, local), now=lambda: clock)
        async with stage.caring(chain, limits=PATIENT) as care:
            await stage.play(BOTH)
            await stage.until(lambda events: len(said(events)) == 3)
            down = False
            clock += Pacing().from_call_s
            await stage.play(BOTH, from_ms=6_000)
            await stage.tell(contact_ended())
            await stage.closed()
            async with asyncio.timeout(WAIT_S):
                await care

    events = await stage.speech()
    moved = [(ms - 6_000 if ms > 6_000 else ms) for *_, ms, _ in said(events)]
    assert sorted(text for _, text, *_ in said(events)) == sorted(2 * [one[1] for one in SPOKEN])
    assert sorted(moved) == sorted(2 * [one[2] for one in SPOKEN])
    assert [e.reason for e in events if isinstance(e, RecognizerSwitched)] == ["preferred_is_back"]
    last = [e for e in events if isinstance(e, UtteranceFinalized)][-1]
    assert last.recognizer == "deepgram-nova-3/1"


async def test_a_closed_socket_is_told_to_whoever_feeds_it() -> None:
    async with DeepgramServer(keys={KEY}) as server:
        access = Access(api_key=KEY, url=server.url, keep_alive_s=0.05)
        async with DeepgramRecognizer(access).open(request()) as session:
            await until(lambda: bool(server.sockets))
            server.cut()

            async def feed() -> None:
                while True:
                    await give(session, BOTH)

            with pytest.raises(RecognizerFailed, match="line_cut"):
                await asyncio.wait_for(feed(), WAIT_S)
