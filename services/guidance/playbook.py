"""A playbook: which moments there are, what cues they earn, what the agent must say.

The grammar of the file, in YAML; `?` marks what may be left out, with its default:

    playbook: NAME
    version: TEXT                  the author's; a hash of the content is added to it
    language: TEXT
    vocabulary: [TERM …] ?         words of the trade, which a recogniser may be told of
    moments:
      NAME:
        track: from_customer | to_customer | either
        heard: [PHRASE …]          any of these; the notation is that of `phrases.py`
        unless: [PHRASE …] ?       none of these, in the same utterance
        negation: ignore | match ? (ignore) what to do about "I do not want to …"
        on: partial | final ?      (partial) also on the stable words of a partial
    cues:
      NAME:
        on: MOMENT
        kind: hint | warning | next_action
        title: TEXT
        body: TEXT
        lasts_s: WHOLE ?           (45) seconds until it expires
        once: true | false ?       (false) at most once a contact
        cooldown_s: WHOLE ?        (120) seconds until it may come again
        after: [MOMENT …] ?        only when one of these was heard before
        unless: [MOMENT …] ?       not when one of these was heard before
    checklist: ?
      NAME:
        title: TEXT
        on: MOMENT
"""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Literal, cast, get_args

import msgspec
from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.guidance import CueKind
from .fields import Field, read_fields, read_file
from .phrases import PHRASE_CHARS_MAX, Phrase, compile_phrase

BUILT_IN = Path(__file__).parent / "playbooks"

NAME_CHARS_MAX = 60
TITLE_CHARS_MAX = 60  # one line of a card
BODY_CHARS_MAX = 280  # an agent reads it while somebody talks
LASTS_S_MAX = 3_600
COOLDOWN_S_MAX = 24 * 3_600
_HASH_DIGITS = 8


class Moment(Struct, frozen=True, kw_only=True):
    """Something that can be heard."""

    name: str
    tracks: tuple[Track, ...]
    heard: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    negation: Literal["ignore", "match"] = "ignore"
    on: Literal["partial", "final"] = "partial"


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


def load_playbook(path: Path) -> Playbook:
    """Return the playbook a file holds.

    Raises:
        PlaybookMalformed: it breaks the grammar; names file, line and field.
    """
    return parse_playbook(read_file(path), file=path.name)


def built_in_playbook(name: str = "telecom") -> Playbook:
    """Return a playbook that comes with Antiphon."""
    return load_playbook(BUILT_IN / f"{name}.yaml")


def parse_playbook(content: str, *, file: str) -> Playbook:
    """Return the playbook a text holds; `file` is what complaints call it.

    Raises:
        PlaybookMalformed: as `load_playbook`.
    """
    fields = read_fields(content, file=file).fields(
        required=("playbook", "version", "language", "moments", "cues"),
        optional=("vocabulary", "checklist"),
    )
    declared = fields["version"].text(chars_max=NAME_CHARS_MAX)
    digest = hashlib.sha256(content.encode()).hexdigest()[:_HASH_DIGITS]
    moments = tuple(_moment(name, one) for name, one in fields["moments"].entries().items())
    names = [moment.name for moment in moments]
    cues = tuple(_cue(name, one, names) for name, one in fields["cues"].entries().items())
    terms = fields["vocabulary"].items() if "vocabulary" in fields else []
    items = fields["checklist"].entries() if "checklist" in fields else {}
    return Playbook(
        name=fields["playbook"].text(chars_max=NAME_CHARS_MAX),
        version=f"{declared}+{digest}",
        language=fields["language"].text(chars_max=NAME_CHARS_MAX),
        vocabulary=tuple(term.text(chars_max=NAME_CHARS_MAX) for term in terms),
        moments=moments,
        cues=cues,
        checklist=tuple(_item(name, one, names) for name, one in items.items()),
    )


def _moment(name: str, field: Field) -> Moment:
    fields = field.fields(required=("track", "heard"), optional=("unless", "negation", "on"))
    track = fields["track"].choice((*TRACKS, "either"))
    given = {
        option: fields[option].choice(known)
        for option, known in _MOMENT_OPTIONS.items()
        if option in fields
    }
    return Moment(
        name=name,
        tracks=TRACKS if track == "either" else (cast("Track", track),),
        heard=_phrases(fields["heard"]),
        unless=_phrases(fields["unless"]) if "unless" in fields else (),
        negation=cast('Literal["ignore", "match"]', given.get("negation", "ignore")),
        on=cast('Literal["partial", "final"]', given.get("on", "partial")),
    )


_MOMENT_OPTIONS = {"negation": ("ignore", "match"), "on": ("partial", "final")}


def _cue(name: str, field: Field, moments: Collection[str]) -> Cue:
    fields = field.fields(
        required=("on", "kind", "title", "body"),
        optional=("lasts_s", "once", "cooldown_s", "after", "unless"),
    )
    cue = Cue(
        name=name,
        on=fields["on"].choice(moments),
        kind=cast("CueKind", fields["kind"].choice(get_args(CueKind))),
        title=fields["title"].text(chars_max=TITLE_CHARS_MAX),
        body=fields["body"].text(chars_max=BODY_CHARS_MAX),
    )
    given: dict[str, object] = {}
    if "lasts_s" in fields:
        given["lasts_s"] = fields["lasts_s"].whole(least=1, most=LASTS_S_MAX)
    if "cooldown_s" in fields:
        given["cooldown_s"] = fields["cooldown_s"].whole(least=0, most=COOLDOWN_S_MAX)
    if "once" in fields:
        given["once"] = fields["once"].flag()
    for condition in {"after", "unless"} & set(fields):
        given[condition] = frozenset(one.choice(moments) for one in fields[condition].items())
    return msgspec.structs.replace(cue, **given)


def _item(name: str, field: Field, moments: Collection[str]) -> ChecklistItem:
    fields = field.fields(required=("title", "on"), optional=())
    title = fields["title"].text(chars_max=TITLE_CHARS_MAX)
    return ChecklistItem(name=name, title=title, on=fields["on"].choice(moments))


def _phrases(field: Field) -> tuple[Phrase, ...]:
    return tuple(_phrase(one) for one in field.items())


def _phrase(field: Field) -> Phrase:
    try:
        return compile_phrase(field.text(chars_max=PHRASE_CHARS_MAX))
    except ValueError as error:
        field.refuse(str(error))
