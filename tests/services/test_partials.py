"""Partials reach the contacts they are about; the newest wins, and a lost line comes back."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import ContactRef, TenantName, UtteranceId
from antiphon.events.live import UtterancePartial
from antiphon.services import partials as partials_module
from antiphon.services.partials import UTTERANCES_MAX, Mailbox, Partials

from ..builders import CONTACT, contact, utterance_partial

PROMPT_S = 30  # nothing here waits for anything but this process


def partial(n: int = 1, revision: int = 1, of: ContactRef = CONTACT) -> UtterancePartial:
    return utterance_partial(
        contact_id=of.contact_id, utterance_id=UtteranceId(f"from_customer-{n}"), revision=revision
    )


class Line:
    """A live channel whose partials, breaks and bugs the test decides."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[UtterancePartial | Exception | None] = asyncio.Queue()
        self.subscriptions: list[TenantName] = []
        self.closed = 0

    async def publish(self, contact: ContactRef, partial: UtterancePartial) -> None:
        assert contact.contact_id == partial.contact_id
        await self.sent.put(partial)

    async def subscribe(self, tenant: TenantName) -> AsyncGenerator[UtterancePartial]:
        self.subscriptions.append(tenant)
        try:
            while True:
                match await self.sent.get():
                    case UtterancePartial() as partial:
                        yield partial
                    case Exception() as error:
                        raise error
                    case None:
                        return
        finally:
            self.closed += 1


async def received(mailbox: Mailbox) -> UtterancePartial:
    async with asyncio.timeout(PROMPT_S):
        return await mailbox.next()


async def test_the_newest_revision_is_what_is_read() -> None:
    mailbox = Mailbox()

    for revision in (1, 3, 2):
        mailbox.put(partial(revision=revision))

    assert (await received(mailbox)).revision == 3


async def test_the_oldest_utterance_is_let_go_when_nobody_reads() -> None:
    mailbox = Mailbox()

    for n in range(UTTERANCES_MAX + 2):
        mailbox.put(partial(n))

    kept = [await received(mailbox) for _ in range(UTTERANCES_MAX)]
    assert kept == [partial(n) for n in range(2, UTTERANCES_MAX + 2)]


async def test_each_contact_gets_its_own_over_one_subscription() -> None:
    line, other = Line(), contact("c-2")
    partials = Partials(line)

    async with partials.of(CONTACT) as mine, partials.of(other) as its:
        for n, of in enumerate([other, CONTACT, contact("nobody")]):
            await line.publish(of, partial(n, of=of))

        assert await received(mine) == partial(1)
        assert await received(its) == partial(0, of=other)
    assert line.subscriptions == [CONTACT.tenant]
    assert line.closed == 1


async def test_the_line_is_kept_until_the_last_contact_is_gone() -> None:
    line = Line()
    partials = Partials(line)

    async with partials.of(CONTACT) as mine:
        async with partials.of(contact("c-2")):
            await line.publish(CONTACT, partial(1))
            await received(mine)
        await line.publish(CONTACT, partial(2))
        assert await received(mine) == partial(2)
    async with partials.of(CONTACT) as mine:
        await line.publish(CONTACT, partial(3))
        assert await received(mine) == partial(3)

    assert len(line.subscriptions) == line.closed == 2


@pytest.mark.parametrize("end", [LogUnavailable("cut"), None], ids=["a fault", "an end"])
async def test_a_line_that_breaks_is_taken_up_again(
    end: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partials_module, "SUBSCRIBE_AGAIN_S", 0.0)
    line = Line()

    async with Partials(line).of(CONTACT) as mailbox:
        await line.sent.put(end)
        await line.publish(CONTACT, partial(2))

        assert await received(mailbox) == partial(2)
    assert len(line.subscriptions) == 2


async def test_a_bug_of_the_line_is_seen_by_whoever_waits() -> None:
    line = Line()

    async with Partials(line).of(CONTACT) as mailbox:
        await line.sent.put(ZeroDivisionError())

        with pytest.raises(ZeroDivisionError):
            await received(mailbox)
