"""What was found of a contact after it was over, put into the parts where it belongs."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing

from ...events.audio import AudioBlock, AudioLog
from ...events.base import START, ContactRef
from ...events.media import AudioRepaired
from ...events.recording import RecordingPartStored
from ..sealed_recording import PART_SAMPLES
from .reel import RECORDING_SAMPLES_MAX, Part, Reel


def touched(parts: Sequence[RecordingPartStored], found: AudioRepaired) -> Iterator[range]:
    """Yield the samples of each part that holds some of what was found, once it is in.

    Also of parts that there were none of yet, and of the last one where they come after it.
    Not of those that have been cut anew already.
    """
    spans = [span for span in found.spans if span.end_sample <= RECORDING_SAMPLES_MAX]
    ends = [sum(part.sample_count for part in parts), *(span.end_sample for span in spans)]
    for number, first in enumerate(range(0, max(ends), PART_SAMPLES)):
        stretch = range(first, min(first + PART_SAMPLES, max(ends)))
        known = parts[number] if number < len(parts) else None
        if known is not None and known.repaired is not None:
            continue
        grows = known is None or known.sample_count < len(stretch)
        if grows or any(
            span.first_sample < stretch.stop and span.end_sample > stretch.start for span in spans
        ):
            yield stretch


async def cut_anew(
    stretch: range,
    parts: Sequence[RecordingPartStored],
    found: AudioRepaired,
    *,
    contact: ContactRef,
    audio: AudioLog,
) -> Part | None:
    """Return a part with what was found in it; None where what was heard is no longer kept.

    Raises:
        LogUnavailable: the audio cannot be read now.
        KeyDestroyed: the person was erased.
    """
    number = stretch.start // PART_SAMPLES
    after = parts[number - 1].audio_upto if number else START
    blocks = await _found_in(stretch, found, contact=contact, audio=audio)
    reel = Reel(part=number, audio_upto=after, found=blocks)
    async with aclosing(audio.read(contact, after=after, upto=found.audio_after)) as chunks:
        async for stored in chunks:
            if reel.hold(stored):
                break
    part = reel.cut(len(stretch))
    known = parts[number].heard if number < len(parts) else ()
    heard = (came - later for came, later in zip(part.heard, part.repaired, strict=True))
    if any(now < then for now, then in zip(heard, known, strict=False)):
        return None
    return part


async def _found_in(
    stretch: range, found: AudioRepaired, *, contact: ContactRef, audio: AudioLog
) -> list[AudioBlock]:
    chunks = audio.read(contact, after=found.audio_after, upto=found.audio_upto, repairs=True)
    async with aclosing(chunks):
        return [
            block
            async for stored in chunks
            if stored.chunk.repair
            for block in stored.chunk.blocks
            if block.first_sample < stretch.stop and block.end_sample > stretch.start
        ]
