"""The command line: `antiphon up | run | demo | simulate | events | tenant | doctor`."""

import os
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import httpx
import typer
import uvloop
from rich.console import Console

from ..errors import AntiphonError
from . import doctor as doctor_checks
from .client import AGENT, DEFAULT_TENANT, RequestRefused, connect
from .demo import demonstrate
from .logs import set_up_logs
from .main import ROLES, Role, serve
from .parts import connect as connect_parts
from .runfile import RunFile
from .settings import Settings, load
from .simulate import Call, new_contact_id, place
from .story import tell
from .tenancy import add_tenant

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold what people said
)
tenants = typer.Typer(help="Whose calls these are.", no_args_is_help=True)
app.add_typer(tenants, name="tenant")

_out = Console()
_err = Console(stderr=True)

EXIT_REFUSED = 1
EXIT_INTERRUPTED = 130


@app.command()
def up() -> None:
    """Run every role in one process, with NATS, PostgreSQL and a call simulator as children."""
    settings = _settings()
    set_up_logs(settings.log_level)
    _run(serve(settings, roles=frozenset(ROLES)))


@app.command()
def run(roles: Annotated[list[str], typer.Argument(help=", ".join(ROLES))]) -> None:
    """Run some roles against the servers that ANTIPHON_NATS_URL and ANTIPHON_POSTGRES_URL name."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: roles are {', '.join(ROLES)}")
    settings = _settings()
    set_up_logs(settings.log_level)
    chosen: frozenset[Role] = frozenset(role for role in ROLES if role in roles)
    _run(serve(settings, roles=chosen))


@app.command()
def demo(
    *,
    clean: Annotated[bool, typer.Option(help="Forget earlier runs first.")] = False,
    once: Annotated[bool, typer.Option(help="Stop when the call is over.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="Times real time.")] = 1.0,
) -> None:
    """Start everything, play a recorded call in real time and open the agent's desk to it."""
    _run(demonstrate(_settings(), console=_out, clean=clean, once=once, speed=speed))


@app.command()
def simulate(
    wav: Annotated[Path, typer.Argument(help="8 kHz, 16 bit; left customer, right agent.")],
    *,
    contact_id: Annotated[str | None, typer.Option(help="Default: a new one.")] = None,
    agent_id: Annotated[str, typer.Option(help="Whose desk it appears on.")] = AGENT,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="Times real time.")] = 1.0,
    pacing: Annotated[str, typer.Option(help="block (64 ms) or fragment (1.024 s).")] = "block",
) -> None:
    """Play a recording as a call into the Antiphon that is running."""
    if not wav.is_file():
        raise typer.BadParameter(f"{wav}: no such file")
    if pacing not in ("block", "fragment"):
        raise typer.BadParameter("--pacing is block or fragment")
    running = _running(_settings())
    if running.simulator is None:
        _refuse("the running Antiphon has no simulator: it reads from ANTIPHON_KVS_ENDPOINT")
    call = Call(
        wav=wav,
        contact_id=contact_id or new_contact_id(),
        agent_id=agent_id,
        speed=speed,
        pacing=pacing,
    )
    _out.print(f"contact [bold]{call.contact_id}[/], desk {running.http}/desk?agent={agent_id}")
    _run(place(call, simulator_url=running.simulator, api_url=running.http, console=_out))
    _out.print(f"antiphon events {call.contact_id}  tells its history")


@app.command()
def events(
    contact_id: str,
    *,
    tenant: Annotated[str, typer.Option(help="Whose contact it is.")] = DEFAULT_TENANT,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines, unshortened.")] = False,
) -> None:
    """Tell the history of a contact, from the log."""

    async def tell_events() -> int:
        async with connect(running.http, tenant=tenant) as client:
            return await tell(client.events(contact_id), console=_out, raw=json)

    running = _running(_settings())
    _run(tell_events())


@tenants.command("add")
def tenant_add(name: str) -> None:
    """Create a tenant's streams and database; harmless when it is there."""
    settings = _settings()
    nats_url, postgres_url = settings.nats_url, settings.postgres_url
    if nats_url is None or postgres_url is None:
        running = _running(settings)
        nats_url, postgres_url = nats_url or running.nats, postgres_url or running.postgres

    async def add() -> None:
        async with connect_parts(
            nats_url=nats_url, postgres_url=postgres_url, data_dir=settings.data_dir
        ) as parts:
            await add_tenant(name, parts)

    _run(add())
    _out.print(f"tenant {name} is ready: http://{name}.localhost:{settings.http_port}")


@app.command()
def doctor() -> None:
    """Check this machine for what Antiphon needs, and say what to do where it is missing."""
    findings = doctor_checks.examine(_settings())
    doctor_checks.show(findings, console=_out)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(EXIT_REFUSED)


def _settings() -> Settings:
    try:
        return load(os.environ)
    except AntiphonError as error:
        _refuse(str(error))


def _running(settings: Settings) -> RunFile:
    running = RunFile.find(settings.data_dir)
    if running is None:
        _refuse(
            f"no Antiphon is running on {settings.data_dir}; start one with `antiphon up`, "
            "or name its directory with ANTIPHON_DATA_DIR"
        )
    return running


_EXPECTED = (AntiphonError, RequestRefused, httpx.ConnectError)


def _run(work: Coroutine[Any, Any, Any]) -> None:
    try:
        uvloop.run(work)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except (*_EXPECTED, BaseExceptionGroup) as error:
        leaves = list(_leaves(error))
        if not all(isinstance(leaf, _EXPECTED) for leaf in leaves):
            raise  # a bug: its traceback is the message
        _refuse("; ".join(str(leaf) for leaf in leaves))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _refuse(why: str) -> NoReturn:
    _err.print(f"[red]✗[/] {why}", highlight=False, soft_wrap=True)
    raise typer.Exit(EXIT_REFUSED)
