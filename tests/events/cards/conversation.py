"""A conversation of two, masked as transcription masks it, without holding anything back."""

from collections.abc import Sequence

from antiphon.events.base import Track
from antiphon.events.cards.context import CardContext
from antiphon.events.cards.judging import judge
from antiphon.events.cards.masking import folded_words, masked
from antiphon.events.speech import CardKind

TURN_MS = 3_000
_TRACKS: dict[str, Track] = {"c": "from_customer", "a": "to_customer"}


class Conversation:
    """Says one utterance after the other; `kinds` are those of the last one."""

    def __init__(self) -> None:
        self.context = CardContext()
        self.at_ms = 0
        self.kinds: list[CardKind] = []

    def says(self, who: str, text: str) -> str:
        """Let the customer ("c") or the agent ("a") say something; return what is stored."""
        track = _TRACKS[who]
        found = judge(folded_words(text), self.context.situation(track, at_ms=self.at_ms)).found
        safe = masked(text, (), found)
        self.kinds = [one.kind for one in found]
        self.context.take(
            track,
            safe.text,
            safe.masks,
            started_ms=self.at_ms,
            ended_ms=self.at_ms + TURN_MS - 500,
        )
        self.at_ms += TURN_MS
        return safe.text


def stored(lines: Sequence[str]) -> list[str]:
    """Return what is stored of lines such as `a: card number please`."""
    conversation = Conversation()
    return [conversation.says(line[0], line[3:]) for line in lines]
