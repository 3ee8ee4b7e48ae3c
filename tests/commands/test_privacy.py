"""A tenant's privacy policy: what can hold, and which one does."""

from typing import Any

import pytest
from antiphon.commands.privacy import (
    ALLOWED_MAX,
    PATTERNS_MAX,
    PrivacyPolicies,
    PublishPrivacyPolicy,
    decide,
)
from antiphon.errors import Malformed
from antiphon.events.base import TenantName
from antiphon.events.privacy_policy import Exemption, PersonalPattern
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import NOON

TENANT = TenantName("demo")
NAMES_ON_THE_DESK = Exemption(kind="person_name", shown_in=("desk",))
CUSTOMER_NUMBER = PersonalPattern(name="customer-number", expression="K[0-9]{6}")


def policy(**given: Any) -> PublishPrivacyPolicy:
    return PublishPrivacyPolicy(**given)


def test_a_policy_that_can_hold_is_published_as_it_was_asked_for() -> None:
    command = policy(exemptions=(NAMES_ON_THE_DESK,), cover="silence", originals="destroy")

    published = decide(None, command)

    assert published is not None
    assert published.exemptions == (NAMES_ON_THE_DESK,)
    assert (published.cover, published.originals) == ("silence", "destroy")


def test_the_same_policy_is_published_once_and_another_replaces_it() -> None:
    published = decide(None, policy(cover="silence"))

    assert decide(published, policy(cover="silence")) is None
    assert decide(published, policy(cover="beep")) is not None


@pytest.mark.parametrize("kind", ["card_number", "expiry_date", "security_code"])
def test_card_data_is_shown_nowhere_and_never_audible_whatever_a_policy_says(kind: Any) -> None:
    with pytest.raises(Malformed, match="card data") as shown:
        decide(None, policy(exemptions=(Exemption(kind=kind, shown_in=("desk",)),)))
    with pytest.raises(Malformed, match="card data") as audible:
        decide(None, policy(audible=(kind,)))

    assert (shown.value.field, audible.value.field) == ("exemptions[1].kind", "audible")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"exemptions": (NAMES_ON_THE_DESK, NAMES_ON_THE_DESK)}, "exemptions"),
        ({"exemptions": (Exemption(kind="pin", shown_in=()),)}, "exemptions[1].shown_in"),
        (
            {"exemptions": (Exemption(kind="pin", shown_in=("desk", "desk")),)},
            "exemptions[1].shown_in",
        ),
        ({"patterns": (CUSTOMER_NUMBER, CUSTOMER_NUMBER)}, "patterns"),
        (
            {"patterns": (PersonalPattern(name="Customer number", expression="K"),)},
            "patterns[1].name",
        ),
        ({"patterns": (PersonalPattern(name="a", expression="("),)}, "patterns[1].expression"),
        ({"patterns": (PersonalPattern(name="a", expression="x*"),)}, "patterns[1].expression"),
        (
            {"patterns": (PersonalPattern(name="a", expression="x" * 301),)},
            "patterns[1].expression",
        ),
        ({"patterns": (CUSTOMER_NUMBER,) * (PATTERNS_MAX + 1)}, "patterns"),
        ({"allowed": ("?",)}, "allowed"),
        ({"allowed": ("x" * 201,)}, "allowed"),
        ({"allowed": ("x",) * (ALLOWED_MAX + 1)}, "allowed"),
        ({"audible": ("pin", "pin")}, "audible"),
        ({"original_readers": ("Ada Lovelace",)}, "original_readers"),
        ({"original_readers": ("anonymous",)}, "original_readers"),
        ({"original_readers": ("a", "a")}, "original_readers"),
    ],
)
def test_a_policy_that_cannot_hold_is_refused_by_the_field(
    given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        decide(None, policy(**given))

    assert refused.value.field == field


async def test_only_who_the_policy_that_holds_names_may_read_originals() -> None:
    log = MemoryLog()
    await log.create(configuration_stream(TENANT))
    policies = PrivacyPolicies(Register(log, MemoryKeys()), now=lambda: NOON)

    nobody = await policies.may_read_originals(TENANT, "officer-7")
    await _publish(policies, policy(original_readers=("officer-7",)), "first")
    named = await policies.may_read_originals(TENANT, "officer-7")
    await _publish(policies, policy(original_readers=("officer-8",)), "second")
    no_more = await policies.may_read_originals(TENANT, "officer-7")

    assert (nobody, named, no_more) == (False, True, False)


async def _publish(
    policies: PrivacyPolicies, command: PublishPrivacyPolicy, command_id: str
) -> None:
    await policies.publish(TENANT, command, command_id=command_id, actor="admin")
