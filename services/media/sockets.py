"""Connected sockets that never block, with TLS or without.

asyncio's own connections bring a transport that reads by itself. These are read by whoever
has them; the loop only tells when.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import httpx

T = TypeVar("T")


async def dialled(
    host: str, port: int, *, tls: ssl.SSLContext | None, within_s: float
) -> socket.socket:
    """Return a socket that is connected, and has shaken hands where `tls` is given.

    A host's addresses are tried one after the other, as they resolve.

    Raises:
        httpx.ConnectTimeout: nobody answered in time.
        httpx.ConnectError: nobody is there, or it is not who it should be.
    """
    try:
        async with asyncio.timeout(within_s):
            plain = await _connected(host, port)
            return plain if tls is None else await _secured(plain, tls, host)
    except TimeoutError as error:
        raise httpx.ConnectTimeout("nobody answered in time") from error
    except (OSError, ValueError) as error:  # ssl's errors are some; a host may be no name at all
        raise httpx.ConnectError(str(error)) from error


async def sent(connection: socket.socket, content: bytes, *, within_s: float) -> None:
    """Return when all of it is on its way.

    Raises:
        httpx.WriteTimeout, httpx.WriteError: it cannot be sent.
    """
    rest = memoryview(content)
    try:
        async with asyncio.timeout(within_s):
            while rest:
                count = await _done(connection, partial(connection.send, rest), writes=True)
                rest = rest[count:]
    except TimeoutError as error:
        raise httpx.WriteTimeout("the request is not taken") from error
    except OSError as error:
        raise httpx.WriteError(str(error)) from error


async def received(connection: socket.socket, bytes_max: int, *, within_s: float) -> bytes:
    """Return what has come, at least a byte; nothing at the end.

    Raises:
        httpx.ReadTimeout, httpx.ReadError: nothing came, or the connection broke.
    """
    try:
        async with asyncio.timeout(within_s):
            return await _done(connection, partial(connection.recv, bytes_max))
    except TimeoutError as error:
        raise httpx.ReadTimeout("nothing came in time") from error
    except OSError as error:
        raise httpx.ReadError(str(error)) from error


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            problem = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise problem


async def _secured(plain: socket.socket, tls: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    try:
        secured = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise
    try:
        await _done(secured, secured.do_handshake)
    except BaseException:
        secured.close()
        raise
    return secured


async def _done(connection: socket.socket, act: Callable[[], T], *, writes: bool = False) -> T:
    """Do it as soon as the socket lets it be done; `writes`: what it waits for, without TLS."""
    while True:
        try:
            return act()
        except ssl.SSLWantReadError:
            await _ready(connection, to_write=False)
        except ssl.SSLWantWriteError:
            await _ready(connection, to_write=True)
        except BlockingIOError:
            await _ready(connection, to_write=writes)


async def _ready(connection: socket.socket, *, to_write: bool) -> None:
    loop, number = asyncio.get_running_loop(), connection.fileno()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    if to_write:
        loop.add_writer(number, tell)
    else:
        loop.add_reader(number, tell)
    try:
        await ready
    finally:
        if to_write:
            loop.remove_writer(number)
        else:
            loop.remove_reader(number)
