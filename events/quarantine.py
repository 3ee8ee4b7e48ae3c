"""How far a contact's redaction has come, folded from its facts. Pure.

What was said and recorded stays in quarantine until every check of a round passed, or a person
confirmed it; a later word or recording takes it back there. Whoever lets anything of a contact
out asks `evolve` first, and nobody keeps an opinion of their own.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from .base import START, Causation, Event, Position, Recorded
from .contact import ContactEndCorrected, ContactEnded, ContactErased
from .recording import RecordingConsented, RecordingFailed, RecordingStored
from .redaction import (
    AudioSpan,
    OriginalDestroyed,
    OriginalKept,
    RedactedAudio,
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionReviewed,
    RedactionVerified,
)
from .retention import DataDeleted
from .speech import TranscriptCompleted, UtteranceFinalized, UtteranceOriginal

State = Literal["under_way", "in_quarantine", "verified", "failed", "erased"]

Verdict = RedactionVerified | RedactionDoubted


class Standing(Struct, frozen=True, kw_only=True):
    """Where a contact stands: as much as it takes to say whether anything may be let out."""

    ended: bool = False
    completed: bool = False  # the transcript
    consented: bool = False  # to be recorded
    recorded: bool = False  # or it failed
    news_upto: Position = START  # the newest fact that what is verified has to know
    lane_end: Position = START  # of lane `redaction`
    round: int = 0
    attempt: int = 0  # of that round, the newest
    applied_upto: Position | None = None  # what that attempt knew; None: nothing was applied
    verdict: Literal["none", "doubted", "verified"] = "none"  # of that attempt
    failed: bool = False  # that attempt was the last one
    reviewed: bool = False  # by people, since
    erased: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected of what there is to redact."""
        return self.ended and self.completed and (self.recorded or not self.consented)

    @property
    def is_current(self) -> bool:
        """Whether the newest round knows everything there is."""
        # An attempt that came to nothing knew what had been told before it was said so.
        upto = self.lane_end if self.applied_upto is None else self.applied_upto
        return self.round > 0 and upto >= self.news_upto

    @property
    def state(self) -> State:
        """Where the contact stands. Only `verified` lets anything out."""
        if self.erased:
            return "erased"
        if not self.is_over:
            return "under_way"
        if not self.is_current:
            return "in_quarantine"
        if self.verdict == "verified" and self.applied_upto is not None:
            return "verified"
        return "failed" if self.failed and not self.reviewed else "in_quarantine"


class Quarantine(Struct, frozen=True, kw_only=True):
    """What the facts say so far, with what an attempt removed and a check found."""

    standing: Standing = Standing()
    correlation: str = ""
    recording: RecordingStored | None = None  # the newest
    recording_failed: bool = False
    cause: Causation | None = None  # the newest fact of another writer
    applied: Mapping[int, RedactionApplied] = field(default_factory=dict[int, RedactionApplied])
    verdicts: Mapping[int, Verdict] = field(default_factory=dict[int, Verdict])  # by attempt
    failed: RedactionFailed | None = None  # of this round, the newest
    review: RedactionReviewed | None = None  # of the newest attempt, since it failed
    reviewed_by: str = ""  # the actor of `review`
    doubted: tuple[RedactionDoubted, ...] = ()  # of all rounds
    marked: tuple[AudioSpan, ...] = ()  # by people, in all rounds
    destroyed: bool = False  # the originals
    kept_under: tuple[str, ...] = ()  # holds that kept them from a policy that destroys them

    @property
    def state(self) -> State:
        """See `Standing.state`."""
        return self.standing.state

    @property
    def round(self) -> int:
        """The newest; they count from 1, and 0 is none yet."""
        return self.standing.round

    @property
    def attempt(self) -> int:
        """The newest of that round, likewise."""
        return self.standing.attempt

    @property
    def released(self) -> RedactionApplied | None:
        """What may be let out; None: nothing."""
        return self.applied.get(self.attempt) if self.state == "verified" else None

    @property
    def released_audio(self) -> RedactedAudio | None:
        """The recording that may be let out; None: none, whatever the reason."""
        return None if self.released is None else self.released.audio

    @property
    def awaiting(self) -> RedactionApplied | None:
        """What nobody has passed yet, for those who may review it."""
        return None if self.state in {"verified", "erased"} else self.applied.get(self.attempt)


