"""`antiphon demo`: everything up, one recorded call played in real time, the desk open to it."""

import asyncio
import shlex
import sys
from pathlib import Path

import httpx
from rich.console import Console
from rich.panel import Panel

from ..errors import Malformed
from .article_files import read_articles
from .articles_commands import publish_drafts, until_found
from .client import AGENT, TIMEOUT_S
from .embedded.forget import forget
from .logs import set_up_logs
from .main import ROLES, Endpoints, serve
from .settings import Settings
from .simulate import SAMPLE_ARTICLES, SAMPLE_CALLS, Call, new_contact_id, place

HEAD_START_S = 4  # time for a person to open the desk before anybody speaks
LOG_FILE = "antiphon.log"
CALL = SAMPLE_CALLS / "price_rise.wav"
OTHER_CALL = SAMPLE_CALLS / "internet_down.wav"


async def demonstrate(
    settings: Settings, *, console: Console, clean: bool, once: bool, speed: float
) -> None:
    """Run everything until Ctrl-C, and play a call into it."""
    if clean:
        await _forget(settings.data_dir)
    earlier = (settings.data_dir / LOG_FILE).exists()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    ready: asyncio.Future[Endpoints] = asyncio.get_running_loop().create_future()
    with (settings.data_dir / LOG_FILE).open("a") as log_file:
        set_up_logs(settings.log_level, file=log_file)
        serving = asyncio.create_task(
            serve(settings, roles=frozenset(ROLES), on_ready=ready.set_result)
        )
        try:
            with console.status("Starting NATS, PostgreSQL, the recogniser and the API…"):
                await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                await _show(ready.result(), settings, console, speed=speed, earlier=earlier)
                if not once:
                    console.print("\nStill running, for you to look around. Ctrl-C stops it all.")
                    await serving
        finally:
            serving.cancel()
            await asyncio.wait({serving})
            console.print("Stopped; nothing is left running.")
    if not serving.cancelled() and (error := serving.exception()) is not None:
        raise error


async def _show(
    endpoints: Endpoints, settings: Settings, console: Console, *, speed: float, earlier: bool
) -> None:
    call = Call(wav=CALL, contact_id=new_contact_id(), speed=speed)
    console.print(_invitation(endpoints, settings, call))
    if earlier:
        console.print("Earlier runs are kept; `make demo CLEAN=1` forgets them.")
    if endpoints.simulator is None:
        raise Malformed("ANTIPHON_KVS_ENDPOINT", "the demo plays its call itself; unset it")
    with console.status("Putting the sample articles on the shelf…"):
        await publish_samples(endpoints.http)
    if console.is_terminal:
        with console.status("The phone rings…"):
            await asyncio.sleep(HEAD_START_S)
    await place(call, simulator_url=endpoints.simulator, api_url=endpoints.http, console=console)
    console.print("The call is over. The desk keeps its transcript and cues, the log its events.")
    contact = f"{endpoints.http}/v1/contacts/{call.contact_id}"
    for what in ("summary", "insights", "recording"):
        console.print(f"Its {what + ':':<10} {contact}/{what}", soft_wrap=True)


async def publish_samples(api_url: str) -> int:
    """Let the demo's tenant be told from the sample articles; return how many were new.

    Those that stand there already, as they are, stay so.
    """
    drafts = (await asyncio.to_thread(read_articles, SAMPLE_ARTICLES)).drafts
    async with httpx.AsyncClient(base_url=api_url, timeout=TIMEOUT_S) as http:
        published, _, position, _ = await publish_drafts(http, drafts)
        await until_found(http, position)
    return published


def _invitation(endpoints: Endpoints, settings: Settings, call: Call) -> Panel:
    desk = f"{endpoints.http}/desk?agent={AGENT}"
    antiphon = shlex.quote(sys.argv[0])  # as it was called: it need not be on the path
    return Panel(
        f"The agent's desk    [bold link={desk}]{desk}[/]\n"
        f"API documentation   {endpoints.http}/schema\n"
        f"Log and data        {settings.data_dir}\n\n"
        "In another terminal:\n"
        f"  export ANTIPHON_DATA_DIR={shlex.quote(str(settings.data_dir))}\n"
        f"  {antiphon} events {call.contact_id}\n"
        f"  {antiphon} simulate {shlex.quote(_shortest(OTHER_CALL))}\n\n"
        "Listening on 127.0.0.1 only: there is no access control yet.",
        title="Antiphon is up",
        expand=False,
    )


def _shortest(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


async def _forget(data_dir: Path) -> None:
    # Only what a demo made: a mistyped directory must not cost anybody their files.
    if not await asyncio.to_thread(_is_ours, data_dir):
        raise Malformed("ANTIPHON_DATA_DIR", f"{data_dir} is not a demo's directory; not cleaned")
    await forget(data_dir)


def _is_ours(data_dir: Path) -> bool:
    return not data_dir.exists() or (data_dir / LOG_FILE).exists() or not any(data_dir.iterdir())
