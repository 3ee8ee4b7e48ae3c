"""`antiphon evaluate PLAYBOOK --contacts …` and `antiphon evaluate usage`: to learn from calls."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Struct
from msgspec.structs import replace
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..errors import Malformed
from ..events.base import ContactId, TenantName, is_id
from ..events.contact import ContactStarted
from ..services.guidance.fields import read_file
from ..services.guidance.playbook import Playbook, parse_playbook
from ..services.guidance.policy import Policy
from ..services.guidance.policy_file import parse_policy
from .client import DEFAULT_TENANT, Client, RequestRefused, connect
from .evaluating.finding import Found, find_contacts
from .evaluating.lent_models import lent
from .evaluating.player import NO_HEADS, Heads
from .evaluating.replaying import Lines, Replay, Report
from .evaluating.shadow import ShadowShelf
from .evaluating.stored import TYPES
from .learning_screen import show_report, show_usage
from .models import models
from .playbook_files import built_in_names, find_playbook
from .replay_commands import account
from .settings import Settings
from .terminal import EXIT_REFUSED, err, out, refuse, run_or_exit, running_or_exit, settings_or_exit

CONTACTS_MAX = 100_000  # their ids are held
CONTACTS = 500  # where nobody says how many: some minutes
CURRENT = "current"
NOT_FOUND = 404

Since = Annotated[
    datetime | None, typer.Option(help="Contacts that began then or later; UTC: 2026-03-02T08:00.")
]
Until = Annotated[datetime | None, typer.Option(help="Contacts that began before.")]
Queue = Annotated[str | None, typer.Option(help="Of this queue alone.")]
OfTenant = Annotated[str, typer.Option("--tenant", help="Whose contacts they are.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, unshortened.")]
Reason = Annotated[str | None, typer.Option(help="Why, in a sentence. Recorded, sealed.")]
Tried = Annotated[
    str, typer.Argument(help="A file, a published NAME or NAME@VERSION, or what is built in.")
]
Ids = Annotated[
    list[str] | None,
    typer.Option("--contacts", help="Ids, commas between; may be repeated."),
]
Limit = Annotated[int, typer.Option(min=1, max=CONTACTS_MAX, help="The newest so many.")]
ByPolicy = Annotated[
    Path | None, typer.Option(help="Who gets what is chosen by this policy.", dir_okay=False)
]
Against = Annotated[
    str | None, typer.Option(help="Compare with this playbook, not with what was shown.")
]
AskModels = Annotated[bool, typer.Option("--ask-models", help="Ask the models of the settings.")]
ModelsFile = Annotated[
    Path | None, typer.Option("--models", help="Ask the models of this file.", dir_okay=False)
]
Texts = Annotated[bool, typer.Option("--texts", help="Tell the words that earned.")]
Actor = Annotated[
    str | None, typer.Option("--as", help="Who reads: an id. Recorded; the account by default.")
]


class _Asked(Struct, frozen=True, kw_only=True):
    """What is to be heard again, and with what."""

    playbook: str
    policy: Path | None
    against: str | None
    named: Sequence[ContactId]
    since: datetime | None
    until: datetime | None
    queue: str | None
    limit: int
    models_asked: bool
    texts: bool
    tenant: TenantName


def contacts_command(
    playbook: Tried,
    *,
    contacts: Ids = None,
    since: Since = None,
    until: Until = None,
    queue: Queue = None,
    limit: Limit = CONTACTS,
    policy: ByPolicy = None,
    against: Against = None,
    ask_models: AskModels = False,
    models_file: ModelsFile = None,
    texts: Texts = False,
    tenant: OfTenant = DEFAULT_TENANT,
    actor: Actor = None,
    reason: Reason = None,
    json: AsJson = False,
) -> None:
    """Hear stored contacts once more with another playbook, policy or model, in shadow.

    Tells which cues they would have got that they did not get, and the other way round. Nothing
    is written but that contacts were read, by whom and why.
    """
    named = _named(contacts or [])
    if not named and since is None and until is None:
        refuse("say which contacts: --contacts ID, or --since and --until")
    settings = settings_or_exit()
    running = running_or_exit(settings)
    asked = _Asked(
        playbook=playbook,
        policy=policy,
        against=against,
        named=named,
        since=since,
        until=until,
        queue=queue,
        limit=limit,
        models_asked=ask_models or models_file is not None,
        texts=texts,
        tenant=TenantName(tenant),
    )
    if models_file is not None:
        settings = replace(settings, models_file=models_file)
    connecting = connect(running.http, tenant=tenant, actor=actor or account(), reason=reason)
    report = run_or_exit(_heard_again(asked, connecting, settings))
    if json:
        print(msgspec.json.encode(report).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        show_report(report, out, against="what was shown" if against is None else against)
    if report.asked and report.unread == report.asked:
        raise typer.Exit(EXIT_REFUSED)


def usage_command(
    *,
    since: Annotated[datetime | None, typer.Option(help="Cues earned then or later; UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Cues earned before.")] = None,
    queue: Queue = None,
    by: Annotated[
        str, typer.Option(help="cue, playbook_version or experiment.")
    ] = "playbook_version",
    tenant: OfTenant = DEFAULT_TENANT,
    json: AsJson = False,
) -> None:
    """Tell what became of cues: shown, used, dismissed, expired, withheld; by cue and version."""

    async def work() -> dict[str, object]:
        async with connect(running.http, tenant=tenant, actor=account()) as client:
            return await client.usage(from_=_instant(since), to=_instant(until), queue=queue, by=by)

    running = running_or_exit(settings_or_exit())
    told = run_or_exit(work())
    if json:
        print(msgspec.json.encode(told).decode())  # noqa: T201 (for a pipe: unwrapped)
    else:
        show_usage(told, out)


async def _heard_again(
    asked: _Asked, connecting: AbstractAsyncContextManager[Client], settings: Settings
) -> Report:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connecting)
        against = None if asked.against is None else await shelf_of(client, asked.against)
        replay = Replay(
            await shelf_of(client, asked.playbook, policy=asked.policy),
            tenant=asked.tenant,
            against=against,
            heads=_heads(settings, closing=stack) if asked.models_asked else NO_HEADS,
            texts=asked.texts,
        )
        found = await _found(client, asked)
        with _bar() as bar:
            task = bar.add_task("contacts", total=len(found.contact_ids))
            async for done in replay.take(found.contact_ids, _lines_of(client)):
                bar.update(task, completed=done)
        return replay.report()


async def shelf_of(client: Client, name: str, *, policy: Path | None = None) -> ShadowShelf:
    """Return a playbook for everybody, or what a policy makes of it and of those it names.

    Raises:
        PlaybookMalformed, PolicyMalformed: a file breaks its grammar.
        Malformed: there is no such playbook, or the policy never gives it to anybody.
        RequestRefused: the API does not tell what is published.
    """
    playbook = await _playbook(client, name)
    if policy is None:
        return ShadowShelf(playbook)
    chosen = _policy(policy)
    bound = {one for binding in chosen.bindings for one in binding.playbooks}
    if playbook.name not in bound:
        raise Malformed("policy", f"gives `{playbook.name}` to nobody")
    others = {one: await _playbook(client, one) for one in sorted(bound - {playbook.name})}
    return ShadowShelf(playbook, policy=chosen, others=others)


async def _playbook(client: Client, name: str) -> Playbook:
    """Return the playbook of a file, else what is published of that name, else what is built in."""
    if (own := _in_file(name)) is not None:
        return own
    published, _, version = name.partition("@")
    try:
        content = await client.playbook(published, version or CURRENT)
    except RequestRefused as error:
        if error.status != NOT_FOUND:
            raise
        if version or name not in built_in_names():
            raise Malformed(
                "playbook", f"`{name}` is no file, not published and not built in"
            ) from error
        return find_playbook(name)
    return parse_playbook(content, file=f"{published}.yaml")


def _in_file(name: str) -> Playbook | None:
    return find_playbook(name) if Path(name).is_file() else None


def _policy(path: Path) -> Policy:
    return parse_policy(read_file(path), file=path.name)


def _heads(settings: Settings, *, closing: AsyncExitStack) -> Heads:
    found = models(settings, closing=closing)
    return lent(Heads(embedder=found.embedder, classifier=found.classifiers, text=found.texts))


async def _found(client: Client, asked: _Asked) -> Found:
    if asked.named:
        taken = tuple(asked.named[-asked.limit :])
        return Found(contact_ids=taken, beyond=len(asked.named) - len(taken), missing=0)

    def page(after: str | None) -> AsyncGenerator[bytes]:
        return client.trail(
            from_=_instant(asked.since),
            to=_instant(asked.until),
            type=[ContactStarted.TYPE],
            texts="sealed",
            after=after,
        )

    found = await find_contacts(page, queue=asked.queue, contacts_max=asked.limit)
    if found.beyond:
        err.print(f"{found.beyond} older contacts are left out: --limit says how many are taken")
    if found.missing:
        err.print(f"{found.missing} facts of that time are kept nowhere any more")
    return found


def _lines_of(client: Client) -> Lines:
    def lines(contact_id: ContactId) -> AsyncGenerator[bytes]:
        return client.events(contact_id, types=TYPES)

    return lines


def _named(given: Sequence[str]) -> list[ContactId]:
    ids = [one for text in given for one in text.split(",") if one]
    for one in ids:
        if not is_id(one):
            refuse(f"{one!r} is no contact's id")
    return [ContactId(one) for one in dict.fromkeys(ids)]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.replace(tzinfo=at.tzinfo or UTC).isoformat()


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
