"""Detectors beside ours may be late, raise or talk nonsense: nobody waits long, and it is said."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import pytest
import pytest_asyncio
from antiphon.errors import RecognizerFailed
from antiphon.infra.looking_beside import LookingBeside
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from ..waiting import until

SECRET = "lilliput"
SAID = ["it", "is", SECRET]
WITHIN_S = 0.2


class Detector:
    """Gives what it is told to; while it is held, nothing."""

    name = "detector/1"

    def __init__(self) -> None:
        self.answer: Any = [("person_name", 2, 2)]
        self.raises: Exception | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked = 0

    def find(self, words: Sequence[str], /) -> Iterable[Any]:
        self.asked += 1
        self.go_on.wait()
        if self.raises is not None:
            raise self.raises
        return self.answer


@pytest_asyncio.fixture
async def detector() -> AsyncIterator[Detector]:
    made = Detector()
    yield made
    made.go_on.set()


def counted(outcome: str) -> float:
    found = REGISTRY.get_sample_value("antiphon_personal_beside_total", {"outcome": outcome})
    return found or 0.0


async def test_what_they_find_is_told(detector: Detector) -> None:
    found = await LookingBeside([detector, Detector()]).look(SAID)

    assert found == (("person_name", 2, 2), ("person_name", 2, 2))


async def test_who_is_late_is_waited_for_once_and_asked_again_when_it_is_done(
    detector: Detector,
) -> None:
    beside = LookingBeside([detector], within_s=WITHIN_S)
    before = counted("late")
    detector.go_on.clear()

    with capture_logs() as logs:
        late = await beside.look(SAID)
        behind = [await beside.look(SAID) for _ in range(20)]
    asked_meanwhile = detector.asked
    detector.go_on.set()

    async def is_back() -> bool:
        return await beside.look(SAID) == (("person_name", 2, 2),)

    await until(is_back, within_s=10, what="asked again")
    assert (late, behind, asked_meanwhile) == (None, [None] * 20, 1)
    assert counted("late") >= before + 21
    assert {one["what"] for one in logs} == {"deadline", "stuck"}


async def test_calls_go_on_while_it_looks(detector: Detector) -> None:
    detector.go_on.clear()
    looking = asyncio.create_task(LookingBeside([detector], within_s=30).look(SAID))

    await asyncio.sleep(0)
    went_on = not looking.done()
    detector.go_on.set()

    assert went_on
    assert await looking == (("person_name", 2, 2),)


@pytest.mark.parametrize(
    ("error", "what"),
    [(RuntimeError(SECRET), "RuntimeError"), (RecognizerFailed(SECRET), RecognizerFailed.code)],
    ids=["a bug", "an error of ours"],
)
async def test_who_fails_says_nothing_of_what_was_said(
    detector: Detector, error: Exception, what: str
) -> None:
    detector.raises = error
    before = counted("failed")

    with capture_logs() as logs:
        found = await LookingBeside([Detector(), detector]).look(SAID)

    assert found is None
    assert counted("failed") == before + 1
    assert [one["what"] for one in logs] == [what]
    assert SECRET not in str(logs)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        ["person_name"],
        [("person_name", 2)],
        [("nobody", 2, 2)],
        [("person_name", 2, 3)],
        [("person_name", -1, 2)],
        [("person_name", 2, 1)],
        [("person_name", "2", "2")],
        [("person_name", True, True)],
        [(["person_name"], 2, 2)],
    ],
    ids=str,
)
async def test_what_is_no_finding_is_a_failure(detector: Detector, answer: Any) -> None:
    detector.answer = answer

    assert await LookingBeside([detector]).look(SAID) is None


async def test_one_that_failed_is_asked_the_next_time(detector: Detector) -> None:
    beside = LookingBeside([detector])
    detector.raises = RuntimeError()
    failed = await beside.look(SAID)
    detector.raises = None

    assert (failed, await beside.look(SAID)) == (None, (("person_name", 2, 2),))
