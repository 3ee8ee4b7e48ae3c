"""GetMedia's bytes, written by hand from dumps of real calls. Shares nothing with the reader.

Every trap of the format is a parameter here, so that a test can say in one line what is odd.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

FRAGMENT_STEP = 2**92  # fragment numbers grow by about this
FIRST_NUMBER = 91343852333181432392682062000000000000000000000  # 47 digits
ZERO_MS = 1_726_677_688_724
BLOCK_MS = 64
SAMPLES_A_MS = 8

FROM, TO = "AUDIO_FROM_CUSTOMER", "AUDIO_TO_CUSTOMER"


def vint(value: int, width: int = 0) -> bytes:
    width = width or next(w for w in range(1, 9) if value < (1 << 7 * w) - 1)
    return (value | 1 << 7 * width).to_bytes(width, "big")


def unknown(width: int) -> bytes:
    return ((1 << 7 * width + 1) - 1).to_bytes(width, "big")


def element(identifier: str, content: bytes, width: int = 0) -> bytes:
    return bytes.fromhex(identifier) + vint(len(content), width) + content


def unsigned(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def ebml_header() -> bytes:
    content = (
        element("4286", b"\x01")
        + element("42f7", b"\x01")
        + element("42f2", b"\x04")
        + element("42f3", b"\x08")
        + element("4282", b"matroska")
        + element("4287", b"\x02")
        + element("4285", b"\x02")
    )
    return element("1a45dfa3", content)


def info(uid: bytes | None, *, scale_ns: int = 1_000_000) -> bytes:
    content = b"" if uid is None else element("73a4", uid)
    content += element("2ad7b1", unsigned(scale_ns))
    content += element("7ba9", b"Kinesis Video SDK") + element("4d80", b"Kinesis Video SDK 1.1.0")
    return element("1549a966", content + element("5741", b"Kinesis Video SDK 1.1.0 JNI 2.0"))


def tracks(names: Sequence[str | None]) -> bytes:
    entries = b""
    for number, name in enumerate(names, start=1):
        entry = element("d7", unsigned(number)) + element("73c5", unsigned(number))
        entry += element("83", b"\x02")
        if name is not None:
            entry += element("536e", name.encode())
        # The codec is a lie, as in the field: the payload is raw samples.
        entry += element("86", b"A_AAC") + element("63a2", bytes.fromhex("1190"))
        entries += element("ae", entry)
    return element("1654ae6b", entries)


def tags(*pairs: tuple[str, str], width: int = 0) -> bytes:
    simple = b"".join(
        element("67c8", element("45a3", name.encode()) + element("4487", value.encode()))
        for name, value in pairs
    )
    return element("1254c367", element("7373", simple, width), width)


def simple_block(
    number: int, relative_ms: int, payload: bytes, *, width: int = 0, flags: int = 0x80
) -> bytes:
    head = vint(number) + relative_ms.to_bytes(2, "big", signed=True) + bytes([flags])
    return element("a3", head + payload, width)


def block_group(number: int, relative_ms: int, payload: bytes) -> bytes:
    head = vint(number) + relative_ms.to_bytes(2, "big", signed=True) + b"\x00"
    return element("a0", element("a1", head + payload) + element("9b", b"\x40"))


def lay(identifier: str, content: bytes, size: int | str) -> bytes:
    """A master whose size is known (bytes of the size) or unknown (`u` and bytes)."""
    if isinstance(size, str):
        return bytes.fromhex(identifier) + unknown(int(size[1:])) + content
    return element(identifier, content, size)


@dataclass(frozen=True)
class Sound:
    """A block to be: which track (1 is the first declared), when, and what."""

    track: int
    at_ms: int  # after the fragment's beginning
    samples: bytes


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """One fragment, as odd as a test wants it."""

    index: int = 0
    contact_id: str | None = "ours"
    uid: bytes | None = b"\x11" * 16
    sounds: Sequence[Sound] = ()
    names: Sequence[str | None] = (FROM, TO)
    number: int | None = None  # None: from the index
    at_ms: int | None = None  # None: from the index
    identity: str = "both"  # where ContactId stands: before, after, both, nowhere
    numbered: str = "before"  # where the fragment number stands: before, after, nowhere
    token: bool = True
    behind_ms: int | None = 0
    segment_size: int | str = "u8"
    cluster_size: int | str = "u8"
    block_width: int = 0
    tags_width: int = 0
    junk: bytes = b""  # between the elements of the segment
    cluster_junk: bytes = b""  # between the blocks
    extra: Sequence[tuple[str, str]] = field(default_factory=tuple)

    @property
    def fragment_number(self) -> int:
        if self.number is not None:
            return self.number
        return FIRST_NUMBER + self.index * (FRAGMENT_STEP + 17)

    @property
    def began_ms(self) -> int:
        return ZERO_MS + self.index * 1_024 if self.at_ms is None else self.at_ms

    def encode(self) -> bytes:
        head = info(self.uid) + self.junk + tracks(self.names) + self.junk
        return ebml_header() + lay(
            "18538067",
            head + self._ahead() + self._cluster() + self.junk + self._behind(),
            self.segment_size,
        )

    def _ahead(self) -> bytes:
        written = b""
        if self.numbered == "before":
            written += self._aws_tags()
        if self.identity in ("before", "both"):
            written += self._identity()
        return written

    def _behind(self) -> bytes:
        written = b""
        if self.identity in ("after", "both"):
            written += self._identity()
        if self.numbered == "after":
            written += self._aws_tags()
        for pair in self.extra:
            written += tags(pair)
        last: list[tuple[str, str]] = []
        if self.behind_ms is not None:
            last.append(("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", str(self.behind_ms)))
        if self.token:
            last.append(("AWS_KINESISVIDEO_CONTINUATION_TOKEN", str(self.fragment_number)))
        return written + (tags(*last, width=self.tags_width) if last else b"")

    def _aws_tags(self) -> bytes:
        return tags(
            ("AWS_KINESISVIDEO_FRAGMENT_NUMBER", str(self.fragment_number)),
            ("AWS_KINESISVIDEO_SERVER_TIMESTAMP", f"{self.began_ms / 1000 - 1:.3f}"),
            ("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", f"{self.began_ms / 1000:.3f}"),
            width=self.tags_width,
        )

    def _identity(self) -> bytes:
        written = b""
        if self.contact_id is not None:
            written += tags(("ContactId", self.contact_id))
        written += tags(("InstanceId", "i-1"))
        written += tags(("MimeType", "audio/L16;rate=8000;channels=1;"))
        # Constants that contradict the tracks, as in some captures.
        written += tags((FROM, "2")) + tags((TO, "1")) + tags(("Events", "[]"))
        return written

    def _cluster(self) -> bytes:
        blocks = self.cluster_junk.join(
            simple_block(sound.track, sound.at_ms, sound.samples, width=self.block_width)
            for sound in self.sounds
        )
        content = element("e7", unsigned(self.began_ms)) + element("a7", b"\x00") + blocks
        return lay("1f43b675", content, self.cluster_size)


def even_sounds(voices: Iterable[bytes], *, block_bytes: int = 1_024) -> list[Sound]:
    """Cut one stretch of samples a track into blocks, alternating tracks as Connect does."""
    cut = [
        [voice[at : at + block_bytes] for at in range(0, len(voice), block_bytes)]
        for voice in voices
    ]
    step_ms = block_bytes // 2 // SAMPLES_A_MS
    return [
        Sound(track, nth * step_ms, blocks[nth])
        for nth in range(max(map(len, cut), default=0))
        for track, blocks in enumerate(cut, start=1)
        if nth < len(blocks)
    ]
