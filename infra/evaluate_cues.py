"""How right a playbook's cues are, and whether any is missing: labelled calls, played, judged."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from rich.table import Table

from ..services.guidance.playbook import Playbook
from ..services.guidance.shelf import OnePlaybook
from .evaluating.calls import LabelledCall, as_rehearsed
from .evaluating.figures import AIM, Figures, Tally, figures_of
from .evaluating.mapping import Mapping as Names
from .evaluating.player import BEGIN, CONTACT, NO_HEADS, Heads, play
from .evaluating.scoring import Judged, Outcome, judge
from .evaluating.screen import Screen, screen_of
from .evaluating.shares import Share
from .rehearsal_facts import told_of

MAPPING = "mapping.yaml"  # looked for in the folder of the calls, and in the one above it


class Evaluation(Struct, frozen=True, kw_only=True):
    """What an evaluation found, of all calls together and of each playbook's."""

    figures: Figures
    playbooks: dict[str, Figures]
    calls: tuple[Judged, ...]
    skipped: int  # calls of other domains


def evaluate_cues(
    playbooks: Sequence[Playbook],
    calls: Sequence[LabelledCall],
    mappings: Mapping[str, Names],
    *,
    heads: Heads = NO_HEADS,
) -> Evaluation:
    """Play each call to the playbook of its domain, and judge what came.

    With `heads` of another loop (see `lent_models`) it runs in a thread.
    """
    by_playbook: dict[str, list[Judged]] = {}
    for playbook in playbooks:
        mapping = mappings.get(playbook.name, Names())
        domain = mapping.domain or playbook.name
        by_playbook[playbook.name] = [
            judge(call, screen_for(playbook, call, heads=heads), mapping)
            for call in calls
            if call.labels.domain == domain
        ]
    judged = tuple(one for some in by_playbook.values() for one in some)
    return Evaluation(
        figures=figures_of(judged),
        playbooks={name: figures_of(some) for name, some in by_playbook.items()},
        calls=judged,
        skipped=len(calls) - len(judged),
    )


def screen_for(playbook: Playbook, call: LabelledCall, *, heads: Heads = NO_HEADS) -> Screen:
    """Return what a playbook puts on the screen in a call. Takes milliseconds."""
    told = told_of(as_rehearsed(call), CONTACT.contact_id, start=BEGIN)
    return screen_of(play(told, OnePlaybook(playbook), heads=heads), begin=BEGIN)


def find_mapping(paths: Sequence[Path]) -> Path | None:
    """Return the mapping that lies with the calls; None: there is none."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    places = [place / MAPPING for folder in folders for place in (folder, folder.resolve().parent)]
    return next((place for place in places if place.is_file()), None)


def summary_table(evaluation: Evaluation) -> Table:
    """Return precision and recall of all, then of each playbook."""
    table = Table("what", "share", "95 % interval", "of", "aim", "met")
    for name, figures in [("all", evaluation.figures), *evaluation.playbooks.items()]:
        for tally, aim in ((figures.cues, AIM), (figures.ticks, None)):
            for share in (tally.precision(aim=aim), tally.recall(aim=aim)):
                _add(table, f"{name}: {tally.name}, {share.name}", share)
    return table


def detail_table(figures: Figures) -> Table:
    """Return what came of each intent, warning and item, and by the shape of calls."""
    table = Table("name", "found", "missed", "wrong", "allowed")
    tallies: tuple[Tally, ...] = (*figures.intents, *figures.shapes)
    for one in tallies:
        table.add_row(one.name, *map(str, (one.found, one.missed, one.wrong, one.allowed)))
    return table


def closing_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield how much was shown, how soon, and what was shown where nothing happens."""
    pace = evaluation.figures.pace
    yield (
        f"{pace.calls} calls, {pace.minutes:.1f} min; {pace.cues} cues, "
        f"{pace.cues_per_minute:.2f} a minute"
    )
    if pace.latency_p50_ms is not None:
        yield (
            f"from the end of the words to the cue: p50 {pace.latency_p50_ms} ms, "
            f"p95 {pace.latency_p95_ms} ms"
        )
    yield f"irrelevant cues on calls in which nothing happens: {evaluation.figures.irrelevant}"
    if evaluation.skipped:
        yield f"{evaluation.skipped} calls are of other domains and were not played"


def faults(evaluation: Evaluation) -> Iterator[Outcome]:
    """Yield what was missed or wrong."""
    for call in evaluation.calls:
        yield from (one for one in call.outcomes if one.verdict in ("missed", "wrong"))


def _add(table: Table, what: str, share: Share) -> None:
    low, high = share.interval
    met = {True: "yes", False: "no", None: ""}[share.met]
    aim = "" if share.aim is None else f"{share.aim:.2f}"
    told = "nothing due" if not share.of else f"{share.share:.3f}"
    table.add_row(what, told, f"{low:.2f} to {high:.2f}", str(share.of), aim, met)
