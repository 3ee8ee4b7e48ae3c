"""What each tenant has masked, as its policy holds at the moment."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest
from antiphon.commands.privacy import PrivacyPolicies, PublishPrivacyPolicy
from antiphon.errors import SettingWrong
from antiphon.events.base import TenantName
from antiphon.events.privacy.judging import judge_personal
from antiphon.events.privacy.kinds import PersonalKind
from antiphon.events.privacy.protection import Protection
from antiphon.events.privacy.situation import NOTHING_SAID
from antiphon.events.privacy_policy import Exemption, PersonalPattern
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.protecting import Protecting, protecting_of
from antiphon.infra.settings import Settings

TENANT = TenantName("demo")
NAMES = Exemption(kind="person_name", shown_in=("desk",))
NUMBER = PersonalPattern(name="customer-number", expression="K[0-9]{6}")


class Hats:
    """Finds hats, which are nobody's name."""

    name = "hats/1"

    def find(self, words: Sequence[str], /) -> Iterable[tuple[PersonalKind, int, int]]:
        return [("other", at, at) for at, word in enumerate(words) if word == "bowler"]


@pytest.fixture
async def register() -> Register:
    log = MemoryLog()
    await log.create(configuration_stream(TENANT))
    return Register(log, MemoryKeys())


def policies_of(register: Register) -> PrivacyPolicies:
    return PrivacyPolicies(register, now=lambda: datetime.now(UTC))


async def found(protection: Protection, text: str) -> list[str]:
    beside = await protection.look_beside(text)
    assert beside is not None
    judged = judge_personal(text.split(), NOTHING_SAID, rules=protection.rules, beside=beside)
    return [one.kind for one in judged.found]


async def publish(policies: PrivacyPolicies, command: PublishPrivacyPolicy) -> None:
    await policies.publish(TENANT, command, command_id=repr(command), actor="admin")


async def test_a_policy_holds_from_when_it_is_published_and_is_compiled_once(
    register: Register,
) -> None:
    policies = policies_of(register)
    protecting = Protecting(policies)
    before = await protecting(TENANT)

    await publish(policies, PublishPrivacyPolicy(exemptions=(NAMES,), patterns=(NUMBER,)))
    after = await protecting(TENANT)

    assert (before.shown_in, await found(before, "it is K123456 there")) == ({}, [])
    assert after.shown_in == {"person_name": ("desk",)}
    assert await found(after, "it is K123456 there") == ["other"]
    assert await protecting(TENANT) is after


async def test_a_further_recogniser_adds_with_a_policy_and_without(register: Register) -> None:
    policies = policies_of(register)
    protecting = Protecting(policies, recognizers=[Hats()])

    without = await protecting(TENANT)
    await publish(policies, PublishPrivacyPolicy(cover="silence"))
    with_one = await protecting(TENANT)

    for protection in (without, with_one):
        assert await found(protection, "a bowler again") == ["other"]


def test_a_further_recogniser_that_is_not_installed_is_asked_for_by_its_extra(
    register: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), personal_recognizer="presidio")

    with pytest.raises(SettingWrong, match=r"antiphon\[presidio\]"):
        protecting_of(settings, register, now=lambda: datetime.now(UTC))
