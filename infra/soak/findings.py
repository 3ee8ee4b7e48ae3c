"""What a soak found, and whether that is well."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct, field
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...events.media import AudioGap
from ...events.speech import SpeechGap, UtteranceFinalized
from ..client import Client
from ..fleet.board import Board
from ..fleet.screen import report
from .memory import Growth

MIB = 1_024 * 1_024


class Told(Struct, kw_only=True):
    """What the facts of all contacts say is not as it should be."""

    audio_gaps: int = 0
    speech_gaps: int = 0
    unheard: Counter[str] = field(default_factory=Counter[str])  # gaps of speech, by their reason
    doubled: int = 0  # utterances that stand there more than once
    unread: int = 0  # contacts without any fact


class Sessions(Struct, frozen=True):
    """What became of credentials."""

    sessions: int  # handed out
    expired: int  # requests that were refused, because theirs had


class Findings(Struct, frozen=True, kw_only=True):
    """All of it."""

    growths: Sequence[Growth]
    growth_max: float  # as a share
    judged: frozenset[str]  # processes whose memory must not grow
    told: Told
    sessions: Sessions | None  # None: nobody looked
    unmeasured: str = ""  # why memory says nothing

    @property
    def grown(self) -> list[Growth]:
        """Those that grew by more than they may."""
        return [
            one
            for one in self.growths
            if one.process in self.judged and one.share > self.growth_max
        ]


async def told_of(api: Client, contact_ids: Iterable[str]) -> Told:
    """Read the facts of contacts and return what is the matter with them."""
    told = Told()
    for contact_id in contact_ids:
        facts = [msgspec.json.decode(line) async for line in api.events(contact_id)]
        kinds = Counter(fact["type"] for fact in facts)
        said = Counter(
            fact["data"]["utterance_id"]
            for fact in facts
            if fact["type"] == UtteranceFinalized.TYPE
        )
        told.audio_gaps += kinds[AudioGap.TYPE]
        told.speech_gaps += kinds[SpeechGap.TYPE]
        told.unheard.update(
            fact["data"]["reason"] for fact in facts if fact["type"] == SpeechGap.TYPE
        )
        told.doubled += sum(count - 1 for count in said.values())
        told.unread += not facts
    return told


def show(findings: Findings, board: Board, console: Console) -> bool:
    """Print what was found; tell whether all is well."""
    console.print(_memory_table(findings))
    if findings.unmeasured:
        console.print(f"[red]✗[/] memory: {escape(findings.unmeasured)}")
    problems = _problems(findings)
    for problem in problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    is_whole = report(board, console)
    return is_whole and not problems and not findings.unmeasured


def _problems(findings: Findings) -> list[str]:
    told, sessions = findings.told, findings.sessions
    found = [
        f"{one.process} grew by {one.share:.1%}, from {one.before / MIB:.1f} to "
        f"{one.after / MIB:.1f} MiB"
        for one in findings.grown
    ]
    reasons = ", ".join(f"{count} {reason}" for reason, count in told.unheard.most_common())
    for count, what in (
        (told.audio_gaps, "gaps of audio"),
        (told.speech_gaps, f"gaps of speech: {reasons}"),
        (told.doubled, "utterances that stand there twice"),
        (told.unread, "contacts without facts"),
    ):
        if count:
            found.append(f"{count} {what}")
    if sessions is not None and sessions.sessions <= 1:
        found.append("credentials were never renewed: nothing is known of their expiry")
    return found


def _memory_table(findings: Findings) -> Table:
    columns = ("process", "after the warm-up", "at the end", "most", "growth", "may grow by")
    table = Table(*columns, title="resident memory", title_justify="left")
    for one in findings.growths:
        is_judged = one.process in findings.judged
        colour = "default" if not is_judged else "red" if one in findings.grown else "green"
        table.add_row(
            one.process,
            *(f"{bytes_ / MIB:.1f} MiB" for bytes_ in (one.before, one.after, one.most)),
            f"[{colour}]{one.share:+.1%}[/]",
            f"{findings.growth_max:.0%}" if is_judged else "not judged: it caches what it stores",
        )
    return table
