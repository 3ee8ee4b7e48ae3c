"""What is said appears as it is said, by speaker; what is missing appears as missing."""

from random import Random
from typing import Any

import pytest
from antiphon.events.base import TRACKS, Position, UtteranceId
from antiphon.events.privacy.kinds import PERSONAL_MASKS
from antiphon.projections.transcript import Gap, Line
from antiphon.projections.turns import turns_of
from msgspec import to_builtins
from playwright.async_api import Locator, Page, expect

from .builders import CONTACT, being_said, call, contact, said
from .scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TURNS_SEED = 4  # any will do; fixed, so that a failure comes again


def monologue(count: int) -> list[dict[str, Any]]:
    """Lines with a silence between them that makes each a turn."""
    return [said(n, f"line {n}", started_ms=n * 6_000) for n in range(count)]


async def desk_of(page: Page, scene: Scene, **told: object) -> Locator:
    scene.snapshot = {"contacts": [contact(**told)]}
    await page.goto(f"{scene.url}/desk?agent=demo-agent")
    pane = page.get_by_role("region", name="Transcript")
    await expect(pane).to_be_visible()
    await expect(page.get_by_role("status", name="Connection")).to_have_text("Live")
    return pane


async def test_a_partial_is_visibly_provisional_and_its_final_takes_its_place(
    page: Page, scene: Scene
) -> None:
    transcript = await desk_of(page, scene)

    await scene.show("utterance_partial", **being_said(1, "I want to", revision=1))
    await scene.show("utterance_partial", **being_said(1, "I want to counsel", revision=2))

    line = transcript.get_by_role("listitem")
    await expect(line).to_contain_text("I want to counsel (still speaking)")

    await scene.play("utterance_finalized", **said(1, "I want to cancel"))

    await expect(line).to_have_count(1)
    await expect(line).to_contain_text("I want to cancel")
    await expect(line).not_to_contain_text("still speaking")


async def test_an_older_partial_and_one_after_the_final_change_nothing(
    page: Page, scene: Scene
) -> None:
    transcript = await desk_of(page, scene)

    await scene.show("utterance_partial", **being_said(1, "second", revision=2))
    await scene.show("utterance_partial", **being_said(1, "first", revision=1))
    await scene.play("utterance_finalized", **said(2, "a final"))
    await scene.show("utterance_partial", **being_said(2, "too late", revision=9))
    await scene.play("utterance_finalized", **said(3, "the end"))

    await expect(transcript.get_by_role("listitem")).to_have_text(
        ["0:04 Customer second (still speaking) a final the end"]
    )


async def test_what_one_speaker_says_without_a_longer_silence_is_one_turn(
    page: Page, scene: Scene
) -> None:
    begun = [said(1, "I want to", started_ms=4_000), said(2, "cancel.", started_ms=9_000)]
    transcript = await desk_of(page, scene, lines=begun)

    await scene.show("utterance_partial", **being_said(3, "And a", revision=1, started_ms=13_900))
    await scene.play("utterance_finalized", **said(4, "Hello?", started_ms=19_100))
    await scene.play(
        "utterance_finalized", **said(1, "Yes.", started_ms=24_000, track="to_customer")
    )
    await scene.play("utterance_finalized", **said(5, "Good.", started_ms=24_500))

    turns = transcript.get_by_role("listitem")
    await expect(turns).to_have_text(
        [
            "0:04 Customer I want to cancel. And a (still speaking)",
            "0:19 Customer Hello?",
            "0:24 Agent Yes.",
            "0:24 Customer Good.",
        ]
    )

    await scene.play("utterance_finalized", **said(3, "And a refund.", started_ms=13_900))

    await expect(turns.nth(0)).to_have_text("0:04 Customer I want to cancel. And a refund.")


async def test_the_page_joins_turns_as_the_server_does(page: Page, scene: Scene) -> None:
    chance = Random(TURNS_SEED)
    shown = [_spoken(n, chance) for n in range(120)]
    lines = sorted(shown, key=lambda line: line.started_ms)
    gaps = [_gap(chance) for _ in range(12)]
    told = [to_builtins(line) | {"contact_id": CONTACT} for line in lines]
    joined = turns_of(lines, gaps)

    transcript = await desk_of(page, scene, lines=told, gaps=to_builtins(gaps))

    await expect(transcript.locator("li.turn .said")).to_have_text([one.text for one in joined])
    assert 20 < len(joined) < len(lines) - 20


async def test_each_line_names_its_speaker_and_stands_where_it_was_said(
    page: Page, scene: Scene
) -> None:
    transcript = await desk_of(page, scene)

    await scene.play("utterance_finalized", **said(3, "and then this"))
    await scene.play("utterance_finalized", **said(2, "me neither", track="to_customer"))
    await scene.play(
        "utterance_finalized", **said(1, "press one", track="to_customer", speaker="system")
    )

    lines = transcript.get_by_role("listitem")
    await expect(lines).to_have_text(
        ["0:04 System press one", "0:08 Agent me neither", "0:12 Customer and then this"]
    )


async def test_a_late_agent_relabels_what_was_said_before(page: Page, scene: Scene) -> None:
    prompt = said(1, "Hello, this is Ada", track="to_customer", speaker="system")
    transcript = await desk_of(page, scene, agent_id=None, agent_name=None, lines=[prompt])
    await expect(transcript.get_by_role("listitem")).to_contain_text("System")

    relabelled = contact(lines=[prompt | {"speaker": "agent"}])
    await scene.show("snapshot", contact_id=CONTACT, position=9, contact=relabelled)

    await expect(transcript.get_by_role("listitem")).to_contain_text("Agent")


