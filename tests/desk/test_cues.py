"""Cues appear newest first, are reported as shown once seen, and do what the agent says."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from .builders import CONTACT, call, contact, cue
from .scene import Scene, instant

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def desk_of(page: Page, scene: Scene, **told: Any) -> Locator:
    scene.snapshot = {"contacts": [contact(lines=call(), **told)]}
    await page.goto(f"{scene.url}/desk?agent=demo-agent")
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    cues = page.get_by_role("region", name="Cues")
    # The feed may be live before what it tells is drawn; keys move among what is drawn.
    await expect(cues.get_by_role("article")).to_have_count(len(told.get("cues", ())))
    return cues


def posted(guidance_id: str, verb: str) -> str:
    return f"/v1/contacts/{CONTACT}/guidance/{guidance_id}/{verb}"


async def test_the_newest_cue_is_on_top_and_says_its_kind_in_words(
    page: Page, scene: Scene
) -> None:
    cues = await desk_of(page, scene)

    await scene.play("guidance_issued", **cue("g-1", kind="hint", title="Ask what changed"))
    await scene.play("guidance_issued", **cue("g-2", kind="warning", title="Identity not checked"))
    await scene.play("guidance_issued", **cue("g-3", kind="next_action", title="Offer the price"))

    cards = cues.get_by_role("article")
    await expect(cards).to_have_count(3)
    await expect(cards.nth(0)).to_contain_text("Next step")
    await expect(cards.nth(0)).to_contain_text("Offer the price")
    await expect(cards.nth(1)).to_contain_text("Warning")
    await expect(cards.nth(2)).to_contain_text("Hint")


async def test_a_cue_quotes_what_was_heard_and_leads_to_the_line(page: Page, scene: Scene) -> None:
    cues = await desk_of(page, scene)

    await scene.play("guidance_issued", **cue())

    await expect(cues.get_by_role("article")).to_contain_text("retention 3")
    evidence = cues.get_by_role("button", name="heard: I want to cancel at 0:04")
    await evidence.click()
    line = page.locator(".utterance").filter(has_text="cancel the whole thing")
    await expect(line).to_be_focused()
    await expect(line).to_be_in_viewport()


async def test_a_cue_on_screen_is_reported_as_shown_once(page: Page, scene: Scene) -> None:
    await desk_of(page, scene, cues=[cue("g-0", shown=True)])

    await scene.play("guidance_issued", **cue("g-1"))
    await scene.posts(1)
    await scene.play("guidance_issued", **cue("g-2"))

    assert await scene.posts(2) == [posted("g-1", "shown"), posted("g-2", "shown")]


async def test_a_cue_below_the_fold_is_not_reported_until_it_is_scrolled_to(
    page: Page, scene: Scene
) -> None:
    many = [cue(f"g-{n}", title=f"Cue {n}", shown=n > 0, position=n) for n in range(12)]

    cues = await desk_of(page, scene, cues=many)
    await scene.play("guidance_issued", **cue("g-new", title="The newest"))
    assert await scene.posts(1) == [posted("g-new", "shown")]

    await cues.get_by_role("heading", name="Cue 0", exact=True).scroll_into_view_if_needed()
    assert await scene.posts(2) == [posted("g-new", "shown"), posted("g-0", "shown")]


@pytest.mark.parametrize(
    ("button", "verb", "outcome"),
    [("Use", "use", "Used"), ("Dismiss", "dismiss", "Dismissed")],
)
async def test_the_agents_answer_to_a_cue_is_sent_and_the_cue_steps_back(
    page: Page, scene: Scene, button: str, verb: str, outcome: str
) -> None:
    cues = await desk_of(page, scene, cues=[cue(shown=True)])

    await cues.get_by_role("button", name=button).click()

    assert await scene.posts(1) == [posted("g-1", verb)]
    await expect(cues.get_by_role("article")).to_have_count(0)
    earlier = cues.get_by_role("region", name="Earlier").get_by_role("listitem")
    await expect(earlier).to_have_text(f"Next step: Offer the loyalty price{outcome}")


async def test_a_command_that_fails_says_so_and_can_be_given_again(
    page: Page, scene: Scene
) -> None:
    cues = await desk_of(page, scene, cues=[cue(shown=True)])
    scene.command_status = 409

    await cues.get_by_role("button", name="Use").click()

    problem = cues.get_by_role("alert")
    await expect(problem).to_have_text("Not recorded: contact c-1 has ended. Try again.")
    scene.command_status = 200
    await cues.get_by_role("button", name="Use").click()
    await expect(cues.get_by_role("article")).to_have_count(0)


async def test_a_cue_that_expired_steps_back_and_stays_readable(page: Page, scene: Scene) -> None:
    cues = await desk_of(page, scene, cues=[cue(shown=True)])

    await scene.play("guidance_expired", contact_id=CONTACT, guidance_id="g-1", reason="timed_out")

    await expect(cues.get_by_role("article")).to_have_count(0)
    earlier = cues.get_by_role("region", name="Earlier")
    await expect(earlier).to_contain_text("Offer the loyalty price")
    await expect(earlier).to_contain_text("Expired")


async def test_a_cue_that_comes_after_its_time_is_not_offered(page: Page, scene: Scene) -> None:
    cues = await desk_of(page, scene)

    stale = cue("g-old", title="Too late", expires_at=instant(seconds=-30))
    await scene.play("guidance_issued", **stale, recorded_at=instant())

    await expect(cues.get_by_role("region", name="Earlier")).to_contain_text("Too late")
    await expect(cues.get_by_role("article")).to_have_count(0)


async def test_a_wrong_clock_on_this_machine_hides_no_cue(page: Page, scene: Scene) -> None:
    # The server's clock is an hour behind the browser's.
    cues = await desk_of(page, scene)

    fresh = cue(expires_at=instant(seconds=-3_570))
    await scene.play("guidance_issued", **fresh, recorded_at=instant(seconds=-3_600))
    await scene.posts(1)  # seen for a while: the ticks have had their chance

    await expect(cues.get_by_role("article")).to_have_count(1)


async def test_the_checklist_ticks_itself(page: Page, scene: Scene) -> None:
    items = [
        {"item": "recording", "title": "Recording announced", "ticked": True},
        {"item": "identity", "title": "Identity checked", "ticked": False},
    ]
    cues = await desk_of(page, scene, checklist=items)
    checklist = cues.get_by_role("region", name="Checklist")
    await expect(checklist.get_by_role("listitem")).to_have_text(
        ["Done: Recording announced", "To do: Identity checked"]
    )

    heard = cue()["heard"] | {"started_ms": 16_889}
    await scene.play(
        "checklist_item_ticked",
        contact_id=CONTACT, item="identity", title="Identity checked", heard=heard,
    )  # fmt: skip

    await expect(checklist.get_by_role("listitem").nth(1)).to_contain_text("Done: Identity checked")
    await expect(checklist).to_contain_text("2 done")


async def test_the_keyboard_moves_among_cues_and_answers_them(page: Page, scene: Scene) -> None:
    both = [
        cue("g-1", title="First", shown=True, position=1),
        cue("g-2", title="Second", shown=True, position=2),
    ]
    cues = await desk_of(page, scene, cues=both)

    await page.keyboard.press("j")
    await expect(cues.get_by_role("article", name="Second")).to_be_focused()
    await page.keyboard.press("j")
    await expect(cues.get_by_role("article", name="First")).to_be_focused()
    await page.keyboard.press("d")

    assert await scene.posts(1) == [posted("g-1", "dismiss")]
    await expect(cues.get_by_role("article", name="Second")).to_be_focused()
    await page.keyboard.press("u")
    assert await scene.posts(2) == [posted("g-1", "dismiss"), posted("g-2", "use")]


async def test_shortcuts_can_be_read_and_switched_off(page: Page, scene: Scene) -> None:
    cues = await desk_of(page, scene, cues=[cue(shown=True)])

    await page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    await expect(help_).to_contain_text("next cue")
    await help_.get_by_role("checkbox", name="Single-key shortcuts").uncheck()
    await help_.get_by_role("button", name="Close").click()
    await page.keyboard.press("u")
    await cues.get_by_role("button", name="Dismiss").click()

    assert await scene.posts(1) == [posted("g-1", "dismiss")]


async def test_a_new_cue_is_announced_and_partials_are_not(page: Page, scene: Scene) -> None:
    await desk_of(page, scene)

    await scene.play("guidance_issued", **cue(kind="warning", title="Identity not checked"))

    announced = page.get_by_role("status", name="Newest cue")
    await expect(announced).to_have_text("Warning: Identity not checked")
    loud = page.locator("[aria-live], [role=log], [role=status], [role=alert]")
    assert await loud.filter(has_text="cancel the whole thing").count() == 0


async def test_an_ended_call_takes_no_more_answers(page: Page, scene: Scene) -> None:
    cues = await desk_of(page, scene, cues=[cue(shown=True)])

    await scene.play("contact_ended", contact_id=CONTACT, ended_at=instant())

    await expect(cues.get_by_role("button", name="Use")).to_be_disabled()
