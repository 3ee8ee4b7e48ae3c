"""Which cues and items of a playbook stand for what labels call by names of their own.

A file of YAML, an entry a playbook:

    PLAYBOOK:
      domain: NAME ?                 the calls it is for; the playbook's own name
      intents: {INTENT: [CUE …]}     a cue that tells the agent of it
      warnings: {WARNING: [CUE …]}
      items: {ITEM: [ITEM …]}        of the checklist
      reminders: {ITEM: [CUE …]}     cues that say that an item was not said yet

A name that no entry maps is taken as it stands; a cue that stands for nothing is wrong whenever
it is shown.
"""

from collections.abc import Mapping as Names
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field
from ruamel.yaml.error import YAMLError

from ...errors import Malformed
from ...services.guidance.playbook import Playbook
from ..playbook_files import plain_document

# Judged as a reminder of that item where labels do not name it.
REMINDING_WARNINGS = {"disclosure_missing": "collector_disclosure"}


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a playbook's cues and items stand for."""

    domain: str | None = None
    intents: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    items: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    reminders: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def intents_of(self, cue: str) -> frozenset[str]:
        """Return the intents and warnings that a cue stands for."""
        found = _mapped(self.intents, cue) | _mapped(self.warnings, cue)
        return found or (frozenset[str]() if self.items_reminded(cue) else frozenset({cue}))

    def items_reminded(self, cue: str) -> frozenset[str]:
        """Return the items that a cue reminds of."""
        warned = _mapped(self.warnings, cue)
        return _mapped(self.reminders, cue) | {
            REMINDING_WARNINGS[one] for one in warned if one in REMINDING_WARNINGS
        }

    def items_of(self, item: str) -> frozenset[str]:
        """Return the items of labels that an item of the playbook stands for."""
        return _mapped(self.items, item) or frozenset({item})


def read_mappings(path: Path) -> dict[str, Mapping]:
    """Return the mapping of each playbook that a file names.

    Raises:
        Malformed: it is no mapping.
    """
    try:
        told: Any = plain_document(path.read_text(encoding="utf-8"))
        return msgspec.convert(told, dict[str, Mapping])
    except OSError as error:
        raise Malformed(path.name, error.strerror or "cannot be read") from error
    except (YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Malformed(path.name, str(error)) from error


def strangers(mapping: Mapping, playbook: Playbook) -> frozenset[str]:
    """Return what a mapping names and the playbook has not: a slip of the pen counts as misses."""
    cues = {cue.name for cue in playbook.cues}
    items = {item.name for item in playbook.checklist}
    named = (mapping.intents, mapping.warnings, mapping.reminders)
    return frozenset(
        {name for one in named for names in one.values() for name in names if name not in cues}
        | {name for names in mapping.items.values() for name in names if name not in items}
    )


def _mapped(names: Names[str, tuple[str, ...]], wanted: str) -> frozenset[str]:
    return frozenset(label for label, ours in names.items() if wanted in ours)
