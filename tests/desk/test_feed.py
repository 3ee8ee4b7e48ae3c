"""The page says whether it is live, late or cut, and a reconnect loses nothing."""

import pytest
from playwright.async_api import Page, expect

from .builders import CONTACT, being_said, call, contact, cue, said
from .scene import Scene, instant

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STREAM = "/v1/agents/demo-agent/stream"


async def open_desk(page: Page, scene: Scene, *, query: str = "agent=demo-agent") -> None:
    await page.goto(f"{scene.url}/desk?{query}")
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")


async def test_after_a_cut_the_page_resumes_and_misses_nothing(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact()]}
    scene.retry_ms = 1_500
    await open_desk(page, scene)
    await scene.play("utterance_finalized", **said(1, "before the cut"))
    await expect(page.get_by_text("before the cut")).to_be_visible()

    await scene.cut()
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Reconnecting")
    await expect(page.get_by_text("The feed was cut")).to_be_visible()
    await scene.play("utterance_finalized", **said(2, "during the cut"))
    await scene.play("guidance_issued", **cue())

    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    await expect(page.get_by_text("caught up after")).to_be_visible()
    await expect(page.get_by_text("during the cut")).to_be_visible()
    await expect(page.get_by_role("article", name="Offer the loyalty price")).to_have_count(1)
    await expect(page.get_by_text("before the cut")).to_have_count(1)
    assert await scene.connections(2) == [(STREAM, None), (STREAM, "e1-1")]


async def test_a_partial_from_before_a_cut_does_not_stay_for_ever(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact(lines=call())]}
    await open_desk(page, scene)
    await scene.show("utterance_partial", **being_said(9, "half a sen", revision=1))
    await expect(page.get_by_text("half a sen")).to_be_visible()

    await scene.cut()
    await scene.connections(2)

    await expect(page.get_by_text("half a sen")).to_have_count(0)


async def test_a_position_the_server_refuses_is_dropped_and_all_is_fetched_anew(
    page: Page, scene: Scene
) -> None:
    scene.snapshot = {"contacts": [contact()]}
    await open_desk(page, scene)
    await scene.play("utterance_finalized", **said(1, "of the old stream"))
    await expect(page.get_by_text("of the old stream")).to_be_visible()

    # The server answers the page's question why, too.
    gone = {"title": "epoch changed", "detail": "start again without a position"}
    scene.refusals = [(409, gone), (409, gone)]
    scene.snapshot = {"contacts": [contact(lines=[said(1, "of the new stream")])]}
    await scene.cut()

    await expect(page.get_by_text("of the new stream")).to_be_visible()
    await expect(page.get_by_text("of the old stream")).to_have_count(0)
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    asked = await scene.connections(4)
    assert asked[1] == (STREAM, "e1-1")
    assert asked[-1] == (STREAM, None)


async def test_a_refusal_is_shown_in_the_servers_words(page: Page, scene: Scene) -> None:
    unknown = {"title": "Not Found", "detail": "no tenant acme is registered"}
    scene.refusals = [(404, unknown)] * 50

    await page.goto(f"{scene.url}/desk?agent=demo-agent")

    await expect(page.get_by_role("status", name="Connection")).to_have_text("No feed")
    await expect(page.get_by_text("(no tenant acme is registered)")).to_be_visible()


async def test_a_late_feed_is_said_to_be_late_until_it_is_not(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact()]}
    await open_desk(page, scene)
    connection = page.get_by_role("status", name="Connection")

    await scene.show("feed_late", late_s=12.4)

    await expect(connection).to_have_text("Feed is late")
    await expect(page.get_by_text("The feed is 12 s late.")).to_be_visible()

    await scene.show("feed_ok")

    await expect(connection).to_have_text("Live")
    await expect(page.get_by_text("late.")).to_have_count(0)


async def test_a_connection_that_is_open_and_dead_is_noticed_and_replaced(
    page: Page, scene: Scene
) -> None:
    scene.snapshot = {"contacts": [contact(lines=[said(1, "still here")])]}
    await page.clock.install()
    await open_desk(page, scene)
    beat = "document.title"  # anything that makes the page run between two messages
    await scene.show("heartbeat", late=False)
    await page.evaluate(beat)
    await page.clock.run_for(5_000)
    await scene.show("heartbeat", server_time=instant(), late=False)
    await expect(page.get_by_text("still here")).to_be_visible()

    await page.clock.run_for(61_000)

    assert await scene.connections(2) == [(STREAM, None), (STREAM, None)]
    await expect(page.get_by_text("still here")).to_be_visible()


async def test_one_contact_is_shown_through_its_own_stream(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contact_id": CONTACT, "contact": contact(lines=call())}

    await open_desk(page, scene, query=f"agent=demo-agent&contact={CONTACT}")

    await expect(page.get_by_text("cancel the whole thing")).to_be_visible()
    assert await scene.connections(1) == [(f"/v1/contacts/{CONTACT}/stream", None)]


async def test_a_desk_without_a_name_asks_for_one(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact()]}
    await page.goto(f"{scene.url}/desk")

    await page.get_by_label("Agent id").fill("demo-agent")
    await page.get_by_role("button", name="Open").click()

    assert await scene.connections(1) == [(STREAM, None)]
    await expect(page.get_by_role("region", name="Transcript")).to_be_visible()


