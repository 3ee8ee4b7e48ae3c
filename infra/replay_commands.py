"""`antiphon replay`: a contact as its agent saw it, at one second or all over again."""

import getpass
import re
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from ..events.base import is_id
from .client import DEFAULT_TENANT, Client, connect
from .replay_screen import show_desk, show_event
from .terminal import out, run_or_exit, running_or_exit, settings_or_exit

_MOMENT = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6})(?:\.(\d{1,3}))?")

Moment = Annotated[
    str | None, typer.Option("--at", help="Show the desk of this moment: 03:12, 1:03:12, 192.5.")
]
From = Annotated[str | None, typer.Option("--from", help="Begin here, as --at.")]
Silence = Annotated[
    float | None, typer.Option(min=0, max=3_600, help="Cut longer silences to this, in seconds.")
]
Actor = Annotated[
    str | None, typer.Option("--as", help="Who reads: an id. Recorded; the account by default.")
]
Reason = Annotated[str | None, typer.Option(help="Why, in a sentence. Recorded, sealed.")]


def replay(
    contact_id: str,
    *,
    at: Moment = None,
    speed: Annotated[float, typer.Option(min=0.1, max=100, help="Times real time.")] = 1.0,
    begin: From = None,
    silence_s_max: Silence = None,
    tenant: Annotated[str, typer.Option(help="Whose contact it is.")] = DEFAULT_TENANT,
    actor: Actor = None,
    reason: Reason = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON, unshortened.")] = False,
) -> None:
    """Show what the agent's desk showed at a moment, or play the contact again.

    Words show when they were recorded, as they did on the desk. What was still being
    recognised was never stored. That the contact was read is recorded.
    """
    at_ms = None if at is None else ms_of(at, option="--at")
    from_ms = None if begin is None else ms_of(begin, option="--from")
    silence_ms_max = None if silence_s_max is None else round(silence_s_max * 1_000)

    async def work() -> None:
        reader = actor or account()
        async with connect(running.http, tenant=tenant, actor=reader, reason=reason) as client:
            if at_ms is not None:
                await recall(client, contact_id, at_ms=at_ms, console=out, raw=json)
                return
            played = client.replay(
                contact_id, speed=speed, from_ms=from_ms, silence_ms_max=silence_ms_max
            )
            async for event, told in played:
                play(event, told, console=out, raw=json)

    running = running_or_exit(settings_or_exit())
    run_or_exit(work())


async def recall(
    client: Client, contact_id: str, *, at_ms: int, console: Console, raw: bool
) -> None:
    """Print what the desk showed at a moment of the contact's clock."""
    told = await client.desk_at(contact_id, at_ms=at_ms)
    if raw:
        console.out(msgspec.json.format(msgspec.json.encode(told)).decode(), highlight=False)
    else:
        show_desk(told, console=console)


def play(event: str, told: dict[str, Any], *, console: Console, raw: bool) -> None:
    """Print an event of a contact that is played again."""
    if raw:
        line = msgspec.json.encode({"event": event, "data": told})
        console.out(line.decode(), highlight=False)
    else:
        show_event(event, told, console=console)


def ms_of(text: str, *, option: str) -> int:
    """Return `[[h:]mm:]ss[.mmm]` in milliseconds; 03:12 is 192 seconds.

    Raises:
        typer.BadParameter: it is no such moment; names the option.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None or not text.isascii():
        raise typer.BadParameter(f"{option} is a moment of the call, as 03:12 or 1:03:12 or 192.5")
    hours, minutes, seconds, fraction = found.groups()
    whole_s = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds)
    return whole_s * 1_000 + int((fraction or "0").ljust(3, "0"))


def account() -> str | None:
    """Return the account this runs under, if its name can stand as an id."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return None  # an account without a name, as containers have
    return name if is_id(name) else None