def evolve(known: Quarantine, recorded: Recorded) -> Quarantine:
    """Return how things stand after a fact. Meeting one again changes nothing."""
    event, before = recorded.event, known.standing
    known = replace(known, standing=stand(before, recorded), correlation=recorded.correlation)
    if recorded.lane == "redaction":
        return _of_own_lane(known, event, before)
    known = replace(known, cause=recorded.cause)
    match event:
        case RedactionReviewed():
            return _reviewed(known, event, actor=recorded.actor)
        case RecordingStored():
            return replace(known, recording=event)
        case RecordingFailed():
            return replace(known, recording_failed=True)
        case DataDeleted(kind="original"):
            return replace(known, destroyed=True)
        case _:
            return known  # says nothing about what is removed


def stand(standing: Standing, recorded: Recorded) -> Standing:
    """Return where a contact stands after a fact. Meeting one again changes nothing."""
    event, position = recorded.event, recorded.position
    if recorded.lane == "redaction":
        end = max(standing.lane_end, position)
        return replace(_after_own(standing, event), lane_end=end)
    changes: dict[str, object] = {}
    match event:
        case ContactEnded() | ContactEndCorrected():
            changes = {"ended": True}
        case ContactErased():
            changes = {"erased": True}
        case TranscriptCompleted():
            changes = {"completed": True, "ended": True}
        case UtteranceFinalized() | UtteranceOriginal():
            changes = {"news_upto": max(standing.news_upto, position)}
        case RecordingConsented():
            changes = {"consented": True}
        case RecordingStored():
            changes = {"recorded": True, "news_upto": max(standing.news_upto, position)}
        case RecordingFailed():
            changes = {"recorded": True}
        case RedactionReviewed():
            is_about = (event.round, event.attempt) == (standing.round, standing.attempt)
            changes = {"reviewed": standing.reviewed or (is_about and standing.failed)}
        case _:
            pass  # says nothing about what may be let out
    return replace(standing, **changes)


def _after_own(standing: Standing, event: Event) -> Standing:
    match event:
        case RedactionApplied(round=round_, attempt=attempt, heard_upto=upto):
            return replace(_moved(standing, round_, attempt), applied_upto=upto)
        case RedactionVerified(round=round_, attempt=attempt):
            return replace(_moved(standing, round_, attempt), verdict="verified")
        case RedactionDoubted(round=round_, attempt=attempt):
            return replace(_moved(standing, round_, attempt), verdict="doubted")
        case RedactionFailed(round=round_, attempts=attempt):
            return replace(_moved(standing, round_, attempt), failed=True, reviewed=False)
        case _:
            return standing  # of what remains, nothing decides


def _moved(standing: Standing, round_: int, attempt: int) -> Standing:
    """Return it at a round and an attempt, of which nothing need be known yet."""
    if (round_, attempt) <= (standing.round, standing.attempt):
        return standing
    return replace(
        standing,
        round=round_,
        attempt=attempt,
        applied_upto=None,
        verdict="none",
        failed=False,
        reviewed=False,
    )


def _of_own_lane(  # noqa: PLR0911 (one return a fact)
    known: Quarantine, event: Event, before: Standing
) -> Quarantine:
    if known.round > before.round:
        known = replace(known, applied={}, verdicts={})
    if (known.round, known.attempt) > (before.round, before.attempt):
        # What people decided was about an earlier one.
        known = replace(known, failed=None, review=None, reviewed_by="")
    match event:
        case RedactionApplied():
            return replace(known, applied={**known.applied, event.attempt: event})
        case RedactionVerified():
            return replace(known, verdicts={**known.verdicts, event.attempt: event})
        case RedactionDoubted():
            is_repeat = event in known.doubted
            return replace(
                known,
                verdicts={**known.verdicts, event.attempt: event},
                doubted=known.doubted if is_repeat else (*known.doubted, event),
            )
        case RedactionFailed():
            return replace(known, failed=event, review=None, reviewed_by="")
        case OriginalDestroyed():
            return replace(known, destroyed=True)
        case OriginalKept(hold_ids=hold_ids):
            return replace(known, kept_under=hold_ids)
        case _:
            return known  # of what remains, nothing decides


def _reviewed(known: Quarantine, event: RedactionReviewed, *, actor: str) -> Quarantine:
    new = tuple(span for span in event.spans if span not in known.marked)
    known = replace(known, marked=(*known.marked, *new))
    is_about = (event.round, event.attempt) == (known.round, known.attempt)
    if not is_about or known.failed is None:
        return known  # it was overtaken; what was marked counts all the same
    return replace(known, review=event, reviewed_by=actor)