async def test_hold_and_its_end_show_in_the_header(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact()]}
    await open_desk(page, scene)
    header = page.get_by_role("banner")
    await expect(header).to_contain_text("On the line")
    await expect(header).to_contain_text("Billing")
    await expect(header).to_contain_text("Ada Byrne")
    await expect(header).to_contain_text(CONTACT)
    await expect(header).to_contain_text("1:0")  # the call is 65 s old

    await scene.play("contact_held", contact_id=CONTACT, held_at=instant(seconds=-20))
    await expect(header).to_contain_text("On hold 0:2")

    await scene.play("contact_resumed", contact_id=CONTACT, resumed_at=instant())
    await expect(header).to_contain_text("On the line")


async def test_a_call_that_waits_for_room_is_said_not_to_be_heard_until_it_is(
    page: Page, scene: Scene
) -> None:
    waits = {"stream": 1, "reason": "memory", "since": instant(), "was_heard": False}
    scene.snapshot = {"contacts": [contact(not_heard=waits)]}
    await open_desk(page, scene)
    hearing = page.get_by_role("status", name="Hearing")
    await expect(hearing).to_contain_text("not being heard now (the machine is full)")
    await expect(page.get_by_text("Not being heard yet.")).to_be_visible()

    await scene.play("audio_stream_opened", contact_id=CONTACT, stream=1)

    await expect(hearing).to_have_count(0)
    await expect(page.get_by_text("Listening.")).to_be_visible()

    # Its reader died, and the one that took it over is full.
    full = {"stream": 1, "reason": "streams", "limit": 400, "in_use": 400}
    await scene.play("audio_refused", contact_id=CONTACT, **full)

    await expect(hearing).to_contain_text("no room for more calls")

    await scene.play("utterance_finalized", **said(1, "still here"))

    await expect(hearing).to_have_count(0)


async def test_several_contacts_are_listed_and_kept_apart(page: Page, scene: Scene) -> None:
    other = {"contact_id": "c-2", "queue": "Faults"}
    scene.snapshot = {"contacts": [contact(lines=call()), contact(**other)]}
    await open_desk(page, scene)
    await scene.play("guidance_issued", **cue())
    await scene.play("utterance_finalized", **said(1, "my line is dead") | {"contact_id": "c-2"})

    contacts = page.get_by_role("navigation", name="Contacts")
    await expect(contacts.get_by_role("button")).to_have_count(2)
    await expect(page.get_by_text("my line is dead")).to_be_visible()
    await expect(page.get_by_text("cancel the whole thing")).to_have_count(0)

    await contacts.get_by_role("button", name="Billing").click()

    await expect(page.get_by_text("cancel the whole thing")).to_be_visible()
    await expect(page.get_by_role("article", name="Offer the loyalty price")).to_be_visible()
    await expect(page.get_by_text("my line is dead")).to_have_count(0)


async def test_a_contact_that_joins_the_desk_appears_by_itself(page: Page, scene: Scene) -> None:
    await open_desk(page, scene)
    await expect(page.get_by_text("No contact on this desk.")).to_be_visible()

    await scene.show("snapshot", contact_id=CONTACT, position=7, contact=contact(lines=call()))
    await scene.play("agent_connected", contact_id=CONTACT, agent_id="demo-agent")

    await expect(page.get_by_text("cancel the whole thing")).to_be_visible()
    await expect(page).to_have_title("Billing · Antiphon")


async def test_a_contact_that_goes_to_another_desk_says_so(page: Page, scene: Scene) -> None:
    scene.snapshot = {"contacts": [contact(lines=call())], "position": 3}
    await open_desk(page, scene)

    # Older news than the snapshot's: it came late, and the contact is still ours.
    await scene.play("agent_connected", contact_id=CONTACT, agent_id="other", position=2)
    await scene.play("utterance_finalized", **said(8, "still here"), position=4)
    await expect(page.get_by_text("still here")).to_be_visible()
    await expect(page.get_by_role("banner")).to_contain_text("On the line")

    await scene.play("agent_connected", contact_id=CONTACT, agent_id="other", position=5)

    await expect(page.get_by_text("This contact has left the desk.")).to_be_visible()


async def test_a_finished_contacts_stream_is_not_asked_for_again(page: Page, scene: Scene) -> None:
    over = contact(lines=call(), state="completed", ended_at=instant())
    scene.snapshot = {"contact_id": CONTACT, "contact": over}
    await open_desk(page, scene, query=f"contact={CONTACT}")

    await scene.show("stream_closed", reason="transcript_completed")
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Over")
    await scene.cut()

    # A page that asked again would say so, by way of its clock.
    await page.wait_for_function("() => performance.now() > 1_500")
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Over")
    assert len(scene.asked) == 1
