"""A conversation of two, masked as it is stored, without holding anything back."""

from collections.abc import Sequence

from antiphon.events.base import Track
from antiphon.events.privacy.context import PersonalContext
from antiphon.events.privacy.judging import PersonalJudgement, judge_personal
from antiphon.events.privacy.masking import masked_personal
from antiphon.events.privacy.rules import NO_RULES, Rules
from antiphon.events.privacy.situation import NOTHING_SAID

TURN_MS = 3_000
_TRACKS: dict[str, Track] = {"c": "from_customer", "a": "to_customer"}


def masked_alone(text: str, *, rules: Rules = NO_RULES) -> str:
    """Return what is stored of an utterance before which nothing was said."""
    return masked_personal(text, (), judged(text, rules=rules).found).text


def judged(text: str, *, rules: Rules = NO_RULES) -> PersonalJudgement:
    """Judge an utterance before which nothing was said."""
    return judge_personal(text.split(), NOTHING_SAID, rules=rules)


class Conversation:
    """Says one utterance after the other."""

    def __init__(self) -> None:
        self.context = PersonalContext()
        self.at_ms = 0

    def says(self, who: str, text: str) -> str:
        """Let the customer ("c") or the agent ("a") say something; return what is stored."""
        track = _TRACKS[who]
        situation = self.context.situation(track, at_ms=self.at_ms)
        safe = masked_personal(text, (), judge_personal(text.split(), situation).found)
        self.context.take(
            track,
            safe.text,
            safe.masks,
            safe.personal,
            started_ms=self.at_ms,
            ended_ms=self.at_ms + TURN_MS - 500,
        )
        self.at_ms += TURN_MS
        return safe.text

    def waits(self, ms: int) -> None:
        """Let time pass."""
        self.at_ms += ms


def stored(lines: Sequence[str]) -> list[str]:
    """Return what is stored of lines such as `a: your phone number please`."""
    conversation = Conversation()
    return [conversation.says(line[0], line[3:]) for line in lines]
