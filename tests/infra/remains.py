"""Looks for bytes in every store of an installation: in files, and in what these pack."""

import base64
import io
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import asyncpg
import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]

Wanted = Mapping[str, Sequence[bytes]]  # what is looked for, by what it is
Hits = Mapping[str, Counter[str]]  # how often, by what it is, then by store; nowhere is left out


def encodings_of(text: str) -> list[bytes]:
    """Return a text as a careless program might have written it."""
    raw = text.encode()
    return [raw, raw.hex().encode(), text.encode("utf-16-le"), *_base64_of(raw)]


async def search(
    wanted: Wanted, *, directories: Mapping[str, Path], database_url: str
) -> dict[str, Counter[str]]:
    """Return where the wanted bytes are.

    Every file below the directories is read as it lies, Parquet's columns besides; and every row
    of every table of the database, whose files may hold values compressed. Of directories that
    overlap, the first has it.
    """
    hits: dict[str, Counter[str]] = {name: Counter() for name in wanted}

    def look(store: str, body: bytes) -> None:
        for name, needles in wanted.items():
            if number := sum(body.count(one) for one in needles):
                hits[name][store] += number

    seen: set[Path] = set()
    for store, directory in directories.items():
        for path in sorted(set(directory.rglob("*")) - seen):
            seen.add(path)
            if path.is_file() and not path.is_symlink():
                for body in _bodies(path):
                    look(store, body)
    async for row in _rows(database_url):
        look("rows", row)
    return hits


def _bodies(path: Path) -> Iterator[bytes]:
    body = path.read_bytes()
    yield body
    if path.suffix == ".parquet":
        table: Any = cast("Any", pq).read_table(io.BytesIO(body))
        for column in table.columns:
            values: list[Any] = column.to_pylist()
            yield b"\n".join(v if isinstance(v, bytes) else repr(v).encode() for v in values)


async def _rows(database_url: str) -> AsyncGenerator[bytes]:
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname <> 'information_schema'"
        )
        for table in tables:
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table['name']} AS t")
            yield "\n".join(row["row"] or "" for row in rows).encode()
    finally:
        await connection.close()


def _base64_of(raw: bytes) -> list[bytes]:
    """Return what base64 makes of it at each of three offsets, but for its ends."""
    found: list[bytes] = []
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        found.append(encoded[4 if shift else 0 : len(encoded) - 4])
    return found
