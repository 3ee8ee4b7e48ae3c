"""`antiphon evaluate`: playbooks, answers and summaries against what people expect of them."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from ..errors import AntiphonError
from ..events.privacy.rules import rules_of
from ..services.guidance.playbook import Playbook
from .evaluate_audio_commands import audio_command
from .evaluate_cues import (
    Evaluation,
    closing_lines,
    detail_table,
    evaluate_cues,
    faults,
    find_mapping,
    summary_table,
)
from .evaluate_knowledge import evaluate_knowledge, table_of
from .evaluate_redaction import closing_line, read_lines, redaction_table, score_redaction
from .evaluate_summary import FOUND_MIN, LENGTH_MAX, scored
from .evaluate_summary import read_calls as read_summaries
from .evaluate_summary import report as summary_lines
from .evaluating.calls import LabelledCall, read_calls
from .evaluating.lent_models import lent
from .evaluating.mapping import Mapping as Names
from .evaluating.mapping import read_mappings, strangers
from .evaluating.player import Heads
from .learning_commands import contacts_command, usage_command
from .models import models
from .playbook_files import find_playbook
from .presidio import presidio_recognizer
from .terminal import EXIT_REFUSED, err, out, refuse, run_or_exit, settings_or_exit

STORED = ("--contacts", "--since", "--until")  # a playbook against contacts that are stored


class _Evaluations(TyperGroup):
    """Takes what is no command for a playbook, and its options for what it is held against."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            stored = any(one.split("=")[0] in STORED for one in args)
            args = ["contacts" if stored else "calls", *args]
        return super().parse_args(ctx, args)


evaluate = typer.Typer(
    cls=_Evaluations,
    help=(
        "How good guidance is: `evaluate PLAYBOOK --calls …` against labelled calls, "
        "`evaluate PLAYBOOK --contacts …` against stored contacts, or one of these."
    ),
    no_args_is_help=True,
)
evaluate.command("contacts")(contacts_command)
evaluate.command("usage")(usage_command)
evaluate.command("audio")(audio_command)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, without spoken words.")]


@evaluate.command("calls")
def calls_command(
    playbooks: Annotated[list[str], typer.Argument(help="A file, or what is built in: telecom.")],
    *,
    calls: Annotated[
        list[Path], typer.Option(exists=True, help="Labelled calls: files, or folders of them.")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="What cues stand for; mapping.yaml beside the calls."
        ),
    ] = None,
    show_faults: Annotated[
        bool, typer.Option("--faults", help="Each miss and wrong cue, with its words.")
    ] = False,
    words_alone: Annotated[
        bool, typer.Option("--words-alone", help="As where there is no model at all.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Play labelled calls to playbooks: precision and recall of cues, their number and delay."""
    try:
        tried = [find_playbook(name) for name in playbooks]
        labelled = list(read_calls(calls))
        place = mapping or find_mapping(calls)
        mappings = {} if place is None else read_mappings(place)
        for playbook in tried:
            unknown = (
                strangers(mappings[playbook.name], playbook) if playbook.name in mappings else ()
            )
            if unknown:
                refuse(f"{playbook.name} has nothing of the name {', '.join(sorted(unknown))}")
        evaluation = _evaluated(tried, labelled, mappings, words_alone=words_alone)
    except AntiphonError as error:
        refuse(str(error))
    if not evaluation.calls:
        refuse("none of these calls is of a domain of these playbooks")
    if json:
        _print_json(evaluation)
    else:
        _print(evaluation, tried, show_faults=show_faults)
    if not evaluation.figures.met:
        raise typer.Exit(EXIT_REFUSED)


@evaluate.command("knowledge")
def knowledge_command(
    questions: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help='JSON lines: {"text", "article"?}.'),
    ],
    *,
    articles: Annotated[Path, typer.Option(exists=True, help="What there is to answer from.")],
) -> None:
    """Ask questions of articles: how often the right one answers, and what none answers."""

    async def ask() -> None:
        async with AsyncExitStack() as closing:
            served = models(settings_or_exit(), closing=closing)
            report = await evaluate_knowledge(
                questions, articles=articles, embedder=served.embedder
            )
        out.print(table_of(report))
        for one in (*report.misses, *report.answered):
            err.print(f"✗ {one}", style="red", markup=False, soft_wrap=True)
        if not report.met:
            raise typer.Exit(EXIT_REFUSED)

    run_or_exit(ask())


