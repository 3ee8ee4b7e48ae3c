"""Playbooks and policies as files: which of the two one is, and what is worth a second look."""

import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast

from msgspec import Struct
from ruamel.yaml import YAML

from ..errors import PlaybookMalformed
from ..services.guidance.fields import read_fields, read_file
from ..services.guidance.moments import needs_of
from ..services.guidance.playbook import BUILT_IN, Playbook, parse_playbook
from ..services.guidance.policy import Policy
from ..services.guidance.policy_file import parse_policy

# What a playbook may need of models, as its author would say it.
_NEEDS = {"embedder": "an embedder", "classifier": "a classifier", "text": "a text model"}


class Document(Struct, frozen=True, kw_only=True):
    """A file that could be read."""

    path: Path
    content: str
    read: Playbook | Policy


def built_in_names() -> list[str]:
    """Return the names of the playbooks that come with Antiphon."""
    return sorted(path.stem for path in BUILT_IN.glob("*.yaml"))


def load_document(path: Path, *, playbooks: Collection[str] | None = None) -> Document:
    """Return what a file holds; `playbooks` are those that a policy may bind, None: any.

    Raises:
        PlaybookMalformed, PolicyMalformed: it is neither; names file, line and field.
    """
    content = read_file(path)
    if is_policy(content, file=path.name):
        policy = parse_policy(content, file=path.name, playbooks=playbooks)
        return Document(path=path, content=content, read=policy)
    playbook = parse_playbook(content, file=path.name)
    return Document(path=path, content=content, read=playbook)


def is_policy(content: str, *, file: str) -> bool:
    """Tell whether a text means to be a policy.

    Raises:
        PlaybookMalformed: it is no YAML, or no names and values.
    """
    names = read_fields(content, file=file).entries()
    return "policy" in names and "playbook" not in names


def find_playbook(name: str) -> Playbook:
    """Return the playbook of a file, or the one of that name that comes with Antiphon.

    Raises:
        PlaybookMalformed: it breaks the grammar, or there is no such file.
    """
    path = Path(name)
    if not path.exists() and name in built_in_names():
        path = BUILT_IN / f"{name}.yaml"
    document = load_document(path)
    if not isinstance(document.read, Playbook):
        raise PlaybookMalformed(path.name, 1, "(document)", "is a policy, not a playbook")
    return document.read


def plain_document(content: str) -> Any:
    """Return what a YAML text says, as plain mappings, lists and values."""
    return YAML(typ="safe", pure=True).load(io.StringIO(content))  # pyright: ignore[reportUnknownMemberType]


def doubts_about(document: Document) -> list[str]:
    """Return what may not be as its author meant it."""
    if isinstance(document.read, Policy):
        return list(_doubts_about_policy(document.read))
    return list(_doubts_about_playbook(document.read, document.content))


def _doubts_about_playbook(playbook: Playbook, content: str) -> Iterator[str]:
    named = set(_texts_in(plain_document(content)))
    for moment in playbook.moments:
        if moment.name not in named:
            yield f"moments.{moment.name}: is recorded, and nothing depends on it"
    for need in sorted(needs_of(playbook.moments)):
        yield f"moments: some need {_NEEDS[need]}, and never come true where there is none"


def _doubts_about_policy(policy: Policy) -> Iterator[str]:
    used = {team for one in policy.bindings for team in one.scope.teams}
    for team in policy.teams:
        if team not in used:
            yield f"teams.{team}: no binding is for it"
    named = {arm for one in policy.bindings for arm in one.scope.arms}
    for one in policy.experiments:
        if not any((one.name, arm) in named for arm, _ in one.arms):
            yield f"experiments.{one.name}: no binding is for any arm of it"
    for one in policy.bindings:
        if not (one.playbooks or one.without or one.on or one.off):
            yield f"bindings.{one.name}: says nothing"
    if not any(one.playbooks for one in policy.bindings):
        yield "bindings: no contact gets any playbook"


def _texts_in(value: Any) -> Iterator[str]:
    """Yield every text that is a value, however deep."""
    if isinstance(value, dict):
        for one in cast("dict[str, Any]", value).values():
            yield from _texts_in(one)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _texts_in(one)
    else:
        yield str(value)
