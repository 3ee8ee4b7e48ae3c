"""`antiphon redaction`: how far contacts are, who checked what, and what waits for people."""

import re
from datetime import datetime
from typing import Annotated, Any, get_args

import typer
from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..events.quarantine import State
from .asking import As, ask
from .client import DEFAULT_TENANT
from .privacy_commands import warn_of_nobody
from .terminal import out, refuse

STATES: tuple[State, ...] = get_args(State)
_SHOWN_MAX = 100  # contacts of a list
_BAR_WIDTH = 40  # columns

_STYLES: dict[str, str] = {
    "under_way": "blue",
    "in_quarantine": "yellow",
    "verified": "green",
    "failed": "bold red",
    "erased": "dim",
}
# How far a contact is, of the steps it takes.
_STEPS: dict[str, int] = {"under_way": 0, "unchecked": 2, "doubted": 2, "verified": 3}
_STEPS_MAX = 3

_SPAN = re.compile(r"(\w+):(\d+)-(\d+)(?::(\w+))?")

redaction = typer.Typer(help="What was removed, who checked it, what waits.", no_args_is_help=True)

OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]
InState = Annotated[str | None, typer.Option("--state", help=f"One of {', '.join(STATES)}.")]


@redaction.command()
def status(
    contact: Annotated[
        str | None, typer.Argument(help="One contact; without: all of them.")
    ] = None,
    *,
    state: InState = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Show how far a contact's redaction is, or where all contacts stand.

    `--state failed` is the queue of those that wait for people.
    """
    if contact is not None:
        out.print(_one(ask("GET", f"/v1/contacts/{contact}/privacy", tenant)))
        return
    if state is not None and state not in STATES:
        refuse(f"no state {state}; there are {', '.join(STATES)}")
    given = {"limit": _SHOWN_MAX} | ({} if state is None else {"state": state})
    told = ask("GET", "/v1/redactions", tenant, params=given)
    out.print(_all(told))
    if told["counts"].get("failed"):
        warn_of_nobody(ask("GET", "/v1/privacy", tenant)["original_readers"])


@redaction.command()
def confirm(
    contact: Annotated[str, typer.Argument(help="Whose redacted recording was listened to.")],
    *,
    attempt: Annotated[int, typer.Option("--attempt", help="Which attempt it was.")],
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Let out what machines could not settle: somebody listened, and it is well as it is.

    It takes somebody whom the privacy policy names in `original_readers`.
    """
    body = {"decision": "confirmed", "attempt": attempt}
    ask("POST", f"/v1/contacts/{contact}/redaction/review", tenant, who=who, json=body)
    out.print(f"{contact}: confirmed; `antiphon redaction status {contact}` shows it let out")


@redaction.command()
def mark(
    contact: Annotated[str, typer.Argument(help="Whose redacted recording was listened to.")],
    spans: Annotated[
        list[str], typer.Argument(help="What else to remove: track:from_ms-until_ms[:kind].")
    ],
    *,
    attempt: Annotated[int, typer.Option("--attempt", help="Which attempt it was.")],
    who: As = None,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Have these stretches removed as well; then everything is checked again."""
    marked = [_span(text) for text in spans]
    body = {"decision": "marked", "attempt": attempt, "spans": marked}
    ask("POST", f"/v1/contacts/{contact}/redaction/review", tenant, who=who, json=body)
    out.print(f"{contact}: {len(marked)} stretches marked; another attempt follows")


def _span(text: str) -> dict[str, object]:
    found = _SPAN.fullmatch(text)
    if found is None:
        refuse(f"`{text}` is no stretch such as from_customer:4100-7350:card_number")
    track, from_ms, until_ms, kind = found.groups()
    told: dict[str, object] = {
        "track": track,
        "from_ms": int(from_ms),
        "until_ms": int(until_ms),
    }
    return told if kind is None else {**told, "kind": kind}


def _all(told: dict[str, Any]) -> Group:
    counts: dict[str, int] = told["counts"]
    heads = [
        Text.assemble((f"{name} ", _STYLES[name]), (str(counts[name]), "bold"))
        for name in STATES
        if name in counts
    ]
    table = Table("contact", "state", "round", "attempt", "found", "why", "since")
    for one in told["contacts"]:
        table.add_row(
            one["contact_id"],
            Text(one["state"], style=_STYLES[one["state"]]),
            str(one["round"] or ""),
            str(one["attempt"] or ""),
            str(one["findings"] or ""),
            " ".join(filter(None, (one["reason"], one["problem"]))),
            _at(one["since"]),
        )
    more = [] if told["before"] is None else [Text(f"… the newest {_SHOWN_MAX} of them", "dim")]
    return Group(Text("   ").join(heads) if heads else Text("no contacts"), table, *more)


def _one(told: dict[str, Any]) -> Group:
    head = Text.assemble(
        (f"{told['contact_id']}  ", "bold"),
        (told["state"], _STYLES[told["state"]]),
        f"  round {told['round']}, attempt {told['attempt']}" if told["round"] else "",
        f"  originals {told['originals']}",
    )
    done = _steps(told)
    bar = ProgressBar(total=_STEPS_MAX, completed=done, width=_BAR_WIDTH)
    removed = Table("removed", "in the text", "in the audio", title_justify="left")
    in_text: dict[str, int] = told["text"]["by_kind"]
    in_audio: dict[str, int] = {} if told["audio"] is None else told["audio"]["by_kind"]
    for kind in sorted({*in_text, *in_audio}):
        removed.add_row(kind, str(in_text.get(kind, 0)), str(in_audio.get(kind, 0)))
    checks = Table("round", "attempt", "outcome", "check", "by", "found", "when")
    for attempt in told["attempts"]:
        _add_attempt(checks, attempt)
    waits = [
        Text(f"failed: {one['reason']} {one['problem']} after {one['attempts']} attempts", "red")
        for one in told["failures"][-1:]
        if told["state"] == "failed"
    ]
    # The bar ends no line by itself.
    return Group(head, bar, Text(), *waits, removed, checks)


def _steps(told: dict[str, Any]) -> int:
    if told["state"] == "under_way":
        return _STEPS["under_way"]
    newest = told["attempts"][-1] if told["attempts"] else None
    return 1 if newest is None else _STEPS[newest["outcome"]]


def _add_attempt(table: Table, attempt: dict[str, Any]) -> None:
    outcome = {"verified": "green", "doubted": "yellow"}.get(attempt["outcome"], "")
    checks: list[dict[str, Any]] = attempt["checks"]
    rows = checks or [{}]
    for number, one in enumerate(rows):
        first = number == 0
        table.add_row(
            str(attempt["round"]) if first else "",
            str(attempt["attempt"]) if first else "",
            Text(f"{attempt['outcome']} {attempt['problem']}".strip(), outcome) if first else "",
            one.get("name", ""),
            one.get("by", ""),
            str(one.get("findings", "")),
            _at(attempt["checked_at"] or attempt["applied_at"]) if first else "",
        )


def _at(instant: str | None) -> str:
    """Return an instant in the terminal's own time zone, to the second."""
    if instant is None:
        return ""
    return datetime.fromisoformat(instant).astimezone().isoformat(" ", "seconds")
