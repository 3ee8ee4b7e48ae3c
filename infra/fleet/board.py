"""Where every call of a fleet stands, and what has been heard of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Stage = Literal["waiting", "under_way", "ended", "done"]
Verdict = Literal[
    "whole",  # every sample is stored as it was sent, and the transcript is complete
    "audio_lost",
    "audio_repeated",
    "audio_altered",
    "transcript_incomplete",
    "refused",  # the simulator or the API did not take something
    "not_placed",  # the fleet was stopped before its turn
]
# Nothing is missing of these.
FINE: frozenset[Verdict] = frozenset({"whole", "not_placed"})


class Outcome(Struct, frozen=True, kw_only=True):
    """How a call ended up."""

    ordinal: int
    contact_id: str
    verdict: Verdict
    detail: str = ""  # what is missing, in words; never what was said
    sent_ms: int = 0


class Board:
    """Told by the calls and by the reader of their transcripts; looked at by the screen."""

    def __init__(self, calls: int) -> None:
        self._stages: list[Stage] = ["waiting"] * calls
        self._words: dict[str, int] = {}
        self.outcomes: list[Outcome] = []
        self.stopping = False

    def move(self, ordinal: int, stage: Stage) -> None:
        """Say where a call stands."""
        self._stages[ordinal] = stage

    def heard(self, contact_id: str, words: int) -> None:
        """Say how many words a contact's transcript has by now.

        The most counts: a call that is over is kept back until what is personal was taken out.
        """
        self._words[contact_id] = max(words, self._words.get(contact_id, 0))

    def settle(self, outcome: Outcome) -> None:
        """Say how a call ended up."""
        self.move(outcome.ordinal, "done")
        self.outcomes.append(outcome)

    @property
    def stages(self) -> Mapping[Stage, int]:
        """Calls by where they stand."""
        return Counter(self._stages)

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """Calls by how they ended up."""
        return Counter(outcome.verdict for outcome in self.outcomes)

    @property
    def words(self) -> int:
        """Words of all transcripts."""
        return sum(self._words.values())

    @property
    def failed(self) -> list[Outcome]:
        """The calls of which something is missing, in their order."""
        bad = [outcome for outcome in self.outcomes if outcome.verdict not in FINE]
        return sorted(bad, key=lambda outcome: outcome.ordinal)
