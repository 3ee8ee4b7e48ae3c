"""`antiphon catalogue`: the documents of `docs/events/`, written, checked and frozen.

Of use in a checkout: the documents are no part of the installed package, which serves the same
ones at `/v1/catalogue` and `/asyncapi.json`.
"""

import re
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from .. import __version__
from ..events.asyncapi import asyncapi_document
from ..events.compatibility import breakages
from ..events.schemas import Json, catalogue_document, envelope_schema, name_of
from .terminal import err, out

DOCUMENTS = Path(__file__).parents[1] / "docs" / "events"
EXIT_REFUSED = 1

Where = Annotated[Path, typer.Option("--to", help="The folder of the documents.")]

catalogue = typer.Typer(
    help="The events of every version, as JSON Schema and AsyncAPI.", no_args_is_help=True
)


@catalogue.command()
def write(to: Where = DOCUMENTS) -> None:
    """Write the documents anew from the events' structs."""
    _checkout(to)
    wanted = documents()
    for name, content in wanted.items():
        path = to / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            out.print(f"wrote {name}")
    for name in sorted(_present(to) - wanted.keys()):
        (to / name).unlink()
        out.print(f"removed {name}")


@catalogue.command()
def check(to: Where = DOCUMENTS) -> None:
    """Tell whether the documents are those of the structs, and what breaks the last release."""
    _checkout(to)
    problems = [*stale(to), *broken(to)]
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(EXIT_REFUSED)
    out.print(f"{len(catalogue_document()['events'])} events, as documented")


@catalogue.command()
def release(to: Where = DOCUMENTS) -> None:
    """Freeze the catalogue as that of this version: what must be readable ever after."""
    _checkout(to)
    if problems := broken(to):
        _refuse(*problems)
    path = to / "released" / f"{__version__}.json"
    content = _encoded(catalogue_document())
    if path.exists() and path.read_bytes() != content:
        _refuse(f"{path.name} is frozen already and says otherwise: raise the version first")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    out.print(f"froze released/{path.name}")


def documents() -> dict[str, bytes]:
    """Return what `docs/events/` has to hold, by file name; `released/` apart."""
    entries: list[Json] = catalogue_document()["events"]
    files = {
        "asyncapi.json": _encoded(asyncapi_document(version=__version__)),
        "envelope.schema.json": _encoded(envelope_schema()),
        "README.md": _readme(entries).encode(),
    }
    for entry in entries:
        files[f"schemas/{name_of(entry)}.schema.json"] = _encoded(entry["schema"])
    return files


def stale(to: Path) -> list[str]:
    """Return which documents are not what the structs say, and how to mend that."""
    wanted = documents()
    differing = [
        name
        for name, content in wanted.items()
        if not (to / name).exists() or (to / name).read_bytes() != content
    ]
    return [
        f"{name} is not what the events say: run `antiphon catalogue write` and commit it"
        for name in sorted({*differing, *(_present(to) - wanted.keys())})
    ]


def broken(to: Path) -> list[str]:
    """Return what breaks between the last release and now; without a release, nothing."""
    released = last_release(to)
    if released is None:
        return []
    before: Json = msgspec.json.decode(released.read_bytes())
    found = breakages(before, catalogue_document())
    return [f"breaks release {released.stem}: {one}" for one in found]


def last_release(to: Path) -> Path | None:
    """Return the frozen catalogue of the newest release, by version and not by name."""
    return max((to / "released").glob("*.json"), key=_version, default=None)


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.stem)]


def _present(to: Path) -> set[str]:
    found = (*to.glob("*"), *(to / "schemas").glob("*"))
    return {path.relative_to(to).as_posix() for path in found if path.is_file()}


def _encoded(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _readme(entries: list[Json]) -> str:
    lines = [
        "# Events",
        "",
        "Every event that can stand in the log, as `antiphon catalogue write` tells them.",
        "[`asyncapi.json`](asyncapi.json) tells subjects, writers and readers;",
        "[`envelope.schema.json`](envelope.schema.json) what surrounds an event's fields;",
        "`released/` what each release stored, which every later one reads.",
        "",
        "| event | stands in | sealed | what is so |",
        "|---|---|---|---|",
    ]
    for entry in entries:
        name = name_of(entry)
        stands = entry["lane"] if "lane" in entry else f"register, {entry['kind']}"
        sealed = ", ".join(f"`{field}`" for field in entry["sealed"])
        lines.append(
            f"| [`{name}`](schemas/{name}.schema.json) | {stands} | {sealed} | {entry['summary']} |"
        )
    return "\n".join(lines) + "\n"


def _checkout(to: Path) -> None:
    if not to.is_dir():
        _refuse(f"{to} is no folder: this command works in a checkout, or with --to")


def _refuse(*problems: str) -> NoReturn:
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(EXIT_REFUSED)
