"""What happens to Transcribe's sessions in the middle of a call, and to the transcript: nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from antiphon.errors import LanguageUnsupported, RecognizerFailed
from antiphon.events.base import SAMPLES_PER_MS
from antiphon.events.speech import RecognizerSwitched, UtteranceFinalized
from antiphon.infra.simulator.transcribe.misbehaviour import GOOD, TIMED_OUT, Misbehaviour
from antiphon.infra.simulator.transcribe.server import TranscribeServer
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.limits import Limits
from antiphon.services.transcription.port import Hypothesis, Recognition
from antiphon.services.transcription.transcribe.recognizer import Access, TranscribeRecognizer
from msgspec.structs import replace

from ...contracts.recognizer import collected, done, give, heard, request
from ...waiting import until
from .scripted import ScriptedRecognizer, speech
from .stage import PATIENT, QUICK, SPOKEN, WAIT_S, completion, finished_call, gaps, said
from .transcribe_server import KEY, SECRET, SECRETS, access_to, as_somebody

WORDS = speech(3_000, at_500=(1, 2, 3))


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    as_somebody(monkeypatch)


def first(bad: Misbehaviour, *, of: int = 1) -> Callable[[int], Misbehaviour]:
    """Let the first sessions go wrong."""
    return lambda number: bad if number <= of else GOOD


async def transcript(
    server: TranscribeServer, *, limits: Limits = PATIENT, **patience: Any
) -> list[str]:
    """Check that all was heard once where it was said; return why sessions were opened anew."""
    stage = await finished_call()

    await stage.care(TranscribeRecognizer(access_to(server, **patience)), limits=limits)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    assert gaps(events) == []
    assert completion(events) == (4, "drained")
    return [event.reason for event in events if isinstance(event, RecognizerSwitched)]


async def collect(session: Recognition, told: list[Hypothesis]) -> None:
    async for hypothesis in session.results():
        told.append(hypothesis)  # noqa: PERF401 (what was told before it fails is looked at)


async def failure_of(server: TranscribeServer, **patience: Any) -> RecognizerFailed:
    """Return how a session that hears three words fails."""
    with pytest.raises(RecognizerFailed) as failed:
        await heard(TranscribeRecognizer(access_to(server, **patience)), {"from_customer": WORDS})
    return failed.value


@pytest.mark.parametrize("at_ms", range(300, 6_000, 950))
async def test_a_clean_close_in_mid_call_loses_no_word_and_says_none_twice(at_ms: int) -> None:
    bad = first(Misbehaviour(close_at_ms=at_ms))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server)

    assert reasons == ["closed_early"]
    assert len(server.sessions) == 2


@pytest.mark.parametrize("at_ms", [400, 1_350, 2_450, 3_800, 5_400])
async def test_a_line_that_breaks_in_mid_call_loses_no_word_and_says_none_twice(
    at_ms: int,
) -> None:
    bad = first(Misbehaviour(cut_at_ms=at_ms))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server)

    assert reasons == ["line_cut"]


async def test_a_session_that_takes_audio_and_says_nothing_is_replaced() -> None:
    bad = first(Misbehaviour(mute_at_ms=1_300))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server, limits=QUICK)

    # Of what was said after, nothing was told, so its close is not believed either.
    assert len(reasons) == 1
    assert reasons[0] in ("no_progress", "closed_early")


async def test_a_half_open_session_is_noticed_by_what_does_not_come_and_replaced() -> None:
    bad = first(Misbehaviour(deaf_at_ms=1_300))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server, limits=QUICK)

    assert reasons == ["no_progress"]


async def test_an_end_that_is_never_answered_is_replaced() -> None:
    bad = first(Misbehaviour(ignores_end=True))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server, limits=QUICK)

    assert reasons == ["no_progress"]


@pytest.mark.parametrize(
    "bad", [Misbehaviour(twice=True), Misbehaviour(stale=True), Misbehaviour(unknown=True)]
)
async def test_what_comes_twice_or_late_or_is_unknown_changes_nothing(bad: Misbehaviour) -> None:
    async with TranscribeServer(secrets=SECRETS, misbehaves=lambda _: bad) as server:
        reasons = await transcript(server)

    assert reasons == []


async def test_a_damaged_answer_is_not_read_and_the_session_replaced() -> None:
    bad = first(Misbehaviour(damaged_at_ms=1_300))
    async with TranscribeServer(secrets=SECRETS, misbehaves=bad) as server:
        reasons = await transcript(server)

    assert reasons == ["answer_malformed"]


async def test_a_session_that_gets_old_is_renewed_between_words_and_none_is_lost() -> None:
    call = speech(6_000, at_500=(1, 2, 3), at_3500=(4, 5))
    told: list[Hypothesis] = []
    async with TranscribeServer(secrets=SECRETS) as server:
        old = TranscribeRecognizer(access_to(server, session_s=0.0))
        async with old.open(request()) as session:
            hearing = asyncio.ensure_future(collect(session, told))
            await give(session, {"from_customer": call[: 3_700 * SAMPLES_PER_MS]})
            with pytest.raises(RecognizerFailed) as failed:
                await asyncio.wait_for(hearing, WAIT_S)
        closed_ms = max(one.ended_ms for one in told if one.is_final)
        rest = call[closed_ms * SAMPLES_PER_MS :]
        told += await heard(old, {"from_customer": rest}, from_ms=closed_ms)

    assert (failed.value.reason, failed.value.retry) == ("session_too_old", "now")
    assert closed_ms < 3_500
    assert [(one.text, one.started_ms) for one in told if one.is_final and one.text] == [
        ("w1 w2 w3", 500),
        ("w4 w5", 3_500),
    ]


async def test_a_session_that_may_get_no_older_ends_in_the_middle_of_a_word() -> None:
    endless = speech(8_000, at_0=(1, 2, 3, 4, 5, 6, 7) * 5)
    async with TranscribeServer(secrets=SECRETS) as server:
        recognizer = TranscribeRecognizer(access_to(server, session_s=0.0, session_s_max=0.0))
        async with recognizer.open(request()) as session:
            hearing = asyncio.ensure_future(collected(session))
            await give(session, {"from_customer": endless})
            with pytest.raises(RecognizerFailed) as failed:
                await done(hearing)

    assert (failed.value.reason, failed.value.retry) == ("session_too_old", "now")


@pytest.mark.parametrize(
    ("name", "message", "reason", "retry"),
    [
        ("LimitExceededException", "", "too_many_streams", "later"),
        ("BadRequestException", TIMED_OUT, "audio_timed_out", "now"),
        ("BadRequestException", "Could not decode the audio stream.", "audio_undecodable", "now"),
        ("BadRequestException", "No such vocabulary.", "request_refused", "never"),
        ("ConflictException", "", "session_conflict", "now"),
        ("InternalFailureException", "", "vendor_unavailable", "now"),
        ("ServiceUnavailableException", "", "vendor_unavailable", "later"),
        ("UnrecognizedClientException", "", "access_denied", "never"),
        ("SomeFutureException", "", "vendor_unavailable", "now"),
    ],
)
async def test_an_exception_is_told_by_what_it_means(
    name: str, message: str, reason: str, retry: str
) -> None:
    bad = Misbehaviour(raise_at_ms=2_000, error=name, message=message)
    async with TranscribeServer(secrets=SECRETS, misbehaves=lambda _: bad) as server:
        failed = await failure_of(server)

    assert (failed.reason, failed.retry) == (reason, retry)


async def test_more_streams_than_the_account_has_are_refused_for_later() -> None:
    async with (
        TranscribeServer(secrets=SECRETS, streams_max=1) as server,
        TranscribeRecognizer(access_to(server)).open(request()),
    ):
        await until(lambda: len(server.sessions) == 1)
        failed = await failure_of(server)

    assert (failed.reason, failed.retry) == ("too_many_streams", "later")


async def test_our_own_count_of_streams_asks_nobody() -> None:
    async with TranscribeServer(secrets=SECRETS) as server:
        recognizer = TranscribeRecognizer(access_to(server, streams_max=1))
        async with recognizer.open(request()):
            with pytest.raises(RecognizerFailed) as failed:
                await recognizer.open(request()).__aenter__()

    assert (failed.value.reason, failed.value.retry) == ("streams_all_used", "later")
    assert server.attempts == 1


async def test_a_language_that_the_vendor_refuses_is_not_asked_for_again() -> None:
    chinese = replace(request(), language="zh-CN")
    async with TranscribeServer(secrets=SECRETS) as server:
        recognizer = TranscribeRecognizer(access_to(server))
        with pytest.raises(RecognizerFailed) as failed:
            async with recognizer.open(chinese) as session:
                await done(asyncio.ensure_future(collected(session)))
        with pytest.raises(LanguageUnsupported):
            await recognizer.open(chinese).__aenter__()

    assert failed.value.retry == "never"
    assert server.attempts == 1


async def test_credentials_that_ran_out_are_found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TranscribeServer(secrets=SECRETS) as server:
        as_somebody(monkeypatch, secret="of yesterday")
        recognizer = TranscribeRecognizer(access_to(server))
        with pytest.raises(RecognizerFailed) as failed:
            await recognizer.open(request()).__aenter__()
        as_somebody(monkeypatch)

        told = await heard(recognizer, {"from_customer": WORDS})

    assert (failed.value.reason, failed.value.retry) == ("credentials_stale", "now")
    assert [one.text for one in told if one.is_final and one.text] == ["w1 w2 w3"]


async def test_somebody_nobody_knows_is_refused_until_a_person_acts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_somebody(monkeypatch, key="AKIDOFNOBODY")
    async with TranscribeServer(secrets={KEY: SECRET}) as server:
        failed = await failure_of(server)

    assert (failed.reason, failed.retry) == ("access_denied", "never")


async def test_a_call_without_audio_is_kept_open_by_silence_and_the_clock_stands_still() -> None:
    async with TranscribeServer(secrets=SECRETS, idle_s=0.2) as server:
        recognizer = TranscribeRecognizer(access_to(server, quiet_s=0.02, silence_ms=100))
        async with recognizer.open(request()) as session:
            hearing = asyncio.ensure_future(collected(session))
            await give(session, {"from_customer": WORDS})
            await until(lambda: server.sessions[0].heard_ms > 6_000)  # long after 0.2 s
            await give(session, {"from_customer": WORDS}, from_ms=3_000)
            await session.finish()
            told = await done(hearing)

    finals = [one for one in told if one.is_final and one.text]
    assert [(one.text, one.started_ms) for one in finals] == [
        ("w1 w2 w3", 500),
        ("w1 w2 w3", 3_500),
    ]
    assert max(one.heard_ms for one in told) <= 6_000


async def test_without_that_silence_the_vendor_ends_the_session() -> None:
    async with TranscribeServer(secrets=SECRETS, idle_s=0.05) as server:
        recognizer = TranscribeRecognizer(access_to(server))
        async with recognizer.open(request()) as session:
            with pytest.raises(RecognizerFailed) as failed:
                await done(asyncio.ensure_future(collected(session)))

    assert (failed.value.reason, failed.value.retry) == ("audio_timed_out", "now")


async def test_audio_goes_out_in_pieces_of_100_ms_and_whole() -> None:
    async with TranscribeServer(secrets=SECRETS) as server:
        await heard(TranscribeRecognizer(access_to(server)), {"from_customer": WORDS})

    (session,) = server.sessions
    assert set(session.frames_bytes[:-1]) == {3_200}
    assert session.heard_ms == 3_000


async def test_a_tune_that_nobody_can_write_down_is_believed_the_third_time() -> None:
    # Too short for words: 10 ms of one value, 10 ms of another.
    tune = np.tile(np.repeat(np.array([3_000, 2_000], np.int16), 80), 1_000)
    heard_ms: dict[int, int] = {}
    async with TranscribeServer(secrets=SECRETS) as server:
        recognizer = TranscribeRecognizer(access_to(server, unanswered_s=5.0))
        for deaths in (0, 1, 2):
            async with recognizer.open(replace(request(), deaths=deaths)) as session:
                told: list[Hypothesis] = []
                hearing = asyncio.ensure_future(collect(session, told))
                await give(session, {"from_customer": tune})
                await session.finish()
                await asyncio.wait([hearing], timeout=WAIT_S)
                assert isinstance(hearing.exception(), RecognizerFailed) == (deaths < 2)
            heard_ms[deaths] = max(one.heard_ms for one in told)

    assert heard_ms[0] <= 6_000
    assert heard_ms[1] <= 6_000
    assert heard_ms[2] == 20_000
    assert not any(one.text for one in told)


async def test_a_vendor_that_dies_in_mid_call_is_followed_by_another_with_every_word() -> None:
    stage = await finished_call()
    local = ScriptedRecognizer(name="local/1")
    away = Misbehaviour(refuse=503, error="ServiceUnavailableException")
    async with TranscribeServer(
        secrets=SECRETS,
        misbehaves=lambda number: Misbehaviour(cut_at_ms=2_900) if number == 1 else away,
    ) as server:
        transcribe = TranscribeRecognizer(access_to(server))
        await stage.care(Chain(lambda _: (transcribe, local)), limits=PATIENT)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    heard_by = {event.recognizer for event in events if isinstance(event, UtteranceFinalized)}
    assert heard_by == {"transcribe-eu-central-1/1", "local/1"}


async def test_nobody_there_is_told_as_it_is() -> None:
    access = Access(region="eu-central-1", url="ws://127.0.0.1:1")

    with pytest.raises(RecognizerFailed, match="unreachable"):
        await TranscribeRecognizer(access).open(request()).__aenter__()
