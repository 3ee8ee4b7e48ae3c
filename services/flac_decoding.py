"""FLAC frames back to samples: those that `services/flac.py` writes, and no others.

libsndfile and its like decode a stream from its first frame. A recording is opened a part at a
time, from wherever it is begun, and nobody but us wrote it. Its seal proves the bytes, so that no
checksum is counted anew here.

Source: RFC 9639, sections 9 and 10.
"""

import numpy as np
from numpy.typing import NDArray

from ..events.base import TRACKS
from .flac import BLOCK_SAMPLES, Samples

_CHANNELS = len(TRACKS)
_BITS = 16
_HEADER_START = b"\xff\xf8"
_FULL_BLOCK, _OTHER_BLOCK = 0b1100, 0b0111
_OUR_FORMAT = 0b0001_1000  # two channels apart, 16 bits
_RATE_8_KHZ = 0b0100
_CRC_BYTES = 2
_CONSTANT, _VERBATIM, _FIXED = 0b000000, 0b000001, 0b001000
_ORDER_MAX = 4
_PARAMETER_BITS = 4
_PARAMETER_MAX = 14
_PARTITION_ORDER_MAX = 6
_CODING_RICE = 0b00
_ONE_BYTE = 0x80  # frame numbers below take no more
_HIGHEST, _LOWEST = 2 ** (_BITS - 1) - 1, -(2 ** (_BITS - 1))

_Ints = NDArray[np.int64]


def decoded(frames: bytes, *, sample_count: int) -> Samples:
    """Return the samples of consecutive whole frames, a column a track.

    Raises:
        ValueError: these are no frames of ours, or not of so many samples.
    """
    samples = np.zeros((sample_count, _CHANNELS), np.int16)
    at, filled = 0, 0
    try:
        while at < len(frames):
            size, at = _head(frames, at)
            if filled + size > sample_count:
                raise ValueError("there is more than there should be")
            at = _body(frames, at, samples[filled : filled + size])
            filled += size
    except IndexError as error:
        raise ValueError("a frame is cut short") from error
    if filled != sample_count:
        raise ValueError("there is less than there should be")
    return samples


def _head(frames: bytes, at: int) -> tuple[int, int]:
    """Return how many samples the frame has, and where its subframes begin."""
    if frames[at : at + 2] != _HEADER_START:
        raise ValueError("a frame does not begin where the one before it ends")
    block, rate = divmod(frames[at + 2], 16)
    if rate != _RATE_8_KHZ or frames[at + 3] != _OUR_FORMAT:
        raise ValueError("a frame is of another format")
    lead = frames[at + 4]
    at += 5 if lead < _ONE_BYTE else 4 + _leading_ones(lead)
    if block == _FULL_BLOCK:
        return BLOCK_SAMPLES, at + 1
    if block != _OTHER_BLOCK:
        raise ValueError("a frame is of another size")
    return int.from_bytes(frames[at : at + 2], "big") + 1, at + 3


def _leading_ones(byte: int) -> int:
    return 8 - (byte ^ 0xFF).bit_length()


def _body(frames: bytes, at: int, into: Samples) -> int:
    """Decode the subframes from `at` on into these samples; return where the next frame begins."""
    # No frame is longer than its samples as they are, a byte a subframe, and its rests.
    longest = len(into) * _CHANNELS * _BITS // 8 + _CHANNELS + _CRC_BYTES
    bits = _Bits(frames[at : at + longest])
    for channel in range(_CHANNELS):
        samples = _subframe(bits, len(into))
        if samples.max() > _HIGHEST or samples.min() < _LOWEST:
            raise ValueError("a sample does not fit into 16 bits")
        into[:, channel] = samples
    return at + -(-bits.at // 8) + _CRC_BYTES


class _Bits:
    """Bits that are read one after another."""

    def __init__(self, packed: bytes) -> None:
        self.array = np.unpackbits(np.frombuffer(packed, np.uint8))
        self.text = self.array.tobytes()
        self.at = 0

    def number(self, count: int) -> int:
        """Take so many bits as an unsigned number."""
        return int(self.numbers(1, count)[0])

    def numbers(self, count: int, size: int) -> _Ints:
        """Take so many unsigned numbers of `size` bits each."""
        end = self.at + count * size
        if end > len(self.array):
            raise IndexError
        weights = 1 << np.arange(size - 1, -1, -1)
        found: _Ints = self.array[self.at : end].reshape(count, size).astype(np.int64) @ weights
        self.at = end
        return found

    def samples(self, count: int) -> _Ints:
        """Take so many samples as they are."""
        found = self.numbers(count, _BITS)
        return np.where(found > _HIGHEST, found - (1 << _BITS), found)


def _subframe(bits: _Bits, count: int) -> _Ints:
    kind = bits.number(8) >> 1  # its last bit tells of wasted ones, of which we write none
    if kind == _CONSTANT:
        return np.repeat(bits.samples(1), count)
    if kind == _VERBATIM:
        return bits.samples(count)
    order = kind - _FIXED
    if not 0 <= order <= min(_ORDER_MAX, count):
        raise ValueError("a subframe is of another kind")
    first = bits.samples(order)
    return _undone(first, _residual(bits, order, count))


def _undone(first: _Ints, residual: _Ints) -> _Ints:
    """Return the samples of which the residual is what so many differences leave."""
    series = residual
    for order in range(len(first) - 1, -1, -1):
        series = np.diff(first, order)[-1] + np.cumsum(series)
    return np.concatenate([first, series])


def _residual(bits: _Bits, order: int, count: int) -> _Ints:
    coding, partition_order = divmod(bits.number(2 + 4), 16)
    if coding != _CODING_RICE or partition_order > _PARTITION_ORDER_MAX:
        raise ValueError("a residual is coded in another way")
    size = count >> partition_order
    if size << partition_order != count or size < order:
        raise ValueError("partitions do not make up a block")
    parts = [_rice(bits, size - order * (n == 0)) for n in range(1 << partition_order)]
    return np.concatenate(parts)


def _rice(bits: _Bits, count: int) -> _Ints:
    """Take one partition: where each number's unary part stops says where the next begins."""
    parameter = bits.number(_PARAMETER_BITS)
    if parameter > _PARAMETER_MAX:
        raise ValueError("a partition is escaped")
    find, step, begins = bits.text.find, parameter + 1, bits.at
    at, found = begins, list[int]()
    for _ in range(count):
        stop = find(1, at)
        found.append(stop)
        at = stop + step
    # Where there is no stop, -1 is found, and the search begins anew.
    if at > len(bits.text) or -1 in found:
        raise IndexError
    stops = np.array(found, np.int64)
    starts = np.concatenate([[begins], stops[:-1] + step])[:count]
    unsigned = (stops - starts) << parameter
    for bit in range(parameter):
        unsigned |= bits.array[stops + 1 + bit].astype(np.int64) << (parameter - 1 - bit)
    bits.at = at
    return np.where(unsigned & 1, -(unsigned >> 1) - 1, unsigned >> 1)
