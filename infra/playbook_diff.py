"""What changed between two versions of a playbook or a policy, told by what it is about.

By moment, cue and item of the checklist, not by line: order and layout mean nothing, and a part
that was only given another name is told as that. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from msgspec import Struct
from rich.console import Group
from rich.text import Text

from .playbook_files import plain_document

WHOLE = ""  # the section of what belongs to no entry

What = Literal["added", "removed", "changed", "renamed"]


class Detail(Struct, frozen=True, kw_only=True):
    """One field. Of a list: one item that came or went."""

    field: str
    before: str | None  # None: it was not there
    after: str | None  # None: it is not there any more


class Change(Struct, frozen=True, kw_only=True):
    """One entry of one section."""

    section: str  # `moments`, `cues`, …; `WHOLE`
    name: str
    what: What
    was: str = ""  # its name before, where it was renamed
    details: tuple[Detail, ...] = ()


def changes_between(before: str, after: str) -> list[Change]:
    """Return what changed from one document to another, section by section; both can be read."""
    one, other = _fields(plain_document(before)), _fields(plain_document(after))
    sections = list(dict.fromkeys([*one, *other]))
    named = [
        name for name in sections if _is_section(one.get(name)) or _is_section(other.get(name))
    ]
    whole = tuple(
        detail
        for name in sections
        if name not in named
        for detail in _details(name, one.get(name), other.get(name))
    )
    changes = [Change(section=WHOLE, name="", what="changed", details=whole)] if whole else []
    for section in named:
        changes += _changes_of(section, _fields(one.get(section)), _fields(other.get(section)))
    return changes


def shown(changes: Sequence[Change]) -> Group:
    """Return the changes as people read them."""
    lines: list[Text] = []
    section = None
    for change in changes:
        if change.section != section:
            section = change.section
            lines.append(Text(section or "the whole", style="bold"))
        lines += _lines_of(change)
    return Group(*lines)


def _changes_of(
    section: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    gone = {name: before[name] for name in before if name not in after}
    come = {name: after[name] for name in after if name not in before}
    for name in list(dict.fromkeys([*before, *after])):
        if name in before and name in after:
            details = tuple(_details("", before[name], after[name]))
            if details:
                yield Change(section=section, name=name, what="changed", details=details)
        elif name in come:
            was = next((old for old, value in gone.items() if value == come[name]), None)
            if was is None:
                details = tuple(_details("", None, come[name]))
                yield Change(section=section, name=name, what="added", details=details)
            else:
                del gone[was]
                yield Change(section=section, name=name, what="renamed", was=was)
    for name in gone:
        yield Change(section=section, name=name, what="removed")


def _details(field: str, before: Any, after: Any) -> Iterator[Detail]:
    """Yield what differs within a value, by its fields and by the items of its lists."""
    if before == after:
        return
    if isinstance(before, dict | None) and isinstance(after, dict | None):
        yield from _details_of_fields(field, _fields(before), _fields(after))
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _details_of_items(field, _items(before), _items(after))
    else:
        yield Detail(
            field=field,
            before=None if before is None else _text(before),
            after=None if after is None else _text(after),
        )


def _details_of_fields(
    field: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Detail]:
    for name in dict.fromkeys([*before, *after]):
        within = f"{field}.{name}" if field else name
        yield from _details(within, before.get(name), after.get(name))


def _details_of_items(field: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Detail]:
    gone = [
        Detail(field=field, before=_text(one), after=None) for one in before if one not in after
    ]
    come = [
        Detail(field=field, before=None, after=_text(one)) for one in after if one not in before
    ]
    if gone or come:
        yield from (*gone, *come)
    else:  # in another order, or one of them once more
        yield Detail(field=field, before=_text(before), after=_text(after))


def _lines_of(change: Change) -> Iterator[Text]:
    sign, style = _SIGNS[change.what]
    head = f"{change.was} → {change.name}" if change.what == "renamed" else change.name
    if head:
        yield Text(f"  {sign} {head}", style=style)
    for detail in change.details:
        line = Text("      ").append(f"{detail.field}: " if detail.field else "", "dim")
        if detail.before is not None:
            line.append(f"- {detail.before}" if detail.after is None else detail.before, "red")
        if detail.before is not None and detail.after is not None:
            line.append(" → ", "dim")
        if detail.after is not None:
            line.append(f"+ {detail.after}" if detail.before is None else detail.after, "green")
        yield line


_SIGNS: dict[What, tuple[str, str]] = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "changed": ("~", "yellow"),
    "renamed": (">", "cyan"),
}


def _is_section(value: Any) -> bool:
    """Tell whether a value is entries by name, each with fields or items of its own."""
    return isinstance(value, dict) and all(
        isinstance(one, dict | list) for one in _fields(value).values()
    )


def _fields(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value or {})


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value or [])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_text(one) for one in _items(value)) + "]"
    if isinstance(value, dict):
        pairs = (f"{name}: {_text(one)}" for name, one in _fields(value).items())
        return "{" + ", ".join(pairs) + "}"
    return str(value)
