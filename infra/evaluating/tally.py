"""Compared contacts added up: by cue and by item, in memory that does not grow with them. Pure."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from ...events.base import ContactId, UtteranceId
from ...projections.shares import interval_95
from .comparing import Answer, Came, Compared, Label

# Told one by one, of gained and of lost each; the others are counted.
LISTED_MAX = 1_000

# What took longer than any call would be told as this; and so finely are latencies told apart.
AFTER_MS_MAX = 600_000
AFTER_STEP_MS = 10


class Listed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cue or a tick that came in one of the two only."""

    contact_id: ContactId
    name: str
    utterance_id: UtteranceId | None
    label: Label | None = None  # what the agent said of it
    words: str | None = None  # that earned it; None: not told


class Latency(Struct, frozen=True, kw_only=True):
    """From the end of the earning words to the cue."""

    count: int
    p50_ms: int | None  # None: there were none
    p95_ms: int | None


class Precision(Struct, frozen=True, kw_only=True):
    """How many of the cues of which agents said anything they used. A weak label: see `LABELS`."""

    used: int
    dismissed: int
    share: float | None  # None: agents said nothing
    interval_95: tuple[float, float]  # Wilson's


class Side(Struct, frozen=True, kw_only=True):
    """What came, in one of the two."""

    cues: int
    cues_a_minute: float | None  # None: the contacts last no time
    latency: Latency
    precision: Precision
    ticks: int
    withheld: dict[str, int]  # for good, by reason


class CueChange(Struct, frozen=True, kw_only=True):
    """One cue in all contacts."""

    before: int
    after: int
    kept: int
    gained: int
    lost: int
    used_kept: int
    used_lost: int
    dismissed_kept: int
    dismissed_lost: int


class ItemChange(Struct, frozen=True, kw_only=True):
    """One item of the checklist in all contacts."""

    before: int
    after: int
    gained: int
    lost: int


class Sum(Struct, frozen=True, kw_only=True):
    """All contacts."""

    contacts: int
    minutes: float
    before: Side
    after: Side
    cues: dict[str, CueChange]  # by name
    items: dict[str, ItemChange]
    gained: tuple[Listed, ...]  # cues, in the order of contacts; `LISTED_MAX` at most
    lost: tuple[Listed, ...]
    ticks_gained: tuple[Listed, ...]
    ticks_lost: tuple[Listed, ...]


LABELS = (
    "labels are what agents said: used is taken as right, dismissed as wrong; a weak label, and "
    "of what only the other playbook brings there is none"
)


class Tally:
    """Adds contacts up."""

    def __init__(self, *, texts: bool = False) -> None:
        """With `texts`, what is listed tells the words that earned it."""
        self._texts = texts
        self._contacts = 0
        self._minutes = 0.0
        self._before, self._after = _SideTally(), _SideTally()
        self._cues: dict[str, Counter[str]] = {}
        self._items: dict[str, Counter[str]] = {}
        self._listed: dict[str, list[Listed]] = {
            name: [] for name in ("gained", "lost", "ticks_gained", "ticks_lost")
        }

    def add(self, one: Compared) -> None:
        """Add a contact."""
        self._contacts += 1
        self._minutes += one.minutes
        kept = {old.guidance_id for old, _ in one.kept}
        # What agents said of a cue holds for the same cue after, too.
        self._before.add(one.before, (_label(one, cue) for cue in one.before.cues))
        self._after.add(one.after, (_label(one, old) for old, _ in one.kept))
        for cue in one.before.cues:
            fate = "kept" if cue.guidance_id in kept else "lost"
            label = _label(one, cue)
            told = ["before", fate] + ([f"{label}_{fate}"] if label else [])
            self._cues.setdefault(cue.name, Counter()).update(told)
        for cue in one.after.cues:
            self._cues.setdefault(cue.name, Counter())["after"] += 1
        for cue in one.gained:
            self._cues[cue.name]["gained"] += 1
        self._add_items(one)
        self._list(one)

    def sum(self) -> Sum:
        """Return what was added so far."""
        return Sum(
            contacts=self._contacts,
            minutes=round(self._minutes, 2),
            before=self._before.side(self._minutes),
            after=self._after.side(self._minutes),
            cues={
                name: CueChange(**{one: count[one] for one in CueChange.__struct_fields__})
                for name, count in sorted(self._cues.items())
            },
            items={
                name: ItemChange(**{one: count[one] for one in ItemChange.__struct_fields__})
                for name, count in sorted(self._items.items())
            },
            **{name: tuple(listed) for name, listed in self._listed.items()},
        )

    def _add_items(self, one: Compared) -> None:
        for what, came in (
            ("before", one.before.ticks),
            ("after", one.after.ticks),
            ("gained", one.ticks_gained),
            ("lost", one.ticks_lost),
        ):
            for tick in came:
                self._items.setdefault(tick.name, Counter())[what] += 1

    def _list(self, one: Compared) -> None:
        for name, listed in self._listed.items():
            came: tuple[Came, ...] = getattr(one, name)
            for cue in came[: LISTED_MAX - len(listed)]:
                listed.append(
                    Listed(
                        contact_id=one.contact_id,
                        name=cue.name,
                        utterance_id=cue.utterance_id,
                        label=_label(one, cue),
                        words=cue.words if self._texts else None,
                    )
                )


class _SideTally:
    def __init__(self) -> None:
        self._cues = 0
        self._ticks = 0
        self._after_ms: Counter[int] = Counter()
        self._labels: Counter[str] = Counter()
        self._withheld: Counter[str] = Counter()

    def add(self, answer: Answer, labels: Iterable[Label | None]) -> None:
        self._cues += len(answer.cues)
        self._ticks += len(answer.ticks)
        self._withheld.update(answer.withheld)
        for cue in answer.cues:
            # Before its words were said: of a recording that was played faster than spoken.
            if cue.after_ms is not None and cue.after_ms >= 0:
                ms = min(cue.after_ms, AFTER_MS_MAX)
                self._after_ms[round(ms / AFTER_STEP_MS) * AFTER_STEP_MS] += 1
        self._labels.update(label for label in labels if label)

    def side(self, minutes: float) -> Side:
        used, dismissed = self._labels["used"], self._labels["dismissed"]
        told = used + dismissed
        return Side(
            cues=self._cues,
            cues_a_minute=round(self._cues / minutes, 3) if minutes else None,
            latency=Latency(
                count=self._after_ms.total(),
                p50_ms=_quantile(self._after_ms, 0.5),
                p95_ms=_quantile(self._after_ms, 0.95),
            ),
            precision=Precision(
                used=used,
                dismissed=dismissed,
                share=used / told if told else None,
                interval_95=interval_95(used, told),
            ),
            ticks=self._ticks,
            withheld=dict(sorted(self._withheld.items())),
        )


def _quantile(counts: Counter[int], share: float) -> int | None:
    """Return the least value that so many are not above."""
    wanted, seen = share * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return None


def _label(one: Compared, cue: Came) -> Label | None:
    return None if cue.guidance_id is None else one.labels.get(cue.guidance_id)


def listed_beyond(found: Sum) -> Iterable[tuple[str, int]]:
    """Yield what is counted and not listed, with how many of it."""
    for name, total in (
        ("gained", sum(one.gained for one in found.cues.values())),
        ("lost", sum(one.lost for one in found.cues.values())),
    ):
        listed: tuple[Listed, ...] = getattr(found, name)
        if total > len(listed):
            yield name, total - len(listed)
