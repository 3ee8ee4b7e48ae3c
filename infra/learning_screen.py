"""What was learned from calls, as people read it."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .evaluating.replaying import Report
from .evaluating.tally import Latency, Listed, Precision, Side, Sum, listed_beyond

LISTED_MAX = 20  # of each kind, on a screen; `--json` tells more


def show_report(report: Report, console: Console, *, against: str) -> None:
    """Print what came of contacts that were heard once more; `against` names what was before."""
    for line in _head(report):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    found = report.sum
    console.print(_sides(found, against))
    if found.cues:
        console.print(_cues(found))
    if found.items:
        console.print(_items(found))
    for what, listed in (
        ("gained", found.gained),
        ("lost", found.lost),
        ("ticks gained", found.ticks_gained),
        ("ticks lost", found.ticks_lost),
    ):
        for line in _listed(what, listed):
            console.print(line, soft_wrap=True)
    for what, count in listed_beyond(found):
        console.print(f"{count} more {what} are counted and not listed", highlight=False)
    for note in (report.partials, report.labels):
        console.print(Text(note, style="dim"), soft_wrap=True)


def show_usage(told: dict[str, Any], console: Console) -> None:
    """Print what became of cues, as `/v1/guidance/usage` tells it."""
    table = Table("cue", "version", "experiment", "contacts", *_FATES, "to use", "used of shown")
    for row in told["rows"]:
        experiment = row["experiment"]
        table.add_row(
            row["cue"] or "",
            " ".join(one for one in (row["playbook"], row["playbook_version"]) if one),
            "" if experiment is None else f"{experiment}: {row['arm']}",
            str(row["contacts"]),
            *(str(row[name]) for name in _FATES[:-1]),
            " ".join(f"{name} {count}" for name, count in row["withheld"].items()),
            "" if row["to_use_p50_s"] is None else f"{row['to_use_p50_s']:.1f} s",
            _share(row["used_of_shown"], row["interval_95"]),
        )
    console.print(table if told["rows"] else "no cue was earned in that time")
    if not told["complete"]:
        console.print("there are more rows than are told: narrow it by --since, --until or --queue")
    for arm in told["arms"]:
        line = f"{arm['experiment']}, {arm['arm']}: {arm['contacts']} contacts took part"
        console.print(line, highlight=False)


_FATES = ("issued", "shown", "used", "dismissed", "expired", "withheld")


def _head(report: Report) -> Iterator[str]:
    found = report.sum
    yield (
        f"{found.contacts} contacts of {report.asked}, {found.minutes:.1f} minutes; "
        f"{report.erased} erased and skipped, {report.unread} could not be read"
    )
    for one in report.unread_contacts:
        yield f"  {one.contact_id}: {one.problem}"
    if report.finals_whole:
        yield f"{report.finals_whole} of {report.finals} utterances were heard without partials"


def _sides(found: Sum, against: str) -> Table:
    table = Table("", against, "in shadow")

    def row(name: str, told: Sequence[str]) -> None:
        table.add_row(name, *told)

    sides = (found.before, found.after)
    row("cues", [str(one.cues) for one in sides])
    row("cues a minute", [_number(one.cues_a_minute) for one in sides])
    row("words to cue, p50 / p95", [_latency(one.latency) for one in sides])
    row("used of answered", [_precision(one.precision) for one in sides])
    row("items ticked", [str(one.ticks) for one in sides])
    row("withheld", [_withheld(one) for one in sides])
    return table


def _cues(found: Sum) -> Table:
    table = Table("cue", "before", "after", "gained", "lost", "used, lost", "dismissed, lost")
    for name, one in found.cues.items():
        counts = (one.before, one.after, one.gained, one.lost, one.used_lost, one.dismissed_lost)
        table.add_row(name, *map(str, counts))
    return table


def _items(found: Sum) -> Table:
    table = Table("item", "before", "after", "gained", "lost")
    for name, one in found.items.items():
        table.add_row(name, *map(str, (one.before, one.after, one.gained, one.lost)))
    return table


def _listed(what: str, listed: Sequence[Listed]) -> Iterator[Text]:
    for one in listed[:LISTED_MAX]:
        line = Text(f"{what}: {one.name}")
        line.append(f"  {one.contact_id} {one.utterance_id or 'nobody said anything'}", "dim")
        line.append(f"  {one.label}" if one.label else "", "yellow")
        yield line.append(f"  “{one.words}”" if one.words else "")
    if len(listed) > LISTED_MAX:
        yield Text(f"{what}: {len(listed) - LISTED_MAX} more; --json lists them", "dim")


def _latency(latency: Latency) -> str:
    if latency.p50_ms is None:
        return "-"
    return f"{latency.p50_ms} / {latency.p95_ms} ms"


def _precision(precision: Precision) -> str:
    return _share(precision.share, precision.interval_95)


def _share(share: float | None, interval: Sequence[float]) -> str:
    return "-" if share is None else f"{share:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _withheld(side: Side) -> str:
    return ", ".join(f"{name} {count}" for name, count in side.withheld.items()) or "-"
