"""Where things stand, at the widths a desk is used: measured, because a DOM says nothing of it."""

from typing import Any

import pytest
from playwright.async_api import Browser, FloatRect, Locator, Page, expect

from .builders import call, contact, cue
from .scene import Scene
from .test_beside import answered

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# What scrolls sideways, and what stands outside of the window.
OVERFLOWS = """
() => [document.documentElement, ...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && !e.closest(".unseen"))
  .filter((e) => {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
    const isWide = e.scrollWidth > e.clientWidth + 1;
    const isRoot = e === document.documentElement;
    return ((scrolls || isRoot) && isWide) || e.getBoundingClientRect().right > innerWidth + 1;
  })
  .map((e) => `${e.tagName}.${e.className}`)
"""

# WCAG 2.1, relative luminance and contrast, over every visible text of the page.
CONTRASTS = """
() => {
  const channel = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const luminance = ({ rgb }) => {
    const [r, g, b] = rgb.map((c) => channel(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const ground = parse(getComputedStyle(e).backgroundColor);
      if (ground.a === 1) return ground;
    }
    return { rgb: [255, 255, 255], a: 1 };
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest(":disabled, noscript") || !element.checkVisibility()) continue;
    const [one, other] = [parse(getComputedStyle(element).color), groundOf(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) weak.push([text, contrast]);
  }
  return weak;
}
"""


async def box(locator: Locator) -> FloatRect:
    found = await locator.bounding_box()
    assert found is not None
    return found


LONG_ID = "0b9b6a4e-7a1d-4bb0-9f0e-2f1f0c1f9c11"


async def full_desk(page: Page, scene: Scene, *contacts: dict[str, Any]) -> None:
    checklist = [{"item": "recording", "title": "Recording announced", "ticked": True}]
    gap = {"kind": "audio_gap", "track": "from_customer", "from_ms": 9_000, "until_ms": 11_000}
    cues = [cue(f"g-{kind}", kind=kind, shown=True) for kind in ("hint", "warning", "next_action")]
    whole = contact(
        lines=call(), cues=cues, checklist=checklist, gaps=[gap | {"reason": "missing"}]
    )
    scene.snapshot = {"contacts": [whole | {"contact_id": LONG_ID}, *contacts]}
    await page.goto(f"{scene.url}/desk?agent=demo-agent")
    await expect(page.get_by_role("region", name="Cues")).to_be_visible()


async def test_at_1440_px_the_cues_stand_beside_the_transcript(page: Page, scene: Scene) -> None:
    await page.set_viewport_size({"width": 1440, "height": 900})

    await full_desk(page, scene)

    transcript = await box(page.get_by_role("region", name="Transcript"))
    cues = await box(page.get_by_role("region", name="Cues"))
    assert cues["x"] >= transcript["x"] + transcript["width"]
    assert cues["y"] == transcript["y"]
    assert cues["height"] > 600
    assert transcript["height"] > 600
    assert transcript["width"] > 2 * cues["width"]


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (1024, 640)])
async def test_an_answer_stands_below_the_words_and_in_sight_whatever_is_advised(
    page: Page, scene: Scene, width: int, height: int
) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await full_desk(page, scene)

    await scene.play("answer_found", contact_id=LONG_ID, **answered())

    answer = page.get_by_role("region", name="Answers").get_by_role("listitem")
    await expect(answer).to_be_in_viewport(ratio=1)
    transcript, shown = await box(page.get_by_role("region", name="Transcript")), await box(answer)
    assert shown["y"] >= transcript["y"] + transcript["height"]
    assert transcript["height"] > height / 3


async def test_at_360_px_the_cues_stand_below_and_both_are_in_sight(
    page: Page, scene: Scene
) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})

    await full_desk(page, scene)

    transcript = await box(page.get_by_role("region", name="Transcript"))
    cues = await box(page.get_by_role("region", name="Cues"))
    assert cues["y"] >= transcript["y"] + transcript["height"]
    assert cues["y"] + cues["height"] <= 640
    assert transcript["height"] >= 120
    assert cues["height"] >= 200
    await expect(page.get_by_role("article").first).to_be_in_viewport()


@pytest.mark.parametrize("others", [0, 1], ids=["one contact", "several"])
async def test_nothing_overflows_sideways(page: Page, scene: Scene, others: int) -> None:
    other = contact(contact_id="c-2", queue="Faults and outages, second level")
    await full_desk(page, scene, *[other] * others)
    found: dict[int, list[str]] = {}

    for width in (320, 360, 480, 520, 521, 768, 820, 821, 1023, 1024, 1440, 2560):
        await page.set_viewport_size({"width": width, "height": 640})
        found[width] = await page.evaluate(OVERFLOWS)

    assert {width: what for width, what in found.items() if what} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_contrasts_with_its_ground(
    browser: Browser, scene: Scene, scheme: Any
) -> None:
    context = await browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    await full_desk(page, scene, contact(contact_id="c-2", state="held"))
    await page.get_by_role("navigation").get_by_role("button").filter(has_text=LONG_ID).click()
    await expect(page.get_by_role("article")).to_have_count(3)

    weak = await page.evaluate(CONTRASTS)

    await context.close()
    assert weak == []


async def test_the_page_has_its_landmarks_and_one_heading_of_each_part(
    page: Page, scene: Scene
) -> None:
    await full_desk(page, scene)

    await expect(page.get_by_role("banner")).to_have_count(1)
    await expect(page.get_by_role("main")).to_have_count(1)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Desk")
    await expect(page.get_by_role("heading", level=2, name="Transcript")).to_have_count(1)
    await expect(page.get_by_role("heading", level=2, name="Cues")).to_have_count(1)


async def test_every_control_is_reached_by_the_tab_key_and_shows_it(
    page: Page, scene: Scene
) -> None:
    await full_desk(page, scene)
    reached: set[str] = set()

    for _ in range(40):
        await page.keyboard.press("Tab")
        name, outline = await page.evaluate(
            """() => {
                const e = document.activeElement;
                const name = e === document.body ? "" : e.textContent.trim().slice(0, 12);
                return [name, getComputedStyle(e).outlineStyle];
            }"""
        )
        reached.add(name)
        assert name == "" or outline != "none", name

    assert {"Use", "Dismiss"} <= reached