async def test_a_gap_is_shown_where_it_is_and_says_what_is_missing(
    page: Page, scene: Scene
) -> None:
    lines = [
        said(1, "before"),
        said(2, "after", started_ms=16_500),
        said(3, "later", started_ms=20_000),
    ]
    transcript = await desk_of(page, scene, lines=lines)

    gap = {"contact_id": CONTACT, "track": "from_customer", "from_ms": 9_000, "until_ms": 16_000}
    await scene.play("audio_gap", **gap, reason="missing")
    deaf = {"contact_id": CONTACT, "track": "to_customer", "from_ms": 30_000, "until_ms": None}
    await scene.play("speech_gap", **deaf, reason="recognizer_failed")

    rows = transcript.get_by_role("listitem")
    await expect(rows.nth(1)).to_have_text(
        "No audio on the customer’s line, 0:09 to 0:16 (it never arrived)"
    )
    await expect(rows.nth(3)).to_have_text(
        "Speech not recognised on the agent’s line, from 0:30 on (recognizer failed)"
    )


async def test_card_data_is_shown_as_hidden_and_not_as_a_token(page: Page, scene: Scene) -> None:
    masked = "It is [card-number], until [expiry-date]. [security-code]"
    transcript = await desk_of(page, scene, lines=[said(1, masked)])
    begun = being_said(1, "Is it [card-number] [no-mask]?", revision=1, track="to_customer")

    await scene.show("utterance_partial", **begun)

    turns = transcript.get_by_role("listitem")
    await expect(turns).to_contain_text(
        [
            "It is card number hidden, until expiry date hidden. security code hidden",
            "Is it card number hidden [no-mask]?",
        ]
    )
    await expect(transcript.locator(".mask")).to_have_count(4)


async def test_every_mask_there_is_is_shown_as_what_it_hides(page: Page, scene: Scene) -> None:
    transcript = await desk_of(page, scene, lines=[said(1, " ".join(PERSONAL_MASKS.values()))])

    await expect(transcript.locator(".mask")).to_have_count(len(PERSONAL_MASKS))


async def test_what_was_said_is_shown_as_text_whatever_it_holds(page: Page, scene: Scene) -> None:
    spoken = "less <b>than</b> &amp; <img src=x onerror=alert(1)>"

    transcript = await desk_of(page, scene, lines=[said(1, spoken)])

    await expect(transcript.get_by_role("listitem")).to_contain_text(spoken)


async def test_the_view_follows_what_is_said(page: Page, scene: Scene) -> None:
    transcript = await desk_of(page, scene, lines=monologue(60))
    await expect(transcript.get_by_text("line 59", exact=True)).to_be_in_viewport()

    await scene.play("utterance_finalized", **said(60, "the newest", started_ms=360_000))

    await expect(transcript.get_by_text("the newest")).to_be_in_viewport()


async def test_the_view_yields_to_a_reader_and_returns_at_a_click(page: Page, scene: Scene) -> None:
    transcript = await desk_of(page, scene, lines=monologue(60))
    await expect(transcript.get_by_text("line 59", exact=True)).to_be_in_viewport()
    await transcript.get_by_text("line 5", exact=True).scroll_into_view_if_needed()
    latest = transcript.get_by_role("button", name="Jump to latest")
    await expect(latest).to_be_visible()

    await scene.play("utterance_finalized", **said(60, "the newest", started_ms=360_000))
    await scene.play("utterance_finalized", **said(61, "the very newest", started_ms=366_000))

    await page.set_viewport_size({"width": 1440, "height": 880})

    await expect(latest).to_have_text("Jump to latest (2 new) ↓")
    await expect(transcript.get_by_text("line 5", exact=True)).to_be_in_viewport()
    await latest.click()
    await expect(transcript.get_by_text("the very newest")).to_be_in_viewport()
    await expect(latest).to_have_count(0)


async def test_a_call_that_ends_says_so_and_says_when_nothing_more_follows(
    page: Page, scene: Scene
) -> None:
    transcript = await desk_of(page, scene, lines=call())
    await scene.show("utterance_partial", **being_said(9, "Thank you b", revision=1))
    await expect(transcript).to_contain_text("Thank you b")

    await scene.play("contact_ended", contact_id=CONTACT, ended_at="2026-01-02T03:04:05Z")

    banner = page.get_by_role("status", name="Call")
    await expect(banner).to_contain_text("The call has ended. Its last words are still being")

    await scene.play("utterance_finalized", **said(9, "Thank you. Bye."))
    await scene.play("transcript_completed", contact_id=CONTACT, utterances=9, reason="drained")

    await expect(banner).to_contain_text("The transcript is complete.")
    await expect(transcript).to_contain_text("Thank you. Bye.")
    await expect(transcript).to_contain_text("Nothing more will follow.")
    await expect(transcript).not_to_contain_text("still speaking")


def _spoken(number: int, chance: Random) -> Line:
    track = chance.choice(TRACKS)
    started_ms = chance.randrange(0, 400_000, 10)
    return Line(
        utterance_id=UtteranceId(f"{track}-{number}"),
        speaker="customer" if track == "from_customer" else chance.choice(["agent", "system"]),
        track=track,
        text=f"words {number}",
        started_ms=started_ms,
        ended_ms=started_ms + chance.randrange(0, 6_000, 10),
        confidence=0.9,
        position=Position(number + 1),
    )


def _gap(chance: Random) -> Gap:
    from_ms = chance.randrange(0, 400_000, 10)
    return Gap(
        kind=chance.choice(["audio_gap", "speech_gap"]),
        track=chance.choice(TRACKS),
        from_ms=from_ms,
        until_ms=from_ms + 500,
        reason="missing",
    )
