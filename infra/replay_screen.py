"""The desk of another time, on a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLOUR = {"customer": "cyan", "agent": "green", "system": "bright_black"}
_KIND = {"warning": "red", "hint": "yellow", "next_action": "blue"}
_COUNTED_FROM = {
    "audio": "its first audio",
    "text": "the zero of its text",
    "first_fact": "its first fact",
}
_WHEN_S = 60


def show_desk(told: dict[str, Any], *, console: Console) -> None:
    """Print what a desk showed at one moment."""
    contact = told["contact"]
    head = Text(f"{told['contact_id']}  {_clock(told['at_ms'])}  ", style="bold")
    head.append(told["at"], style="bright_black")
    console.print(head)
    if contact is None:
        console.print("Nothing of it had been recorded yet.", style="bright_black")
        return
    console.print(_state(contact, on_desk=told["on_desk"]))
    console.print(_words(contact))
    _show_help(contact, console)
    if told["stuck"] is not None:
        stuck = told["stuck"]
        problem = f"Nothing after position {stuck['position']} can be read: {stuck['problem']}"
        console.print(problem, style="red")
    since = _COUNTED_FROM[told["clock"]["counted_from"]]
    note = f"Recorded up to position {told['position']}; counted from {since}. "
    console.print(note + "Words still being recognised were never stored.", style="bright_black")


def show_event(event: str, told: dict[str, Any], *, console: Console) -> None:
    """Print an event of a contact that is played again; what only pages need is left out."""
    match event:
        case "utterance_finalized":
            row = Text(f"{_clock(told['started_ms'])} ", style="bright_black")
            row.append(f"{told['speaker']:<9}", style=_COLOUR.get(told["speaker"], ""))
            console.print(row.append(told["text"], style="default"), soft_wrap=True)
        case "guidance_issued":
            console.print(_cue(told), soft_wrap=True)
        case "checklist_item_ticked":
            console.print(f"  [green]✓[/] {told['title']}", soft_wrap=True, highlight=False)
        case "answer_found":
            console.print(_answer(told), soft_wrap=True)
        case "summary_written":
            for sentence in _sentences(told):
                console.print(sentence, soft_wrap=True)
        case "heartbeat" | "snapshot" | "stream_closed":
            pass  # of use to pages
        case "replay_started":
            console.print("Partials were never stored: whole utterances only.", style="italic")
        case "replay_completed":
            end = "the end" if told["finished"] else "so far; it goes on"
            console.print(f"{told['facts']} facts, {end}", style="bold")
        case _:
            console.print(f"  {told.get('recorded_at', '')[11:19]} {event}", style="bright_black")


def _state(contact: dict[str, Any], *, on_desk: bool) -> Text:
    line = Text(contact["state"], style="bold")
    if contact["on_hold"]:
        line.append("  on hold", style="yellow")
    if contact["not_heard"]:
        line.append("  not heard: no room", style="yellow")
    agent = contact["agent_name"] or contact["agent_id"]
    line.append(f"  agent {agent}" if agent else "  no agent yet")
    if contact["queue"]:
        line.append(f"  queue {contact['queue']}")
    if not on_desk:
        line.append("  on nobody's desk", style="bright_black")
    return line


def _words(contact: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    gaps = [(gap["from_ms"], gap) for gap in contact["gaps"]]
    lines = [(line["started_ms"], line) for line in contact["lines"]]
    for at_ms, one in sorted(gaps + lines, key=lambda entry: entry[0]):
        if "text" in one:
            colour = _COLOUR.get(one["speaker"], "")
            speaker = Text(one["speaker"], style=colour)
            table.add_row(_clock(at_ms), speaker, Text(one["text"]))
        else:
            until = "to the end" if one["until_ms"] is None else f"to {_clock(one['until_ms'])}"
            words = Text(f"{one['kind']} {until}: {one['reason']}", style="red")
            table.add_row(_clock(at_ms), Text(one["track"], style="bright_black"), words)
    return table


def _show_help(contact: dict[str, Any], console: Console) -> None:
    for cue in contact["cues"]:
        console.print(_cue(cue), soft_wrap=True)
    for item in contact["checklist"]:
        row = Text("  ✓ ", style="green").append(item["title"], style="default")
        console.print(row.append(f"  “{item['evidence']}”", style="italic bright_black"))
    _show_facts(contact["facts"], console)


def _show_facts(facts: Sequence[dict[str, Any]], console: Console) -> None:
    """Print the answers that stood on the desk, and the newest summary."""
    superseded = {fact.get("supersedes") for fact in facts}
    for fact in facts:
        if fact["type"] == "answer_found" and fact["question_id"] not in superseded:
            console.print(_answer(fact), soft_wrap=True)
    summaries = [fact for fact in facts if fact["type"] == "summary_written"]
    for sentence in _sentences(summaries[-1]) if summaries else ():
        console.print(sentence, soft_wrap=True)


def _answer(told: dict[str, Any]) -> Text:
    titles = ", ".join(one["title"] for one in told["citations"] if one["used"])
    row = Text("  ? ", style="magenta").append(told["answer"], style="default")
    return row.append(f"  {titles}", style="italic bright_black")


def _sentences(told: dict[str, Any]) -> list[Text]:
    texts = told["texts"]
    if isinstance(texts, str):  # erased: one word in the place of all of them
        return [Text("  Σ ", style="cyan").append(texts, style="default")]
    return [
        Text("  Σ ", style="cyan").append(texts[part["name"]], style="default")
        for part in told["parts"]
        if part["in_text"]
    ]


def _cue(cue: dict[str, Any]) -> Text:
    row = Text("  ▸ ", style=_KIND.get(cue["kind"], "yellow"))
    row.append(cue["title"], style="bold").append(f"  {cue['body']}", style="default")
    return row.append(f"  “{cue['evidence']}”", style="italic bright_black")


def _clock(at_ms: int) -> str:
    """Return a moment as mm:ss, negative before the contact's clock began."""
    sign, whole_s = ("-", -at_ms // 1_000) if at_ms < 0 else ("", at_ms // 1_000)
    return f"{sign}{whole_s // _WHEN_S:02d}:{whole_s % _WHEN_S:02d}"
