"""`antiphon evaluate PLAYBOOK --contacts …` and `… usage`, as a person types them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from antiphon.events.access import HistoryRead
from antiphon.events.base import START, ContactRef, Draft, EventId, Position, Recorded
from antiphon.events.register import Register
from antiphon.events.subjects import facts_stream
from antiphon.infra.evaluate_commands import evaluate
from antiphon.infra.learning_screen import show_usage
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections.guidance_usage import Arm, CueUsage, Usage
from rich.console import Console
from typer.testing import CliRunner, Result

from .. import builders
from ..api.test_playbooks import Site
from ..builders import CONTACT, contact, contact_erased, recorded
from ..redaction_builders import redaction_applied, redaction_verified
from .evaluating.past import GRAMMAR, guided, shop
from .running import running_on

WIDER = GRAMMAR.format(version="2", leaving="for me at the moment")


class Past(Site):
    """A site whose log has a clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 5, 9, tzinfo=UTC)
        super().__init__(MemoryLog(now=lambda: self.at, idle_s=0.05))

    @property
    def journal(self) -> Any:
        return self.app.state["ports"].journal

    async def record(self, facts: Sequence[Recorded], of: ContactRef = CONTACT) -> None:
        """Append a contact's facts at the instants at which they were recorded; it is verified."""
        ends: dict[str, Position] = {}
        for fact in facts:
            self.at = fact.recorded_at
            draft = Draft(
                event=fact.event,
                id=EventId(f"{of.contact_id}/{fact.id}"),
                occurred_at=fact.occurred_at,
                actor=fact.actor,
                correlation=fact.correlation,
            )
            end = ends.get(fact.lane, START)
            ends[fact.lane] = await self.journal.append(of, [draft], expected=end)
        applied = redaction_applied(heard_upto=max(ends.values()), audio=None)
        for event in (applied, redaction_verified(attempt=1)):
            verdict = msgspec.structs.replace(
                builders.draft(event), id=EventId(f"{of.contact_id}/{event.TYPE}")
            )
            end = await self.journal.lane_end(of, event.LANE)
            await self.journal.append(of, [verdict], expected=end)

    async def end(self) -> Position:
        return (await self.journal.state(CONTACT.tenant)).last

    async def accesses(self) -> list[Any]:
        register: Register = self.app.state["ports"].register
        return [one async for one in register.read(CONTACT.tenant, kind="access")]


@pytest.fixture
async def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Past]:
    monkeypatch.setenv("COLUMNS", "200")
    site = Past()
    async with running_on(tmp_path, monkeypatch, site, "demo"):
        await site.log.create(facts_stream(CONTACT.tenant))
        yield site


@pytest.fixture
def wider(tmp_path: Path) -> Path:
    path = tmp_path / "wider.yaml"
    path.write_text(WIDER)
    return path


async def typed(*words: object) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, evaluate, [*map(str, words)])


async def report(*words: object) -> dict[str, Any]:
    answer = await typed(*words, "--json")
    assert answer.exit_code == 0, answer.output
    return last_line(answer)


def last_line(answer: Result) -> dict[str, Any]:
    # In the product logs go to stderr; here nobody has told them to.
    return json.loads(answer.stdout.splitlines()[-1])


async def test_a_contact_is_heard_with_a_file_and_the_log_stays_as_it_is(
    past: Past, wider: Path
) -> None:
    await past.record(await guided())
    before = await past.end()

    told = await report(wider, "--contacts", "c-1", "--as", "ada")

    found = told["sum"]
    assert [(one["name"], one["utterance_id"]) for one in found["gained"]] == [
        ("keep", "from_customer-3")
    ]
    assert [(one["name"], one["utterance_id"]) for one in found["lost"]] == [
        ("keep", "from_customer-2")
    ]
    assert found["cues"]["value"]["kept"] == 1
    assert "words" not in found["gained"][0]
    assert (told["asked"], told["erased"], told["unread"]) == (1, 0, 0)
    assert "partials are not stored" in told["partials"]
    assert "weak label" in told["labels"]
    assert await past.end() == before
    (access,) = await past.accesses()
    assert isinstance(access.event, HistoryRead)
    assert (access.actor, access.event.contact_id) == ("reader:ada", "c-1")


async def test_people_read_what_changed_and_where(past: Past, wider: Path) -> None:
    await past.record(await guided())

    answer = await typed(wider, "--contacts", "c-1", "--texts")

    assert answer.exit_code == 0
    told = " ".join(answer.output.split())
    assert "1 contacts of 1, 1.0 minutes; 0 erased and skipped, 0 could not be read" in told
    assert "1 of 4 utterances were heard without partials" in told
    assert "gained: keep c-1 from_customer-3 “for me at the moment”" in told
    assert "lost: keep c-1 from_customer-2 “want to cancel”" in told
    assert "partials are not stored" in told


