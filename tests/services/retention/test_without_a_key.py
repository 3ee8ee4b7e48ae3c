"""What has no key of its own, annotations and numbers, goes by its own time all the same."""

from pathlib import Path

import pytest
from antiphon.events.retention import DataDeleted, DataKind, ExpiryProposed, RetentionHeld, Stay

from .stage import EVERYTHING, SPOKEN, Stage


@pytest.fixture
async def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path / "objects")
    await stage.created()
    return stage


async def test_what_was_made_of_the_words_goes_by_itself_and_the_words_stay(stage: Stage) -> None:
    await stage.publish(annotations=Stay(delete_after_days=30))

    looked = await stage.look(days=30)

    assert looked.deleted == ("annotations",)
    assert await stage.left() == EVERYTHING - {"replies"}
    assert await stage.words() == [SPOKEN]
    (said,) = await stage.told()
    assert isinstance(said, DataDeleted)
    assert (said.kind, said.objects, said.keys) == ("annotations", 1, ())
    assert [type(one.event) for one in await stage.expiries()] == [ExpiryProposed]
    assert stage.copies_forgotten == 1


async def test_numbers_go_long_after_the_words(stage: Stage) -> None:
    await stage.publish(analytics=Stay(delete_after_days=700))
    await stage.look(days=365)
    before = await stage.told()

    looked = await stage.look(days=700)

    assert looked.deleted == ("analytics",)
    news = (await stage.told())[len(before) :]
    assert [one.kind for one in news if isinstance(one, DataDeleted)] == ["analytics"]
    assert stage.copies_forgotten == 2


@pytest.mark.parametrize("kind", ["annotations", "analytics"])
async def test_a_hold_keeps_what_has_no_key_of_its_own(stage: Stage, kind: DataKind) -> None:
    await stage.publish(**{kind: Stay(delete_after_days=30)})
    await stage.hold()

    looked = await stage.look(days=30)

    assert (looked.deleted, looked.kept_back) == ((), (kind,))
    assert [type(one) for one in await stage.told()] == [RetentionHeld]
    assert (await stage.left(), stage.copies_forgotten) == (EVERYTHING, 0)
