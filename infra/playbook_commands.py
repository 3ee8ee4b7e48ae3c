"""`antiphon playbook`: files are looked at and tried; what holds is published and taken back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.table import Table

from ..errors import PlaybookMalformed, PolicyMalformed
from ..services.guidance.fields import read_file
from ..services.guidance.playbook import Playbook, playbook_schema
from ..services.guidance.policy_file import policy_schema
from .asking import ask
from .client import DEFAULT_TENANT
from .playbook_diff import changes_between, shown
from .playbook_files import (
    Document,
    built_in_names,
    doubts_about,
    find_playbook,
    is_policy,
    load_document,
)
from .rehearsal import rehearse
from .rehearsal_call import load_call
from .rehearsal_shown import told
from .terminal import EXIT_REFUSED, err, out, refuse

CALL_ENDINGS = (".yaml", ".yml", ".json")

_MALFORMED = (PlaybookMalformed, PolicyMalformed)

playbook = typer.Typer(
    help="What is listened for and what it earns: written, tried, published.",
    no_args_is_help=True,
)

Files = Annotated[list[Path], typer.Argument(help="Playbooks, or a policy.")]
One = Annotated[Path, typer.Argument(help="A playbook, or a policy.")]
OfTenant = Annotated[str, typer.Option("--tenant", help="Whose it is.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines.")]


@playbook.command()
def lint(
    files: Files,
    *,
    strict: Annotated[bool, typer.Option(help="Doubts are errors.")] = False,
) -> None:
    """Say of each file what it holds, or where it breaks the grammar.

    A policy is held against the playbooks that are named with it, and those that are built in.
    """
    problems, doubts, documents = list[str](), list[str](), list[Document]()
    # Policies last: what they may bind stands in the others.
    for path in sorted(files, key=_is_policy_file):
        names = {one.read.name for one in documents if isinstance(one.read, Playbook)}
        bound = {*names, *built_in_names()} if names else None
        try:
            documents.append(load_document(path, playbooks=bound))
        except _MALFORMED as error:
            problems.append(str(error))
    for document in documents:
        out.print(f"[green]✓[/] {_summary(document)}", highlight=False, soft_wrap=True)
        doubts += [f"{document.path.name}, {one}" for one in doubts_about(document)]
    for doubt in doubts:
        err.print(f"? {doubt}", style="yellow", markup=False, soft_wrap=True)
    for problem in problems:
        err.print(f"✗ {problem}", style="red", markup=False, soft_wrap=True)
    if problems or (strict and doubts):
        raise typer.Exit(EXIT_REFUSED)


@playbook.command()
def diff(before: One, after: One) -> None:
    """Tell what changed from one version to another, by moment, cue and item."""
    documents = [_load(path) for path in (before, after)]
    if len({type(one.read) for one in documents}) > 1:
        refuse("one is a playbook and the other a policy")
    changes = changes_between(*(one.content for one in documents))
    if changes:
        out.print(shown(changes), highlight=False, soft_wrap=True)
    else:
        out.print("they say the same")


@playbook.command("test")
def try_calls(
    playbook: Annotated[str, typer.Argument(help="A file, or what is built in: telecom.")],
    *,
    calls: Annotated[list[Path], typer.Option(help="A call as text, or a folder of them.")],
    json: AsJson = False,
) -> None:
    """Play calls that are written as text to a playbook; say what comes, and what is missing."""
    try:
        tried = find_playbook(playbook)
        loaded = [(path, load_call(path)) for path in _calls_in(calls)]
    except _MALFORMED as error:
        refuse(str(error))
    missed = 0
    for path, call in loaded:
        rehearsal = rehearse(tried, call)
        missed += len(rehearsal.missed)
        if json:
            line = {"call": call.name, "file": path.name, "rehearsal": rehearsal}
            print(msgspec.json.encode(line).decode())  # noqa: T201 (for a pipe: unwrapped)
        else:
            out.print(told(call, rehearsal), highlight=False, soft_wrap=True)
    if not json:
        out.print(f"{len(loaded)} calls, {missed} expectations missed", highlight=False)
    if missed:
        raise typer.Exit(EXIT_REFUSED)


@playbook.command()
def schema(
    *, policy: Annotated[bool, typer.Option("--policy", help="That of a policy.")] = False
) -> None:
    """Print the JSON Schema of playbooks, for editors."""
    document = policy_schema() if policy else playbook_schema()
    print(msgspec.json.format(msgspec.json.encode(document)).decode())  # noqa: T201 (for a pipe)


@playbook.command()
def publish(file: One, *, tenant: OfTenant = DEFAULT_TENANT) -> None:
    """Let a playbook or a policy hold for contacts that begin from now on."""
    document = _load(file)
    if isinstance(document.read, Playbook):
        path = f"/v1/playbooks/{document.read.name}/publish"
        done = ask("POST", path, tenant, content=document.content.encode())
    else:
        done = ask("PUT", "/v1/policy", tenant, content=document.content.encode())
    _tell(done, "is published")


@playbook.command()
def rollback(
    name: str,
    version: Annotated[str, typer.Argument(help="As `antiphon playbook list NAME` tells it.")],
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """Let a version hold again that was published before."""
    path = f"/v1/playbooks/{name}/rollback"
    _tell(ask("POST", path, tenant, json={"version": version}), "holds again")


@playbook.command("list")
def list_(
    name: Annotated[str | None, typer.Argument(help="Every version of this one.")] = None,
    *,
    tenant: OfTenant = DEFAULT_TENANT,
) -> None:
    """List a tenant's playbooks and its policy, or the versions of one."""
    if name is not None:
        out.print(_versions_of(ask("GET", f"/v1/playbooks/{name}", tenant)))
        return
    known: list[dict[str, Any]] = ask("GET", "/v1/playbooks", tenant)["playbooks"]
    policy = ask("GET", "/v1/policy", tenant)
    table = Table("playbook", "holds", "versions", "draft")
    for one in known:
        draft = one["draft"]
        table.add_row(
            one["name"],
            one["current"] or "-",
            str(len(one["versions"])),
            "-" if draft is None else f"of {draft['drafted_at']}",
        )
    out.print(table if known else "no playbook is published: the one that is built in holds")
    out.print(f"policy: {policy['current'] or 'none; every playbook holds for everybody'}")


