"""Articles in files: JSON lines, CSV, Markdown, HTML; each that is wrong, named with its line."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct, field

from ..errors import Malformed
from .article_text import Page, page_of_html, page_of_markdown

LINE_BYTES_MAX = 1024 * 1024
FILE_BYTES_MAX = 10 * 1024 * 1024  # of a page; a table or lines may be longer
FILES_MAX = 100_000

_LISTS = (".jsonl", ".ndjson")
_TABLES = (".csv", ".tsv")
_MARKDOWN = (".md", ".markdown")
_HTML = (".html", ".htm", ".xhtml")
SUFFIXES = (*_LISTS, *_TABLES, *_MARKDOWN, *_HTML)

_OPTIONAL = ("language", "url", "source")


class Place(Struct, frozen=True):
    """Where something stands: a file, and a line of it from 1, where it has lines."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}, line {self.line}"


class Draft(Struct, frozen=True, kw_only=True):
    """An article as a file says it; the API judges whether it can be one."""

    place: Place
    id: str
    title: str
    body: str
    language: str | None = None
    url: str | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


class Wrong(Struct, frozen=True):
    """What is no article, and why."""

    place: Place
    reason: str


class Reading(Struct, kw_only=True):
    """What a file or directory holds."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    passed_over: int = 0  # lines of another kind, files of another kind


def read_articles(path: Path) -> Reading:
    """Return the articles of a file, or of all files under a directory, in their order.

    Of two with one id the first counts; the second is wrong.

    Raises:
        Malformed: there is no such path, or nobody could tell what it holds.
    """
    reading = Reading()
    if path.is_dir():
        for file in _files_under(path):
            name = file.relative_to(path).as_posix()
            if file.suffix.lower() in SUFFIXES:
                _read_file(file, name, reading)
            else:
                reading.passed_over += 1
    elif not path.is_file():
        raise Malformed("path", f"{path} is neither a file nor a directory")
    elif path.suffix.lower() not in SUFFIXES:
        raise Malformed("path", f"has to be a directory, or end in {', '.join(SUFFIXES)}")
    else:
        _read_file(path, path.name, reading)
    return _without_repeats(reading)


def _files_under(path: Path) -> list[Path]:
    found: list[Path] = []
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(".") for part in inside):
            found.append(file)
        if len(found) > FILES_MAX:
            raise Malformed("path", f"holds more than {FILES_MAX} files")
    return found


def _read_file(file: Path, name: str, reading: Reading) -> None:
    suffix = file.suffix.lower()
    try:
        if suffix in _LISTS:
            _read_lines(file, name, reading)
        elif suffix in _TABLES:
            _read_table(file, name, reading)
        else:
            reading.drafts.append(_read_page(file, name))
    except OSError as error:
        reading.wrong.append(Wrong(Place(name), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        reading.wrong.append(Wrong(Place(name), "is not UTF-8"))
    except Malformed as error:
        reading.wrong.append(Wrong(Place(name), str(error)))


def _read_lines(file: Path, name: str, reading: Reading) -> None:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            place = Place(name, number)
            try:
                told = _object(text)
                if told.get("kind", "article") != "article":
                    reading.passed_over += 1
                    continue
                reading.drafts.append(_draft(told, place))
            except Malformed as error:
                reading.wrong.append(Wrong(place, str(error)))


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_BYTES_MAX:
        raise Malformed("line", f"is longer than {LINE_BYTES_MAX} bytes")
    try:
        told: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("line", f"is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise Malformed("line", "has to be an object")
    return cast("dict[str, Any]", told)


def _read_table(file: Path, name: str, reading: Reading) -> None:
    text = file.read_bytes().decode("utf-8-sig")
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] | None = None
    last = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            reading.wrong.append(Wrong(Place(name, rows.line_num), f"is no row: {error}"))
            continue
        place, last = Place(name, last + 1), rows.line_num
        if names is None:
            names = [one.strip().casefold() for one in row]
            if missing := {"id", "title", "body"} - set(names):
                raise Malformed("header", f"has no column {', '.join(sorted(missing))}")
        elif len(row) > len(names):
            reading.wrong.append(Wrong(place, "has more columns than the header"))
        elif any(cell.strip() for cell in row):
            told = {one: cell for one, cell in zip(names, row, strict=False) if cell.strip()}
            try:
                reading.drafts.append(_draft(told, place))
            except Malformed as error:
                reading.wrong.append(Wrong(place, str(error)))


def _read_page(file: Path, name: str) -> Draft:
    if file.stat().st_size > FILE_BYTES_MAX:
        raise Malformed("file", f"is longer than {FILE_BYTES_MAX} bytes")
    source = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    is_markdown = file.suffix.lower() in _MARKDOWN
    page: Page = page_of_markdown(source) if is_markdown else page_of_html(source)
    told = {
        "id": _slug(name),
        "title": page.title or file.stem.replace("-", " ").replace("_", " "),
        "source": name,
    } | {one: value for one, value in page.about.items() if value is not None}
    return _draft(told | {"body": page.text}, Place(name))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", Path(name).with_suffix("").as_posix().casefold()).strip("-")


def _draft(told: Mapping[str, Any], place: Place) -> Draft:
    problems = [
        f"{name} {'is missing' if told.get(name) is None else 'says nothing'}"
        for name in ("id", "title", "body")
        if not str(told.get(name) if told.get(name) is not None else "").strip()
    ]
    problems += [
        f"{name} has to be text"
        for name in ("id", "title", "body", *_OPTIONAL)
        if isinstance(told.get(name), dict | list | bool)
    ]
    if problems:
        raise Malformed("article", ", ".join(problems))
    optional = {name: str(told[name]) for name in _OPTIONAL if told.get(name)}
    return Draft(
        place=place,
        id=str(told["id"]).strip(),
        title=str(told["title"]),
        body=str(told["body"]),
        tags=_labels(told.get("tags")),
        readers=_labels(told.get("readers")),
        **optional,
    )


def _labels(told: Any) -> tuple[str, ...]:
    """Return what a list says, or a text whose parts are parted by commas or bars."""
    if told is None:
        return ()
    if isinstance(told, list):
        return tuple(str(one).strip() for one in cast("list[Any]", told) if str(one).strip())
    return tuple(part.strip() for part in re.split(r"[,|;]", str(told)) if part.strip())


def _without_repeats(reading: Reading) -> Reading:
    first: dict[str, Place] = {}
    kept: list[Draft] = []
    for draft in reading.drafts:
        if draft.id in first:
            reason = f"the id stands already in {first[draft.id]}"
            reading.wrong.append(Wrong(draft.place, reason))
        else:
            first[draft.id] = draft.place
            kept.append(draft)
    reading.drafts = kept
    reading.wrong.sort(key=lambda one: (one.place.file, one.place.line or 0))
    return reading
