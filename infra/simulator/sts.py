"""The Security Token Service, as far as a reader of streams needs it: AssumeRole, for a while.

With it the simulator takes no other credentials than the sessions that were handed out here, and
those no longer than they last.

Source: STS API reference: AssumeRole, "Common Errors".
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from msgspec import Struct

from .authorization import refusal
from .clock import Clock
from .wire import Answer, Request

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
SESSIONS_MAX = 100_000  # an hour of a reader that asks for one thirty times a second
_SIGNED = ("/getDataEndpoint", "/getMedia", "/listFragments", "/getMediaForFragmentList")
_XML = {"Content-Type": "text/xml"}
_TOKEN_HEADER = "x-amz-security-token"  # noqa: S105 (its name)


class Session(Struct, frozen=True):
    """Credentials that were handed out."""

    key_id: str
    secret: str
    token: str
    expires_at: datetime  # aware UTC


class Sts(Mapping[str, str]):
    """Hands sessions out; as a mapping, the secrets of their keys."""

    def __init__(self, *, lasts_s: float, clock: Clock) -> None:
        """Every session lasts `lasts_s`, whatever was asked for; AWS's own lasts at least 900 s."""
        self._lasts_s = lasts_s
        self._clock = clock
        self._sessions: dict[str, Session] = {}  # by key id
        self.expired = 0  # requests that were refused for it

    def __getitem__(self, key_id: str) -> str:
        return self._sessions[key_id].secret

    def __iter__(self) -> Iterator[str]:
        return iter(self._sessions)

    def __len__(self) -> int:
        return len(self._sessions)

    def answer(self, request: Request) -> Answer | None:
        """Answer what is for this service, refuse what is not signed with a session, or None."""
        match request.method, request.path:
            case "POST", "/":
                return self._assume_role(request)
            case "GET", "/sessions":
                told = {"sessions": len(self._sessions), "expired": self.expired}
                return Answer(HTTPStatus.OK, told)
            case "POST", path if path in _SIGNED:
                return self._flaw(request)
            case _:
                return None

    def _assume_role(self, request: Request) -> Answer:
        """Any role may be assumed by whoever signs."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if "/sts/aws4_request" not in request.headers.get("authorization", ""):
            return _error(HTTPStatus.FORBIDDEN, "MissingAuthenticationToken")
        if form.get("Action") != "AssumeRole" or "RoleArn" not in form:
            return _error(HTTPStatus.BAD_REQUEST, "ValidationError")
        if len(self._sessions) >= SESSIONS_MAX:
            return _error(HTTPStatus.BAD_REQUEST, "Throttling")
        session = Session(
            key_id=f"ASIA{len(self._sessions):016}",
            secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(60),
            expires_at=self._clock.now() + timedelta(seconds=self._lasts_s),
        )
        self._sessions[session.key_id] = session
        return Answer(HTTPStatus.OK, _assumed(session, form), _XML)

    def _flaw(self, request: Request) -> Answer | None:
        token = request.headers.get(_TOKEN_HEADER)
        known = [one for one in self._sessions.values() if one.token == token]
        if not known:
            return _refused("UnrecognizedClientException")
        if known[0].expires_at <= self._clock.now():
            self.expired += 1
            return _refused("ExpiredTokenException")
        return None


def _refused(error: str) -> Answer:
    return refusal(HTTPStatus.FORBIDDEN, error, "The security token included is invalid.")


def _assumed(session: Session, form: Mapping[str, str]) -> bytes:
    expires_at = session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    name = escape(form.get("RoleSessionName", "session"))
    arn = escape(form["RoleArn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/"))
    return (
        f'<AssumeRoleResponse xmlns="{NAMESPACE}"><AssumeRoleResult><AssumedRoleUser>'
        f"<AssumedRoleId>AROASIMULATED:{name}</AssumedRoleId><Arn>{arn}/{name}</Arn>"
        f"</AssumedRoleUser><Credentials><AccessKeyId>{session.key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret}</SecretAccessKey>"
        f"<SessionToken>{session.token}</SessionToken><Expiration>{expires_at}</Expiration>"
        "</Credentials></AssumeRoleResult><ResponseMetadata>"
        "<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>"
        "</AssumeRoleResponse>"
    ).encode()


def _error(status: HTTPStatus, code: str) -> Answer:
    content = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        "<Message>not as it should be</Message></Error></ErrorResponse>"
    )
    return Answer(status, content.encode(), _XML)
