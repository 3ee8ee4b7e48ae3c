"""Originals that a policy does not want kept are gone for good, and never against a hold."""

from pathlib import Path

import pytest
from antiphon.events.base import UtteranceId
from antiphon.events.faultpoints import FaultPoint, arm
from antiphon.events.privacy_policy import PrivacyPolicyPublished
from antiphon.events.redaction import OriginalDestroyed, OriginalKept, RedactionVerified
from antiphon.events.retention import ExpiryProposed, KeysExpired

from ...builders import CONTACT
from .cell import Cell, cell_of, final, words
from .test_service import CHAT

DESTROYING = PrivacyPolicyPublished(version="1", originals="destroy")
KEEPING = PrivacyPolicyPublished(version="2", originals="keep")
PROPOSED = ExpiryProposed(kinds=("original",), policy_version="1")
DECIDED = KeysExpired(holders=("original",), policy_version="1")
DESTROYED = OriginalDestroyed(objects=1, by="policy")
KEPT = OriginalKept(hold_ids=("h-1",), policy_version="1")


class Killed(BaseException):
    """What a signal is to a process: nothing of ours goes on after it."""


@pytest.fixture
async def cell(tmp_path: Path) -> Cell:
    """A call that is over, and whose originals are not wanted."""
    cell = await cell_of(tmp_path, CHAT)
    cell.policy = DESTROYING
    return cell


async def killed_at(point: FaultPoint, cell: Cell) -> None:
    async def strike(reached: FaultPoint) -> None:
        if reached is point:
            raise Killed

    arm(strike)
    try:
        with pytest.raises(Killed):
            await cell.redact()
    finally:
        arm(None)


async def is_whole(cell: Cell) -> bool:
    """Tell whether the original is there and can be opened; False: neither of the two."""
    stored = any(key.startswith("recordings/") for key in await cell.keys_on_shelf())
    assert stored is await cell.has_original()
    return stored


async def test_they_are_destroyed_after_verification_where_the_policy_says_so(cell: Cell) -> None:
    await cell.redact()
    await cell.redact()

    verified, destroyed = await cell.outcomes()
    assert isinstance(verified, RedactionVerified)
    assert destroyed == DESTROYED
    assert not await is_whole(cell)
    assert (await cell.known()).released_audio is not None


async def test_that_they_go_stands_in_the_register_where_a_restored_key_store_finds_it(
    cell: Cell,
) -> None:
    await cell.redact()

    assert await cell.expiries() == [PROPOSED, DECIDED]


async def test_a_legal_hold_keeps_them_until_it_is_released(cell: Cell) -> None:
    cell.holds.on.add(CONTACT.contact_id)

    await cell.redact()
    await cell.redact()

    assert await is_whole(cell)
    assert (await cell.outcomes())[1:] == [KEPT]
    assert await cell.expiries() == []

    cell.holds.on.clear()
    await cell.redact()

    assert (await cell.outcomes())[1:] == [KEPT, DESTROYED]
    assert not await is_whole(cell)


async def test_a_hold_that_comes_at_the_last_moment_wins(cell: Cell) -> None:
    cell.holds.after = 1  # they were free when it was looked at what is to be done

    await cell.redact()
    await cell.redact()

    assert (await cell.outcomes())[1:] == [KEPT]
    assert await cell.expiries() == [PROPOSED]
    assert await is_whole(cell)


@pytest.mark.parametrize(
    ("point", "told"),
    [
        (FaultPoint.ORIGINAL_PROPOSED, KEPT),
        (FaultPoint.ORIGINAL_DECIDED, DESTROYED),
        (FaultPoint.ORIGINAL_GONE, OriginalDestroyed(objects=0, by="policy")),
    ],
)
async def test_killed_anywhere_and_held_then_it_tells_what_is_so(
    cell: Cell, point: FaultPoint, told: OriginalDestroyed | OriginalKept
) -> None:
    await killed_at(point, cell)

    cell.holds.on.add(CONTACT.contact_id)
    await cell.redact()

    assert (await cell.outcomes())[1:] == [told]
    assert await is_whole(cell) is (told is KEPT)


async def test_what_was_decided_is_done_though_another_policy_would_keep_them(cell: Cell) -> None:
    await killed_at(FaultPoint.ORIGINAL_DECIDED, cell)

    cell.policy = KEEPING
    await cell.redact()

    assert (await cell.outcomes())[1:] == [DESTROYED]
    assert not await is_whole(cell)


async def test_a_word_told_late_waits_for_the_end_of_originals_that_was_decided(
    cell: Cell,
) -> None:
    await killed_at(FaultPoint.ORIGINAL_GONE, cell)
    before = (await cell.known()).released_audio
    late = final("from_customer", 2, words("bye", at_ms=9_000), utterance_id=UtteranceId("late"))
    await cell.tell(late)

    await cell.redact()

    known = await cell.known()
    assert (known.state, known.round, known.destroyed) == ("verified", 2, True)
    assert known.released_audio == before


async def test_what_retention_decided_is_told_as_what_it_was(cell: Cell) -> None:
    cell.policy = KEEPING
    await cell.redact()
    expirer = cell.expirer(actor="service:retention")
    proposed = await expirer.propose(CONTACT, ("original",), policy_version="3")
    await expirer.decide(CONTACT, proposed, {"original"}, version="3")

    await cell.redact()

    assert (await cell.outcomes())[1:] == [OriginalDestroyed(objects=1, by="retention")]
    assert not await is_whole(cell)
