"""Cuts an article into the pieces that are searched, each known by where it stands. Pure.

A piece is the title, a passage (paragraphs under one heading) or a sentence. What is embedded
of a passage or sentence begins with the title, because alone it seldom says what it is about.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

PASSAGE_CHARS_MAX = 900  # the embedder knows a text by its first 256 tokens
SENTENCE_CHARS_MIN = 12  # shorter ones say nothing by themselves
PIECES_MAX = 120  # of one article: some ten pages; what comes after is found by its words
QUOTE_CHARS_MAX = 400  # an agent reads it while somebody waits

Kind = Literal["title", "passage", "sentence"]

_HEADING = re.compile(r"#{1,6}\s+(.*)")
_BLANK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*#)|(?<=\n)(?<=\S\n)(?=[ \t]*[-*•]\s)")
# Not after an abbreviation, an initial or a number of a list.
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Za-z])(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bapprox)(?<!\bMrs)(?<!\bMr)(?<!\bDr)"
    r"(?<!\bNo)(?<!\bSt)(?<!\n\d)[.!?…]+[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9À-ÞΑ-Я])|\n+"
)


class Span(Struct, frozen=True):
    """Characters of a body, from one on up to another."""

    starts: int
    ends: int


class Piece(Struct, frozen=True, kw_only=True):
    """What is searched. A title's span is that of the body's first passage."""

    kind: Kind
    span: Span
    text: str  # as it is embedded


def pieces_of(title: str, body: str) -> list[Piece]:
    """Return the pieces of an article, the title first, `PIECES_MAX` at most."""
    found = list(_passages(body))
    first = found[0][1] if found else Span(0, len(body))
    pieces = [Piece(kind="title", span=first, text=title)]
    for heading, span in found:
        name = f"{title}, {heading}" if heading else title
        text = " ".join(body[span.starts : span.ends].split())
        pieces.append(Piece(kind="passage", span=span, text=f"{name}. {text}"))
    for heading, span in found:
        name = f"{title}, {heading}" if heading else title
        for one in sentences_in(body, span):
            if one.ends - one.starts >= SENTENCE_CHARS_MIN:
                text = " ".join(body[one.starts : one.ends].split())
                pieces.append(Piece(kind="sentence", span=one, text=f"{name}: {text}"))
    return pieces[:PIECES_MAX]


def sentences_in(body: str, span: Span) -> Iterator[Span]:
    """Yield the sentences of a stretch of a body, without the spaces around them."""
    starts = span.starts
    for end in _SENTENCE_END.finditer(body, span.starts, span.ends):
        if (found := _trimmed(body, Span(starts, end.end()))) is not None:
            yield found
        starts = end.end()
    if (found := _trimmed(body, Span(starts, span.ends))) is not None:
        yield found


def quote_around(body: str, best: Span) -> Span:
    """Return what is quoted of a body for a piece: whole sentences, `QUOTE_CHARS_MAX` at most.

    The sentence found, then those after it, then those before, within its passage. One that is
    longer by itself is cut at a word.
    """
    passage = next(
        (one for _, one in _passages(body) if one.starts <= best.starts < one.ends), best
    )
    sentences = list(sentences_in(body, passage))
    at = next((n for n, one in enumerate(sentences) if best.starts < one.ends), None)
    if at is None:
        return _cut(body, best)
    first = last = at
    while last + 1 < len(sentences) and _length(sentences, first, last + 1) <= QUOTE_CHARS_MAX:
        last += 1
    while first > 0 and _length(sentences, first - 1, last) <= QUOTE_CHARS_MAX:
        first -= 1
    return _cut(body, Span(sentences[first].starts, sentences[last].ends))


def _length(sentences: list[Span], first: int, last: int) -> int:
    return sentences[last].ends - sentences[first].starts


def _cut(body: str, span: Span) -> Span:
    if span.ends - span.starts <= QUOTE_CHARS_MAX:
        return span
    limit = span.starts + QUOTE_CHARS_MAX
    at = body.rfind(" ", span.starts + 1, limit + 1)
    return Span(span.starts, at if at > 0 else limit)


def _passages(body: str) -> Iterator[tuple[str, Span]]:
    """Yield each stretch of paragraphs under one heading, in pieces of bounded length."""
    heading, open_ = "", None
    for paragraph in _paragraphs(body):
        text = body[paragraph.starts : paragraph.ends]
        if (title := _HEADING.fullmatch(text)) is not None:
            if open_ is not None:
                yield heading, open_
            heading, open_ = title[1].strip(), None
        elif open_ is None:
            open_ = paragraph
        elif paragraph.ends - open_.starts <= PASSAGE_CHARS_MAX:
            open_ = Span(open_.starts, paragraph.ends)
        else:
            yield heading, open_
            open_ = paragraph
    if open_ is not None:
        yield heading, open_


def _paragraphs(body: str) -> Iterator[Span]:
    starts = 0
    ends = [*(one.start() for one in _BLANK.finditer(body)), len(body)]
    for end in ends:
        found = _trimmed(body, Span(starts, end))
        starts = end
        if found is not None:
            yield from _bounded(body, found)


def _bounded(body: str, paragraph: Span) -> Iterator[Span]:
    """Yield a paragraph, or the runs of sentences it has to be cut into; a heading's line alone."""
    line_end = body.find("\n", paragraph.starts, paragraph.ends)
    if line_end > 0 and _HEADING.fullmatch(body[paragraph.starts : line_end]):
        yield Span(paragraph.starts, line_end)
        rest = _trimmed(body, Span(line_end, paragraph.ends))
        if rest is not None:
            yield from _bounded(body, rest)
        return
    if paragraph.ends - paragraph.starts <= PASSAGE_CHARS_MAX:
        yield paragraph
        return
    open_: Span | None = None
    for sentence in sentences_in(body, paragraph):
        for part in _parts(body, sentence):
            if open_ is not None and part.ends - open_.starts > PASSAGE_CHARS_MAX:
                yield open_
                open_ = None
            open_ = part if open_ is None else Span(open_.starts, part.ends)
    if open_ is not None:
        yield open_


def _parts(body: str, sentence: Span) -> Iterator[Span]:
    starts = sentence.starts
    while sentence.ends - starts > PASSAGE_CHARS_MAX:
        limit = starts + PASSAGE_CHARS_MAX
        at = body.rfind(" ", starts + 1, limit)
        ends = at if at > 0 else limit
        yield Span(starts, ends)
        starts = ends + 1 if at > 0 else ends
    if starts < sentence.ends:
        yield Span(starts, sentence.ends)


def _trimmed(body: str, span: Span) -> Span | None:
    starts, ends = span.starts, span.ends
    while starts < ends and body[starts].isspace():
        starts += 1
    while ends > starts and body[ends - 1].isspace():
        ends -= 1
    return Span(starts, ends) if starts < ends else None
