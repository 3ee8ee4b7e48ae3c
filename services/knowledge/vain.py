"""What a customer needs, was searched for a moment ago, and is answered by no article. Pure.

Needs are told again and again in a call, and nothing is recorded of those that no article
answers, so the facts do not tell that they were searched for. To forget them costs a search.
"""

from datetime import datetime, timedelta

from .conversation import ALIKE_MIN, QUESTIONS_MAX, alike

# Within it articles that answer are seldom published, and what was said before changes little.
VAIN = timedelta(seconds=120)


class InVain:
    """The needs of one contact that were searched for in vain, the newest last."""

    def __init__(self) -> None:
        self._searched: list[tuple[frozenset[str], datetime]] = []

    def knows(self, content: frozenset[str], now: datetime) -> bool:
        """Tell whether a need of about these words was searched for in vain a moment ago."""
        return any(
            now - at < VAIN and alike(content, words) >= ALIKE_MIN for words, at in self._searched
        )

    def note(self, content: frozenset[str], now: datetime) -> None:
        """Note that no article answers a need of these words."""
        self._searched = [*self._searched, (content, now)][-QUESTIONS_MAX:]
