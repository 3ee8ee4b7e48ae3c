"""What a recording looks like in the object store: pieces, each sealed under a key of the contact.

A piece is bound to its contact, to what it is a recording of and to its place, so none can be put
in the place of another. An object is its parts, byte for byte, and an index behind them.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..events.base import SAMPLE_BYTES, TRACKS, ContactRef
from ..events.keys import Key
from ..events.sealed import open_bytes, seal_bytes
from . import flac
from .flac import BLOCK_SAMPLES, Samples

# A minute, in whole frames. As samples 2 MB, which is what a contact takes in memory at most,
# with what came ahead; and what a restart reads again.
PART_SAMPLES = 120 * BLOCK_SAMPLES

FORMAT = 1
WINDOW_SAMPLES = BLOCK_SAMPLES // 4  # 128 ms of energy a point, in a part: 480 points a track
POINTS_MAX = 7_200  # a track in an index: more than a player has pixels
_FLOOR_DB = 96.0  # 16 bits reach no lower
_LOUDEST = 255


class Seal(Struct, frozen=True):
    """Under which key the pieces of a recording are sealed, and what each of them is bound to."""

    key: Key
    bound_to: str


class SpooledPart(Struct, frozen=True, array_like=True):
    """What a part holds in clear."""

    format: int
    energy: tuple[bytes, ...]  # by track: a byte a window, 0 is silence and 255 is 0 dBFS
    frames: bytes  # of FLAC, numbered within the whole


class Piece(Struct, frozen=True, array_like=True):
    """Where a part stands in the object."""

    offset: int  # bytes
    size: int
    sample_count: int
    frames_size: int  # bytes of FLAC in it


class Index(Struct, frozen=True, array_like=True):
    """What a player reads first."""

    format: int
    header: bytes  # of FLAC: with the frames of all parts behind it, a whole file
    pieces: tuple[Piece, ...]
    window_samples: int  # of a point of energy
    energy: tuple[bytes, ...]  # by track, as in a part


_encode = msgspec.msgpack.encode
_parts = msgspec.msgpack.Decoder(SpooledPart)
_indexes = msgspec.msgpack.Decoder(Index)


def folder_of(contact: ContactRef) -> str:
    """Return what the keys of a contact's objects begin with, and no other's do."""
    return f"recordings/{contact.tenant}/{contact.contact_id}/"


def folder_of_repaired(contact: ContactRef) -> str:
    """Return what the keys begin with of objects that hold what was found after the contact."""
    return f"{folder_of(contact)}repaired/"


def folder_of_redacted(contact: ContactRef) -> str:
    """Return what the keys begin with of redacted recordings of a contact, and of nothing else."""
    return f"redactions/{contact.tenant}/{contact.contact_id}/"


def seal_of_original(contact: ContactRef, key: Key) -> Seal:
    """Return how a contact's recording is sealed as it was made; `key` is its holder's."""
    return Seal(key, f"recording/{contact.tenant}/{contact.contact_id}")


def seal_of_redacted(object_key: str, key: Key) -> Seal:
    """Return how one redacted recording is sealed, which no other's pieces fit into."""
    return Seal(key, object_key)


def sealed_part(samples: Samples, *, number: int, seal: Seal) -> bytes:
    """Encode and seal a part."""
    return sealed_spooled(spooled(samples, number=number), number=number, seal=seal)


def spooled(samples: Samples, *, number: int) -> SpooledPart:
    """Encode a part. All but the last of a recording are of `PART_SAMPLES`."""
    first_frame = number * (PART_SAMPLES // BLOCK_SAMPLES)
    frames = b"".join(flac.frames(samples, first_frame=first_frame))
    return SpooledPart(FORMAT, energy_of(samples), frames)


def sealed_spooled(part: SpooledPart, *, number: int, seal: Seal) -> bytes:
    """Seal a part that was encoded."""
    return seal_bytes(_encode(part), seal.key.secret, about=_about(seal, str(number)))


def opened_part(sealed: bytes, *, number: int, seal: Seal) -> SpooledPart:
    """Undo `sealed_part`, but for the encoding.

    Raises:
        ValueError: wrong key, wrong place, or a changed byte.
    """
    return _parts.decode(open_bytes(sealed, seal.key.secret, about=_about(seal, str(number))))


def sealed_index(pieces: Sequence[Piece], energy: Sequence[bytes], *, seal: Seal) -> bytes:
    """Seal what stands behind the parts; `energy` is that of all of them, by track."""
    merged = -(-max(len(track) for track in energy) // POINTS_MAX) or 1
    index = Index(
        FORMAT,
        flac.header(sum(piece.sample_count for piece in pieces)),
        tuple(pieces),
        WINDOW_SAMPLES * merged,
        tuple(_loudest(track, of=merged) for track in energy),
    )
    return seal_bytes(_encode(index), seal.key.secret, about=_about(seal, "index"))


def opened_index(sealed: bytes, *, seal: Seal) -> Index:
    """Undo `sealed_index`.

    Raises:
        ValueError: wrong key, wrong contact, or a changed byte.
    """
    return _indexes.decode(open_bytes(sealed, seal.key.secret, about=_about(seal, "index")))


def energy_of(samples: Samples) -> tuple[bytes, ...]:
    """Return the mean energy of each window, by track."""
    full_scale = float(1 << (8 * SAMPLE_BYTES - 1))
    starts = np.arange(0, len(samples), WINDOW_SAMPLES)
    counts = np.diff(np.append(starts, len(samples)))[:, None]
    power: NDArray[np.float64] = np.add.reduceat((samples / full_scale) ** 2, starts, axis=0)
    level = 10 * np.log10(np.maximum(power / counts, 10 ** (-_FLOOR_DB / 10)))
    points = np.round(_LOUDEST * (1 + level / _FLOOR_DB)).astype(np.uint8)
    return tuple(points[:, column].tobytes() for column in range(len(TRACKS)))


def _loudest(points: bytes, *, of: int) -> bytes:
    """Return one point for so many, none of which it hides."""
    return bytes(max(points[at : at + of]) for at in range(0, len(points), of))


def _about(seal: Seal, place: str) -> bytes:
    return f"{seal.bound_to}/{place}".encode()
