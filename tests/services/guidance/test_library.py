"""A library knows what is published now, at once, and what was published before when asked."""

import asyncio
from typing import Any

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import START, Draft, EventId, Position, RegisterEvent
from antiphon.events.playbook import PlaybookPublished
from antiphon.events.policy import PolicyPublished
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.guidance import library as library_module
from antiphon.services.guidance.library import Library

from ...builders import draft
from ...waiting import until
from .press import BUILT_IN, TENANT, Press, playbook_text, press

POLICY = """\
policy: "1"
bindings:
  everybody: {playbooks: [builtin, keep]}
"""


async def test_a_tenant_that_published_nothing_has_what_is_built_in() -> None:
    async with press() as made:
        edition = await made.library.edition(TENANT)

        assert (edition.policy, edition.for_everybody) == (None, ("builtin",))
        assert edition.find("builtin") == BUILT_IN
        assert made.library.vocabulary(TENANT) == ("fibre", "router")


async def test_what_was_published_holds_for_everybody_and_is_what_a_recogniser_is_told_of() -> None:
    async with press() as made:
        await made.publish(
            playbook_text("keep", vocabulary=["tariff", "fibre"]),
            playbook_text("sell", vocabulary=["tariff", "bundle"]),
        )

        edition = await made.library.edition(TENANT)

        assert edition.for_everybody == ("keep", "sell")
        assert made.library.vocabulary(TENANT) == ("tariff", "fibre", "bundle")


async def test_terms_of_what_a_policy_binds_are_told_too() -> None:
    async with press() as made:
        await made.publish(playbook_text("keep", vocabulary=["tariff"]))
        version = await made.rule(POLICY)

        edition = await made.library.edition(TENANT)

        assert edition.policy is not None
        assert edition.policy.version == version
        assert made.library.vocabulary(TENANT) == ("fibre", "router", "tariff")


async def test_a_draft_holds_for_nobody() -> None:
    async with press() as made:
        await made.playbooks.draft(TENANT, "keep", "no: [", command_id="1", actor="a")
        await made.known()

        assert (await made.library.edition(TENANT)).for_everybody == ("builtin",)


async def test_every_version_that_ever_was_can_be_had() -> None:
    async with press() as made:
        first, second = await made.publish(
            playbook_text("keep"), playbook_text("keep", version="2")
        )
        await made.rule(POLICY)
        policy = await made.rule(POLICY.replace('"1"', '"2"'))
        await made.rule(POLICY.replace('"1"', '"3"'))

        found = [await made.library.playbook(TENANT, "keep", one) for one in (first, second)]

        assert [one and one.version for one in found] == [first, second]
        older = await made.library.policy(TENANT, policy)
        assert older is not None
        assert older.version == policy
        assert await made.library.playbook(TENANT, "keep", "9+00000000") is None
        assert await made.library.policy(TENANT, "9+00000000") is None


async def test_a_version_that_was_taken_back_holds_no_more() -> None:
    async with press() as made:
        first, _ = await made.publish(playbook_text("keep"), playbook_text("keep", version="2"))

        await made.playbooks.roll_back(TENANT, "keep", first, command_id="back", actor="a")
        await made.known()

        edition = await made.library.edition(TENANT)
        assert edition.playbooks["keep"].version == first


async def test_a_library_that_opens_later_has_the_newest() -> None:
    async with press() as made:
        _, newest = await made.publish(playbook_text("keep"), playbook_text("keep", version="2"))
        policy = await made.rule(POLICY.replace('"1"', '"2"'))

        async with press(made.log) as other:
            edition = await other.library.edition(TENANT)

        assert edition.playbooks["keep"].version == newest
        assert edition.policy is not None
        assert edition.policy.version == policy


async def enter(made: Press, event: RegisterEvent, about: str) -> None:
    """Append what another version of Antiphon would have published."""
    end = await made.register.end(TENANT, kind=event.KIND, id=about)
    one: Draft = draft(event, id=EventId(f"{about}-{end}"))
    await made.register.append(TENANT, id=about, drafts=[one], expected=Position(end))


@pytest.mark.parametrize("opened_later", [False, True])
async def test_what_is_not_understood_changes_nothing(*, opened_later: bool) -> None:
    async with press() as made:
        [good] = await made.publish(playbook_text("keep"))
        policy = await made.rule(POLICY)
        bad: dict[str, Any] = {"version": "2+00000000", "content": "new: grammar", "sha256": "0"}
        await enter(made, PlaybookPublished(**bad), "keep")
        await enter(made, PolicyPublished(**bad), "tenant")
        await made.known()

        library = made.library
        if opened_later:
            async with press(made.log) as other:
                library = other.library
                edition = await library.edition(TENANT)
        else:
            edition = await library.edition(TENANT)

        assert edition.playbooks["keep"].version == good
        assert edition.policy is not None
        assert edition.policy.version == policy
        assert await library.playbook(TENANT, "keep", "2+00000000") is None


async def test_older_versions_that_nobody_asks_for_are_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(library_module, "OLDER_MAX", 2)
    async with press() as made:
        versions = await made.publish(
            *(playbook_text("keep", version=str(one)) for one in range(5))
        )

        for version in 2 * versions:
            assert await made.library.playbook(TENANT, "keep", version) is not None

            assert made.library.older_held <= 2
        assert made.library.older_held == 2


async def test_who_asks_before_the_register_was_read_waits_for_it() -> None:
    made = Press(MemoryLog(idle_s=0.01))
    await made.log.create(configuration_stream(TENANT))
    asked = asyncio.create_task(made.library.edition(TENANT))
    following = asyncio.create_task(made.library.run(TENANT, progress=made.progress))

    async with asyncio.timeout(10):
        edition = await asked

    assert edition.for_everybody == ("builtin",)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_who_asks_while_the_register_is_away_may_ask_again() -> None:
    made = Press(MemoryLog())
    library = Library(made.register, built_in=[BUILT_IN], patience_s=0.0)

    with pytest.raises(LogUnavailable):
        await library.edition(TENANT)
    assert library.vocabulary(TENANT) == BUILT_IN.vocabulary


class Cut(MemoryLog):
    """A log that is away for the first readings."""

    away = 2

    async def state(self, stream: str) -> Any:
        if self.away:
            self.away -= 1
            raise LogUnavailable("cut")
        return await super().state(stream)


async def test_a_library_takes_up_again_after_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "PAUSE_S", 0.0)
    log = Cut(idle_s=0.01)
    async with press(log) as made:
        await until(lambda: log.away == 0)
        await made.publish(playbook_text("keep"))

        assert (await made.library.edition(TENANT)).for_everybody == ("keep",)
        assert made.progress.position > START
