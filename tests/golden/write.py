"""Write the golden files of events that have none: `python -m tests.golden.write`.

What is there stays: an event that no longer reads its old file needs a new version, or a fix.
Read what it writes of older versions: it is what their upcasters made of them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from antiphon.events.base import Causation, Draft, Event, EventId, Position
from antiphon.events.codec import CODEC, Codec, decode_envelope

from .. import builders, register_builders
from . import DIRECTORY, KEY, STORED, in_clear, meaning_of, name_of, stored

SAMPLES: tuple[Callable[[], Event], ...] = (*builders.SAMPLES, *register_builders.SAMPLES)


def write(events: Iterable[Event], directory: Path = DIRECTORY, *, codec: Codec = CODEC) -> None:
    for event in events:
        kind = type(event)
        path = directory / f"{name_of(kind, kind.VERSION)}{STORED}"
        _add(path, stored(_draft(event), codec=codec))
        for version in range(1, kind.VERSION + 1):
            envelope = decode_envelope(
                (directory / f"{name_of(kind, version)}{STORED}").read_bytes()
            )
            meant = in_clear(codec.decode(envelope, keys={KEY.id: KEY}))
            content = msgspec.json.format(msgspec.json.encode(meant), indent=2) + b"\n"
            _add(directory / meaning_of(kind, version), content)


def _draft(event: Event) -> Draft:
    return Draft(
        event=event,
        id=EventId(f"e-{name_of(type(event), event.VERSION)}"),
        occurred_at=builders.NOON,
        actor="service:golden",
        correlation="c-first",
        causation=Causation(EventId("e-cause"), Position(41)),
    )


def _add(path: Path, content: bytes) -> None:
    if not path.exists():
        path.write_bytes(content)
        print(f"wrote {path.name}")  # noqa: T201 (a tool for people)


if __name__ == "__main__":
    write(sample() for sample in SAMPLES)
