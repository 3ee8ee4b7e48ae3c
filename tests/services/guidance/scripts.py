"""What playbooks make of lines and of calls: `C:` is said by the customer, `A:` by the agent."""

from antiphon.events.base import Track, UtteranceId
from antiphon.infra.rehearsal import rehearse
from antiphon.infra.rehearsal_call import WORD_S, Call, Turn
from antiphon.services.guidance.moments import by_words_of
from antiphon.services.guidance.playbook import Playbook
from antiphon.services.guidance.rules import matches_of
from antiphon.services.guidance.utterances import Utterance

CUSTOMER: Track = "from_customer"
AGENT: Track = "to_customer"

PAUSE_S = 0.8  # between two turns


def moments(playbook: Playbook, text: str, track: Track = CUSTOMER) -> list[str]:
    """What one line holds."""
    utterance = Utterance(
        utterance_id=UtteranceId(f"{track}-1"),
        revision=None,
        track=track,
        words=tuple(text.split()),
        times=(),
        started_ms=0,
        ended_ms=1,
    )
    return [one.moment.name for one in matches_of(by_words_of(playbook.moments), utterance)]


def came_of(playbook: Playbook, script: str, *kinds: str) -> list[str]:
    """The cues and ticks that a call earns, in order, through the service itself."""
    turns: list[Turn] = []
    at_s = 0.5
    for line in filter(None, map(str.strip, script.splitlines())):
        who, _, text = line.partition(": ")
        speaker = "customer" if who == "C" else "agent"
        until_s = at_s + WORD_S * len(text.split())
        turns.append(Turn(at_s=at_s, until_s=until_s, speaker=speaker, text=text))
        at_s = until_s + PAUSE_S
    came = rehearse(playbook, Call(name="script", turns=tuple(turns), ended_s=at_s + 2)).came
    return [one.name for one in came if one.kind in (kinds or ("cue", "tick"))]


def cues_of(playbook: Playbook, script: str) -> list[str]:
    """The cues alone."""
    return came_of(playbook, script, "cue")
