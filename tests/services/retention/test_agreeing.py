"""Object stores that contradict the policy are told of, daily and when the policy changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from antiphon.commands.retention import DEFAULT_POLICY
from antiphon.errors import ArchiveUnavailable
from antiphon.events.base import TenantName
from antiphon.events.retention import DataKind, Stay
from antiphon.services.retention.agreeing import LOOK_EVERY, Agreeing, Disagreement
from msgspec.structs import replace
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from ...builders import at

TENANT = TenantName("agreeing")
LOCKED = Disagreement(code="locked_longer", place="s3://calls")


class AsSet:
    """Stores that are set up in some way."""

    def __init__(self, *found: Disagreement) -> None:
        self.found = list(found)
        self.away = False
        self.asked: list[Mapping[DataKind, Stay]] = []

    async def disagreements(
        self, tenant: TenantName, kinds: Mapping[DataKind, Stay]
    ) -> list[Disagreement]:
        assert tenant == TENANT
        self.asked.append(kinds)
        if self.away:
            raise ArchiveUnavailable("asked to")
        return self.found


class Clock:
    def __init__(self) -> None:
        self.now = at(0)

    def __call__(self) -> datetime:
        return self.now


def counted() -> float | None:
    return REGISTRY.get_sample_value("antiphon_retention_contradicted", {"tenant": TENANT})


async def test_what_contradicts_the_policy_is_counted_and_logged_once_a_day() -> None:
    stores, clock = AsSet(LOCKED), Clock()
    agreeing = Agreeing(TENANT, stores, now=clock)

    with capture_logs() as logs:
        await agreeing.look(DEFAULT_POLICY)
        await agreeing.look(DEFAULT_POLICY)
        clock.now += LOOK_EVERY
        await agreeing.look(DEFAULT_POLICY)

    told = [(one["event"], one["problem"], one["place"]) for one in logs]
    assert told == [("retention_contradicted", "locked_longer", "s3://calls")] * 2
    assert counted() == 1


async def test_another_policy_is_looked_at_at_once() -> None:
    stores = AsSet(LOCKED)
    agreeing = Agreeing(TENANT, stores, now=Clock())
    longer = replace(DEFAULT_POLICY, version="2", kinds={"audio": Stay(delete_after_days=900)})

    await agreeing.look(DEFAULT_POLICY)
    stores.found = []
    await agreeing.look(longer)

    assert stores.asked == [DEFAULT_POLICY.kinds, longer.kinds]
    assert counted() == 0


async def test_a_store_that_does_not_answer_is_asked_again_the_next_time() -> None:
    stores, clock = AsSet(LOCKED), Clock()
    agreeing = Agreeing(TENANT, stores, now=clock)
    stores.away = True

    with capture_logs() as logs:
        await agreeing.look(DEFAULT_POLICY)
        stores.away = False
        clock.now += timedelta(minutes=5)
        await agreeing.look(DEFAULT_POLICY)

    assert [one["event"] for one in logs] == [
        "retention_stores_not_looked_at",
        "retention_contradicted",
    ]
