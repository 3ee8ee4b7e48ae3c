"""A customer's streams are read in a role of the customer's, for longer than its tokens last."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from antiphon.errors import MediaFailed
from antiphon.events.media import AudioGap
from antiphon.services.media.identities import Identities, Role
from antiphon.services.media.source import FromProducerTime

from .bytes_by_hand import ZERO_MS
from .kvs import STREAM_ARN, Cut, Refuse, Request
from .scene import HASTY, Scene, call_of, closing_of, scene, voices
from .sts import Sts

ROLE = Role(arn="arn:aws:iam::111122223333:role/antiphon-media", external_id="agreed/1")
MINUTES = 90
ANYWHERE = FromProducerTime(datetime(2024, 9, 18, tzinfo=UTC))
EXPIRED = Refuse(403, "ExpiredTokenException")


@dataclass
class Clock:
    """Goes on by a minute whenever a body is asked for."""

    at: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Door:
    """The service's side of authorisation: a token it knows, and that has not expired."""

    sts: Sts
    clock: Clock
    lasts: timedelta  # as the service sees it, whatever the token itself says
    refused: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Refuse | None:
        token = request.headers.get("x-amz-security-token", "")
        if token not in self.sts.issued:
            return Refuse(403, "UnrecognizedClientException")
        if self.clock.at - self.sts.issued[token] >= self.lasts:
            self.refused.append(token)
            return EXPIRED
        if request.path == "/getMedia":
            self.clock.at += timedelta(minutes=1)
        return None


@asynccontextmanager
async def customers_account(
    *, lasts: timedelta = timedelta(hours=1), **options: Any
) -> AsyncGenerator[tuple[Scene, Sts, Door]]:
    clock = Clock()
    async with Sts(clock.now, {ROLE.arn: "agreed/1"}) as sts:
        identities = Identities(local=True, roles=[ROLE], sts_endpoint=sts.url, now=clock.now)
        async with scene(source={"identities": identities}, **options) as set_up:
            set_up.kvs.authorize = door = Door(sts, clock, lasts)
            yield set_up, sts, door


async def long_call(set_up: Scene) -> tuple[bytes, bytes]:
    """A call whose connection breaks off every minute."""
    spoken = voices(61, MINUTES)
    set_up.kvs.fragments = call_of(spoken)
    # In the middle of the second fragment of each body.
    whole_bytes = len(set_up.kvs.fragments[0].encode())
    set_up.kvs.faults.extend([Cut(whole_bytes * 3 // 2)] * (MINUTES - 1))
    await set_up.start()
    await set_up.end(ZERO_MS + MINUTES * 1_024)
    async with asyncio.timeout(20):
        await set_up.care()
    return spoken


async def test_a_token_of_an_hour_is_renewed_before_it_expires_in_a_call_of_ninety_minutes() -> (
    None
):
    async with customers_account() as (set_up, sts, door):
        began = door.clock.at

        spoken = await long_call(set_up)

        assert set_up.kvs.faults == deque()
        assert door.clock.at - began >= timedelta(minutes=MINUTES)
        assert door.refused == []
        first, second = sts.issued.values()
        assert timedelta(minutes=40) < second - first < timedelta(minutes=60)
        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


async def test_a_token_that_the_service_takes_for_expired_is_replaced_and_the_call_goes_on() -> (
    None
):
    async with customers_account(lasts=timedelta(minutes=20)) as (set_up, sts, door):
        spoken = await long_call(set_up)

        # Each cost one refusal, and the next request had another.
        assert door.refused == list(sts.issued)[:-1]
        assert len(door.refused) >= 4
        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


async def test_the_role_is_asked_for_under_the_external_id_that_was_agreed_on() -> None:
    async with customers_account() as (set_up, sts, _), set_up.source.open(STREAM_ARN, ANYWHERE):
        (asked,) = sts.asked

        assert asked["RoleArn"] == ROLE.arn
        assert asked["ExternalId"] == "agreed/1"
        assert asked["DurationSeconds"] == "3600"
        assert "ASIAEXAMPLE00001" in set_up.kvs.requests[-1].headers["authorization"]


async def test_an_outage_of_sts_costs_no_audio() -> None:
    async with customers_account() as (set_up, sts, _):
        sts.failing = 11  # several opens, each asking twice
        set_up.kvs.fragments = call_of(spoken := voices(62, 3))
        await set_up.start()
        await set_up.end(ZERO_MS + 3 * 1_024)

        async with asyncio.timeout(15):
            await set_up.care()

        assert sts.failing == 0
        await set_up.assert_heard(spoken)


async def test_a_role_that_does_not_trust_us_is_given_up_and_recorded() -> None:
    async with customers_account(patience=HASTY) as (set_up, sts, _):
        sts.external_ids[ROLE.arn] = "another"
        set_up.kvs.fragments = call_of(voices(63, 3))
        await set_up.start()

        async with asyncio.timeout(15):
            await set_up.care()

        assert (await closing_of(set_up)).reason == "never_opened"
        assert {gap.reason for gap in await set_up.facts(AudioGap)} == {"stream_failed"}
        assert sts.issued == {}


async def test_streams_of_other_accounts_are_not_read_in_the_customers_role() -> None:
    async with customers_account() as (set_up, sts, _):
        theirs = STREAM_ARN.replace("111122223333", "444455556666")

        with pytest.raises(MediaFailed) as failed:
            async with set_up.source.open(theirs, ANYWHERE):
                pass

        assert failed.value.problem == "UnrecognizedClientException"
        assert sts.asked == []


async def test_many_streams_whose_token_is_refused_at_once_cost_one_new_token() -> None:
    clock = Clock()
    async with Sts(clock.now, {ROLE.arn: "agreed/1"}) as sts:
        identities = Identities(local=True, roles=[ROLE], sts_endpoint=sts.url, now=clock.now)
        held: Any = await asyncio.to_thread(
            identities.credentials, ROLE.account, region="eu-west-2"
        )

        for _ in range(100):
            identities.refused(ROLE.account, held.access_key)
            await asyncio.to_thread(identities.credentials, ROLE.account, region="eu-west-2")

        assert len(sts.asked) == 2


@pytest.mark.parametrize("arn", ["", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x"])
def test_what_is_no_role_is_refused_at_the_start(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of a role"):
        Identities(local=True, roles=[Role(arn=arn)])
