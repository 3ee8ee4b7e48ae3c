"""Segments: entries of a stream, position by position, as Parquet compressed with zstd.

The same entries give the same bytes, with the same version of pyarrow. Payloads are as the log
held them: what was sealed stays sealed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...events.base import Position
from ...events.decoding import decoded
from ...events.log import Stored
from .matching import Matcher

ZSTD_LEVEL = 3
GROUP_ROWS = 8_192  # a reader of one contact unpacks the payloads of the groups it is in
BATCH_ROWS = 4_096  # handed to a reader at once; each is a turn of another thread

COLUMNS = ("position", "recorded_at", "subject", "id", "payload")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Identified(Struct, frozen=True):
    id: str


_ids = msgspec.json.Decoder(_Identified)


def encode_segment(entries: Sequence[Stored]) -> bytes:
    """Return the Parquet file of entries in the order of their positions. Takes a while."""
    pa = _arrow()
    schema = _schema()
    columns = [
        pa.array([one.position for one in entries], pa.int64()),
        pa.array([one.recorded_at for one in entries], schema.field("recorded_at").type),
        pa.array([one.subject for one in entries], pa.string()),
        pa.array([id_of(one.payload) for one in entries], pa.string()),
        pa.array([one.payload for one in entries], pa.binary()),
    ]
    sink = pa.BufferOutputStream()
    _parquet().write_table(
        pa.Table.from_arrays(columns, schema=schema),
        sink,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        row_group_size=GROUP_ROWS,
        use_dictionary=["subject"],
        write_page_checksum=True,
        store_schema=False,
    )
    return sink.getvalue().to_pybytes()


def decode_segment(
    body: bytes, *, after: Position, upto: Position, matcher: Matcher
) -> Iterator[list[Stored]]:
    """Yield batches of the wanted entries after one position up to another, in order.

    Raises:
        ValueError: the bytes are no segment. Verify their hash before.
    """
    pa = _arrow()
    try:
        file = _opened(body)
        for group in range(file.metadata.num_row_groups):
            positions = file.metadata.row_group(group).column(0).statistics
            if positions.max > after and positions.min <= upto:
                yield from _decode_group(file, group, after, upto, matcher)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"is no segment: {type(error).__name__}") from error


def ids_in(body: bytes) -> list[str]:
    """Return the column of ids.

    Raises:
        ValueError: the bytes are no segment.
    """
    pa = _arrow()
    try:
        return _opened(body).read(columns=["id"], use_threads=False).column(0).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"is no segment: {type(error).__name__}") from error


def id_of(payload: bytes) -> str:
    """Return the id of the fact in a payload, or nothing where there is none to be read."""
    try:
        return decoded(_ids, payload).id
    except msgspec.MsgspecError:
        return ""


@cache
def _arrow() -> Any:
    # 0.2 s and some memory: only where there is something to write or to read.
    return import_module("pyarrow")


@cache
def _parquet() -> Any:
    return import_module("pyarrow.parquet")


def _schema() -> Any:
    pa = _arrow()
    types = (pa.int64(), pa.timestamp("us", tz="UTC"), pa.string(), pa.string(), pa.binary())
    return pa.schema([pa.field(*one, nullable=False) for one in zip(COLUMNS, types, strict=True)])


def _opened(body: bytes) -> Any:
    pa = _arrow()
    file = _parquet().ParquetFile(
        pa.BufferReader(body), read_dictionary=["subject"], page_checksum_verification=True
    )
    if tuple(file.schema_arrow.names) != COLUMNS:
        raise ValueError("is no segment: it has other columns")
    return file


def _decode_group(
    file: Any, group: int, after: Position, upto: Position, matcher: Matcher
) -> Iterator[list[Stored]]:
    known = file.read_row_group(group, columns=["position", "subject"], use_threads=False)
    positions: NDArray[np.int64] = known.column("position").to_numpy()
    subjects = known.column("subject").combine_chunks()
    names: list[str] = subjects.dictionary.to_pylist()
    numbers: NDArray[np.int32] = subjects.indices.to_numpy()
    wanted = np.array([matcher(name) for name in names], dtype=bool)
    chosen = np.flatnonzero((positions > after) & (positions <= upto) & wanted[numbers])
    if len(chosen) == 0:
        return
    rest = file.read_row_group(group, columns=["recorded_at", "payload"], use_threads=False)
    if len(chosen) < len(positions):
        rest = rest.take(chosen)
    for start in range(0, len(chosen), BATCH_ROWS):
        some = chosen[start : start + BATCH_ROWS]
        part = rest.slice(start, len(some))
        which: list[int] = numbers[some].tolist()
        where: list[Position] = positions[some].tolist()
        payloads: list[bytes] = part.column("payload").to_pylist()
        instants = _instants(part.column("recorded_at"))
        yield [
            Stored(position, at, names[number], payload)
            for position, at, number, payload in zip(where, instants, which, payloads, strict=True)
        ]


def _instants(column: Any) -> list[datetime]:
    # Ten times as fast as a zone for every value.
    since: list[timedelta] = column.to_numpy().view("timedelta64[us]").tolist()
    return [_EPOCH + one for one in since]
