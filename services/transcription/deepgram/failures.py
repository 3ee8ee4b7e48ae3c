"""What Deepgram's refusals and close codes mean for whoever wants to try again. Pure.

Source: Deepgram's documentation of errors and of recovering from connection errors. What the
socket library tells by itself is told apart from what the vendor said.
"""

from ....errors import RecognizerFailed

_TOO_MANY = 429
_REFUSALS = {
    400: "request_refused",
    401: "key_refused",
    402: "credit_used_up",
    403: "key_refused",
    404: "address_unknown",
}
_SERVER_FAULTS = 500  # and above

_CLEAN = frozenset({1000, 1001})
_UNSUPPORTED = 1003
_POLICY = 1008
# The reason carries a link whose last part is the vendor's code.
_CODES = {
    "net0000": "vendor_timed_out",
    "net0001": "audio_timed_out",
    "data0000": "audio_undecodable",
}


def of_status(status: int | None) -> RecognizerFailed:
    """Return what it means that a handshake was answered with `status`."""
    if status == _TOO_MANY:
        return RecognizerFailed("too_many_streams", retry="later")
    if status in _REFUSALS:
        return RecognizerFailed(_REFUSALS[status], retry="never")
    if status is not None and status >= _SERVER_FAULTS:
        return RecognizerFailed("vendor_unavailable")
    return RecognizerFailed("handshake_failed")


def of_close(code: int | None, reason: str) -> RecognizerFailed:
    """Return what it means that a socket was closed before everything was answered.

    `code` is None where the other side said nothing: the line broke, or answers no ping.
    """
    if code is None:
        return RecognizerFailed("line_cut")
    for vendor_code, meaning in _CODES.items():
        if f"/{vendor_code}" in reason:
            return RecognizerFailed(meaning)
    if code in _CLEAN:
        return RecognizerFailed("closed_early")
    if code in (_UNSUPPORTED, _POLICY):
        return RecognizerFailed("audio_undecodable")
    return RecognizerFailed(f"closed_{code}")
