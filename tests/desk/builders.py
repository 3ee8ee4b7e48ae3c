"""What the feed says, with sensible defaults: a test names only what it is about."""

from typing import Any

from .scene import instant

CONTACT = "c-1"


def contact(**told: Any) -> dict[str, Any]:
    """A contact as a snapshot tells it."""
    usual: dict[str, Any] = {
        "contact_id": CONTACT,
        "state": "live",
        "queue": "Billing",
        "started_at": instant(seconds=-65),
        "agent_id": "demo-agent",
        "agent_name": "Ada Byrne",
        "lines": [],
        "cues": [],
        "checklist": [],
        "gaps": [],
    }
    return usual | told


def said(ordinal: int, text: str, **told: Any) -> dict[str, Any]:
    """A line of the customer, four seconds after the one before."""
    track = told.pop("track", "from_customer")
    started_ms = told.pop("started_ms", ordinal * 4_000)
    return {
        "contact_id": CONTACT,
        "utterance_id": f"{track}-{ordinal}",
        "track": track,
        "speaker": "customer" if track == "from_customer" else "agent",
        "text": text,
        "started_ms": started_ms,
        "ended_ms": started_ms + 3_000,
        "confidence": 0.9,
    } | told


def being_said(ordinal: int, text: str, *, revision: int, **told: Any) -> dict[str, Any]:
    """A partial of that line."""
    partial = said(ordinal, text, **told) | {"revision": revision, "stable_words": 0}
    del partial["speaker"], partial["confidence"]
    return partial


def cue(guidance_id: str = "g-1", **told: Any) -> dict[str, Any]:
    """A cue that the customer's first line earned."""
    return {
        "contact_id": CONTACT,
        "guidance_id": guidance_id,
        "cue": "offer_loyalty_price",
        "kind": "next_action",
        "title": "Offer the loyalty price",
        "body": "The old price for another year.",
        "moment": "wants_to_cancel",
        "heard": {
            "utterance_id": "from_customer-1",
            "revision": None,
            "track": "from_customer",
            "started_ms": 4_000,
            "ended_ms": 5_000,
        },
        "evidence": "I want to cancel",
        "playbook": "retention",
        "playbook_version": "3",
        "expires_at": instant(seconds=60),
    } | told


def call() -> list[dict[str, Any]]:
    """The lines of a whole short call."""
    agent: dict[str, Any] = {"track": "to_customer"}
    return [
        said(0, "Thanks for calling Brightline. Calls are recorded. How can I help?",
             started_ms=600, **agent, speaker="agent"),
        said(1, "Hi, um, my bill went up by eleven dollars this month and nobody told me. "
             "I think I just want to cancel the whole thing.", started_ms=4_874),
        said(2, "Oh, I'm sorry about that. Let me have a look. What's your date of birth, please?",
             started_ms=11_818, **agent),
        said(3, "It's the ninth of March, nineteen eighty four.", started_ms=16_889),
        said(4, "Great, thank you. So your discount ran out on the first, that's why it's higher.",
             started_ms=19_802, **agent),
        said(5, "Right, but if I leave now, do I have to pay some kind of fee?",
             started_ms=23_891),
        said(6, "No, your contract ended last year, so there isn't one.",
             started_ms=27_688, **agent),
        said(7, "Okay, and can I get those eleven dollars back?", started_ms=31_737),
    ]  # fmt: skip
