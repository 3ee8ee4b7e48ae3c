"""Posts commands to Antiphon: signed, in bounded time, tried once more where that may help."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .deadlines import within
from .keys import KeyUnavailable, SigningKeys
from .settings import Settings
from .signing import HEADER, signature_of

ATTEMPTS_MAX = 2
ATTEMPT_S_MAX = 1.2  # Antiphon answers in milliseconds; a TLS handshake across regions in 0.3 s
ATTEMPT_S_MIN = 0.2  # with less time left an attempt is only a load on who is slow already
PAUSE_S = 0.1  # before the second attempt; a restarted server takes longer, a lost packet less
CODE_CHARS_MAX = 64  # who answers may be anything; ours are shorter
_ANSWER_BYTES_MAX = 64 * 1_024

_TOO_MANY = 429
_SERVER_ERRORS = 500


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Antiphon said."""

    status: int
    code: str | None  # of a problem document
    repeated: bool  # it was so already

    @property
    def is_taken(self) -> bool:
        return http.client.OK <= self.status < http.client.MULTIPLE_CHOICES


class Unreachable(Exception):
    """No answer, or only that it cannot now. Repeating may help. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Antiphon:
    """Antiphon as one invocation of a function reaches it: one connection, one deadline."""

    def __init__(
        self,
        settings: Settings,
        keys: SigningKeys,
        *,
        seconds: float,
        attempt_s: float = ATTEMPT_S_MAX,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """`seconds` are for everything that is posted, together. `now_s`: the wall clock."""
        self._settings = settings
        self._keys = keys
        self._ends_at = time.monotonic() + seconds
        self._attempt_s = attempt_s
        self._now_s = now_s
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Return the answer to a command; the same body again is the same command.

        Raises:
            Unreachable: after `ATTEMPTS_MAX` attempts, or when no time is left.
            Misconfigured: the signing secret is not what it should be.
        """
        content = json.dumps(body, separators=(",", ":")).encode()
        reason = "no_time_left"
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                time.sleep(min(PAUSE_S, max(0.0, self._left_s())))
            if self._left_s() < ATTEMPT_S_MIN:
                break
            answer, reason = self._attempt(path, content)
            if answer is None:
                continue
            if answer.status == http.client.UNAUTHORIZED and attempt + 1 < ATTEMPTS_MAX:
                self._keys.forget()  # perhaps it was rotated away
                continue
            return answer
        self.close()
        raise Unreachable(reason)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, path: str, content: bytes) -> tuple[Answer | None, str]:
        """Return the answer if it is one, and the reason why not."""
        # Taken out meanwhile: of a connection that hangs nothing more is expected.
        connection, self._connection = self._connection, None
        try:
            answer, connection = within(
                min(self._attempt_s, self._left_s()),
                lambda: self._exchanged(connection, path, content),
            )
        except KeyUnavailable:
            return None, "key_unavailable"
        except TimeoutError:
            return None, "timeout"
        except (OSError, http.client.HTTPException):
            return None, "no_connection"
        self._connection = connection
        if answer.status == _TOO_MANY or answer.status >= _SERVER_ERRORS:
            return None, answer.code or f"status_{answer.status}"
        return answer, ""

    def _exchanged(
        self, connection: http.client.HTTPConnection | None, path: str, content: bytes
    ) -> tuple[Answer, http.client.HTTPConnection]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        key = self._keys.current()
        if key is not None:
            headers[HEADER] = signature_of(
                key, method="POST", path=path, body=content, at_s=int(self._now_s())
            )
        connection = connection or _connection_to(self._settings, timeout_s=self._attempt_s)
        try:
            connection.request("POST", path, content, headers)
            answer = connection.getresponse()
            told = answer.read(_ANSWER_BYTES_MAX)
        except BaseException:
            connection.close()
            raise
        return _answer(answer.status, told), connection

    def _left_s(self) -> float:
        return self._ends_at - time.monotonic()


_TLS: list[ssl.SSLContext] = []  # made once a process: reading the authorities takes 30 ms


def _connection_to(settings: Settings, *, timeout_s: float) -> http.client.HTTPConnection:
    if settings.scheme == "http":
        return http.client.HTTPConnection(settings.host, settings.port, timeout=timeout_s)
    if not _TLS:
        _TLS.append(ssl.create_default_context())
    return http.client.HTTPSConnection(
        settings.host, settings.port, timeout=timeout_s, context=_TLS[0]
    )


def _answer(status: int, told: bytes) -> Answer:
    try:
        read = json.loads(told)
    except ValueError:  # a proxy's own page
        read = {}
    found = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    code = found.get("code")
    return Answer(
        status=status,
        code=code[:CODE_CHARS_MAX] if isinstance(code, str) and code else None,
        repeated=found.get("repeated") is True,
    )
