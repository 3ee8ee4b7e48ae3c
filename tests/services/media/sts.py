"""The Security Token Service as far as AssumeRole goes: the Query protocol over HTTP, by hand.

Source: STS API reference: AssumeRole, "Common Errors"; a real answer's XML.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@dataclass
class Sts:
    """Hands out sessions of roles to who knows the external id. `now` is its clock."""

    now: Callable[[], datetime]
    external_ids: dict[str, str] = field(default_factory=dict)  # by role
    failing: int = 0  # so many calls are answered 503
    asked: list[dict[str, str]] = field(default_factory=list)
    expires: dict[str, datetime] = field(default_factory=dict)  # by session token
    issued: dict[str, datetime] = field(default_factory=dict)  # by session token

    async def __aenter__(self) -> Self:
        self._handlers: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    status, content = self._answer(*await _request(reader))
                    head = (
                        f"HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\n"
                        f"Content-Length: {len(content)}\r\n\r\n"
                    )
                    writer.write(head.encode() + content.encode())
                    await writer.drain()
        finally:
            self._handlers.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, authorization: str, form: dict[str, str]) -> tuple[int, str]:
        self.asked.append(form)
        if self.failing:
            self.failing -= 1
            return 503, _error("ServiceUnavailable", "Receiver")
        if not authorization.startswith("AWS4-HMAC-SHA256") or "/sts/aws4_request" not in (
            authorization
        ):
            return 403, _error("MissingAuthenticationToken", "Sender")
        assert (form["Action"], form["Version"]) == ("AssumeRole", "2011-06-15")
        role = form["RoleArn"]
        if self.external_ids.get(role) != form.get("ExternalId"):
            return 403, _error("AccessDenied", "Sender")
        number = len(self.issued) + 1
        token = f"token-{number}"
        self.issued[token] = self.now()
        self.expires[token] = self.now() + timedelta(seconds=int(form["DurationSeconds"]))
        expiration = self.expires[token].strftime("%Y-%m-%dT%H:%M:%SZ")
        name = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}"
        return 200, (
            f'<AssumeRoleResponse xmlns="{_NAMESPACE}"><AssumeRoleResult><AssumedRoleUser>'
            f"<AssumedRoleId>AROAEXAMPLE:{form['RoleSessionName']}</AssumedRoleId>"
            f"<Arn>{name}/{form['RoleSessionName']}</Arn></AssumedRoleUser><Credentials>"
            f"<AccessKeyId>ASIAEXAMPLE{number:05}</AccessKeyId>"
            f"<SecretAccessKey>secret-{number}</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration>"
            "</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>c6104cbe"
            "</RequestId></ResponseMetadata></AssumeRoleResponse>"
        )


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {
        name.lower(): value for name, value in (one.split(": ", 1) for one in head[1:] if one)
    }
    body = await reader.readexactly(int(headers["content-length"]))
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return headers.get("authorization", ""), form


def _error(code: str, kind: str) -> str:
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        "<Message>as the test wants it</Message></Error><RequestId>5ba1</RequestId></ErrorResponse>"
    )
