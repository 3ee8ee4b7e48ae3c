"""Recall on labelled lines, printed: every line of card data is found, and nothing else.

`development.jsonl` holds the half of the labelled utterances that was given for development.
Lines of one group are consecutive utterances of one speaker.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from antiphon.events.cards.context import CardContext
from antiphon.events.cards.judging import judge
from antiphon.events.cards.masking import folded_words, masked

_KINDS = {"CARD": "card_number", "CVV": "security_code", "EXPIRY": "expiry_date"}


def test_recall_is_one_and_nothing_else_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        json.loads(line)
        for line in (Path(__file__).parent / "development.jsonl").read_text().splitlines()
    ]

    wanted, hit, false = _played(lines)

    with capsys.disabled():
        recall = ", ".join(f"{kind} {hit[kind]}/{wanted[kind]}" for kind in _KINDS)
        sys.stdout.write(f"\ncard data in {len(lines)} lines: {recall}; in vain: {len(false)}\n")
    assert set(wanted) == set(_KINDS)
    assert wanted == hit
    assert false == []


def _played(lines: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str], list[str]]:
    wanted, hit, false = Counter[str](), Counter[str](), list[str]()
    contexts: dict[str, tuple[CardContext, int]] = {}
    for line in lines:
        context, at_ms = contexts.setdefault(line["group"] or line["id"], (CardContext(), 0))
        situation = context.situation("from_customer", at_ms=at_ms)
        found = judge(folded_words(line["text"]), situation).found
        safe = masked(line["text"], (), found)
        context.take(
            "from_customer", safe.text, safe.masks, started_ms=at_ms, ended_ms=at_ms + 2_000
        )
        contexts[line["group"] or line["id"]] = (context, at_ms + 4_000)
        spans = [(span["type"], *_words_of(line, span)) for span in line["spans"]]
        spans = [span for span in spans if span[0] in _KINDS]
        wanted.update(kind for kind, _, _ in spans)
        got = {(one.kind, one.first_word, one.last_word) for one in found}
        hit.update(kind for kind, first, last in spans if (_KINDS[kind], first, last) in got)
        if len(got) > len(spans):
            false.append(line["id"])
    return wanted, hit, false


def _words_of(line: dict[str, Any], span: dict[str, Any]) -> tuple[int, int]:
    before, inside = line["text"][: span["start"]], line["text"][span["start"] : span["end"]]
    first = len(before.split())
    return first, first + len(inside.split()) - 1
