"""What a captured conversation said, told again when its audio has come as far. Pure.

A line of a capture is `{"t": seconds, "dir": "s2c" or "c2s", "msg": {…}}`.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from .channel import Message


class Replay:
    """The server's messages of one capture, in their order."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = list(messages)

    @classmethod
    def of(cls, path: Path) -> "Replay":
        """Read a capture; what the client sent and how the socket closed is left out."""
        lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        told = [line["msg"] for line in lines if line["dir"] == "s2c" and "type" in line["msg"]]
        return cls([message for message in told if message["type"] != "Metadata"])

    def heard(self, until_s: float) -> list[Message]:
        """Return what is told once there was so much audio: nothing of what lies after it."""
        count = 0
        for message in self._messages:
            if message.get("from_finalize") or _end_s(message) > until_s:
                break
            count += 1
        return self._take(count)

    def finalized(self) -> list[Message]:
        """Return what is left."""
        return self._take(len(self._messages))

    def _take(self, count: int) -> list[Message]:
        told, self._messages = self._messages[:count], self._messages[count:]
        return told


def _end_s(message: Message) -> float:
    if "duration" in message:
        return float(message["start"]) + float(message["duration"])
    return float(message.get("timestamp", message.get("last_word_end", 0.0)))
