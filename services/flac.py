"""A FLAC encoder whose stream can be begun anew at any frame, in another process.

Source: RFC 9639. Fixed predictors and partitioned Rice codes: 16 bit, 8 kHz, two channels. The
libraries there are (libsndfile, libFLAC's bindings) write a stream from its first frame to its
last and then its header: none goes on at frame n, which a restart in mid-call needs.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..events.base import SAMPLE_RATE_HZ, TRACKS

BLOCK_SAMPLES = 4_096  # of a frame, but for the last one: half a second

_CHANNELS = len(TRACKS)
_BITS = 16
_ORDER_MAX = 4  # of the fixed predictors
_PARTITION_ORDER_MAX = 6  # 64 samples, 8 ms: speech changes no faster
_PARAMETER_BITS = 4
_PARAMETER_MAX = 14  # 15 is an escape
_ONE_BYTE = 0x80  # numbers below take no more
_HEADER_START = b"\xff\xf8"  # sync code, all blocks of one size
_FULL_BLOCK, _OTHER_BLOCK = 0b1100, 0b0111
_RATE_8_KHZ = 0b0100
_CHANNELS_APART = _CHANNELS - 1
_SAMPLE_SIZE_16 = 0b100

Samples = NDArray[np.int16]  # (n, 2), a column a track
_Ints = NDArray[np.int64]
_Bits = NDArray[np.uint8]  # one bit an item


def header(total_samples: int) -> bytes:
    """Return what stands before the first frame of a stream of so many samples a track."""
    packed = (SAMPLE_RATE_HZ << 44) | ((_CHANNELS - 1) << 41) | ((_BITS - 1) << 36) | total_samples
    streaminfo = (
        BLOCK_SAMPLES.to_bytes(2, "big") * 2
        + bytes(6)  # smallest and largest frame: not known
        + packed.to_bytes(8, "big")
        + bytes(16)  # MD5 of the samples: not known
    )
    return b"fLaC" + bytes([0x80]) + len(streaminfo).to_bytes(3, "big") + streaminfo


def frames(samples: Samples, *, first_frame: int) -> Iterator[bytes]:
    """Yield the frames of consecutive samples; a short block can only be the stream's last."""
    for number, start in enumerate(range(0, len(samples), BLOCK_SAMPLES), start=first_frame):
        yield _frame(samples[start : start + BLOCK_SAMPLES], number)


def _frame(block: Samples, number: int) -> bytes:
    is_full = len(block) == BLOCK_SAMPLES
    head = _HEADER_START + bytes(
        [
            (_FULL_BLOCK if is_full else _OTHER_BLOCK) << 4 | _RATE_8_KHZ,
            _CHANNELS_APART << 4 | _SAMPLE_SIZE_16 << 1,
        ]
    )
    head += _coded_number(number)
    if not is_full:
        head += (len(block) - 1).to_bytes(2, "big")
    head += bytes([_crc8(head)])
    subframes = [_subframe(block[:, channel].astype(np.int64)) for channel in range(_CHANNELS)]
    body = head + np.packbits(np.concatenate(subframes)).tobytes()
    return body + _crc16(body).to_bytes(2, "big")


def _subframe(samples: _Ints) -> _Bits:
    if (samples == samples[0]).all():
        return np.concatenate([_bits(0, 8), _words(samples[:1])])
    order, residual = _predicted(samples)
    coded = _rice(residual, order, len(samples))
    if len(coded) >= _BITS * (len(samples) - order):
        return np.concatenate([_bits(0b000001 << 1, 8), _words(samples)])
    return np.concatenate([_bits((0b001000 | order) << 1, 8), _words(samples[:order]), coded])


def _predicted(samples: _Ints) -> tuple[int, _Ints]:
    """Return the order that leaves least, and what it leaves."""
    best, left = 0, samples
    residual = samples
    for order in range(1, min(_ORDER_MAX, len(samples) - 1) + 1):
        residual = np.diff(residual)
        if np.abs(residual).sum() < np.abs(left).sum():
            best, left = order, residual
    return best, left


