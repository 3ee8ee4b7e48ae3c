"""What to do about what Kinesis Video Streams reports: its words, sorted by kind.

Source: API reference of GetMedia (errors, and AWS_KINESISVIDEO_ERROR_ID in the body).
"""

from collections.abc import Mapping

from ...errors import MediaFailure

_BY_ID: Mapping[int, MediaFailure] = {
    3002: "retry",  # error writing to the stream
    4000: "selector",  # fragment not found
    5000: "retry",  # internal
}
_KMS_IDS = range(4500, 4600)  # the stream's key: denied, disabled, gone

_BY_TYPE: Mapping[str, MediaFailure] = {
    "ClientLimitExceededException": "retry",
    "ConnectionLimitExceededException": "retry",  # a reader we replace may still hold one
    "LimitExceededException": "retry",
    "ThrottlingException": "retry",
    "RequestTimeTooSkewed": "alarm",
    # Of credentials that are asked for anew, each time: a few times in a row it will not pass.
    "ExpiredTokenException": "denied",
    "UnrecognizedClientException": "denied",
    "InvalidArgumentException": "selector",
    "InvalidEndpointException": "endpoint",
    "NotAuthorizedException": "denied",
    "AccessDeniedException": "denied",
    "ResourceNotFoundException": "denied",
}
_OF_CREDENTIALS = ("ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException")
_BY_STATUS: Mapping[int, MediaFailure] = {401: "denied", 403: "denied", 404: "denied"}
_ERROR_ID_DIGITS_MAX = 9  # they have four
_SERVER_ERROR, _TOO_MANY = 500, 429


def kind_of_error_id(error_id: str, error_code: str) -> MediaFailure:
    """Return what kind of failure a body's error tags report."""
    if error_id.isdecimal() and len(error_id) <= _ERROR_ID_DIGITS_MAX:
        number = int(error_id)
        return "alarm" if number in _KMS_IDS else _BY_ID.get(number, "retry")
    return "alarm" if "KMS" in error_code.upper() or "KEY" in error_code.upper() else "retry"


def are_credentials_refused(error_type: str) -> bool:
    """Tell whether other credentials may do: these have expired, or are not known any more."""
    return error_type in _OF_CREDENTIALS


def kind_of_answer(status: int, error_type: str) -> MediaFailure:
    """Return what kind of failure an HTTP answer reports; `error_type` may be empty."""
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        return "retry"
    return _BY_TYPE.get(error_type) or _BY_STATUS.get(status, "retry")
