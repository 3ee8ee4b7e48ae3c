"""Endpoints fare each on its own: down, slow, gone, failing for days, with a new secret."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from antiphon.commands.webhook import EnableWebhook, RemoveWebhook, RotateSecret
from antiphon.events.sealed import Sealed
from antiphon.events.webhook import WebhookDisabled
from antiphon.services.webhooks.standing import Standing

from ...builders import CONTACT, contact, contact_ended, contact_started
from ...summary_builders import (
    SECRET,
    summary_written,
)
from .post import TENANT, Post
from .receiver import Receiver, Request, is_genuine, receiving

OTHER_SECRET = "whsec_" + "QUJD" * 10


async def test_an_endpoint_that_is_down_holds_no_other(post: Post, crm: Receiver) -> None:
    await post.registers("http://127.0.0.1:1/nobody", id_="w-0")
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended(), summary_written())
    await post.passes()
    post.clock.held = True

    async with post.telling() as run:
        await run.until(lambda: len(crm.requests) == 2)

    assert crm.topics == ["contact.ended", "summary.written"]


async def test_a_receiver_that_hangs_is_left_in_bounded_time(post: Post) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    await post.registers(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await post.tell(contact_started(), contact_ended())
    post.clock.held = True

    async with server, post.telling() as run:
        await run.until(lambda: bool(post.clock.pauses))

    assert (await post.notes.marks(CONTACT)).marks["w-1"].attempts == 1


async def test_an_endpoint_that_is_gone_is_disabled_and_told_nothing_more(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended(), summary_written())
    crm.answer = lambda _: 410

    await post.all_told()

    assert len(crm.requests) == 1
    assert WebhookDisabled(reason="gone") in await post.facts_of()


async def test_an_endpoint_that_fails_for_days_is_disabled_until_somebody_enables_it(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    crm.answer = lambda _: 500
    for number in range(9):  # a contact is given up after sixteen hours
        one = contact(f"c-{number}")
        await post.tell(contact_started(), contact_ended(), of=one)
        await post.all_told(one)
    disabled = [one for one in await post.facts_of() if isinstance(one, WebhookDisabled)]
    tried = len(crm.requests)

    await post.tell(contact_started(), contact_ended())
    await post.all_told()
    assert len(crm.requests) == tried
    enable = EnableWebhook(webhook_id="w-1")
    post.clock.now += timedelta(seconds=1)
    await post.webhooks.handle(TENANT, enable, command_id="e", actor="machine")
    crm.answer = lambda _: 200
    await post.tell(summary_written())
    await post.passes()
    await post.all_told()

    assert [one.reason for one in disabled] == ["failing"]
    assert crm.topics[tried:] == ["summary.written"]


async def test_one_success_ends_a_time_of_failing(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    rounds = [([200], 0), ([500, 200], 10), ([500, 200], 6 * 24 * 60)]  # after so many minutes
    for number, (answers, minutes) in enumerate(rounds):
        post.clock.now += timedelta(minutes=minutes)
        one = contact(f"c-{number}")
        await post.tell(contact_started(), contact_ended(), of=one)
        crm.answer = partial(_in_turn, iter(answers))
        await post.all_told(one)

    assert len(crm.requests) == 5
    assert not any(isinstance(one, WebhookDisabled) for one in await post.facts_of())


async def test_a_process_notes_that_an_endpoint_is_well_again_at_once(post: Post) -> None:
    standing = Standing(
        webhooks=post.webhooks,
        register=post.register,
        notes=post.notes,
        now=lambda: post.clock.now,
    )

    await standing.succeeded(TENANT, "w-1")
    await standing.failed(TENANT, "w-1")
    failing = await post.notes.health(TENANT, "w-1")
    await standing.succeeded(TENANT, "w-1")

    assert failing.failing_since == post.clock.now
    assert (await post.notes.health(TENANT, "w-1")).failing_since is None


async def test_a_removed_endpoint_is_told_nothing_more(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    remove = RemoveWebhook(webhook_id="w-1")
    await post.webhooks.handle(TENANT, remove, command_id="x", actor="machine")

    await post.all_told()

    assert crm.requests == []


async def test_while_a_secret_changes_both_sign(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    # Twice, as who lost the first answer does.
    for number, secret in enumerate(("whsec_" + "TE9T" * 10, OTHER_SECRET)):
        rotate = RotateSecret(webhook_id="w-1", secret=Sealed(secret))
        await post.webhooks.handle(TENANT, rotate, command_id=f"x-{number}", actor="machine")
    await post.tell(contact_started(), contact_ended())
    await post.all_told()
    post.clock.now += timedelta(days=1)
    await post.tell(summary_written())
    await post.passes()
    await post.all_told()

    now_s = post.clock.now.timestamp()
    early, late = crm.requests
    early_s = now_s - 86_400
    assert is_genuine(early, SECRET, now_s=early_s)
    assert is_genuine(early, OTHER_SECRET, now_s=early_s)
    assert is_genuine(late, OTHER_SECRET, now_s=now_s)
    assert not is_genuine(late, SECRET, now_s=now_s)


async def test_two_endpoints_are_told_one_fact_under_two_ids(post: Post, crm: Receiver) -> None:
    async with receiving() as other:
        await post.registers(crm.url)
        await post.registers(other.url, id_="w-2", secret=OTHER_SECRET)
        await post.tell(contact_started(), contact_ended())

        await post.all_told()

        assert crm.requests[0].id != other.requests[0].id
        now_s = post.clock.now.timestamp()
        assert is_genuine(other.requests[0], OTHER_SECRET, now_s=now_s)


def _in_turn(answers: Iterator[int], _: Request) -> int:
    return next(answers)
