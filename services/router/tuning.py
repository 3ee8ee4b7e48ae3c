"""What training made of the local embedder's file: other weights in its upper layers, and a head.

Kept as the difference from the file that comes with the extra `local`, byte by byte: a fortieth of
its size. Read without pickle.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...errors import ModelUnusable

_FILE_BYTES_MAX = 16 * 1024 * 1024  # it has between one and two megabytes


class Told(Struct, frozen=True, kw_only=True):
    """What a file of trained weights says of itself."""

    embedder: str  # name and version of what the weights make of the local embedder
    labels: tuple[str, ...]  # in the order of the head's columns
    served: dict[str, tuple[str, ...]]  # classifiers by name, and which of the labels each has
    trained_on: str  # the beginning of the SHA-256 of what was learned from
    file_sha256: str  # of the file that this is the difference from


class Tuning:
    """Weights that were trained. `weight` is 384 x labels, `bias` one a label."""

    def __init__(self, path: Path) -> None:
        """Read them: some 20 ms.

        Raises:
            ModelUnusable: the file is missing, or not what it should be.
        """
        try:
            if path.stat().st_size > _FILE_BYTES_MAX:
                raise ModelUnusable(f"{path.name} is far larger than trained weights are")
            with np.load(path, allow_pickle=False) as stored:
                arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
            self.told = msgspec.json.decode(arrays["told"].tobytes(), type=Told)
            self.weight: NDArray[np.float32] = arrays["weight"].astype(np.float32)
            self.bias: NDArray[np.float32] = arrays["bias"].astype(np.float32)
            self._changes = _changes(arrays)
        except (OSError, KeyError, ValueError, msgspec.MsgspecError) as error:
            raise ModelUnusable(f"{path.name} cannot be read") from error
        if not self.weight.shape[1:] == (len(self.told.labels),) == self.bias.shape:
            raise ModelUnusable(f"{path.name} has another number of labels than of weights")

    def over(self, file: bytes) -> bytes:
        """Return the embedder's file, as it is after training.

        Raises:
            ModelUnusable: it is shorter than the one that was trained.
        """
        tuned = np.frombuffer(file, np.uint8).copy()
        for place, differences in self._changes.items():
            if place + len(differences) > len(tuned):
                raise ModelUnusable("the local embedder's file is not the one that was trained")
            tuned[place : place + len(differences)] += differences
        return tuned.tobytes()


def _changes(arrays: Mapping[str, Any]) -> dict[int, NDArray[np.uint8]]:
    """Return by place in the file what is added to its bytes, modulo 256."""
    lengths = arrays["lengths"].tolist()
    pieces = np.split(arrays["differences"], np.cumsum(lengths)[:-1])
    return dict(zip(arrays["places"].tolist(), pieces, strict=True))
