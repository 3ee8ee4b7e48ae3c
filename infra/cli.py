"""The command line: calls, what was, read models, proof, keys."""

import sys
from typing import Annotated

import typer

from . import doctor as doctor_checks
from .archive_commands import archive, verify_command
from .articles_commands import articles
from .catalogue_commands import catalogue
from .client import DEFAULT_TENANT, connect
from .demo import demonstrate
from .erasure_commands import erasure
from .evaluate_commands import evaluate
from .faults_commands import faults
from .hold_commands import hold
from .keys_commands import keys
from .letters_commands import letters
from .logs import set_up_logs
from .main import ROLES, Role, serve
from .playbook_commands import playbook
from .privacy_commands import privacy
from .rebuild_commands import parked_command, rebuild_command, resume_command
from .redaction_commands import redaction
from .replay_commands import account, replay
from .retention_commands import retention
from .simulate_commands import simulate
from .soak_commands import soak_command
from .story import tell
from .tenancy import add_tenant
from .terminal import (
    EXIT_REFUSED,
    out,
    parts_or_exit,
    run_or_exit,
    running_or_exit,
    settings_or_exit,
)
from .topics_commands import topics

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold what people said
)
tenants = typer.Typer(help="Whose calls these are.", no_args_is_help=True)

SERVE, PAST, MODELS = "Run", "What was", "Read models and services"
PROOF, PRIVACY = "Proof", "Keys and erasure"
GUIDING = "Guidance"


@app.callback()
def begin() -> None:
    """Real-time help for contact-centre agents, event-sourced."""
    # What a command prints can be piped; only `up` and `run` log to stdout.
    set_up_logs("warning", file=sys.stderr)


@app.command(rich_help_panel=SERVE)
def up() -> None:
    """Run every role in one process, with NATS, PostgreSQL and a call simulator as children."""
    settings = settings_or_exit()
    set_up_logs(settings.log_level)
    run_or_exit(serve(settings, roles=frozenset(ROLES)))


@app.command(rich_help_panel=SERVE)
def run(roles: Annotated[list[str], typer.Argument(help=", ".join(ROLES))]) -> None:
    """Run some roles against the servers that ANTIPHON_NATS_URL and ANTIPHON_POSTGRES_URL name."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: roles are {', '.join(ROLES)}")
    settings = settings_or_exit()
    set_up_logs(settings.log_level)
    chosen: frozenset[Role] = frozenset(role for role in ROLES if role in roles)
    run_or_exit(serve(settings, roles=chosen))


@app.command(rich_help_panel=SERVE)
def demo(
    *,
    clean: Annotated[bool, typer.Option(help="Forget earlier runs first.")] = False,
    once: Annotated[bool, typer.Option(help="Stop when the call is over.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="Times real time.")] = 1.0,
) -> None:
    """Start everything, play a recorded call in real time and open the agent's desk to it."""
    run_or_exit(demonstrate(settings_or_exit(), console=out, clean=clean, once=once, speed=speed))


app.command(rich_help_panel=SERVE)(simulate)
app.command("soak", rich_help_panel=PROOF)(soak_command)


@app.command(rich_help_panel=PAST)
def events(
    contact_id: str,
    *,
    tenant: Annotated[str, typer.Option(help="Whose contact it is.")] = DEFAULT_TENANT,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines, unshortened.")] = False,
) -> None:
    """Tell the history of a contact, from the log."""

    async def tell_events() -> int:
        async with connect(running.http, tenant=tenant, actor=account()) as client:
            return await tell(client.events(contact_id), console=out, raw=json)

    running = running_or_exit(settings_or_exit())
    run_or_exit(tell_events())


@tenants.command("add")
def tenant_add(name: str) -> None:
    """Create a tenant's streams and database; harmless when it is there."""

    async def add() -> None:
        async with parts_or_exit() as parts:
            await add_tenant(name, parts)

    run_or_exit(add())
    port = settings_or_exit().http_port
    out.print(f"tenant {name} is ready: http://{name}.localhost:{port}")


@app.command(rich_help_panel=SERVE)
def doctor() -> None:
    """Check this machine for what Antiphon needs, and say what to do where it is missing."""
    findings = doctor_checks.examine(settings_or_exit())
    doctor_checks.show(findings, console=out)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(EXIT_REFUSED)


app.add_typer(tenants, name="tenant", rich_help_panel=SERVE)
app.command(rich_help_panel=PAST)(replay)
app.command("rebuild", rich_help_panel=MODELS)(rebuild_command)
app.command("parked", rich_help_panel=MODELS)(parked_command)
app.command("resume", rich_help_panel=MODELS)(resume_command)
app.add_typer(letters, name="letters", rich_help_panel=MODELS)
app.add_typer(playbook, name="playbook", rich_help_panel=GUIDING)
app.add_typer(articles, name="articles", rich_help_panel=GUIDING)
app.add_typer(topics, name="topics", rich_help_panel=GUIDING)
app.add_typer(evaluate, name="evaluate", rich_help_panel=GUIDING)
app.command("verify", rich_help_panel=PROOF)(verify_command)
app.add_typer(archive, name="archive", rich_help_panel=PROOF)
app.add_typer(catalogue, name="catalogue", rich_help_panel=PROOF)
app.command(rich_help_panel=PROOF)(faults)
app.add_typer(privacy, name="privacy", rich_help_panel=PRIVACY)
app.add_typer(redaction, name="redaction", rich_help_panel=PRIVACY)
app.add_typer(retention, name="retention", rich_help_panel=PRIVACY)
app.add_typer(hold, name="hold", rich_help_panel=PRIVACY)
app.add_typer(keys, name="keys", rich_help_panel=PRIVACY)
app.add_typer(erasure, name="erasure", rich_help_panel=PRIVACY)
