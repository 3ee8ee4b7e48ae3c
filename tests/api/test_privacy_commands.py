"""`antiphon redaction …` and `antiphon privacy …`, as a person types them."""

import asyncio
from pathlib import Path

import pytest
import typer
from antiphon.infra.privacy_commands import privacy
from antiphon.infra.redaction_commands import redaction as commands
from antiphon.infra.runfile import RunFile
from antiphon.projections import redaction
from typer.testing import CliRunner, Result

from ..builders import contact
from .test_privacy import APPLIED, FAILED, OVER, VERIFIED
from .world import Api

NOBODY = "name somebody in `original_readers`"
SPAN = "from_customer:4100-7350:card_number"


async def typed(*words: str, of: typer.Typer = commands) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, of, [*words])


async def test_people_see_how_far_it_is_and_decide_what_machines_could_not(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    await api.tell(*FAILED)
    await api.tell(*OVER, APPLIED, VERIFIED, contact=contact("c-2"))
    await api.world.project(redaction.PROJECTION)
    policy = tmp_path / "policy.toml"
    async with api.serving() as url:
        with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
            policy.write_text("original_readers = ['ada']\n")
            await typed("set", str(policy), of=privacy)
            everybody = await typed("status")
            waiting = await typed("status", "--state", "failed")
            one = await typed("status", "c-1")
            other = await typed("status", "c-2")
            wrong = [
                await typed("status", "--state", "lost"),
                await typed("status", "c-9"),
                await typed("mark", "c-1", "all of it", "--attempt", "3"),
                await typed("confirm", "c-2", "--attempt", "1", "--as", "ada"),
                await typed("confirm", "c-1", "--attempt", "3", "--as", "bob"),
            ]
            marked = await typed("mark", "c-1", SPAN, "--attempt", "3", "--as", "ada")

    assert "failed 1" in everybody.output
    assert NOBODY not in everybody.output
    assert "verified 1" in everybody.output
    assert ("c-1" in waiting.output, "c-2" in waiting.output) == (True, False)
    assert "found_again" in one.output
    assert "whisper-base ebe41f70" in one.output
    assert "verified" in other.output
    assert all(result.exit_code for result in wrong)
    assert marked.exit_code == 0, marked.output
    assert "another attempt follows" in marked.output
    newest = (await api.facts())[-1]
    assert (newest.event.TYPE, newest.actor) == ("redaction_reviewed", "reader:ada")
    assert newest.event.spans[0].kind == "card_number"


async def test_whoever_looks_is_told_that_a_policy_names_nobody_who_could_review(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    nobody, somebody = tmp_path / "nobody.toml", tmp_path / "somebody.toml"
    nobody.write_text("originals = 'destroy'\n")
    somebody.write_text("original_readers = ['ada']\n")
    await api.tell(*OVER, contact=contact("c-2"))
    await api.world.project(redaction.PROJECTION)
    async with api.serving() as url:
        with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
            quiet = await typed("status")
            await api.tell(*FAILED)
            await api.world.project(redaction.PROJECTION)
            warned = [
                await typed("show", of=privacy),
                await typed("set", str(nobody), of=privacy),
                await typed("status"),
            ]
            named = [
                await typed("set", str(somebody), of=privacy),
                await typed("show", of=privacy),
                await typed("status"),
            ]

    assert [NOBODY in one.output for one in (quiet, *warned)] == [False, True, True, True]
    assert [NOBODY in one.output for one in named] == [False] * 3
    assert [one.exit_code for one in (quiet, *warned, *named)] == [0] * 7
