"""`antiphon redaction …`, as a person types it: how far, who checked what, what waits."""

import asyncio
from pathlib import Path

import pytest
from antiphon.infra.redaction_commands import redaction as commands
from antiphon.infra.runfile import RunFile
from antiphon.projections import redaction
from typer.testing import CliRunner, Result

from ..builders import contact
from .test_privacy import APPLIED, FAILED, OVER, VERIFIED
from .world import Api

SPAN = "from_customer:4100-7350:card_number"


async def typed(*words: str) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, commands, [*words])


async def test_people_see_how_far_it_is_and_decide_what_machines_could_not(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    await api.tell(*FAILED)
    await api.tell(*OVER, APPLIED, VERIFIED, contact=contact("c-2"))
    await api.world.project(redaction.PROJECTION)
    async with api.serving() as url:
        with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
            everybody = await typed("status")
            waiting = await typed("status", "--state", "failed")
            one = await typed("status", "c-1")
            other = await typed("status", "c-2")
            wrong = [
                await typed("status", "--state", "lost"),
                await typed("status", "c-9"),
                await typed("mark", "c-1", "all of it", "--attempt", "3"),
                await typed("confirm", "c-2", "--attempt", "1"),
            ]
            marked = await typed("mark", "c-1", SPAN, "--attempt", "3")

    assert "failed 1" in everybody.output
    assert "verified 1" in everybody.output
    assert ("c-1" in waiting.output, "c-2" in waiting.output) == (True, False)
    assert "found_again" in one.output
    assert "whisper-base ebe41f70" in one.output
    assert "verified" in other.output
    assert all(result.exit_code for result in wrong)
    assert marked.exit_code == 0, marked.output
    assert "another attempt follows" in marked.output
    newest = (await api.facts())[-1].event
    assert (newest.TYPE, newest.spans[0].kind) == ("redaction_reviewed", "card_number")
