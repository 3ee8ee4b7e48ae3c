"""Deepgram's socket from our side: what is asked for, what goes wrong, and what it is called."""

import asyncio
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from antiphon.errors import LanguageUnsupported, RecognizerFailed
from antiphon.events.base import SAMPLES_PER_MS
from antiphon.infra.simulator.deepgram.misbehaviour import (
    TIMED_OUT,
    UNANSWERED,
    UNDECODABLE,
    Misbehaviour,
)
from antiphon.infra.simulator.deepgram.replay import Replay
from antiphon.infra.simulator.deepgram.server import DeepgramServer
from antiphon.services.transcription.deepgram.recognizer import Access, DeepgramRecognizer
from antiphon.services.transcription.deepgram.request import fitting
from antiphon.services.transcription.port import Recognition

from ...contracts.recognizer import (
    Tracks,
    check_order,
    collected,
    done,
    finals,
    give,
    heard,
    placed,
    request,
    text,
)
from ...waiting import until
from .deepgram_server import KEY, TWO_CHANNELS, access_to
from .scripted import speech

WORDS = speech(200 * 3, at_0=(1, 2, 3))


@asynccontextmanager
async def opened(server: DeepgramServer) -> AsyncGenerator[Recognition]:
    async with DeepgramRecognizer(access_to(server)).open(request()) as session:
        yield session


async def test_the_socket_is_asked_for_both_tracks_of_a_telephone_call() -> None:
    async with DeepgramServer(keys={KEY}) as server, opened(server):
        await until(lambda: bool(server.sockets))

        asked = server.sockets[0].query

    assert (asked.model, asked.language, asked.channels) == ("nova-3", "en-US", 2)
    assert (asked.sample_rate_hz, asked.interim_results, asked.vad_events) == (8_000, True, True)
    assert (asked.endpointing_ms, asked.utterance_end_ms) == (300, 1_000)
    assert asked.smart_format
    assert asked.keyterms == ("Brightline", "router")


async def test_key_terms_beyond_what_a_socket_takes_are_left_out_from_the_end() -> None:
    many = [f"term{number:04}" for number in range(1_000)]

    fit = fitting(["Ada  Lovelace", "", "Ada Lovelace", *many])

    assert fit[:2] == ["Ada Lovelace", "term0000"]
    assert len(fit) == 100


async def test_long_key_terms_are_counted_by_their_letters() -> None:
    assert fitting(["x" * 1_500, "router"]) == ["router"]


async def test_silence_is_sent_before_any_audio_and_a_pause_is_kept_alive() -> None:
    async with DeepgramServer(keys={KEY}, idle_s=0.5) as server:
        recognizer = DeepgramRecognizer(Access(api_key=KEY, url=server.url, keep_alive_s=0.1))
        async with recognizer.open(request()) as session:
            await until(lambda: bool(server.sockets) and server.sockets[0].audio_bytes > 0)
            await until(lambda: list(server.sockets[0].controls).count("KeepAlive") >= 8)
            hearing = asyncio.ensure_future(collected(session))
            await give(session, {"from_customer": placed({0: WORDS})})
            await session.finish()

            told = await done(hearing)

    assert text(finals(told, "from_customer")) == "w1 w2 w3"
    assert server.attempts == 1


async def test_hang_up_asks_for_what_is_not_final_and_waits_for_the_farewell() -> None:
    async with DeepgramServer(keys={KEY}) as server:
        told = await heard(
            DeepgramRecognizer(access_to(server)), {"from_customer": WORDS, "to_customer": WORDS}
        )
        await until(lambda: server.open_sockets == 0)

    assert list(server.sockets[0].controls) == ["Finalize", "CloseStream"]
    assert server.sockets[0].closed_with == 1000
    assert [one.text for one in told if one.is_final and one.text] == ["w1 w2 w3"] * 2


@pytest.mark.parametrize(
    ("status", "reason", "retry"),
    [
        (400, "request_refused", "never"),
        (402, "credit_used_up", "never"),
        (403, "key_refused", "never"),
        (429, "too_many_streams", "later"),
        (503, "vendor_unavailable", "now"),
    ],
)
async def test_a_refusal_is_told_by_what_it_means(status: int, reason: str, retry: str) -> None:
    async with DeepgramServer(
        keys={KEY}, misbehaves=lambda _: Misbehaviour(refuse=status)
    ) as server:
        with pytest.raises(RecognizerFailed) as caught:
            async with opened(server):
                pytest.fail("it opened")

    assert (caught.value.reason, caught.value.retry) == (reason, retry)


async def test_a_wrong_key_is_told_and_stands_in_no_error_and_no_repr() -> None:
    async with DeepgramServer(keys={"another"}) as server:
        with pytest.raises(RecognizerFailed) as caught:
            async with opened(server):
                pytest.fail("it opened")

    assert (caught.value.reason, caught.value.retry) == ("key_refused", "never")
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in repr(server_at(1))


