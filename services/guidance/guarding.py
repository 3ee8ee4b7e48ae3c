"""The guardrails of a playbook: what may not be said, shown, or sent to a model. Pure.

They watch for personal data, for words that give a model orders, or for moments. What was masked
before it comes here, card data always, is found by its masks; private numbers that a policy lets
models see are found again.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.guidance import GuardrailAct, GuardrailKind, Heard
from ...events.privacy.kinds import PERSONAL_KINDS, PERSONAL_MASKS
from ..guardrail_private import PRIVATE_KINDS
from ..guardrails import instructs, sanitised
from .utterances import Utterance, heard_of

# What a guardrail may watch for besides moments.
FINDS = (*PERSONAL_KINDS, "passcode", "instructions")
_EVIDENCE_CHARS_MAX = 300  # of the words, from the end: what was found stands there

# Signs of what was said; whatever else is told of a mask stands in the final.
_KINDS: dict[str, str] = {mask: kind for kind, mask in PERSONAL_MASKS.items()}
_SAME = {"passcode": "pin"}  # an older word of the grammar


def finds_of(kinds: Iterable[str]) -> frozenset[str]:
    """Return what `finds` of a playbook names, each by one word."""
    return frozenset(_SAME.get(kind, kind) for kind in kinds)


class Guardrail(Struct, frozen=True, kw_only=True):
    """What is watched for, on which tracks, and what is done about it.

    `block`: the utterance earns no cue but the one it shows, and no model is asked about it.
    `sanitise`: private numbers are masked in what is kept as evidence. `warn`: a cue is shown.
    `alert`: supervisors are told. Each is recorded.
    """

    name: str
    kind: GuardrailKind
    act: GuardrailAct
    title: str
    on: frozenset[str] = frozenset()  # moments
    finds: frozenset[str] = frozenset()
    tracks: tuple[Track, ...] = TRACKS
    shows: str | None = None  # a cue


class Trip(Struct, frozen=True):
    """A guardrail that came upon what it watches for."""

    guardrail: Guardrail
    found: tuple[str, ...]
    heard: Heard | None
    evidence: str


def trips_in(guardrails: Sequence[Guardrail], utterance: Utterance) -> Iterator[Trip]:
    """Yield the guardrails that words trip by what they hold, each once."""
    watching = [one for one in guardrails if one.finds and utterance.track in one.tracks]
    if not watching or not utterance.words:
        return
    wanted = frozenset[str]().union(*(one.finds for one in watching))
    found, clean = _found(utterance.words, wanted)
    if not found:
        return
    heard = heard_of(utterance, *_stretch(utterance.words, clean.split()))
    for guardrail in watching:
        tripping = tuple(kind for kind in found if kind in guardrail.finds)
        if tripping:
            yield Trip(guardrail, tripping, heard, clean[-_EVIDENCE_CHARS_MAX:])


def trips_on(
    guardrails: Sequence[Guardrail], moment: str, *, heard: Heard | None, evidence: str
) -> Iterator[Trip]:
    """Yield the guardrails that a moment trips."""
    for guardrail in guardrails:
        spoken = heard is None or heard.track in guardrail.tracks
        if moment in guardrail.on and spoken:
            yield Trip(guardrail, (moment,), heard, sanitised(evidence).text)


def _stretch(words: Sequence[str], clean: Sequence[str]) -> tuple[int, int]:
    """Return the first and the last word that hold what was found; without any, of all."""
    masks = [at for at, word in enumerate(words) if any(mask in word for mask in _KINDS)]
    same = sum(1 for _ in takewhile(_alike, zip(words, clean, strict=False)))
    if same < len(words):
        pairs = zip(reversed(words[same:]), reversed(clean[same:]), strict=False)
        after = sum(1 for _ in takewhile(_alike, pairs))
        masks += [same, len(words) - 1 - after]
    return (min(masks), max(masks)) if masks else (0, len(words) - 1)


def _alike(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


_CARDS = frozenset({"card_number", "security_code", "expiry_date"})  # masked always, by now


def _found(words: Sequence[str], wanted: frozenset[str]) -> tuple[list[str], str]:
    """Return the kinds found, in the order in which they are told, and the words without them."""
    text = " ".join(words)
    found = [kind for mask, kind in _KINDS.items() if mask in text]
    checked = sanitised(text) if wanted & PRIVATE_KINDS - _CARDS else None
    clean = text if checked is None else checked.text
    if checked is not None:
        found += [kind for kind in checked.found if kind not in found]
    if "instructions" in wanted and instructs(text):
        found.append("instructions")
    return list(dict.fromkeys(found)), clean