def _versions_of(told_: dict[str, Any]) -> Table:
    table = Table("version", "published", "by", "sha256", "")
    for one in told_["versions"]:
        holds = "holds" if one["version"] == told_["current"] else ""
        digest = one["sha256"][:12]
        table.add_row(one["version"], one["published_at"], one["published_by"], digest, holds)
    return table


def _tell(done: dict[str, Any], what: str) -> None:
    how = "was so already" if done["repeated"] else what
    out.print(f"{done['name']} {done['version']} {how}", highlight=False, soft_wrap=True)


def _load(path: Path) -> Document:
    try:
        return load_document(path)
    except _MALFORMED as error:
        refuse(str(error))


def _summary(document: Document) -> str:
    read, file = document.read, document.path.name
    if isinstance(read, Playbook):
        return (
            f"{file}: playbook {read.name}, version {read.version}, {len(read.moments)} moments, "
            f"{len(read.cues)} cues, {len(read.checklist)} items"
        )
    return (
        f"{file}: policy, version {read.version}, {len(read.bindings)} bindings, "
        f"{len(read.teams)} teams"
    )


def _is_policy_file(path: Path) -> bool:
    try:
        return is_policy(read_file(path), file=path.name)
    except _MALFORMED:
        return False  # what is wrong with it is told in its turn


def _calls_in(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.iterdir() if one.suffix in CALL_ENDINGS)
        else:
            found.append(path)
    if not found:
        _refuse_no_calls()
    return found


def _refuse_no_calls() -> NoReturn:
    refuse(f"there is no call; they end in {', '.join(CALL_ENDINGS)}")
