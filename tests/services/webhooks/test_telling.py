"""What happened to a contact is told to every endpoint: in order, at least once, or given up."""

from datetime import timedelta

import pytest
from antiphon.errors import KeyDestroyed, StreamMoved
from antiphon.services.webhooks.couriers import PAUSES_S
from antiphon.services.webhooks.port import Mark, Marks

from ...builders import CONTACT, contact_ended, contact_erased, contact_started
from ...summary_builders import (
    SECRET,
    disposition_chosen,
    summary_edited,
    summary_failed,
    summary_written,
)
from .post import Post
from .receiver import Receiver, is_genuine

OTHER_SECRET = "whsec_" + "QUJD" * 10


async def test_what_happens_is_told_in_order_signed_and_once(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended(), summary_written(), summary_edited())
    await post.tell(disposition_chosen())
    await post.passes()

    await post.all_told()
    await post.all_told()

    assert crm.topics == [
        "contact.ended",
        "summary.written",
        "summary.edited",
        "disposition.chosen",
    ]
    now_s = post.clock.now.timestamp()
    assert all(is_genuine(one, SECRET, now_s=now_s) for one in crm.requests)
    assert not any(is_genuine(one, OTHER_SECRET, now_s=now_s) for one in crm.requests)
    assert crm.requests[0].line == "POST /hooks?token=t HTTP/1.1"
    assert crm.requests[1].told["data"]["sentences"][0] == {
        "text": "Customer: my roof leaks",
        "utterance_ids": ["from_customer-1"],
    }


async def test_news_is_told_while_the_service_listens(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started())

    async with post.telling(idle_s=5) as run:
        await run.hears(contact_ended())
        await run.until(lambda: len(crm.requests) == 1)
        await run.hears(summary_failed())
        await run.until(lambda: len(crm.requests) == 2)

    assert crm.requests[1].told["data"]["reason"] == "nothing_heard"


async def test_a_summary_so_far_is_nobodys_business(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(
        contact_started(), summary_written(kind="so_far"), summary_failed(kind="so_far")
    )

    await post.all_told()

    assert crm.requests == []


async def test_what_was_before_an_endpoint_asked_is_not_told_nor_what_it_did_not_ask_for(
    post: Post, crm: Receiver
) -> None:
    await post.tell(contact_started(), contact_ended())
    post.clock.now += timedelta(seconds=1)
    await post.registers(crm.url, topics=("contact.ended", "summary.written"))
    await post.tell(summary_written(), disposition_chosen())
    await post.passes()

    await post.all_told()

    assert crm.topics == ["summary.written"]


async def test_who_fails_is_told_again_under_the_same_id_with_growing_pauses(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended(), summary_written())
    await post.passes()
    crm.answer = lambda _: 500 if len(crm.requests) < 4 else 200

    await post.all_told()

    assert crm.topics == ["contact.ended"] * 4 + ["summary.written"]
    assert len({one.id for one in crm.requests}) == 2
    assert post.clock.pauses == list(PAUSES_S[:3])
    assert len({one.headers["webhook-timestamp"] for one in crm.requests[:4]}) == 4


@pytest.mark.parametrize(("chance", "pause_s"), [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)])
async def test_pauses_are_spread_by_a_fifth_either_way(
    post: Post, crm: Receiver, chance: float, pause_s: float
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    crm.answer = lambda _: 500 if len(crm.requests) < 2 else 200

    await post.all_told(chance=chance)

    assert post.clock.pauses == [pytest.approx(pause_s)]


async def test_a_restart_goes_on_with_the_next_attempt_where_the_last_process_left(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    crm.answer = lambda _: 503
    post.clock.held = True
    async with post.telling() as run:
        await run.until(lambda: len(post.clock.pauses) == 1)  # killed while it waits

    post.clock.held = False
    crm.answer = lambda _: 200
    await post.all_told()

    assert len(crm.requests) == 2
    assert crm.requests[0].id == crm.requests[1].id
    assert post.clock.pauses == [PAUSES_S[0]] * 2  # the same pause, to its end
    await post.all_told()
    assert len(crm.requests) == 2


async def test_a_process_that_died_before_it_noted_a_success_tells_it_again(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    await post.all_told()
    marks = await post.notes.marks(CONTACT)
    await post.notes.keep(CONTACT, Marks({}, marks.position))  # as if it had not

    await post.all_told()

    assert len(crm.requests) == 2
    assert crm.requests[0].id == crm.requests[1].id


async def test_after_the_last_attempt_a_fact_says_so_and_the_next_is_told(
    post: Post, crm: Receiver
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended(), summary_written())
    await post.passes()
    crm.answer = lambda one: 500 if one.told["type"] == "contact.ended" else 200

    await post.all_told()

    (given_up,) = await post.given_up()
    assert (given_up.reason, given_up.status, given_up.topic) == ("refused", 500, "contact.ended")
    assert given_up.attempts == len(PAUSES_S) + 1
    assert given_up.message_id == crm.requests[0].id
    assert crm.topics[-1] == "summary.written"
    await post.all_told()
    assert len(await post.given_up()) == 1


async def test_who_asks_for_a_longer_pause_gets_it(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    busy = b"HTTP/1.1 429 X\r\nretry-after: 90\r\ncontent-length: 0\r\n\r\n"
    crm.answer = lambda _: busy if len(crm.requests) < 2 else 200

    await post.all_told()

    assert post.clock.pauses == [90.0]


async def test_an_erasure_ends_the_telling_of_what_waits(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    crm.answer = lambda _: 500
    post.clock.held = True

    async with post.telling() as run:
        await run.until(lambda: bool(post.clock.pauses))
        await run.hears(contact_erased())
        with pytest.RaisesGroup(KeyDestroyed):
            await run.finished()

    assert len(crm.requests) == 1


@pytest.mark.parametrize(
    ("days", "given_up"), [(4, ["expired"]), (31, [])], ids=["late", "nobody knows"]
)
async def test_what_is_old_when_it_is_first_looked_at_is_not_told(
    post: Post, crm: Receiver, days: int, given_up: list[str]
) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    post.clock.now += timedelta(days=days)

    await post.all_told()

    assert crm.requests == []
    assert [one.reason for one in await post.given_up()] == given_up


async def test_where_too_many_wait_the_next_is_given_up_at_once(post: Post, crm: Receiver) -> None:
    await post.registers(crm.url)
    await post.tell(contact_started(), contact_ended())
    crm.answer = lambda _: 500

    await post.all_told(waiting_max=0)

    assert [one.reason for one in await post.given_up()] == ["backlog_full"]


async def test_of_two_processes_the_one_that_lost_its_lease_cannot_note_anything(
    post: Post,
) -> None:
    marks = await post.notes.marks(CONTACT)
    await post.notes.keep(CONTACT, Marks({"w-1": Mark(attempts=1)}, marks.position))

    with pytest.raises(StreamMoved):
        await post.notes.keep(CONTACT, marks)
