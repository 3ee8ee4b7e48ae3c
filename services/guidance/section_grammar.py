"""What stands in a playbook besides moments and cues: guardrails, attention, stages.

guardrails:
  NAME:
    kind: system | supervisory
    on: [MOMENT …]             either this: moments
    finds: [KIND …]            or this: what words may hold, `guarding.FINDS`
    track: from_customer | to_customer | either ?    (either)
    act: block | sanitise | warn | alert
    title: TEXT
    shows: CUE ?               a warning; `block` and `warn` have one
attention: {cues_per_minute: WHOLE ?, open_max: WHOLE ?, quiet_while_agent_talks: FLAG ?,
            hold_s_max: WHOLE ?}
stages:
  NAME: {on: [MOMENT …], title: TEXT, next_action: CUE ?}
"""

from collections.abc import Collection, Mapping
from typing import Any, get_args

from ...events.base import TRACKS
from ...events.guidance import CueKind, GuardrailAct, GuardrailKind
from .attention import Attention
from .fields import Field
from .grammar import Each, Entries, Flag, Kinds, Moments, Record, Text, Whole, Word, words
from .guarding import FINDS, Guardrail, finds_of
from .moment_grammar import NAME_CHARS_MAX, TERMS_MAX
from .stages import Stage

TITLE_CHARS_MAX = 60  # one line of a card
GUARDRAILS_MAX = 100  # each is looked at with every partial
STAGES_MAX = 30  # nobody finds their way through more
CUES_PER_MINUTE_MAX = 600  # more than ten a second are no cues
OPEN_MAX_MAX = 20
HOLD_S_MAX_MAX = 60  # a hint of a minute ago is about something else

_any_of = Each(of=Moments(), most=TERMS_MAX, into=frozenset)
_title = Text(chars_max=TITLE_CHARS_MAX)
_cue = Text(chars_max=NAME_CHARS_MAX, means="The name of a cue.")


def _guardrail(found_by: Mapping[str, Any]) -> Record:
    return Record(
        required={
            **found_by,
            "kind": words(*get_args(GuardrailKind)),
            "act": words(*get_args(GuardrailAct)),
            "title": _title,
        },
        optional={
            "track": Word({"either": TRACKS, **{track: (track,) for track in TRACKS}}),
            "shows": _cue,
        },
    )


GUARDRAILS = Entries(
    of=Kinds(
        {
            "on": _guardrail({"on": _any_of}),
            "finds": _guardrail({"finds": Each(of=words(*FINDS), most=len(FINDS), into=finds_of)}),
        }
    ),
    most=GUARDRAILS_MAX,
)
ATTENTION = Record(
    required={},
    optional={
        "cues_per_minute": Whole(least=1, most=CUES_PER_MINUTE_MAX),
        "open_max": Whole(least=1, most=OPEN_MAX_MAX),
        "quiet_while_agent_talks": Flag(),
        "hold_s_max": Whole(least=1, most=HOLD_S_MAX_MAX),
    },
)
STAGES = Entries(
    of=Record(required={"on": _any_of, "title": _title}, optional={"next_action": _cue}),
    most=STAGES_MAX,
)


def guardrails_of(given: Mapping[str, tuple[str, dict[str, Any]]]) -> tuple[Guardrail, ...]:
    """Return the guardrails that `GUARDRAILS` read."""
    return tuple(
        Guardrail(name=name, tracks=one.pop("track", TRACKS), **one)
        for name, (_, one) in given.items()
    )


def stages_of(given: Mapping[str, dict[str, Any]]) -> tuple[Stage, ...]:
    """Return the stages that `STAGES` read."""
    return tuple(Stage(name=name, **one) for name, one in given.items())


def attention_of(given: Mapping[str, Any]) -> Attention:
    """Return what `ATTENTION` read."""
    return Attention(**given)


def check_cues_named(
    fields: Mapping[str, Field],
    cues: Mapping[str, CueKind],
    *,
    guardrails: Collection[Guardrail],
    stages: Collection[Stage],
) -> None:
    """Check that guardrails and stages name cues that there are, and of the right kind.

    Raises:
        PlaybookMalformed: one does not.
    """
    for guardrail in guardrails:
        field = fields["guardrails"].entries()[guardrail.name]
        if guardrail.shows is not None:
            _check_cue(field, guardrail.shows, cues, kind="warning")
        elif guardrail.act in ("block", "warn"):
            field.refuse(f"`{guardrail.act}` needs `shows`: the warning that the agent gets")
    for stage in stages:
        if stage.next_action is not None:
            field = fields["stages"].entries()[stage.name]
            _check_cue(field, stage.next_action, cues, kind="next_action")


def _check_cue(field: Field, name: str, cues: Mapping[str, CueKind], *, kind: CueKind) -> None:
    if name not in cues:
        field.refuse(f"`{name}` is no cue of this playbook")
    if cues[name] != kind:
        field.refuse(f"`{name}` must be a cue of the kind `{kind}`")
