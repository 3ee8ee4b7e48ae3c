"""Two generations of a read model, compared row by row as of one moment.

What is told of a difference is where it is: table, key and columns. Never the values: they may
be what somebody said.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..events.base import ContactId, Position
from .projection import Projection
from .store import Connection

DIFFERENCES_MAX = 20  # named; more of them say nothing new
COMPARE_S_MAX = 3_600.0  # one table: a hundred million rows

CONTACT_COLUMN = "contact_id"  # by which a comparison can be kept to some contacts


class Difference(Struct, frozen=True, kw_only=True):
    """One row that two generations do not share. `missing` and `added`: in the next one."""

    table: str
    key: dict[str, Any]
    kind: Literal["changed", "missing", "added"]
    columns: tuple[str, ...] = ()  # of a row that changed


class TableSums(Struct, frozen=True, kw_only=True):
    """What a table holds in both generations: rows, and a checksum in which order is no matter."""

    table: str
    rows: tuple[int, int]  # in the generation that is read, in the next one
    checksums: tuple[str, str]

    @property
    def equal(self) -> bool:
        """Whether both hold the same."""
        return self.rows[0] == self.rows[1] and self.checksums[0] == self.checksums[1]


class Comparison(Struct, frozen=True, kw_only=True):
    """Two generations, both at `position`."""

    position: Position
    tables: tuple[TableSums, ...]
    differences: tuple[Difference, ...]  # the first of them
    more: bool  # there are others

    @property
    def equal(self) -> bool:
        """Whether both hold the same, to the last row."""
        return all(table.equal for table in self.tables)

    @property
    def checksums(self) -> tuple[str, str]:
        """One checksum over all tables, of the generation that is read and of the next one."""
        read = [f"{one.table} {one.rows[0]} {one.checksums[0]}" for one in self.tables]
        following = [f"{one.table} {one.rows[1]} {one.checksums[1]}" for one in self.tables]
        return _digest(read), _digest(following)


class _Table(Struct, frozen=True):
    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]  # compared columns that are not of the key


async def compare(
    connection: Connection,
    projection: Projection,
    *,
    homes: tuple[str, str],
    position: Position,
    contacts: Collection[ContactId] | None = None,
) -> Comparison:
    """Compare what lies in two schemas, all of it or that of some contacts.

    The caller owns the moment: a transaction whose snapshot has both at `position`.
    """
    sums: list[TableSums] = []
    differences: list[Difference] = []
    for name in (*projection.tables, projection.parked):
        table = await _table(connection, projection, f"{homes[0]}.{name}", name)
        (rows, checksum), (next_rows, next_checksum) = [
            await _sums(connection, table, home, contacts) for home in homes
        ]
        found = TableSums(table=name, rows=(rows, next_rows), checksums=(checksum, next_checksum))
        sums.append(found)
        if not found.equal and len(differences) <= DIFFERENCES_MAX:
            differences += await _differences(connection, table, homes, contacts)
    return Comparison(
        position=position,
        tables=tuple(sums),
        differences=tuple(differences[:DIFFERENCES_MAX]),
        more=len(differences) > DIFFERENCES_MAX,
    )


async def checksum_of(connection: Connection, projection: Projection, *, home: str) -> str:
    """Return the checksum of one generation's content: equal content, equal checksum."""
    lines: list[str] = []
    for name in (*projection.tables, projection.parked):
        table = await _table(connection, projection, f"{home}.{name}", name)
        rows, checksum = await _sums(connection, table, home, None)
        lines.append(f"{name} {rows} {checksum}")
    return _digest(lines)


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


async def _table(
    connection: Connection, projection: Projection, qualified: str, name: str
) -> _Table:
    rows = await connection.fetch(_COLUMNS, qualified)
    key = tuple(row["attname"] for row in rows if row["of_key"])
    left_out = {*projection.uncompared, *key}
    if name == projection.parked:
        left_out.add("parked_at")
    if not key:
        raise ValueError(f"table {name} has no primary key: its rows cannot be told apart")
    others = tuple(
        row["attname"] for row in rows if row["attname"] not in left_out and not row["surrogate"]
    )
    return _Table(name, key, others)


_COLUMNS = """
SELECT attribute.attname,
       attribute.attidentity <> '' AS surrogate,
       coalesce(attribute.attnum = ANY(index.indkey), false) AS of_key
  FROM pg_attribute AS attribute
  LEFT JOIN pg_index AS index ON index.indrelid = attribute.attrelid AND index.indisprimary
 WHERE attribute.attrelid = $1::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
 ORDER BY attribute.attnum
"""


async def _sums(
    connection: Connection, table: _Table, home: str, contacts: Collection[ContactId] | None
) -> tuple[int, str]:
    # Two sums of 64-bit hashes with different seeds: in whatever order rows lie, the same.
    row = await connection.fetchrow(
        "SELECT count(*) AS rows, "
        "coalesce(sum(hashtextextended(content::text, 0)::numeric), 0) AS one, "
        "coalesce(sum(hashtextextended(content::text, 1)::numeric), 0) AS other "
        f"FROM {_content(table, home, contacts)} AS content",
        *_arguments(table, contacts),
        timeout=COMPARE_S_MAX,
    )
    assert row is not None, "an aggregate has a row"
    return row["rows"], _digest([str(row["one"]), str(row["other"])])


async def _differences(
    connection: Connection,
    table: _Table,
    homes: tuple[str, str],
    contacts: Collection[ContactId] | None,
) -> list[Difference]:
    read, following = (_content(table, home, contacts) for home in homes)
    key = ", ".join(_quoted(column) for column in table.key)
    rows = await connection.fetch(
        f"SELECT to_jsonb(read) AS read, to_jsonb(following) AS following "
        f"FROM {read} AS read FULL JOIN {following} AS following USING ({key}) "
        f"WHERE read::text IS DISTINCT FROM following::text "
        f"ORDER BY {key} LIMIT {DIFFERENCES_MAX + 1}",
        *_arguments(table, contacts),
        timeout=COMPARE_S_MAX,
    )
    return [_difference(table, row["read"], row["following"]) for row in rows]


def _difference(table: _Table, read: str | None, following: str | None) -> Difference:
    before: dict[str, Any] = {} if read is None else msgspec.json.decode(read)
    after: dict[str, Any] = {} if following is None else msgspec.json.decode(following)
    key = {column: (before or after)[column] for column in table.key}
    if not before:
        return Difference(table=table.name, key=key, kind="added")
    if not after:
        return Difference(table=table.name, key=key, kind="missing")
    columns = tuple(column for column in table.others if before[column] != after[column])
    return Difference(table=table.name, key=key, kind="changed", columns=columns)


def _content(table: _Table, home: str, contacts: Collection[ContactId] | None) -> str:
    columns = ", ".join(_quoted(column) for column in (*table.key, *table.others))
    wanted = f"WHERE {CONTACT_COLUMN} = ANY($1::text[])" if _is_kept_to(table, contacts) else ""
    return f"(SELECT {columns} FROM {home}.{table.name} {wanted})"


def _arguments(table: _Table, contacts: Collection[ContactId] | None) -> list[Any]:
    return [list[str](contacts or ())] if _is_kept_to(table, contacts) else []


def _is_kept_to(table: _Table, contacts: Collection[ContactId] | None) -> bool:
    return contacts is not None and CONTACT_COLUMN in (*table.key, *table.others)


def _quoted(column: str) -> str:
    return f'"{column}"'
