"""A need that was searched for in vain is known again for a while, in other words too."""

from datetime import UTC, datetime, timedelta

import pytest
from antiphon.services.knowledge.conversation import QUESTIONS_MAX
from antiphon.services.knowledge.vain import VAIN, InVain

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEED = frozenset({"cancel", "contract", "broadband", "phone", "today"})


@pytest.mark.parametrize(
    ("words", "later", "known"),
    [
        pytest.param(NEED, timedelta(), True, id="the same"),
        pytest.param(NEED | {"please"}, timedelta(), True, id="much the same"),
        pytest.param(frozenset({"cancel", "roaming"}), timedelta(), False, id="another"),
        pytest.param(NEED, VAIN, False, id="long ago"),
    ],
)
def test_a_need_is_known_again(words: frozenset[str], later: timedelta, known: bool) -> None:  # noqa: FBT001
    vain = InVain()
    vain.note(NEED, NOW)

    assert vain.knows(words, NOW + later) is known


def test_only_the_newest_are_remembered() -> None:
    vain = InVain()
    for number in range(QUESTIONS_MAX + 1):
        vain.note(frozenset({f"need {number}"}), NOW)

    assert not vain.knows(frozenset({"need 0"}), NOW)
    assert vain.knows(frozenset({"need 1"}), NOW)
