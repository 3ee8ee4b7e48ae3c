"""Redacted recordings and originals that are let go of: each for itself, and nothing else."""

from pathlib import Path

from ...builders import CONTACT
from ..recording.booth import BLOCK, noise
from .releasing import destroy_original, redactor_of
from .test_redactor import call, redacted


async def test_attempts_that_are_named_no_more_are_swept(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(3 * BLOCK))
    await redacted(booth)
    kept = await redacted(booth, attempt=2)

    swept = await redactor_of(booth).sweep(CONTACT, keep={kept.key})

    original = (await booth.stored()).key
    assert (swept, await booth.keys_on_shelf()) == (1, [original, kept.key])


async def test_what_was_redacted_is_forgotten_and_only_that(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(3 * BLOCK))
    await redacted(booth)
    others = "redactions/demo/c-10/round-1"
    await booth.shelf.put(others, b"of another")

    forgotten = [await redactor_of(booth).forget(CONTACT) for _ in range(2)]

    assert forgotten == [1, 0]
    assert await booth.keys_on_shelf() == [(await booth.stored()).key, others]


async def test_an_original_is_deleted_once_and_what_was_redacted_is_not(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))
    audio = await redacted(booth, ())

    deleted = [await redactor_of(booth).delete_original(CONTACT) for _ in range(2)]

    assert deleted == [1, 0]
    assert await booth.keys_on_shelf() == [audio.key]


async def test_a_contact_whose_original_was_destroyed_is_recorded_no_more_and_not_forgotten(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))
    await destroy_original(booth)
    await booth.find(("from_customer", 2 * BLOCK, noise(BLOCK)[:, 0]))
    before = await booth.events()

    await booth.care()

    assert await booth.events() == before
