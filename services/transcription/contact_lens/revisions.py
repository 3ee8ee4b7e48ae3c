"""How often the words of an utterance were shown. Pure."""

from ....events.base import UtteranceId

# Of one contact at once. Two speak at a time; more are utterances that never became final.
_OPEN_MAX = 32


class Revisions:
    """Counts, from 1, and lets go of the oldest."""

    def __init__(self) -> None:
        self._shown: dict[UtteranceId, int] = {}

    def next(self, utterance_id: UtteranceId) -> int:
        """Return the number of the revision that is shown next."""
        revision = self._shown.pop(utterance_id, 0) + 1
        self._shown[utterance_id] = revision
        if len(self._shown) > _OPEN_MAX:
            del self._shown[next(iter(self._shown))]
        return revision

    def forget(self, utterance_id: UtteranceId) -> None:
        """Take it that an utterance is final."""
        self._shown.pop(utterance_id, None)
