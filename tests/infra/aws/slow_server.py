"""Whatever may stand where Antiphon should: says what it was told to, hangs, or hangs up."""

import contextlib
import socket
import threading
from typing import Self

HANG = b""  # take the request and say nothing
DRIP = b"drip"  # say a letter now and then, so that no read of it takes long
_DRIP_S = 0.2


class SlowServer:
    """Answers one connection after the other with the next of `answers`, the last for ever."""

    def __init__(self, *answers: bytes | None) -> None:
        """An answer is bytes of HTTP; `HANG` and `DRIP`; None hangs up at once."""
        self._answers = list(answers)
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for one in self._held:
            one.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(connection)
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            connection.close()
            return
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65_536)
        self.requests += 1
        if answer == DRIP:
            self._drip(connection)
        elif answer:
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)

    def _drip(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # who asked went away
            connection.sendall(b"HTTP/1.1 200 ")
            while not self._over.wait(_DRIP_S):
                connection.sendall(b"x")


def answer(status: int, body: str, *, content_type: str = "application/json") -> bytes:
    """Return an answer as HTTP."""
    encoded = body.encode()
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(encoded)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + encoded
