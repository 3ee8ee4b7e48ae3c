"""When conditions come true. Pure: by what came true before, and the instants at which it did.

A term may be known late, or out of turn; what counts is when it was so. So whatever completes a
condition, its parts are looked for on both sides of that, and the latest of them says when the
condition came true, and what its cause was. Folding the same facts again gives the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import Causation
from ...events.guidance import Heard
from .moments import Condition, Moment, Phase, in_order

# How often one moment is remembered: as often as `times` may ask for.
OCCURRENCES_MAX = 20

# Words are known a while after they were said: what seems not to have been said may yet come.
HEARING = timedelta(seconds=2)


class Occurrence(Struct, frozen=True, kw_only=True):
    """A moment or a state came true, once."""

    at: datetime
    heard: Heard | None = None
    cause: Causation | None = None  # the event that says so, once the log has shown it

    @property
    def key(self) -> str:
        """What one cause of guidance is: an utterance, else an instant."""
        return self.heard.utterance_id if self.heard else f"at:{self.at.isoformat()}"


Occurred = Mapping[str, tuple[Occurrence, ...]]  # by name, the oldest first


class Fulfilled(Struct, frozen=True, kw_only=True):
    """A condition came true, by these."""

    condition: Condition
    parts: tuple[Occurrence, ...]

    @property
    def latest(self) -> Occurrence:
        """The part that completed it, in the order of what happened."""
        return max(self.parts, key=lambda one: one.at)


class Deadline(Struct, frozen=True, kw_only=True):
    """Something must come true until an instant, or its being missing is a moment."""

    condition: Condition
    since: Occurrence
    until: datetime

    @property
    def due_at(self) -> datetime:
        """When it can be told that nothing was said."""
        return self.until + HEARING


def with_occurrence(occurred: Occurred, name: str, news: Occurrence) -> Occurred:
    """Return what occurred and `news`; being told of it again may add its cause, no more."""
    same = (news.at, news.key)
    others = [one for one in occurred.get(name, ()) if (one.at, one.key) != same]
    for known in occurred.get(name, ()):
        if (known.at, known.key) == same:
            news = replace(news, cause=news.cause or known.cause)
    kept = sorted([*others, news], key=lambda one: one.at)[-OCCURRENCES_MAX:]
    return {**occurred, name: tuple(kept)}


def ordered_conditions(moments: Sequence[Moment]) -> tuple[Condition, ...]:
    """Return the conditions, each after those it looks at."""
    named = {one.name: one for one in moments if isinstance(one, Condition)}
    return tuple(named[name] for name in in_order(moments) if name in named)


def follow(
    conditions: Iterable[Condition], occurred: Occurred, name: str, news: Occurrence
) -> Iterator[Fulfilled]:
    """Yield what comes true with `news`, each after what it follows from.

    `conditions` are in order; `occurred` holds what is known besides.
    """
    occurred = with_occurrence(occurred, name, news)
    fresh = {name: news}
    for condition in conditions:
        for term in condition.terms:
            if term in fresh and (found := _fulfilled(condition, occurred, term, fresh[term])):
                yield found
                latest = replace(found.latest, cause=None)
                occurred = with_occurrence(occurred, condition.name, latest)
                fresh[condition.name] = latest
                break


def deadlines(conditions: Iterable[Condition], occurred: Occurred) -> Iterator[Deadline]:
    """Yield what is waited for: it did not come true, and the contact did not end before."""
    ends = [one.at for one in occurred.get("contact_ended", ())]
    for condition in conditions:
        if condition.kind != "missing" or condition.since is None:
            continue
        span = timedelta(seconds=condition.within_s or 0)
        for since in occurred.get(condition.since, ()):
            until = since.at + span
            over = any(end < until for end in ends)
            guarded = _guarded(condition, occurred, until)
            if not over and not guarded and not _came(condition, occurred, since.at, until):
                yield Deadline(condition=condition, since=since, until=until)


def _came(condition: Condition, occurred: Occurred, since: datetime, until: datetime) -> bool:
    for term in condition.terms:
        known = occurred.get(term, ())
        if len(known) == OCCURRENCES_MAX and since < known[0].at:
            return True  # what came earlier is forgotten: nothing is claimed of it
        if any(since <= one.at <= until for one in _counting(condition, occurred, term)):
            return True
    return False


def _fulfilled(
    condition: Condition, occurred: Occurred, by: str, news: Occurrence
) -> Fulfilled | None:
    if not _counts(condition, news):
        return None
    match condition.kind:
        case "any":
            parts = (news,)
        case "all":
            parts = _together(condition, occurred, news)
        case "then":
            parts = _in_turn(condition, occurred, by, news)
        case "times":
            parts = _so_often(condition, occurred, by, news)
        case "missing":
            return None  # the clock tells
    if not parts or _guarded(condition, occurred, max(one.at for one in parts)):
        return None
    return Fulfilled(condition=condition, parts=parts)


def _together(condition: Condition, occurred: Occurred, news: Occurrence) -> tuple[Occurrence, ...]:
    counting = [_counting(condition, occurred, term) for term in condition.terms]
    if condition.within_s is None:
        return tuple(_nearest(one, news.at) for one in counting) if all(counting) else ()
    for window in _windows(condition, [one for some in counting for one in some], news):
        inside = [[one for one in some if one in window] for some in counting]
        if all(inside):
            return tuple(_nearest(one, news.at) for one in inside)
    return ()


def _in_turn(
    condition: Condition, occurred: Occurred, by: str, news: Occurrence
) -> tuple[Occurrence, ...]:
    counting = [_counting(condition, occurred, term) for term in condition.terms]
    for place, term in enumerate(condition.terms):
        if term != by:
            continue
        before, after = [news], [news]
        for some in reversed(counting[:place]):
            before += [one for one in some if _precedes(one, before[-1])][-1:]
        for some in counting[place + 1 :]:
            after += [one for one in some if _precedes(after[-1], one)][:1]
        parts = (*reversed(before[1:]), *after)
        span = parts[-1].at - parts[0].at
        whole = len(parts) == len(condition.terms)
        if whole and span <= timedelta(seconds=condition.within_s or 0):
            return parts
    return ()


def _so_often(
    condition: Condition, occurred: Occurred, by: str, news: Occurrence
) -> tuple[Occurrence, ...]:
    counting = _counting(condition, occurred, by)
    for window in _windows(condition, counting, news):
        if len(window) >= condition.times:
            return tuple(window)
    return ()


def _windows(
    condition: Condition, counting: Iterable[Occurrence], news: Occurrence
) -> Iterator[list[Occurrence]]:
    """Yield what lies in each stretch of `within_s` around `news`, the latest stretch first."""
    span = timedelta(seconds=condition.within_s or 0)
    among = sorted(counting, key=lambda one: one.at)
    for first in reversed(among):
        if first.at <= news.at <= first.at + span:
            yield [one for one in among if first.at <= one.at <= first.at + span]


def _precedes(one: Occurrence, other: Occurrence) -> bool:
    return one.at <= other.at and (one.at, one.key) != (other.at, other.key)


def _nearest(among: Iterable[Occurrence], at: datetime) -> Occurrence:
    return min(among, key=lambda one: abs(one.at - at))


def _counting(condition: Condition, occurred: Occurred, term: str) -> list[Occurrence]:
    return [one for one in occurred.get(term, ()) if _counts(condition, one)]


def _counts(condition: Condition, one: Occurrence) -> bool:
    return one.heard is None or one.heard.track in condition.tracks


def _guarded(condition: Condition, occurred: Occurred, at: datetime) -> bool:
    """Tell whether what a condition must not follow was so, or the contact stood otherwise."""
    if any(one.at <= at for name in condition.unless for one in occurred.get(name, ())):
        return True
    return condition.phase is not None and not _stands(condition.phase, occurred, at)


def _stands(phase: Phase, occurred: Occurred, at: datetime) -> bool:
    last = {
        state: max((one.at for one in occurred.get(state, ()) if one.at <= at), default=None)
        for state in ("agent_connected", "customer_held", "customer_resumed", "contact_ended")
    }
    held, resumed = last["customer_held"], last["customer_resumed"]
    on_hold = held is not None and (resumed is None or resumed < held)
    match phase:
        case "with_agent":
            return last["agent_connected"] is not None and not on_hold
        case "on_hold":
            return on_hold
        case "off_hold":
            return not on_hold
        case "before_end":
            return last["contact_ended"] is None
        case "after_end":
            return last["contact_ended"] is not None
