"""The one place where errors become answers: RFC 9457 problem documents.

Nothing that was sent is repeated in them, ids in paths apart: it may be personal.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import UNSET, Struct, UnsetType

from ..errors import (
    AntiphonError,
    ContactGone,
    Fault,
    Malformed,
    OriginalsForbidden,
    OriginalsGone,
    PastRetention,
    PlaybookMalformed,
    PolicyMalformed,
    RecordingGone,
    Refused,
    ReviewForbidden,
    SignatureRefused,
    UnderHold,
    Unknown,
)
from .fields import BodyMalformed, FieldProblem

log = structlog.get_logger()

RETRY_AFTER_S = 2  # a restarted server is back in about that time

_Request = Request[Any, Any, Any]

_CODES = {
    HTTPStatus.NOT_FOUND: "no_such_path",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.BAD_REQUEST: "unreadable_request",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media_type_unsupported",
}


class Problem(Struct, frozen=True, kw_only=True):
    """What went wrong, for people and for programs. Source: RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str  # stable; the texts may change
    errors: tuple[FieldProblem, ...] | UnsetType = UNSET  # of a body, all of them
    stalled: tuple[dict[str, Any], ...] | UnsetType = UNSET  # loops, where readiness fails
    hold_ids: tuple[str, ...] | UnsetType = UNSET  # that keep what was to be deleted


def problem_response(
    status: int,
    *,
    code: str,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    stalled: Sequence[dict[str, Any]] = (),
    hold_ids: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Return a problem document as an answer."""
    problem = Problem(
        type=f"urn:antiphon:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=tuple(errors) or UNSET,
        stalled=tuple(stalled) or UNSET,
        hold_ids=tuple(hold_ids) or UNSET,
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _antiphon_error(_: _Request, error: AntiphonError) -> Response[bytes]:
    match error:
        case Unknown():
            status = HTTPStatus.NOT_FOUND
        case Malformed() | PlaybookMalformed() | PolicyMalformed():
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        case SignatureRefused():
            status = HTTPStatus.UNAUTHORIZED
        case OriginalsForbidden() | ReviewForbidden():
            status = HTTPStatus.FORBIDDEN
        case RecordingGone() | OriginalsGone() | PastRetention() | ContactGone():
            status = HTTPStatus.GONE
        case Refused():
            status = HTTPStatus.CONFLICT
        case _:
            status = HTTPStatus.SERVICE_UNAVAILABLE
    is_fault = isinstance(error, Fault)
    (log.warning if is_fault else log.info)(
        "request_failed" if is_fault else "request_refused", code=error.code, status=int(status)
    )
    return problem_response(
        status,
        code=error.code,
        detail=str(error),
        errors=_fields_of(error),
        hold_ids=error.hold_ids if isinstance(error, UnderHold) else (),
        headers={"Retry-After": str(RETRY_AFTER_S)} if is_fault else None,
    )


def _fields_of(error: AntiphonError) -> list[FieldProblem]:
    match error:
        case Malformed():
            return [FieldProblem(error.field, error.problem)]
        case PlaybookMalformed() | PolicyMalformed():
            return [FieldProblem(error.field, error.problem, error.line)]
        case _:
            return []


def _body_malformed(_: _Request, error: BodyMalformed) -> Response[bytes]:
    log.info("request_refused", code=Malformed.code, fields=[one.field for one in error.problems])
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=Malformed.code,
        detail=error.detail,
        errors=error.problems,
    )


def _validation_error(_: _Request, error: ValidationException) -> Response[bytes]:
    # Of parameters; bodies are looked at before.
    extras = error.extra if isinstance(error.extra, list) else []
    names = [str(extra["key"]) for extra in extras if "key" in extra]
    problems = [FieldProblem(name, "is not what it should be") for name in names]
    log.info("request_refused", code=Malformed.code, fields=names)
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=Malformed.code,
        detail="; ".join(f"{one.field}: {one.problem}" for one in problems),
        errors=problems,
    )


def _http_error(request: _Request, error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _bug(request, error)
    status = HTTPStatus(error.status_code)
    return problem_response(
        status,
        code=_CODES.get(status, status.name.lower()),
        detail=status.description or status.phrase,
        headers=error.headers,
    )


def _bug(_: _Request, error: Exception) -> Response[bytes]:
    log.error("request_crashed", exc_info=error)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="The server failed in a way it does not know. It was logged.",
    )


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Any, Any], Response[Any]]] = {
    AntiphonError: _antiphon_error,
    BodyMalformed: _body_malformed,
    ValidationException: _validation_error,
    HTTPException: _http_error,
    Exception: _bug,
}
