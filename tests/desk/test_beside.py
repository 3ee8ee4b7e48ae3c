"""What stands beside words and cues: checklist, answers, summary, translations, replies."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from .builders import CONTACT, call, contact, cue
from .scene import Scene, instant

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ITEMS = [
    {"item": "recording", "title": "Said that the call is recorded"},
    {"item": "recap", "title": "Summed up what happens next"},
]
ASKED = {
    "question_id": "q-1",
    "question": "do I have to pay some kind of fee",
    "heard": cue()["heard"] | {"utterance_id": "from_customer-5", "started_ms": 23_891},
    "form": "question",
}
QUOTED = {"generator": "quote-1", "model": None}


def citation(title: str, *, used: bool = True) -> dict[str, Any]:
    return {
        "article_id": "leaving",
        "article_version": 3,
        "title": title,
        "quote": "Leaving early costs 15 dollars.",
        "used": used,
    }


def answered(**told: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "question_id": "q-1",
        "heard": ASKED["heard"],
        "answer": "Leaving early costs 15 dollars a month.",
        "citations": [citation("Leaving early"), citation("Moving house", used=False)],
        "maker": QUOTED,
        "supersedes": None,
    }
    return usual | told


def part(name: str, utterance_id: str) -> dict[str, Any]:
    return {"name": name, "field": "reason", "utterance_ids": [utterance_id], "in_text": True}


def summed_up(**told: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "summary_id": "s-1",
        "kind": "final",
        "parts": [part("1", "from_customer-1"), part("2", "to_customer-6")],
        "texts": {"1": "Customer: my bill went up", "2": "Agent: there isn't one"},
        "disposition": "resolved",
        "generator": "extractive-1",
        "prompt": None,
    }
    return usual | told


def fact(name: str, **told: Any) -> dict[str, Any]:
    return {"type": name, "contact_id": CONTACT, "position": 1} | told


async def desk_of(page: Page, scene: Scene, **told: Any) -> None:
    scene.snapshot = {"contacts": [contact(lines=call(), **told)]}
    await page.goto(f"{scene.url}/desk?agent=demo-agent")
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")


async def test_the_checklist_shows_what_is_missing_and_then_what_was_not_said(
    page: Page, scene: Scene
) -> None:
    await desk_of(page, scene, facts=[fact("checklist_opened", items=ITEMS)])
    items = page.get_by_role("region", name="Checklist").get_by_role("listitem")
    await expect(items).to_have_text(
        ["To do: Said that the call is recorded", "To do: Summed up what happens next"]
    )

    await scene.play("checklist_item_ticked", contact_id=CONTACT, **ITEMS[0], heard=None)
    await scene.play("checklist_item_missed", contact_id=CONTACT, **ITEMS[1])

    await expect(items).to_have_text(
        ["Done: Said that the call is recorded", "Not said: Summed up what happens next"]
    )


async def test_an_answer_says_what_was_asked_and_in_which_article_it_stands(
    page: Page, scene: Scene
) -> None:
    await desk_of(page, scene, facts=[fact("question_heard", **ASKED)])

    await scene.play("answer_found", contact_id=CONTACT, **answered())

    answers = page.get_by_role("region", name="Answers")
    await expect(answers).to_contain_text("Leaving early costs 15 dollars a month.")
    await expect(answers.get_by_text("Quoted from Leaving early", exact=True)).to_be_visible()
    await answers.get_by_role("button", name="asked: do I have to pay some kind of fee").click()
    line = page.locator(".utterance").filter(has_text="do I have to pay some kind of fee")
    await expect(line).to_be_focused()


async def test_an_answer_that_a_model_wrote_names_it_and_a_refusal_invents_nothing(
    page: Page, scene: Scene
) -> None:
    told = answered(maker={"generator": "model", "model": "llama-8b"})
    refused = {"question_id": "q-2", "question": "do you sell lawn mowers", "reason": "no_article"}

    await desk_of(
        page, scene, facts=[fact("answer_found", **told), fact("answer_refused", **refused)]
    )

    answers = page.get_by_role("region", name="Answers").get_by_role("listitem")
    await expect(answers.nth(0)).to_contain_text("No article answers this.")
    await expect(answers.nth(1)).to_contain_text("Written by llama-8b from Leaving early")


async def test_what_the_agent_asks_is_sent_and_a_refusal_says_why(page: Page, scene: Scene) -> None:
    await desk_of(page, scene)
    field = page.get_by_role("textbox", name="Ask the articles")

    await field.fill("late fee")
    await field.press("Enter")
    assert await scene.posts(1) == ["/v1/knowledge/ask"]
    await expect(field).to_have_value("")
    scene.command_status = 409
    await field.fill("late fee")
    await field.press("Enter")

    await expect(page.get_by_role("alert")).to_have_text("Not sent: contact c-1 has ended.")
    await expect(field).to_have_value("late fee")


async def test_after_the_call_the_summary_leads_to_its_words_and_takes_the_agents_own(
    page: Page, scene: Scene
) -> None:
    ended = {"state": "ended", "ended_at": instant(seconds=-2)}
    await desk_of(page, scene, **ended, facts=[fact("summary_written", **summed_up())])
    summary = page.get_by_role("region", name="Summary")
    await expect(summary).to_contain_text("quoted from the call")

    await summary.get_by_role("button", name="Customer: my bill went up").click()
    line = page.locator(".utterance").filter(has_text="cancel the whole thing")
    await expect(line).to_be_focused()
    await summary.get_by_role("combobox", name="Ended as").select_option("Resolved")
    await summary.get_by_role("button", name="Edit").click()
    await summary.get_by_role("textbox", name="Your summary").fill("Credit of 11 dollars")
    await summary.get_by_role("button", name="Save").click()
    await scene.play("summary_edited", contact_id=CONTACT, text="Credit of 11 dollars")

    contact_path = f"/v1/contacts/{CONTACT}"
    assert await scene.posts(2) == [f"{contact_path}/disposition", f"{contact_path}/summary/edit"]
    await expect(summary).to_contain_text("in the agent’s words")
    await expect(summary).to_contain_text("Credit of 11 dollars")


async def test_of_a_summary_that_was_erased_nothing_is_left_but_that_it_was(
    page: Page, scene: Scene
) -> None:
    ended = {"state": "ended", "ended_at": instant(seconds=-2)}

    await desk_of(
        page, scene, **ended, facts=[fact("summary_written", **summed_up(texts="[erased]"))]
    )

    sentences = page.get_by_role("region", name="Summary").get_by_role("listitem")
    await expect(sentences).to_have_text(["[erased]", "[erased]"])


async def test_words_are_shown_in_the_agents_language_and_a_reply_is_followed_until_it_is_spoken(
    page: Page, scene: Scene
) -> None:
    wanted = fact("translation_set", targets=["en"], configured=True)
    await desk_of(page, scene, facts=[wanted])

    translated = {"utterance_id": "from_customer-3", "target": "en", "text": "On the ninth"}
    await scene.play("utterance_translated", contact_id=CONTACT, **translated)
    await page.get_by_role("textbox", name="Reply in the customer’s language").fill("One moment")
    await page.get_by_role("button", name="Send").click()
    assert await scene.posts(1) == [f"/v1/contacts/{CONTACT}/replies"]
    reply = {"contact_id": CONTACT, "reply_id": "r-1"}
    await scene.play("reply_typed", **reply, text="One moment")
    await scene.play("reply_translated", **reply, text="Un momento", target="es")
    await scene.play("reply_failed", **reply, step="speech", reason="no_voice")

    turn = page.get_by_role("listitem").filter(has_text="It's the ninth of March")
    await expect(turn).to_contain_text("On the ninth")
    replies = page.get_by_role("region", name="Replies").get_by_role("listitem")
    await expect(replies).to_contain_text("One moment")
    await expect(replies).to_contain_text("Un momento")
    await expect(replies).to_contain_text("Not spoken: no voice")
