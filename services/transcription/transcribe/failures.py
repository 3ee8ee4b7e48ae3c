"""What Transcribe's refusals and exceptions mean for whoever wants to try again. Pure.

Source: the vendor's API reference of StartStreamTranscription and of common errors. The same
exceptions come as a frame of an open socket and in the body of a refused handshake.
"""

from ....errors import RecognizerFailed
from ....errors.faults import Retry

CREDENTIALS_STALE = "credentials_stale"
LANGUAGE_REFUSED = "language_refused"

_STALE: tuple[str, Retry] = (CREDENTIALS_STALE, "now")
_DENIED: tuple[str, Retry] = ("access_denied", "never")
_TOO_MANY: tuple[str, Retry] = ("too_many_streams", "later")
_AWAY: tuple[str, Retry] = ("vendor_unavailable", "later")
_MEANINGS: dict[str, tuple[str, Retry]] = {
    "LimitExceededException": _TOO_MANY,
    "ThrottlingException": _TOO_MANY,
    "Throttling": _TOO_MANY,
    "ServiceUnavailableException": _AWAY,
    "ServiceUnavailable": _AWAY,
    "ConflictException": ("session_conflict", "now"),
    "ExpiredTokenException": _STALE,
    "ExpiredToken": _STALE,
    "RequestExpired": _STALE,
    "InvalidSignatureException": _STALE,
    "UnrecognizedClientException": _DENIED,
    "InvalidClientTokenId": _DENIED,
    "AccessDeniedException": _DENIED,
    "MissingAuthenticationTokenException": _DENIED,
    "IncompleteSignature": _DENIED,
    "OptInRequired": _DENIED,
    "NotAuthorized": _DENIED,
}
_BAD = frozenset({"BadRequestException", "ValidationException"})

_HTTP_FORBIDDEN = (401, 403)
_HTTP_TOO_MANY = 429
_HTTP_BAD = 400
_HTTP_AWAY = 503
_HTTP_SERVER_FAULTS = 500  # and above


def of_exception(name: str, *, message: str) -> RecognizerFailed:
    """Return what an exception means. Of its message, no word goes further than here."""
    if name in _BAD:
        return _of_bad_request(message.casefold())
    # What is not known yet is taken for the vendor's own trouble, as InternalFailureException is.
    reason, retry = _MEANINGS.get(name, ("vendor_unavailable", "now"))
    return RecognizerFailed(reason, retry=retry)


def of_status(status: int, *, name: str, message: str) -> RecognizerFailed:
    """Return what it means that a handshake was answered with `status`.

    `name` is the exception that came with it, or nothing.
    """
    if name:
        return of_exception(name, message=message)
    if status == _HTTP_TOO_MANY:
        return RecognizerFailed("too_many_streams", retry="later")
    if status in _HTTP_FORBIDDEN:
        return RecognizerFailed("access_denied", retry="never")
    if status == _HTTP_BAD:
        return _of_bad_request(message.casefold())
    if status >= _HTTP_SERVER_FAULTS:
        return RecognizerFailed(
            "vendor_unavailable", retry="later" if status == _HTTP_AWAY else "now"
        )
    return RecognizerFailed("handshake_failed")


def of_close(code: int | None) -> RecognizerFailed:
    """Return what it means that a socket closed before everything was answered.

    `code` is None where the other side said nothing: the line broke.
    """
    if code is None:
        return RecognizerFailed("line_cut")
    return RecognizerFailed("closed_early" if code in (1000, 1001) else f"closed_{code}")


def _of_bad_request(message: str) -> RecognizerFailed:
    """Tell the kinds of a bad request apart, for which the vendor has one name."""
    if "timed out" in message or "no new audio" in message:
        return RecognizerFailed("audio_timed_out")
    if "language" in message and "model" not in message:
        return RecognizerFailed(LANGUAGE_REFUSED, retry="never")
    if "decode" in message or "audio" in message:
        return RecognizerFailed("audio_undecodable")
    return RecognizerFailed("request_refused", retry="never")