async def test_nobody_there_is_told() -> None:
    with pytest.raises(RecognizerFailed, match="unreachable"):
        async with DeepgramRecognizer(server_at(1)).open(request()):
            pytest.fail("it opened")


def server_at(port: int) -> Access:
    return Access(api_key=KEY, url=f"ws://127.0.0.1:{port}")


async def test_more_streams_than_were_agreed_are_not_even_asked_for() -> None:
    async with DeepgramServer(keys={KEY}) as server:
        recognizer = DeepgramRecognizer(access_to(server, streams_max=1))
        async with recognizer.open(request()):
            with pytest.raises(RecognizerFailed) as caught:
                async with recognizer.open(request()):
                    pytest.fail("it opened")
        async with recognizer.open(request()):
            pass  # there is room again

    assert (caught.value.reason, caught.value.retry) == ("streams_all_used", "later")
    assert server.attempts == 2


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        (1000, "", "closed_early"),
        (1001, "", "closed_early"),
        (1008, UNDECODABLE, "audio_undecodable"),
        (1011, UNANSWERED, "vendor_timed_out"),
        (1011, TIMED_OUT, "audio_timed_out"),
        (1011, "", "closed_1011"),
    ],
)
async def test_a_close_is_told_by_what_it_means(code: int, said: str, reason: str) -> None:
    bad = Misbehaviour(close_at_ms=200, code=code, reason=said)
    async with (
        DeepgramServer(keys={KEY}, misbehaves=lambda _: bad) as server,
        opened(server) as session,
    ):
        hearing = asyncio.ensure_future(collected(session))
        await give(session, {"from_customer": WORDS[: 150 * SAMPLES_PER_MS]})
        await give(session, {"from_customer": np.full(4_000, 5, np.int16)}, from_ms=150)
        with pytest.raises(RecognizerFailed) as caught:
            await done(hearing)

    assert caught.value.reason == reason


async def test_a_close_while_the_last_words_are_waited_for_is_no_end() -> None:
    bad = Misbehaviour(close_at_ms=700, code=1000)
    async with (
        DeepgramServer(keys={KEY}, misbehaves=lambda _: bad) as server,
        opened(server) as session,
    ):
        hearing = asyncio.ensure_future(collected(session))
        await give(session, {"from_customer": WORDS})
        await session.finish()
        with pytest.raises(RecognizerFailed, match="closed_early"):
            await done(hearing)


@pytest.mark.parametrize(
    "bad",
    [
        Misbehaviour(unknown=True),
        Misbehaviour(twice=True),
        Misbehaviour(stale=True),
        Misbehaviour(delay_s=0.01),
    ],
    ids=["unknown", "twice", "stale", "late"],
)
async def test_answers_nobody_knows_or_that_come_twice_late_or_again_change_nothing(
    bad: Misbehaviour,
) -> None:
    audio: Tracks = {"from_customer": placed({500: WORDS, 2_500: WORDS})}
    async with DeepgramServer(keys={KEY}, misbehaves=lambda _: bad) as server:
        told = await heard(DeepgramRecognizer(access_to(server)), audio)

    said = finals(told, "from_customer")
    assert [(one.text, one.started_ms, one.ended_ms) for one in said] == [
        ("w1 w2 w3", 500, 1_100),
        ("w1 w2 w3", 2_500, 3_100),
    ]
    check_order(told)


async def test_a_captured_conversation_is_joined_into_turns() -> None:
    async with DeepgramServer(
        keys={KEY}, replays=lambda _: Replay.of(TWO_CHANNELS), streams_max=1
    ) as server:
        silence = np.zeros(12_000 * SAMPLES_PER_MS, np.int16)
        told = await heard(
            DeepgramRecognizer(access_to(server)),
            {"from_customer": silence, "to_customer": silence},
        )

    assert [one.text for one in finals(told, "from_customer")] == [
        "Hi, I'd like to cancel my premium plan because it's too expensive."
    ]
    assert [one.text for one in finals(told, "to_customer")] == [
        "Thank you for calling Acme, how can I help?",
        "I'm sorry to hear that.",
    ]
    partials = [one for one in told if one.track == "from_customer" and not one.is_final]
    joined = next(one for one in partials if one.text.endswith("because it's"))
    assert joined.stable_words == 8  # the words of the piece before


async def test_a_language_is_asked_for_without_its_region_where_that_is_unknown() -> None:
    async with DeepgramServer(keys={KEY}) as server:
        recognizer = DeepgramRecognizer(access_to(server))
        async with recognizer.open(request(language="fi-FI")):
            await until(lambda: bool(server.sockets))
        with pytest.raises(LanguageUnsupported):
            async with recognizer.open(request(language="mt-MT")):
                pytest.fail("it opened")

    assert [socket.query.language for socket in server.sockets] == ["fi"]
