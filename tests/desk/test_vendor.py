"""The vendored module is the one its note names, and the page asks nobody else for anything."""

import hashlib
import re

from .scene import DESK


def test_the_vendored_module_has_the_hash_its_note_gives() -> None:
    note = (DESK / "vendor" / "README.md").read_text()
    [told] = re.findall(r"`([0-9a-f]{64})`", note)

    found = hashlib.sha256((DESK / "vendor" / "htm-preact.js").read_bytes()).hexdigest()

    assert found == told


def test_the_page_holds_no_inline_script_style_or_foreign_address() -> None:
    page = (DESK / "index.html").read_text()
    own = "".join(file.read_text() for file in DESK.glob("*.*s"))

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page) == []
    assert re.findall(r"https?://(?!www\.w3\.org/)", page + own) == []
    assert re.findall(r"\b(?:eval|Function|innerHTML|dangerouslySetInnerHTML)\b", own) == []
