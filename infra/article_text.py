"""Markdown and HTML as the plain text that articles are made of. Pure.

Paragraphs are parted by a blank line, a heading is a line of its own that begins with `#`, an
item of a list one that begins with `-`. Scripts, styles, forms and navigation say nothing.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from markdown_it import MarkdownIt
from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..errors import Malformed

_SILENT = (
    "script, style, noscript, template, iframe, object, svg, canvas, audio, video, head, nav, "
    "form, button, select, input, textarea, [hidden], [aria-hidden=true]"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PARTING = """
address article aside blockquote dd details dialog div dl dt fieldset figcaption figure
footer header hr main ol p pre section summary table tbody tfoot thead tr ul
"""
_BLOCKS = frozenset(_PARTING.split())
_DEEP_MAX = 200  # nested tags; browsers stop at 512, and no text needs ten

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


class Page(Struct, frozen=True):
    """What a file says, and what it says about itself."""

    title: str | None
    text: str
    about: dict[str, Any]  # front matter, or what its meta elements tell


def page_of_markdown(source: str) -> Page:
    """Return what a Markdown file says; front matter, in YAML, tells about it.

    Raises:
        Malformed: the front matter is none, or what is within cannot be read.
    """
    about: dict[str, Any] = {}
    if (front := _FRONT.match(source)) is not None:
        about = _front_matter(front[1])
        source = source[front.end() :]
    page = page_of_html(MarkdownIt("commonmark").enable("table").render(source))
    told = about.get("title")
    return Page(str(told) if told else page.title, page.text, about)


def page_of_html(source: str) -> Page:
    """Return what an HTML page says; its title is that of the page, or its first heading.

    Raises:
        Malformed: it cannot be read.
    """
    tree = LexborHTMLParser(source)
    named = tree.css_first("title")
    title = " ".join(named.text().split()) if named is not None else ""
    language = tree.root.attributes.get("lang") if tree.root is not None else None
    for node in tree.css(_SILENT):
        node.decompose()
    body = tree.css_first("main") or tree.css_first("article") or tree.body
    if body is None:
        return Page(title or None, "", {})
    text = _tidy("".join(_told(body, deep=0)))
    heading, rest = _without_title(text)
    if heading is not None and (not title or heading.casefold() in title.casefold()):
        title, text = heading, rest
    return Page(title or None, text, {"language": language} if language else {})


def _front_matter(source: str) -> dict[str, Any]:
    try:
        told = cast("Any", YAML(typ="safe", pure=True)).load(source)
    except (YAMLError, ValueError, RecursionError) as error:
        raise Malformed("front matter", f"is no YAML: {type(error).__name__}") from error
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise Malformed("front matter", "has to be names with values")
    return {str(name).casefold(): value for name, value in cast("dict[Any, Any]", told).items()}


def _told(node: LexborNode, *, deep: int) -> Iterator[str]:
    if deep > _DEEP_MAX:
        raise Malformed("html", f"has more than {_DEEP_MAX} tags within each other")
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            yield re.sub(r"\s+", " ", child.text_content or "")
        elif tag in _HEADINGS:
            inner = " ".join("".join(_told(child, deep=deep + 1)).split())
            yield f"\n\n{'#' * _HEADINGS[tag]} {inner}\n\n" if inner else ""
        elif tag == "li":
            yield "\n- " + "".join(_told(child, deep=deep + 1)).strip()
        elif tag == "br":
            yield "\n"
        elif tag in ("td", "th"):
            yield "".join(_told(child, deep=deep + 1)).strip() + " "
        elif tag in _BLOCKS:
            yield "\n" if tag == "tr" else "\n\n"
            yield from _told(child, deep=deep + 1)
            yield "" if tag == "tr" else "\n\n"
        else:
            yield from _told(child, deep=deep + 1)


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_title(text: str) -> tuple[str | None, str]:
    """Return a text's first heading, where it begins with one, and what comes after."""
    found = re.match(r"#{1,2} (.+)(?:\n+|\Z)", text)
    return (None, text) if found is None else (found[1], text[found.end() :])
