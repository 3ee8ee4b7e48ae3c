"""Audio out of an answer by HTTP as it comes: whole samples, bounded, by a deadline.

What a vendor's refusals mean, its own file says; what breaks on the way, means the same for all.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from msgspec import Struct

from ....errors import VoiceFailed
from ..voice import SAMPLE_BYTES, SPEECH_BYTES_MAX

CONNECT_S = 3.0
PIECE_S = 5.0  # between two pieces of audio
REFUSAL_BYTES_MAX = 16 * 1024  # of an answer that is no audio, which is read for its reason
ATTEMPTS_MAX = 2  # as long as no audio came; a second asks when the vendor says it may
AGAIN_S = 0.1  # where the vendor says nothing of when
AGAIN_S_MAX = 2.0  # the agent waits: who says later than that has failed
CONNECTIONS_MAX = 50  # to one vendor

# What is said of raw audio, or of bytes; a page of a proxy or an error is neither.
_AUDIO_TYPES = ("audio/", "application/octet-stream", "binary/octet-stream")


class Asked(Struct, frozen=True, kw_only=True):
    """A request for speech."""

    path: str
    body: Any  # sent as JSON
    query: Mapping[str, str | int | bool] = {}


Refusal = Callable[[int, bytes], VoiceFailed]  # of a status and a body


def client(url: str, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Return what asks one vendor, with what every request carries."""
    return httpx.AsyncClient(
        base_url=url,
        headers=dict(headers),
        timeout=httpx.Timeout(PIECE_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        follow_redirects=False,  # our key is for this host alone
        trust_env=False,
        verify=_tls(),
    )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # takes 20 ms to read the authorities


async def stream(
    http: httpx.AsyncClient, asked: Asked, *, refusal: Refusal, deadline_s: float
) -> AsyncGenerator[bytes]:
    """Yield the samples of an answer, whole ones; see `Voice.synthesise`.

    Raises:
        VoiceFailed: see there.
    """
    until = time.monotonic() + deadline_s
    for attempt in range(1, ATTEMPTS_MAX + 1):
        pieces = _once(http, asked, refusal=refusal, until=until)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except _Again as again:
            left_s = until - time.monotonic()
            if attempt == ATTEMPTS_MAX or again.after_s > min(AGAIN_S_MAX, left_s):
                raise again.failure from again.__cause__
            await asyncio.sleep(again.after_s)
        else:
            return


class _Again(Exception):
    """It failed before any audio came, and may be asked again; leaves this file never."""

    def __init__(self, failure: VoiceFailed, *, after_s: float = AGAIN_S) -> None:
        super().__init__()
        self.failure = failure
        self.after_s = after_s


async def _once(
    http: httpx.AsyncClient, asked: Asked, *, refusal: Refusal, until: float
) -> AsyncGenerator[bytes]:
    request = http.build_request("POST", asked.path, params=dict(asked.query), json=asked.body)
    sent = 0
    try:
        async with asyncio.timeout(until - time.monotonic()):
            answer = await http.send(request, stream=True)
    except TimeoutError as error:
        raise VoiceFailed("late") from error
    except httpx.TimeoutException as error:
        raise _Again(VoiceFailed("late")) from error
    except httpx.TransportError as error:
        raise _Again(VoiceFailed("unavailable", retry="later")) from error
    try:
        if not answer.is_success:
            raise await _refused(answer, refusal, until)
        kind = answer.headers.get("content-type", "").casefold()
        if not kind.startswith(_AUDIO_TYPES):
            raise VoiceFailed("not_audio", retry="later")
        async with aclosing(_whole(answer.aiter_bytes(), until)) as pieces:
            async for piece in pieces:
                sent += len(piece)
                if sent > SPEECH_BYTES_MAX:
                    raise VoiceFailed("too_long")
                yield piece
    finally:
        await answer.aclose()
    if not sent:
        raise VoiceFailed("empty")


async def _whole(pieces: AsyncIterator[bytes], until: float) -> AsyncGenerator[bytes]:
    """Yield what comes cut between samples, and never within one."""
    rest = b""
    while True:
        try:
            async with asyncio.timeout(until - time.monotonic()):
                piece = await anext(pieces, None)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise VoiceFailed("late") from error
        except httpx.TransportError as error:
            raise VoiceFailed("cut_off") from error
        if piece is None:
            break
        whole = rest + piece
        end = len(whole) - len(whole) % SAMPLE_BYTES
        rest = whole[end:]
        if end:
            yield whole[:end]
    if rest:
        raise VoiceFailed("cut_off")


async def _refused(answer: httpx.Response, refusal: Refusal, until: float) -> Exception:
    """Return what a refusal means; its reason is read as far as a reason is long."""
    body = b""
    try:
        async with asyncio.timeout(until - time.monotonic()):
            async for piece in answer.aiter_bytes():
                body = (body + piece)[:REFUSAL_BYTES_MAX]
                if len(body) == REFUSAL_BYTES_MAX:
                    break
    except (TimeoutError, httpx.TransportError):
        pass  # the status says enough
    failure = refusal(answer.status_code, body)
    if failure.retry == "never" or failure.reason == "refused":
        return failure
    return _Again(failure, after_s=_after_s(answer))


def _after_s(answer: httpx.Response) -> float:
    """Return when to ask again. Source: RFC 9110, 10.2.3; dates are not waited for."""
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else AGAIN_S


def meaning_of(status: int) -> VoiceFailed:
    """Return what a status means by itself, as far as vendors agree on it."""
    match status:
        case 401 | 403:
            return VoiceFailed("unauthorized", retry="never")
        case 402:
            return VoiceFailed("unpaid", retry="never")
        case 429:
            return VoiceFailed("limited", retry="later")
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return VoiceFailed("refused")
        case _:
            return VoiceFailed("unavailable", retry="later")