@evaluate.command("summary")
def summary_command(
    calls: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Labelled calls.")],
) -> None:
    """Sum labelled calls up by rules: what stands, what is found, and how long it is."""
    try:
        score = scored(read_summaries(calls))
    except AntiphonError as error:
        refuse(str(error))
    for line in summary_lines(score):
        out.print(line, highlight=False, markup=False)
    if score.supported < 1 or score.found < FOUND_MIN or score.length > LENGTH_MAX:
        raise typer.Exit(EXIT_REFUSED)


@evaluate.command("redaction")
def redaction_command(
    lines: Annotated[
        Path,
        typer.Argument(
            help='JSON lines in order: {"id", "text", "spans": [{"start", "end", "type"}], '
            '"group"?, "speaker"?: agent | customer}. Lines of one group are turns of one call.'
        ),
    ],
    *,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="One object: lines, overall, entities by type (recall, typed_recall, precision: "
            "count, of, share, interval_95), negatives_hit, and the ids missed and in_vain.",
        ),
    ] = False,
    presidio: Annotated[
        bool, typer.Option("--presidio", help="With Presidio beside, from the extra `presidio`.")
    ] = False,
) -> None:
    """Find personal data in labelled lines as calls do: recall and precision of each entity."""
    try:
        rules = rules_of(recognizers=[presidio_recognizer()] if presidio else [])
        score = score_redaction(read_lines(lines), rules=rules)
    except AntiphonError as error:
        refuse(str(error))
    if json:
        print(msgspec.json.encode(score).decode())  # noqa: T201 (for a pipe: unwrapped)
        return
    out.print(redaction_table(score))
    out.print(closing_line(score), highlight=False, markup=False)


def _print(evaluation: Evaluation, tried: Sequence[Playbook], *, show_faults: bool) -> None:
    named = ", ".join(f"{playbook.name} {playbook.version}" for playbook in tried)
    out.print(named, highlight=False, markup=False)
    out.print(summary_table(evaluation))
    out.print(detail_table(evaluation.figures))
    for line in closing_lines(evaluation):
        out.print(line, highlight=False, markup=False)
    for one in faults(evaluation) if show_faults else ():
        line = f"✗ {one.call} {one.turn}: {one.verdict} {one.name} ({one.shown}) {one.evidence}"
        err.print(line, style="red", markup=False, soft_wrap=True)


def _print_json(evaluation: Evaluation) -> None:
    told = {
        "met": evaluation.figures.met,
        "all": evaluation.figures,
        "playbooks": evaluation.playbooks,
        "skipped": evaluation.skipped,
    }
    print(msgspec.json.encode(told).decode())  # noqa: T201 (for a pipe: unwrapped)


def _evaluated(
    playbooks: Sequence[Playbook],
    calls: Sequence[LabelledCall],
    mappings: Mapping[str, Names],
    *,
    words_alone: bool,
) -> Evaluation:
    """Evaluate with the models that the settings name, or with none."""
    if words_alone:
        return evaluate_cues(playbooks, calls, mappings)

    async def ask() -> Evaluation:
        async with AsyncExitStack() as closing:
            served = models(settings_or_exit(), closing=closing)
            heads = Heads(
                embedder=served.embedder, classifier=served.classifiers, text=served.texts
            )
            return await asyncio.to_thread(
                evaluate_cues, playbooks, calls, mappings, heads=lent(heads, patient=True)
            )

    return asyncio.run(ask())
