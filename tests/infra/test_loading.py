"""What needs no server is loaded while the servers start, and tells what is wrong with it."""

import asyncio
from pathlib import Path

import pytest
from antiphon.errors import ModelUnusable
from antiphon.infra.bench.synthetic import SyntheticRecognizer
from antiphon.infra.loading import loading
from antiphon.infra.playbook_files import built_in_names
from antiphon.infra.settings import Settings
from antiphon.services.guidance.playbook import built_in_playbook

LISTENING = frozenset({"transcription"})


async def test_playbooks_are_loaded_while_the_loop_turns(tmp_path: Path) -> None:
    given, turns = SyntheticRecognizer(), 0

    async with loading(Settings(data_dir=tmp_path), LISTENING, given) as loaded:
        while not loaded.done():
            turns += 1
            await asyncio.wait({loaded}, timeout=0.01)
        made = await loaded

    assert turns > 1
    assert made.recognizer is given
    assert made.playbooks[0].name == built_in_playbook().name
    assert sorted(one.name for one in made.playbooks) == built_in_names()


@pytest.mark.parametrize("asked", [True, False], ids=["waited for", "not waited for"])
async def test_what_cannot_be_loaded_says_so_to_whoever_waits_for_it(
    tmp_path: Path,
    asked: bool,  # noqa: FBT001
) -> None:
    settings = Settings(data_dir=tmp_path, asr_model_dir=tmp_path)

    async with loading(settings, LISTENING, None) as loaded:
        if asked:
            with pytest.raises(ModelUnusable):
                await loaded

    assert isinstance(loaded.exception(), ModelUnusable)
