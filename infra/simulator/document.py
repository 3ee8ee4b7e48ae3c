"""Makes a fragment's document, piece by piece, with whatever is wrong with it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from . import matroska
from .faults import IN_BAND_ERRORS, Faults, InBandErrorId, hits
from .layout import SAMPLES_PER_MS, Block
from .recording import SAMPLE_BYTES
from .stream import MS_PER_S, Fragment

TRACK_NAMES = ("AUDIO_FROM_CUSTOMER", "AUDIO_TO_CUSTOMER")
MIME_TYPE = "audio/L16;rate=8000;channels=1;"


class Piece(NamedTuple):
    """Bytes that become readable together, from a moment on."""

    due_s: float
    content: bytes


class Stamps(NamedTuple):
    """What the tags of a fragment's two times are called."""

    server: str
    producer: str


_SENT_STAMPS = Stamps("AWS_KINESISVIDEO_SERVER_TIMESTAMP", "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP")
_STORED_STAMPS = Stamps(
    "AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP", "AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP"
)


def pieces(fragment: Fragment, *, stamps: Stamps = _SENT_STAMPS) -> Iterator[Piece]:
    """Yield the fragment's document up to its last tags, which `trailer` makes.

    With block pacing there is a piece for every 64 ms, with fragment pacing they are all due at
    once. The head comes with the first blocks: nothing of a fragment exists before they do.
    """
    faults, index = fragment.call.faults, fragment.index
    slots = fragment.slots
    numbers = (2, 1) if hits(faults.swapped_fragments, index) else (1, 2)
    content = [_head(fragment, numbers, stamps), _cluster_head(fragment, slots)]
    ordinal = 0  # of the block within the fragment
    for slot in slots:
        for block in slot:
            if (index, ordinal) not in faults.missing_blocks:
                content.append(_block(fragment, block, numbers[block.track]))
            ordinal += 1
        if hits(faults.unreadable_fragments, index):
            content = [*content[:2], _garbage(content[2:], seed=fragment.ordinal)]
        yield Piece(fragment.slot_due_s(slot), b"".join(content))
        content = [b"", b""]


def stored_document(fragment: Fragment) -> bytes:
    """Return a whole fragment as the archive gives it: other names, and nothing about sending."""
    faults, index = fragment.call.faults, fragment.index
    content = b"".join(piece.content for piece in pieces(fragment, stamps=_STORED_STAMPS))
    bare = hits(faults.tagless_fragments, index) or hits(faults.partially_tagged_fragments, index)
    return content if bare else content + _identity(fragment)


def exception_tags(number: str, code: int) -> bytes:
    """Return what the archive writes before it ends a body that it cannot go on with."""
    exception = {
        "AWS_KINESISVIDEO_FRAGMENT_NUMBER": number,
        "AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE": str(code),
        "AWS_KINESISVIDEO_EXCEPTION_MESSAGE": "Fragment not found.",
    }
    return matroska.tags([exception], size_bytes=matroska.SERVICE_SIZE_BYTES)


def trailer(fragment: Fragment, *, sent_s: float) -> bytes:
    """Return the tags that end the document; the service writes them as it sends."""
    faults, index = fragment.call.faults, fragment.index
    if hits(faults.tagless_fragments, index):
        return b""
    behind_ms = max(0, round((sent_s - fragment.complete_s) * MS_PER_S))
    last = {
        "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": str(behind_ms),
        "AWS_KINESISVIDEO_CONTINUATION_TOKEN": str(fragment.number),
    }
    identity = b"" if hits(faults.partially_tagged_fragments, index) else _identity(fragment)
    return identity + matroska.tags([last], size_bytes=matroska.SERVICE_SIZE_BYTES)


def error_tags(error_id: InBandErrorId) -> bytes:
    """Return what the service writes before it ends a body that it cannot go on with."""
    error = {
        "AWS_KINESISVIDEO_ERROR_CODE": IN_BAND_ERRORS[error_id],
        "AWS_KINESISVIDEO_ERROR_ID": str(error_id),
    }
    return matroska.tags([error], size_bytes=matroska.SERVICE_SIZE_BYTES)


def _head(fragment: Fragment, numbers: tuple[int, int], stamps: Stamps) -> bytes:
    faults, index = fragment.call.faults, fragment.index
    tagless = hits(faults.tagless_fragments, index)
    service_tags = {
        "AWS_KINESISVIDEO_FRAGMENT_NUMBER": str(fragment.number),
        stamps.server: _seconds(fragment.server_started_ms),
        stamps.producer: _seconds(fragment.producer_started_ms),
    }
    head = matroska.document_head(
        segment_uid=fragment.call.segment_uid,
        tracks=sorted(zip(numbers, TRACK_NAMES, strict=True)),
        service_tags={} if tagless else service_tags,
    )
    identified = not tagless and not hits(faults.partially_tagged_fragments, index)
    return head + _identity(fragment) if faults.tags == "both" and identified else head


def _identity(fragment: Fragment) -> bytes:
    """Return the tags that say whose audio it is, each in an element of its own."""
    identity = {
        "ContactId": fragment.call.contact_id,
        "InstanceId": fragment.call.instance_id,
        "MimeType": MIME_TYPE,
        "AUDIO_FROM_CUSTOMER": "1",
        "AUDIO_TO_CUSTOMER": "2",
        "Events": "[]",
    }
    return b"".join(matroska.tags([{name: text}]) for name, text in identity.items())


def _cluster_head(fragment: Fragment, slots: list[list[Block]]) -> bytes:
    faults, index = fragment.call.faults, fragment.index
    size = _blocks_size(faults, index, slots) if hits(faults.known_size_fragments, index) else None
    return matroska.cluster_head(timecode_ms=fragment.producer_started_ms, blocks_size=size)


def _blocks_size(faults: Faults, index: int, slots: list[list[Block]]) -> int:
    blocks = [block for slot in slots for block in slot]
    return sum(
        matroska.simple_block_size((block.end - block.first) * SAMPLE_BYTES)
        for ordinal, block in enumerate(blocks)
        if (index, ordinal) not in faults.missing_blocks
    )


def _block(fragment: Fragment, block: Block, number: int) -> bytes:
    call = fragment.call
    spoken_ms = call.producer_started_ms + block.first // SAMPLES_PER_MS
    return matroska.simple_block(
        track_number=number,
        timecode_ms=spoken_ms - fragment.producer_started_ms,
        samples=call.recording.samples(*block),
    )


def _garbage(blocks: list[bytes], *, seed: int) -> bytes:
    """Return noise as long as the blocks; the same for every reader of the fragment.

    It begins with zero bytes, which no element's id does.
    """
    noise = np.random.default_rng(seed).bytes(sum(map(len, blocks)))
    return bytes(min(8, len(noise))) + noise[8:]


def _seconds(epoch_ms: int) -> str:
    return f"{epoch_ms // MS_PER_S}.{epoch_ms % MS_PER_S:03}"
