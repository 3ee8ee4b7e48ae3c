"""What a recogniser that reads half a minute at a time is given of a track. Pure.

Only what is silent beyond doubt is left out, by its level and not by whether it seems to be a
voice: what a voice detector misses is read all the same.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ..services.redaction.port import Samples

_FRAME_S = 0.02
_FULL_SCALE = 32_768.0
_SILENT_DB = -60.0  # a whisper on a telephone is at -45; an idle line is below -65
_AROUND_S = 0.3  # the first and last consonants are quieter than the level
_APART_S = 0.6  # a pause within a sentence is no seam
SEAM_S = 0.4  # of silence, so that words beside a seam stay words
WINDOW_S_MAX = 27.0  # below the 30 s the model reads
_QUIET_S = 0.1  # of the place where what is too long is cut
_CUT_WITHIN_S = 8.0  # before the end


class Piece(Struct, frozen=True):
    """A stretch of the track, in samples."""

    first: int
    end: int


class Window(Struct, frozen=True):
    """Pieces of a track, read together with silence between them."""

    pieces: tuple[Piece, ...]

    def audio(self, samples: Samples, *, rate_hz: int) -> Samples:
        """Return what is to be read."""
        seam = np.zeros(round(SEAM_S * rate_hz), np.int16)
        parts: list[Samples] = []
        for piece in self.pieces:
            parts += [samples[piece.first : piece.end], seam]
        return np.concatenate(parts[:-1])

    def place_of(self, at: float, *, rate_hz: int) -> int:
        """Return which sample of the track is heard so many seconds into the window."""
        left = round(at * rate_hz)
        for piece in self.pieces:
            length = piece.end - piece.first
            if left <= length:
                return piece.first + max(0, left)
            left -= length + round(SEAM_S * rate_hz)
            if left < 0:
                return piece.end  # within the seam
        return self.pieces[-1].end


def windows_of(samples: Samples, *, rate_hz: int) -> Iterator[Window]:
    """Yield all of a track that is not silent, in order."""
    held: list[Piece] = []
    length = 0.0
    for piece in _short(_loud(samples, rate_hz=rate_hz), samples, rate_hz=rate_hz):
        added = (piece.end - piece.first) / rate_hz + SEAM_S
        if held and length + added > WINDOW_S_MAX:
            yield Window(tuple(held))
            held, length = [], 0.0
        held.append(piece)
        length += added
    if held:
        yield Window(tuple(held))


def _loud(samples: Samples, *, rate_hz: int) -> list[Piece]:
    size = round(_FRAME_S * rate_hz)
    count = -(-samples.size // size)
    padded = np.zeros(count * size)
    padded[: samples.size] = samples
    power = (padded.reshape(count, size) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > (_FULL_SCALE * 10 ** (_SILENT_DB / 20)) ** 2)
    around, apart = round(_AROUND_S * rate_hz), round(_APART_S * rate_hz)
    pieces: list[Piece] = []
    for frame in loud.tolist():
        first = max(0, frame * size - around)
        end = min(samples.size, (frame + 1) * size + around)
        if pieces and first - pieces[-1].end <= apart:
            pieces[-1] = Piece(pieces[-1].first, end)
        else:
            pieces.append(Piece(first, end))
    return pieces


def _short(pieces: list[Piece], samples: Samples, *, rate_hz: int) -> Iterator[Piece]:
    """Cut what is too long for a window where it is quietest."""
    longest, within = round((WINDOW_S_MAX - SEAM_S) * rate_hz), round(_CUT_WITHIN_S * rate_hz)
    quiet = round(_QUIET_S * rate_hz)
    for piece in pieces:
        first = piece.first
        while piece.end - first > longest:
            tail = np.abs(samples[first + longest - within : first + longest].astype(np.int32))
            sums = np.convolve(tail, np.ones(quiet), mode="valid")
            cut = first + longest - within + int(np.argmin(sums)) + quiet // 2
            yield Piece(first, cut)
            first = cut
        yield Piece(first, piece.end)