async def test_who_was_erased_is_skipped_and_who_cannot_be_read_is_named(
    past: Past, wider: Path
) -> None:
    facts = await guided()
    await past.record(facts)
    gone = recorded(contact_erased(), recorded_at=facts[-1].recorded_at)
    await past.record([*facts[:4], gone], contact("c-2"))

    told = await report(wider, "--contacts", "c-9,c-2", "--contacts", "c-1")

    assert (told["asked"], told["erased"], told["unread"]) == (3, 1, 1)
    (unread,) = told["unread_contacts"]
    assert unread["contact_id"] == "c-9"
    assert "404" in unread["problem"]
    assert told["sum"]["contacts"] == 1


async def test_contacts_are_found_by_time_and_queue(past: Past, wider: Path) -> None:
    facts = await guided()
    start = facts[0].recorded_at
    for number, queue in enumerate(["claims", "sales", "claims"]):
        later = timedelta(hours=number)
        await past.record(
            [
                msgspec.structs.replace(
                    one,
                    recorded_at=one.recorded_at + later,
                    event=msgspec.structs.replace(one.event, queue=queue) if n == 0 else one.event,
                )
                for n, one in enumerate(facts)
            ],
            contact(f"c-{number}"),
        )

    everybody = await report(wider, "--since", start.strftime("%Y-%m-%dT%H:%M:%S"))
    claims = await report(wider, "--since", "2020-01-01", "--queue", "claims")
    early = await report(
        wider, "--until", (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    )
    newest = await typed(wider, "--since", "2020-01-01", "--limit", "1", "--json")

    assert [one["asked"] for one in (everybody, claims, early)] == [3, 2, 1]
    assert last_line(newest)["sum"]["gained"][0]["contact_id"] == "c-2"
    assert "2 older contacts are left out" in newest.stderr


async def test_a_published_version_is_heard_and_another_held_against_it(past: Past) -> None:
    await past.record(await guided())
    version = shop().version
    await publish(past, GRAMMAR.format(version="1", leaving="want to ... cancel"))
    await publish(past, WIDER)

    against_log = await report("shop", "--contacts", "c-1")
    older = await report(f"shop@{version}", "--contacts", "c-1", "--against", "shop")
    unknown = await typed("shop@9", "--contacts", "c-1")

    assert [one["name"] for one in against_log["sum"]["gained"]] == ["keep"]
    assert [one["utterance_id"] for one in older["sum"]["gained"]] == ["from_customer-2"]
    assert unknown.exit_code == 1
    assert "no file, not published and not built in" in " ".join(unknown.output.split())


async def publish(past: Past, content: str) -> None:
    async with httpx.AsyncClient(transport=past.transport, base_url="http://localhost") as http:
        answer = await http.post("/v1/playbooks/shop/publish", content=content)
        assert answer.status_code == httpx.codes.OK


async def test_a_policy_that_never_gives_the_playbook_is_refused(
    past: Past, wider: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text('policy: "1"\nbindings:\n  all: {playbooks: [telecom]}\n')

    refused = await typed(wider, "--contacts", "c-1", "--policy", policy)

    assert refused.exit_code == 1
    assert "gives `shop` to nobody" in refused.output


@pytest.mark.parametrize(
    ("words", "problem"),
    [([], "say which contacts"), (["--contacts", "c.1"], "no contact's id")],
)
async def test_without_contacts_nothing_is_done(
    past: Past, wider: Path, words: list[str], problem: str
) -> None:
    refused = await typed("contacts", wider, *words)

    assert (refused.exit_code, await past.accesses()) == (1, [])
    assert problem in refused.output


async def test_where_nobody_can_be_read_it_says_so_with_its_exit_code(
    past: Past, wider: Path
) -> None:
    answer = await typed(wider, "--contacts", "c-9")

    assert answer.exit_code == 1
    assert "c-9: 404" in answer.output


# Usage


def test_usage_is_a_table() -> None:
    one = CueUsage(
        cue="keep",
        playbook="shop",
        playbook_version="2+abc",
        contacts=3,
        issued=5,
        shown=4,
        used=1,
        dismissed=2,
        expired=1,
        withheld={"agent_talking": 7},
        to_use_p50_s=4.25,
        used_of_shown=0.25,
        interval_95=(0.05, 0.7),
    )
    arm = Arm(experiment="greeting", arm="warm", contacts=12)
    screen = Console(file=StringIO(), width=200, color_system=None)

    for usage in (Usage(by="experiment", rows=(one,), complete=False, arms=(arm,)),
                  Usage(by="cue", rows=(), complete=True)):  # fmt: skip
        show_usage(msgspec.to_builtins(usage), screen)

    assert isinstance(screen.file, StringIO)
    told = " ".join(screen.file.getvalue().split())
    assert "keep │ shop 2+abc" in told
    assert "agent_talking 7 │ 4.2 s │ 0.25 (0.05 to 0.70)" in told
    assert "greeting, warm: 12 contacts took part" in told
    assert "there are more rows" in told
    assert "no cue was earned in that time" in told
