"""A server that answers as it is told: what the tests of bodies and sockets share."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from antiphon.services.media.bodies import StreamedAnswer, ask
from antiphon.services.media.pump import Pump
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LINES = b"5\r\nhello\r\n7;x=y\r\n, world\r\n"
HELLO = b"hello, world"
WITHIN_S = 10.0
HASTE_S = 0.1
NOBODY_CHECKS = ssl.create_default_context()

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """A server that reads one request's head and then does as `answer` does."""
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            writer.transport.abort()
        await turns(2)  # until the transport has gone

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    try:
        yield f"{scheme}://localhost:{server.sockets[0].getsockname()[1]}/getMedia"
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def saying(*pieces: bytes, stays: bool = False) -> Answer:
    """Send these, each by itself."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if stays:
            await reader.read()

    return answer


@asynccontextmanager
async def asked(
    url: str, pump: Pump, *, tls: ssl.SSLContext = NOBODY_CHECKS, idle_s: float = WITHIN_S
) -> AsyncGenerator[StreamedAnswer]:
    request = httpx.Request("POST", url, content=b"{}")
    answer = await ask(request, pump, tls=tls, connect_s=WITHIN_S, idle_s=idle_s)
    try:
        yield answer
    finally:
        answer.close()


async def body_at(
    url: str, pump: Pump, *, tls: ssl.SSLContext = NOBODY_CHECKS, idle_s: float = WITHIN_S
) -> bytes:
    pieces: list[bytes] = []
    async with asyncio.timeout(WITHIN_S), asked(url, pump, tls=tls, idle_s=idle_s) as answer:
        await answer.give(pieces.append)
    return b"".join(pieces)


class Papers:
    """A server's certificate, and what trusts it."""

    def __init__(self, directory: Path, *, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem, private = directory / f"{name}.pem", directory / f"{name}.key"
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(pem, private)
        self.trusting = ssl.create_default_context(cafile=str(pem))
