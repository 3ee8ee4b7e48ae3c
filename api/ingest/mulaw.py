"""Mu-law as telephones speak it. Source: ITU-T G.711, table 2."""

_BIAS = 0x84
_SIGN, _SEGMENT, _STEP = 0x80, 0x70, 0x0F


def _decoded(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & _STEP) << 3) + _BIAS << ((code & _SEGMENT) >> 4)) - _BIAS
    return -magnitude if code & _SIGN else magnitude


_SAMPLES = tuple(_decoded(code).to_bytes(2, "little", signed=True) for code in range(256))


def linear(codes: bytes) -> bytes:
    """Return 16-bit little-endian samples, one for each byte."""
    return b"".join(map(_SAMPLES.__getitem__, codes))
