"""Playbooks and policies through a register: races, repeats, what cannot be read."""

import asyncio

import pytest
from antiphon.commands import playbook as playbook_module
from antiphon.commands.playbook import Judged, Playbooks
from antiphon.commands.policy import Policies
from antiphon.errors import HistoryUnreadable, Malformed, PlaybookUnknown, PolicyUnknown
from antiphon.events.base import START, TenantName
from antiphon.events.log import Entry
from antiphon.events.playbook import KIND
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream, register_subject
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import at

ACME, OTHER = TenantName("acme"), TenantName("other")


def judge(content: str, file: str) -> Judged:
    name, version = content.split()
    return Judged(name=name, version=version)


class Tenant:
    def __init__(self) -> None:
        self.log = MemoryLog()
        self.register = Register(self.log, MemoryKeys())
        self.playbooks = self.another()
        self.policies = Policies(self.register, judge=lambda content, _: content, now=lambda: at(0))

    def another(self) -> Playbooks:
        return Playbooks(self.register, judge=judge, now=lambda: at(0))


@pytest.fixture
async def acme() -> Tenant:
    made = Tenant()
    for tenant in (ACME, OTHER):
        await made.log.create(configuration_stream(tenant))
    return made


async def test_a_command_that_is_repeated_is_one(acme: Tenant) -> None:
    given = {"command_id": "1", "actor": "author:ada"}
    first = await acme.playbooks.publish(ACME, "keep", "keep 1", **given)
    await acme.playbooks.publish(ACME, "keep", "keep 2", command_id="2", actor="a")

    again = await acme.another().publish(ACME, "keep", "keep 1", **given)

    assert (again.position, again.repeated) == (first.position, True)
    assert (await acme.playbooks.one(ACME, "keep")).current == "2"


async def test_those_who_publish_at_once_come_one_after_another(acme: Tenant) -> None:
    authors = [acme.another() for _ in range(6)]

    outcomes = await asyncio.gather(
        *(
            author.publish(ACME, "keep", f"keep {n}", command_id=str(n), actor="a")
            for n, author in enumerate(authors)
        )
    )

    known = await acme.playbooks.one(ACME, "keep")
    assert sorted(one.version for one in known.versions) == [str(n) for n in range(6)]
    assert len({one.position for one in outcomes}) == 6
    last = max(outcomes, key=lambda one: one.position)
    assert known.current == str(outcomes.index(last))


async def test_every_text_can_be_read_again(acme: Tenant) -> None:
    for n in range(3):
        await acme.playbooks.publish(ACME, "keep", f"keep {n}", command_id=str(n), actor="a")
    await acme.playbooks.roll_back(ACME, "keep", "0", command_id="back", actor="a")
    await acme.playbooks.draft(ACME, "keep", "half", command_id="draft", actor="a")

    texts = [await acme.playbooks.content(ACME, "keep", one) for one in ("0", "1", "2", None)]

    assert texts == ["keep 0", "keep 1", "keep 2", "keep 0"]
    assert await acme.playbooks.draft_of(ACME, "keep") == "half"


async def test_tenants_know_nothing_of_each_other(acme: Tenant) -> None:
    await acme.playbooks.publish(ACME, "keep", "keep 1", command_id="1", actor="a")

    assert dict(await acme.playbooks.all(OTHER)) == {}
    with pytest.raises(PlaybookUnknown):
        await acme.playbooks.content(OTHER, "keep", None)


async def test_there_is_an_end_to_the_playbooks_of_a_tenant(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playbook_module, "PLAYBOOKS_MAX", 1)
    await acme.playbooks.publish(ACME, "keep", "keep 1", command_id="1", actor="a")

    with pytest.raises(Malformed):
        await acme.playbooks.publish(ACME, "sell", "sell 1", command_id="2", actor="a")
    await acme.playbooks.publish(ACME, "keep", "keep 2", command_id="3", actor="a")
    assert set(await acme.playbooks.all(ACME)) == {"keep"}


async def test_a_fact_that_cannot_be_read_is_not_passed_over(acme: Tenant) -> None:
    subject = register_subject(ACME, kind=KIND, id="keep")
    entry = Entry("e-1", b"of another version")
    await acme.log.append(configuration_stream(ACME), subject, [entry], expected=START)

    with pytest.raises(HistoryUnreadable):
        await acme.playbooks.all(ACME)
    with pytest.raises(HistoryUnreadable):
        await acme.playbooks.publish(ACME, "keep", "keep 1", command_id="1", actor="a")


async def test_the_policy_has_versions_that_can_be_read_again(acme: Tenant) -> None:
    for n, version in enumerate(["1", "2", "1"]):
        await acme.policies.publish(
            ACME, version, playbooks=(), command_id=str(n), actor="author:ada"
        )
    again = await acme.policies.publish(ACME, "2", playbooks=(), command_id="1", actor="a")

    known = await acme.policies.find(ACME)
    assert (known.current, [one.version for one in known.versions]) == ("1", ["1", "2"])
    assert (await acme.policies.content(ACME), await acme.policies.content(ACME, "2")) == ("1", "2")
    assert again.repeated
    with pytest.raises(PolicyUnknown):
        await acme.policies.content(ACME, "3")
    with pytest.raises(PolicyUnknown):
        await acme.policies.content(OTHER)
