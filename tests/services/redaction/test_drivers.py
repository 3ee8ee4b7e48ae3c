"""However late drivers are and wherever they die, an attempt has one outcome, and a checked one."""

from functools import reduce
from typing import Any

from antiphon.events.base import Event, Position, Recorded
from antiphon.events.quarantine import Quarantine, evolve
from antiphon.events.redaction import (
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionReviewed,
    RedactionVerified,
)
from antiphon.services.redaction.rounds import (
    ATTEMPTS_MAX,
    CHECKS_OF_AUDIO,
    CHECKS_OF_TEXT,
    Confirm,
    Fail,
    Redact,
    Settled,
    Stop,
    Verdict,
    Verify,
    Wait,
    id_of,
    next_step,
    verdict_event,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ...builders import CONTACT, contact_erased, recorded, utterance_finalized
from ...recording_builders import recording_stored
from ...redaction_builders import finding, redaction_doubted, redaction_reviewed
from .test_rounds import ALL_CHECKS, DONE, applied


class Drivers(RuleBasedStateMachine):
    """Any number of drivers, each as late as it likes, on one log; any of them may die."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Recorded] = []
        for event in DONE:
            self._put(event)

    def _put(self, event: Event, actor: str = "machine") -> None:
        position = Position(len(self.log) + 1)
        self.log.append(recorded(event, position=position, actor=actor))

    def _state(self, event: Event, seen: Quarantine) -> None:
        """Append as the log does: only where the lane is as long as its writer saw it."""
        if seen.standing.lane_end == self._known().standing.lane_end and not self._erased():
            self._put(event, actor="service:redaction")

    def _erased(self) -> bool:
        return any(one.event.TYPE == "contact_erased" for one in self.log)

    def _known(self, upto: int | None = None) -> Quarantine:
        return reduce(evolve, self.log[:upto], Quarantine())

    @rule(late=st.integers(0, 4), passes=st.booleans(), made=st.booleans(), fails=st.booleans())
    def drive(self, late: int, passes: bool, made: bool, fails: bool) -> None:  # noqa: FBT001 (hypothesis draws them)
        seen = self._known(max(len(DONE), len(self.log) - late))
        match next_step(seen, destroys_originals=False):
            case Redact(round=round_, attempt=attempt):
                if fails:
                    self._state(
                        redaction_doubted(round=round_, attempt=attempt, problem="damaged"), seen
                    )
                else:
                    self._state(
                        applied(attempt, round=round_, heard_upto=seen.standing.news_upto), seen
                    )
            case Verify(applied=one):
                verdict = Verdict(
                    checks=ALL_CHECKS[: None if made else 3],
                    findings=() if passes else (finding(),),
                )
                self._state(verdict_event(one, verdict), seen)
            case Confirm(verified=event) | Fail(failed=event):
                self._state(event, seen)
            case _:
                pass

    @rule(decision=st.sampled_from(["confirmed", "marked"]), late=st.integers(0, 1))
    def review(self, decision: Any, late: int) -> None:
        known = self._known()
        attempt = max(1, known.attempt - late)
        self._put(
            redaction_reviewed(decision=decision, round=max(1, known.round), attempt=attempt),
            actor="reader:r-1",
        )

    @rule(words=st.booleans())
    def news(self, words: bool) -> None:  # noqa: FBT001 (hypothesis draws it)
        self._put(utterance_finalized("late") if words else recording_stored(repaired=True))

    @precondition(lambda self: len(self.log) > 15)
    @rule()
    def erase(self) -> None:
        self._put(contact_erased())

    @invariant()
    def one_outcome_an_attempt(self) -> None:
        ids = [
            id_of(one.event, CONTACT)
            for one in self.log
            if isinstance(
                one.event,
                RedactionApplied | RedactionDoubted | RedactionVerified | RedactionFailed,
            )
        ]
        assert len(ids) == len(set(ids))

    @invariant()
    def nothing_is_verified_unchecked(self) -> None:
        for number, one in enumerate(self.log):
            if not isinstance(one.event, RedactionVerified):
                continue
            if one.event.reviewed_by:
                assert any(
                    (earlier.round, earlier.attempt, earlier.decision)
                    == (one.event.round, one.event.attempt, "confirmed")
                    for fact in self.log[:number]
                    if isinstance(earlier := fact.event, RedactionReviewed)
                )
            else:
                names = {made.name for made in one.event.checks if made.findings == 0}
                assert names >= CHECKS_OF_AUDIO | CHECKS_OF_TEXT

    @invariant()
    def only_what_knows_everything_is_let_out(self) -> None:
        known = self._known()
        news = [one.position for one in self.log if one.lane in {"speech", "recording"}]
        if known.released is not None:
            assert not self._erased()
            assert known.released.heard_upto >= max(position for position in news if position != 5)

    @invariant()
    def nothing_is_stated_of_who_was_erased(self) -> None:
        erased = [one.position for one in self.log if one.event.TYPE == "contact_erased"]
        own = [one.position for one in self.log if one.lane == "redaction"]
        assert not erased or not own or max(own) < min(erased)

    def teardown(self) -> None:
        """However it came about, whoever goes on comes to an end."""
        for _ in range(4 * ATTEMPTS_MAX):
            self.drive(late=0, passes=False, made=True, fails=False)
        assert isinstance(next_step(self._known(), destroys_originals=False), Wait | Settled | Stop)


TestDrivers = Drivers.TestCase
TestDrivers.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