def _rice(residual: _Ints, order: int, block: int) -> _Bits:
    unsigned = np.where(residual < 0, -2 * residual - 1, 2 * residual)
    partition_order, parameters = _partitions(unsigned, order, block)
    size = block >> partition_order
    of_partition = (np.arange(order, block)) // size
    low_bits = parameters[of_partition]
    high = unsigned >> low_bits
    lengths = high + 1 + low_bits
    ends = np.cumsum(lengths)
    # Each partition begins with its parameter, and its first item is behind all of those.
    starts = ends - lengths + _PARAMETER_BITS * (of_partition + 1)
    coded = np.zeros(int(ends[-1]) + _PARAMETER_BITS * len(parameters), np.uint8)
    stops = starts + high
    coded[stops] = 1
    for bit in range(int(parameters.max())):
        has = low_bits > bit
        coded[(stops + low_bits - bit)[has]] = (unsigned[has] >> bit) & 1
    begins = np.searchsorted(of_partition, np.arange(len(parameters)))
    for begin, parameter in zip(starts[begins] - _PARAMETER_BITS, parameters, strict=True):
        coded[begin : begin + _PARAMETER_BITS] = _bits(int(parameter), _PARAMETER_BITS)
    return np.concatenate([_bits(partition_order, 2 + 4), coded])


def _partitions(unsigned: _Ints, order: int, block: int) -> tuple[int, _Ints]:
    """Return the cheapest partition order and the Rice parameter of each partition."""
    finest = _PARTITION_ORDER_MAX
    while finest and (block % (1 << finest) or block >> finest <= _ORDER_MAX):
        finest -= 1
    padded = np.concatenate([np.zeros(order, np.int64), unsigned]).reshape(1 << finest, -1)
    counts = np.full(1 << finest, block >> finest)
    counts[0] -= order
    costs = np.stack(
        [(padded >> k).sum(axis=1) + counts * (k + 1) for k in range(_PARAMETER_MAX + 1)]
    )
    best: tuple[int, int, _Ints] | None = None
    for partition_order in range(finest, -1, -1):
        total = int(costs.min(axis=0).sum()) + _PARAMETER_BITS * costs.shape[1]
        if best is None or total < best[0]:
            best = total, partition_order, costs.argmin(axis=0)
        if partition_order:
            costs = costs[:, ::2] + costs[:, 1::2]
    assert best is not None  # order 0 was tried
    return best[1], best[2]


def _bits(value: int, count: int) -> _Bits:
    return np.array([value >> bit & 1 for bit in range(count - 1, -1, -1)], np.uint8)


def _words(samples: _Ints) -> _Bits:
    return np.unpackbits(samples.astype(">i2").view(np.uint8))


def _coded_number(number: int) -> bytes:
    """Return a frame's number in what was once UTF-8's way, up to 31 bits."""
    if number < _ONE_BYTE:
        return bytes([number])
    tail = 1
    while number >> (6 * tail) >= 1 << (6 - tail):
        tail += 1
    lead = (0xFF << (7 - tail) & 0xFF) | number >> (6 * tail)
    return bytes([lead, *(0x80 | number >> (6 * n) & 0x3F for n in range(tail - 1, -1, -1))])


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    def entry(byte: int) -> int:
        crc = byte << (bits - 8)
        for _ in range(8):
            crc = crc << 1 ^ (polynomial if crc >> (bits - 1) else 0)
            crc &= (1 << bits) - 1
        return crc

    return tuple(entry(byte) for byte in range(256))


_TABLE_8 = _table(0x07, 8)
_TABLE_16 = _table(0x8005, 16)


def _crc8(covered: bytes) -> int:
    crc = 0
    for byte in covered:
        crc = _TABLE_8[crc ^ byte]
    return crc


def _crc16(covered: bytes) -> int:
    crc = 0
    for byte in covered:
        crc = (crc << 8 & 0xFFFF) ^ _TABLE_16[crc >> 8 ^ byte]
    return crc
