"""What `verify` says of an archive."""

from collections.abc import Sequence

from msgspec import Struct, field

from ...errors import ArchiveCorrupt
from ...events.base import Epoch, Position

_RESTORE = (
    "put back the object as it was, from a copy of the archive; in a bucket with Object Lock it is "
    "still there as an earlier version of its key"
)
_KEY = (
    "name the public key that signed this archive with --public-key; if none did, the object is "
    "forged: put back the original"
)
_LOST = "restore the stream or the archive from a copy that has these positions"


class Flaw(Struct, frozen=True, kw_only=True):
    """What is wrong, where, and what to do."""

    where: str  # an object's key, or a stream
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


class Verdict(Struct, kw_only=True):
    """What was found in one epoch of a stream. Proven is what stands before the flaw."""

    stream: str
    epoch: Epoch
    first: Position = Position(0)
    last: Position = Position(0)
    links: int = 0
    segments: int = 0  # whose content was read and proven
    size: int = 0  # bytes of them
    heads: int = 0
    compared: int = 0  # positions that the log still holds, and holds the same
    notes: list[str] = field(default_factory=list[str])  # unusual, and no harm
    flaw: Flaw | None = None  # the first


class Wrong(Exception):
    """Ends a walk."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


def corrupt(error: ArchiveCorrupt) -> Flaw:
    """Return the flaw that stopped a reader."""
    advice = _KEY if "not trusted" in error.problem else _RESTORE
    return Flaw(where=error.key, problem=error.problem, advice=advice)


def damaged(key: str, problem: str) -> Wrong:
    """An object is not what it was."""
    return Wrong(Flaw(where=key, problem=problem, advice=_RESTORE))


def missing_facts(stream: str, problem: str) -> Wrong:
    """Neither the archive nor the log has some positions."""
    return Wrong(Flaw(where=stream, problem=problem, advice=_LOST))


def first_of(verdicts: Sequence[Verdict]) -> Flaw | None:
    """Return the first flaw of several walks."""
    return next((one.flaw for one in verdicts if one.flaw is not None), None)
