"""Write the golden files of events that have none: `python -m tests.golden.write`.

What is there stays: an event that no longer reads its old file needs a new version, or a fix.
"""

import msgspec
from antiphon.events.base import Causation, Draft, EventId, Position
from antiphon.events.codec import encode, has_personal_fields

from .. import builders
from . import CONTACT, KEY, expected_file, in_clear, name_of, stored_file


def main() -> None:
    for sample in builders.SAMPLES:
        event = sample()
        name = name_of(type(event), event.VERSION)
        if stored_file(name).exists():
            continue
        draft = Draft(
            event=event,
            id=EventId(f"e-{name}"),
            occurred_at=builders.NOON,
            actor="service:golden",
            correlation="c-first",
            causation=Causation(EventId("e-cause"), Position(41)),
        )
        key = KEY if has_personal_fields(event) else None
        stored_file(name).write_bytes(encode(draft, CONTACT, key=key))
        clear = msgspec.json.format(msgspec.json.encode(in_clear(event)), indent=2)
        expected_file(name).write_bytes(clear + b"\n")
        print(f"wrote {name}")  # noqa: T201 (a tool for people)


if __name__ == "__main__":
    main()
