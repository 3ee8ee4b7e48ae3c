"""A playbook: which moments there are, what cues they earn, what the agent must say.

`docs/playbook-grammar.md` tells the grammar of the file, `docs/playbook.schema.json` is made
from what stands here. Every option that may be left out has its default in the types.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import get_args

from msgspec import Struct

from ...events.guidance import CueKind
from .attention import Attention
from .fields import read_fields, read_file
from .grammar import Each, Entries, Flag, Json, Moments, Record, Text, Whole, words
from .guarding import Guardrail
from .moment_grammar import MOMENT, NAME_CHARS_MAX, TERMS_MAX, check_moments, moments_of
from .moments import Moment, Patterns, Phrases
from .section_grammar import (
    ATTENTION,
    GUARDRAILS,
    STAGES,
    TITLE_CHARS_MAX,
    attention_of,
    check_cues_named,
    guardrails_of,
    stages_of,
)
from .stages import Stage

BUILT_IN = Path(__file__).parent / "playbooks"

BODY_CHARS_MAX = 280  # an agent reads it while somebody talks
LASTS_S_MAX = 3_600
COOLDOWN_S_MAX = 24 * 3_600
MOMENTS_MAX = 500  # each costs microseconds of every partial
# Of all moments together: so many cost milliseconds of it. Those that come here have some 350.
PHRASES_MAX = 5_000
VOCABULARY_MAX = 500
_HASH_DIGITS = 8
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Cue(Struct, frozen=True, kw_only=True):
    """Something that can be shown."""

    name: str
    on: str
    kind: CueKind
    title: str
    body: str
    lasts_s: int = 45
    once: bool = False
    cooldown_s: int = 120
    after: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()


class ChecklistItem(Struct, frozen=True, kw_only=True):
    """Something the agent must say."""

    name: str
    title: str
    on: str


class Playbook(Struct, frozen=True, kw_only=True):
    """One version of a tenant's rules."""

    name: str
    version: str  # the author's, and a hash of the content: `1+3f2a91c0`
    language: str
    vocabulary: tuple[str, ...] = ()
    moments: tuple[Moment, ...]
    cues: tuple[Cue, ...]
    checklist: tuple[ChecklistItem, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    stages: tuple[Stage, ...] = ()
    attention: Attention = Attention()


_name = Text(chars_max=NAME_CHARS_MAX)
_title = Text(chars_max=TITLE_CHARS_MAX)
_any_of = Each(of=Moments(), most=TERMS_MAX, into=frozenset)

# The fields of `Cue`, as an author writes them.
CUE = Record(
    required={
        "on": Moments(),
        "kind": words(*get_args(CueKind)),
        "title": _title,
        "body": Text(chars_max=BODY_CHARS_MAX),
    },
    optional={
        "lasts_s": Whole(least=1, most=LASTS_S_MAX),
        "once": Flag(),
        "cooldown_s": Whole(least=0, most=COOLDOWN_S_MAX),
        "after": _any_of,  # only when one of these was true before
        "unless": _any_of,  # not when one of these was true before
    },
)
CHECKLIST_ITEM = Record(required={"title": _title, "on": Moments()})
PLAYBOOK = Record(
    required={
        "playbook": _name,
        "version": _name,  # the author's; a hash of the content is added to it
        "language": _name,
        "moments": Entries(of=MOMENT, most=MOMENTS_MAX),
        "cues": Entries(of=CUE, most=MOMENTS_MAX),
    },
    optional={
        # Words of the trade, which a recogniser may be told of.
        "vocabulary": Each(of=_name, most=VOCABULARY_MAX),
        "checklist": Entries(of=CHECKLIST_ITEM, most=MOMENTS_MAX),
        "guardrails": GUARDRAILS,
        "stages": STAGES,
        "attention": ATTENTION,
    },
)


def load_playbook(path: Path) -> Playbook:
    """Return the playbook a file holds.

    Raises:
        PlaybookMalformed: it breaks the grammar; names file, line and field.
    """
    return parse_playbook(read_file(path), file=path.name)


@cache
def built_in_playbook(name: str = "telecom") -> Playbook:
    """Return a playbook that comes with Antiphon, which is read once a process."""
    return load_playbook(BUILT_IN / f"{name}.yaml")


def parse_playbook(content: str, *, file: str) -> Playbook:
    """Return the playbook a text holds; `file` is what complaints call it.

    Raises:
        PlaybookMalformed: as `load_playbook`.
    """
    whole = read_fields(content, file=file)
    fields = whole.fields(required=PLAYBOOK.required, optional=PLAYBOOK.optional)
    given = PLAYBOOK.read(whole, moments=fields["moments"].entries())
    moments = moments_of(given["moments"])
    check_moments(moments, fields["moments"])
    if sum(map(_looked_for, moments)) > PHRASES_MAX:
        fields["moments"].refuse(f"have more than {PHRASES_MAX} phrases and patterns together")
    digest = hashlib.sha256(content.encode()).hexdigest()[:_HASH_DIGITS]
    items = given.get("checklist", {})
    cues = tuple(Cue(name=name, **one) for name, one in given["cues"].items())
    guardrails = guardrails_of(given.get("guardrails", {}))
    stages = stages_of(given.get("stages", {}))
    kinds: dict[str, CueKind] = {cue.name: cue.kind for cue in cues}
    check_cues_named(fields, kinds, guardrails=guardrails, stages=stages)
    return Playbook(
        name=given["playbook"],
        version=f"{given['version']}+{digest}",
        language=given["language"],
        vocabulary=given.get("vocabulary", ()),
        moments=moments,
        cues=cues,
        checklist=tuple(ChecklistItem(name=name, **one) for name, one in items.items()),
        guardrails=guardrails,
        stages=stages,
        attention=attention_of(given.get("attention", {})),
    )


def _looked_for(moment: Moment) -> int:
    match moment:
        case Phrases():
            return len(moment.heard) + len(moment.unless)
        case Patterns():
            return len(moment.patterns) + len(moment.unless)
        case _:
            return 0


def playbook_schema() -> Json:
    """Return the JSON Schema of a playbook, for editors; `docs/playbook.schema.json` is it."""
    title = "A playbook of Antiphon"
    return {"$schema": _DIALECT, "title": title, **PLAYBOOK.schema()}
