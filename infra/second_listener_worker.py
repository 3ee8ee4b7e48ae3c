"""The second recogniser's process: `python -m antiphon.infra.second_listener_worker [MODEL_DIR]`.

Windows come on standard input and words go to standard output, each message with its length in
front. It ends with its input, so whoever started it never leaves it behind.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from ..errors import ModelUnusable
from ..events.base import SAMPLE_RATE_HZ
from ..services.transcription.whisper.guards import is_looped
from ..services.transcription.whisper.reader import Reader, Reading, Word
from .second_listener import Answer, Asked
from .second_weights import loaded

_NICE = 10  # calls under way come first
_HEADER = 4  # bytes of a message's length
_FULL_SCALE = np.float32(32_768)
_CAREFUL_BEAMS = 5

_encode = msgspec.msgpack.encode
_asked = msgspec.msgpack.Decoder(Asked)


def main(arguments: list[str]) -> int:
    """Answer until there is nothing more to answer."""
    os.nice(_NICE)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    try:
        reader = _reader(Path(arguments[0]) if arguments else None)
    except ModelUnusable as error:
        _put(sink, Answer(problem=str(error)))
        return 1
    _put(sink, Answer())
    while header := source.read(_HEADER):
        asked = _asked.decode(source.read(int.from_bytes(header, "little")))
        _put(sink, _answer(reader, asked))
    return 0


def _reader(model_dir: Path | None) -> Reader:
    if model_dir is not None:
        return Reader(model_dir, workers=1)
    return Reader(Path("whisper-base"), workers=1, files=loaded())


def _answer(reader: Reader, asked: Asked) -> Answer:
    if asked.rate_hz != SAMPLE_RATE_HZ or not reader.understands(asked.language):
        return Answer(problem="second_listener_unsuited")
    audio = np.frombuffer(asked.samples, "<i2").astype(np.float32) / _FULL_SCALE
    reading = _read(reader, audio, asked.language, beams=1)
    words = reading.words
    if is_looped(reading):
        # What is made up costs a second look; what a loop stands in the place of may be a number.
        words += _read(reader, audio, asked.language, beams=_CAREFUL_BEAMS).words
    return Answer(words=tuple(_told(word) for word in words))


def _read(
    reader: Reader,
    audio: "np.ndarray[tuple[int], np.dtype[np.float32]]",
    language: str,
    *,
    beams: int,
) -> Reading:
    return reader.read(audio, language=language, prompt=[], beams=beams)


def _told(word: Word) -> tuple[str, float, float]:
    return word.text, word.started_s, word.ended_s


def _put(sink: BinaryIO, answer: Answer) -> None:
    message = _encode(answer)
    sink.write(len(message).to_bytes(_HEADER, "little") + message)
    sink.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
