"""Articles are read from what people keep them in, and what is none is named with its line."""

from pathlib import Path

import pytest
from antiphon.errors import Malformed
from antiphon.infra.article_files import Draft, Reading, read_articles
from antiphon.infra.article_text import page_of_html, page_of_markdown


def read(path: Path, content: str | bytes) -> Reading:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_articles(path)


def told(reading: Reading) -> list[tuple[str, str, str]]:
    return [(one.id, one.title, one.body) for one in reading.drafts]


def wrong(reading: Reading) -> list[str]:
    return [f"{one.place}: {one.reason}" for one in reading.wrong]


def test_lines_are_articles_and_wrong_ones_are_named(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "kb.jsonl",
        b"\xef\xbb\xbf"
        b'{"id": "a.1", "title": "A", "body": "One", "kind": "article", "tags": ["x", "y"]}\n'
        b"\n"
        b"{broken\n"
        b'{"kind": "question", "text": "who is it"}\n'
        b'{"id": "b", "title": "B"}\n'
        b'{"id": "a.1", "title": "A", "body": "Two"}\n'
        b'["a", "b"]\n'
        b'{"id": "c", "title": "C", "body": "\xff"}\n'
        b'{"id": {}, "title": "D", "body": "x"}\n'
        b'{"id": 7, "title": "Seven", "body": "It may be a number"}',
    )

    assert told(reading) == [("a.1", "A", "One"), ("7", "Seven", "It may be a number")]
    assert reading.drafts[0].tags == ("x", "y")
    assert reading.passed_over == 1
    assert [one.split(": ")[0] for one in wrong(reading)] == [
        f"kb.jsonl, line {n}" for n in (3, 5, 6, 7, 8, 9)
    ]
    assert "body is missing" in wrong(reading)[1]
    assert "kb.jsonl, line 1" in wrong(reading)[2]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_are_read_by_their_header(tmp_path: Path, separator: str) -> None:
    rows = [
        ["ID", "Body", "Title", "Readers"],
        ["a", '"Two\nlines"', "A", "leads|sales"],
        ["b", "", "B", ""],
        ["c", "Body", "C", "", "more"],
        ["", "", "", ""],
        ["d", "Last", "D", ""],
    ]

    reading = read(tmp_path / "kb.csv", "\r\n".join(separator.join(row) for row in rows))

    assert told(reading) == [("a", "A", "Two\nlines"), ("d", "D", "Last")]
    assert reading.drafts[0].readers == ("leads", "sales")
    assert wrong(reading) == [
        "kb.csv, line 4: article: body is missing",
        "kb.csv, line 5: has more columns than the header",
    ]


def test_a_table_without_the_columns_says_which(tmp_path: Path) -> None:
    assert wrong(read(tmp_path / "kb.csv", "id,text\n1,x\n")) == [
        "kb.csv: header: has no column body, title"
    ]


def test_markdown_tells_about_itself_in_its_front_matter(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "late-fee.md",
        "---\nid: fees/late\ntitle: Late fee\ntags: [billing]\nreaders: leads\nlanguage: en-GB\n"
        "---\n# Another heading\n\nIt is **9 dollars**, see [here](https://example.com).\n\n"
        "## Waiver\n\n1. once\n2. a year\n",
    )

    (one,) = reading.drafts
    assert (one.id, one.title, one.language) == ("fees/late", "Late fee", "en-GB")
    assert (one.tags, one.readers, one.source) == (("billing",), ("leads",), "late-fee.md")
    assert one.body == "It is 9 dollars, see here.\n\n## Waiver\n\n- once\n- a year"


@pytest.mark.parametrize("front", ["---\n- a\n---\n", "---\n{[\n---\n"])
def test_front_matter_that_is_none_is_named(tmp_path: Path, front: str) -> None:
    assert wrong(read(tmp_path / "a.md", f"{front}# A\n\ntext"))[0].startswith("a.md: front matter")


def test_html_says_what_a_reader_sees(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "page.html",
        '<!doctype html><html lang="en"><head><title>Late fee | Help</title><style>p{}</style>'
        "</head><body><nav>Home</nav><script>steal()</script><main><h1>Late fee</h1>"
        "<p>It is <b>9 dollars</b>.<br>Each time.</p><table><tr><td>Days<td>10</table>"
        '<ul><li>one<li>two</ul><p hidden>secret<form>Name <input value="x"></form>'
        '<img src=x onerror="alert(1)"></main></body></html>',
    )

    (one,) = reading.drafts
    assert (one.id, one.title, one.language) == ("page", "Late fee", "en")
    assert one.body == "It is 9 dollars.\nEach time.\n\nDays 10\n\n- one\n- two"


def test_a_directory_is_read_with_all_below_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("sub/b.md", "a.md", ".git/c.md", "picture.png", "empty.md"):
        (tmp_path / name).write_text("" if name == "empty.md" else f"# {name}\n\nText of it.")
    (tmp_path / "z.md").write_bytes(b"\xff\xfe")

    reading = read_articles(tmp_path)

    assert [(one.id, one.source) for one in reading.drafts] == [
        ("a", "a.md"),
        ("sub-b", "sub/b.md"),
    ]
    assert wrong(reading) == ["empty.md: article: body says nothing", "z.md: is not UTF-8"]
    assert reading.passed_over == 1


@pytest.mark.parametrize("name", ["nothing.jsonl", "kb.docx"])
def test_what_cannot_be_read_at_all_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "kb.docx").write_text("x")

    with pytest.raises(Malformed):
        read_articles(tmp_path / name)


def test_tags_within_tags_without_end_are_refused(tmp_path: Path) -> None:
    reading = read(tmp_path / "deep.html", "<b>" * 400 + "x")

    assert reading.drafts == [] or len(reading.drafts[0].body) == 1
    assert "<div>" not in page_of_html("<div>" * 150 + "x").text
    with pytest.raises(Malformed, match="within each other"):
        page_of_html("<div>" * 400 + "x")


def test_markdown_may_hold_html_that_says_nothing() -> None:
    page = page_of_markdown("# A\n\n<script>steal()</script>\n\nText <b>here</b>.")

    assert page.text == "Text here."


def test_a_draft_knows_its_place(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "kb.jsonl", '\n{"id":"a","title":"A","body":"B"}').drafts

    assert isinstance(one, Draft)
    assert str(one.place) == "kb.jsonl, line 2"
