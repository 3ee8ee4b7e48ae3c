"""Every field of a body that is missing or malformed, by name and without its value."""

import re
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec
from litestar import Request
from litestar.exceptions import SerializationException, ValidationException
from msgspec import UNSET, Struct, UnsetType

_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")  # what may stand in an answer


class FieldProblem(Struct, frozen=True):
    """One field, by its path, and what is wrong with it."""

    field: str
    problem: str
    line: int | UnsetType = UNSET  # of a document that has lines


class BodyMalformed(ValidationException):
    """A body that is not what its handler asks for."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(detail="; ".join(f"{one.field}: {one.problem}" for one in problems))
        self.problems = tuple(problems)


async def check_body(request: Request[Any, Any, Any]) -> None:
    """Refuse a body before the framework does: it would stop at the first field.

    Raises:
        BodyMalformed: names every field that is missing or malformed.
    """
    wanted = request.route_handler.parsed_data_field
    if wanted is None:
        return
    body = await request.body()
    if not body and wanted.is_optional:
        return
    try:
        # As the framework does, which keeps it: read once more it could fail at another depth.
        raw: Any = await request.json() if body else {}
    except (SerializationException, UnicodeDecodeError, RecursionError):
        raise BodyMalformed([FieldProblem("body", "is not JSON")]) from None
    if problems := problems_of(raw, wanted.raw):
        raise BodyMalformed(problems)


def problems_of(raw: Any, wanted: Any, *, path: str = "") -> list[FieldProblem]:
    """Return what keeps decoded JSON from being of the wanted type; empty if nothing does."""
    kinds = list(_kinds_in(wanted))
    if raw is None and type(None) in kinds:
        return []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Struct):
            return _problems_of_struct(raw, kind, path=path)
        if get_origin(kind) is dict and isinstance(raw, dict):
            # Names of entries are names of fields too; a malformed one is not repeated.
            fields = cast("dict[str, Any]", raw)
            entry = get_args(kind)[1]
            found = [
                problem
                for name in fields
                for problem in problems_of(fields[name], entry, path=_within(path, name))
            ]
            return found or _problems_of_value(fields, wanted, path=path or "body")
    return _problems_of_value(raw, wanted, path=path or "body")


def _problems_of_struct(raw: Any, struct: type[Struct], *, path: str) -> list[FieldProblem]:
    if not isinstance(raw, dict):
        return [FieldProblem(path or "body", "has to be an object")]
    fields = cast("dict[str, Any]", raw)
    found: list[FieldProblem] = []
    if struct.__struct_config__.forbid_unknown_fields:
        known = {field.encode_name for field in msgspec.structs.fields(struct)}
        for name in sorted(fields.keys() - known):
            shown = _within(path, name if _NAME.fullmatch(name) else "(a name)")
            found.append(FieldProblem(shown, "is not known"))
    for field in msgspec.structs.fields(struct):
        name, inner = field.encode_name, _within(path, field.encode_name)
        if name in fields:
            found += problems_of(fields[name], field.type, path=inner)
        elif field.required:
            found.append(FieldProblem(inner, "is missing"))
    return found


def _problems_of_value(raw: Any, wanted: Any, *, path: str) -> list[FieldProblem]:
    try:
        msgspec.convert(raw, wanted)
    except msgspec.ValidationError as error:
        if get_origin(wanted) is Literal:
            return [FieldProblem(path, f"has to be one of {', '.join(get_args(wanted))}")]
        # Messages of msgspec name types and patterns; of what was sent they say nothing
        # but an enumeration's value.
        problem, _, _where = str(error).partition(" - at ")
        return [FieldProblem(path, problem[0].lower() + problem[1:])]
    return []


def _kinds_in(wanted: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows, without what is said about them."""
    origin = get_origin(wanted)
    if origin is Annotated:
        yield from _kinds_in(get_args(wanted)[0])
    elif origin in (Union, UnionType):
        for one in get_args(wanted):
            yield from _kinds_in(one)
    else:
        yield wanted


def _within(path: str, name: str) -> str:
    shown = name if _NAME.fullmatch(name) else "(a name)"
    return f"{path}.{shown}" if path else shown
