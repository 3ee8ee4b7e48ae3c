"""The fold of messages into the desk's state, run in the browser it is written for."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from .builders import CONTACT, being_said, contact, cue, said
from .scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FOLD = """
async ([messages, now]) => {
  const { emptyDesk, fold, inOrder, inView } = await import("/desk/state.js");
  const state = messages.reduce(
    (before, [type, data, at]) => fold(before, { type, data }, at ?? now),
    emptyDesk(),
  );
  return {
    contacts: Object.fromEntries(state.contacts),
    order: inOrder(state).map((contact) => contact.contact_id),
    inView: inView(state)?.contact_id ?? null,
    offsetMs: state.offsetMs,
  };
}
"""
NOW = 1_800_000_000_000  # ms

Message = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], int]


@pytest_asyncio.fixture(loop_scope="session")
async def folded(page: Page, scene: Scene) -> Any:
    await page.goto(f"{scene.url}/desk/icon.svg")

    async def fold(*messages: Message) -> Any:
        return await page.evaluate(FOLD, [messages, NOW])

    return fold


def texts(state: Any) -> list[str]:
    return [line["text"] for line in state["contacts"][CONTACT]["lines"]]


async def test_every_order_of_finals_gives_the_same_lines(folded: Any) -> None:
    one, two, three = (("utterance_finalized", said(n, f"line {n}")) for n in (1, 2, 3))

    forward = await folded(one, two, three)
    backward = await folded(three, two, one, three)

    assert texts(forward) == texts(backward) == ["line 1", "line 2", "line 3"]


async def test_folding_all_again_changes_nothing(folded: Any) -> None:
    told: list[Message] = [
        ("snapshot", {"contacts": [contact()]}),
        ("utterance_finalized", said(1, "once")),
        ("guidance_issued", cue()),
        ("guidance_used", {"contact_id": CONTACT, "guidance_id": "g-1"}),
        ("contact_ended", {"contact_id": CONTACT, "ended_at": "2026-01-02T03:04:05Z"}),
    ]

    once = await folded(*told)
    again = await folded(*told, *told[1:])

    assert again == once


async def test_a_cue_the_agent_used_does_not_expire_afterwards(folded: Any) -> None:
    about = {"contact_id": CONTACT, "guidance_id": "g-1"}

    state = await folded(
        ("guidance_issued", cue()), ("guidance_used", about), ("guidance_expired", about)
    )

    assert state["contacts"][CONTACT]["cues"][0]["outcome"] == "used"


async def test_facts_of_the_end_in_any_order_leave_the_contact_ended(folded: Any) -> None:
    ended = ("contact_ended", {"contact_id": CONTACT, "ended_at": "2026-01-02T03:04:05Z"})
    resumed = ("contact_resumed", {"contact_id": CONTACT})
    held = ("contact_held", {"contact_id": CONTACT})

    state = await folded(held, ended, resumed, held)

    assert state["contacts"][CONTACT]["phase"] == "ended"


async def test_a_corrected_end_stands_when_the_first_is_told_again(folded: Any) -> None:
    ended = ("contact_ended", {"contact_id": CONTACT, "ended_at": "2026-01-02T03:04:05Z"})
    corrected = (
        "contact_end_corrected",
        {"contact_id": CONTACT, "ended_at": "2026-01-02T03:05:00Z", "reason": "agent_hung_up"},
    )

    state = await folded(ended, corrected, ended)

    found = state["contacts"][CONTACT]
    assert (found["phase"], found["endReason"]) == ("ended", "agent_hung_up")
    assert found["endedAt"] == 1_767_323_100_000  # ms: 2026-01-02T03:05:00Z


async def test_a_partial_nobody_repeats_is_given_up(folded: Any) -> None:
    partial = ("utterance_partial", being_said(1, "hel", revision=1), NOW)

    kept = await folded(partial, ("tick", {}, NOW + 5_000))
    dropped = await folded(partial, ("tick", {}, NOW + 60_000))

    assert texts(kept) == ["hel"]
    assert texts(dropped) == []


async def test_the_shortest_delay_tells_the_servers_clock(folded: Any) -> None:
    slow = ("heartbeat", {"server_time": "2027-01-15T07:00:00Z"}, NOW + 9_000)
    quick = ("heartbeat", {"server_time": "2027-01-15T07:00:10Z"}, NOW + 10_050)

    state = await folded(slow, quick)

    # 1_800_000_000_000 ms is 2027-01-15T08:00:00Z.
    assert state["offsetMs"] == -3_600_050


async def test_a_contact_missing_from_a_snapshot_is_marked_and_not_taken_away(folded: Any) -> None:
    state = await folded(("snapshot", {"contacts": [contact()]}), ("snapshot", {"contacts": []}))

    assert state["contacts"][CONTACT]["left"] is True
    assert state["contacts"][CONTACT]["phase"] == "ended"


async def test_what_is_in_view_is_the_newest_live_contact_unless_one_was_chosen(
    folded: Any,
) -> None:
    three = [contact(contact_id=name) for name in ("c-1", "c-2", "c-3")]
    told = ("snapshot", {"contacts": three})
    ended = ("contact_ended", {"contact_id": "c-3"})

    by_itself = await folded(told, ended)
    chosen = await folded(told, ended, ("choose", {"contact_id": "c-1"}))

    assert by_itself["inView"] == "c-2"
    assert by_itself["order"] == ["c-2", "c-1", "c-3"]
    assert chosen["inView"] == "c-1"


async def test_ended_contacts_do_not_pile_up_over_a_shift(folded: Any) -> None:
    ended = [("contact_ended", {"contact_id": f"c-{n}"}) for n in range(40)]

    state = await folded(*ended)

    assert len(state["order"]) == 8
    assert state["order"][0] == "c-39"


async def test_an_unknown_message_and_one_about_nobody_change_nothing(folded: Any) -> None:
    told: list[Message] = [("snapshot", {"contacts": [contact()]})]

    state = await folded(*told, ("brand_new", {"contact_id": CONTACT}), ("brand_new", {}))

    assert state == await folded(*told)
