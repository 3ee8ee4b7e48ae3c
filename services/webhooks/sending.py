"""Sends over HTTPS to where a name leads now, and nowhere inside our own network.

The name is resolved once, every address it has must be public, and the connection goes to the
address that was looked at: a name that leads elsewhere a moment later changes nothing. Redirects
are not followed, bodies of answers are not read, connections are used once.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from ...commands.webhook import is_public
from .port import Answer

ATTEMPT_S_MAX = 15.0  # name, connection, request and the answer's head together
CONNECT_S_MAX = 5.0
RETRY_AFTER_S_MAX = 3_600.0

_SUCCESS = range(200, 300)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class HttpSender:
    """See `Sender`. `private_allowed`: any address will do, and no TLS is asked for."""

    def __init__(
        self,
        *,
        private_allowed: bool = False,
        resolve: Resolve | None = None,
        attempt_s: float = ATTEMPT_S_MAX,
    ) -> None:
        self._private_allowed = private_allowed
        self._resolve = resolve or _resolve
        self._attempt_s = attempt_s
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(attempt_s, connect=min(CONNECT_S_MAX, attempt_s)),
            # Kept by address, where several names may be behind one: none is used twice.
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,  # a proxy would resolve the name again
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See `Sender.send`."""
        try:
            async with asyncio.timeout(self._attempt_s):
                address = await self._address(url)
                if address is None:
                    return Answer(problem="address_forbidden")
                return await self._sent(url, address, headers, body)
        except (TimeoutError, OSError, httpx.HTTPError, UnicodeError):
            return Answer(problem="unreachable")

    async def _address(self, url: str) -> str | None:
        """Return the address to connect to; None where the name leads to one that is forbidden."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = await self._resolve(parts.hostname or "", port)
        if not addresses:
            raise OSError("the name leads nowhere")
        if not self._private_allowed and not all(map(is_public, addresses)):
            return None
        return addresses[0]

    async def _sent(
        self, url: str, address: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        target = httpx.URL(url)
        host = target.host
        request = self._http.build_request(
            "POST",
            target.copy_with(host=address),
            content=body,
            headers={**headers, "host": target.netloc.decode(), "user-agent": "Antiphon"},
            # The certificate has to be of the name, not of the address.
            extensions={"sni_hostname": host},
        )
        answer = await self._http.send(request, stream=True)
        try:
            is_taken = answer.status_code in _SUCCESS
            return Answer(
                status=answer.status_code,
                problem=None if is_taken else "refused",
                retry_after_s=_seconds(answer.headers.get("retry-after")),
            )
        finally:
            await answer.aclose()


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def _seconds(text: str | None) -> float | None:
    """Return a delay in seconds; a date is not looked at, for clocks differ."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:  # noqa: PLR2004
        return None
    return min(float(text), RETRY_AFTER_S_MAX)
