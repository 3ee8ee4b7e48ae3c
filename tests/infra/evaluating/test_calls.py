"""Labelled calls as files: read, refused, and played as they were written."""

import base64
import gzip
from pathlib import Path

import pytest
from antiphon.errors import Malformed
from antiphon.infra.evaluate_cues import evaluate_cues, find_mapping, screen_for
from antiphon.infra.evaluating.calls import (
    CALL_BYTES_MAX,
    FINAL_AFTER_S,
    as_rehearsed,
    read_calls,
    read_file,
)
from antiphon.infra.evaluating.mapping import Mapping, read_mappings, strangers
from antiphon.services.guidance.playbook import parse_playbook

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to cancel]}
  greeting: {track: to_customer, heard: [thank you for calling]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
checklist:
  greeted: {title: Greeted, on: greeting}
""",
    file="shop.yaml",
)
HEAD = (
    '{"id":"c-1","domain":"shop","shape":"trigger","title":"Leaves",'
    '"must":[{"intent":"keep","turn":"t3","by":"t3"}],"may":[],"warnings":[],"said":[]}'
)
PROMPT = '{"id":"t1","speaker":"system","start_ms":0,"end_ms":3000,"text":"Thank you for calling."}'
AGENT = '{"id":"t2","speaker":"agent","start_ms":4000,"end_ms":6000,"text":"Hello."}'
CUSTOMER = (
    '{"id":"t3","speaker":"customer","start_ms":7000,"end_ms":12000,'
    '"text":"I want to cancel, I have had it with all of this.",'
    '"partials":[{"at_ms":8000,"text":"I won","stable":1},'
    '{"at_ms":9000,"text":"I want to cancel","stable":4}]}'
)
LINES = f"{HEAD}\n{PROMPT}\n{AGENT}\n{CUSTOMER}"


def written(directory: Path, text: str = LINES, name: str = "one.jsonl") -> Path:
    path = directory / name
    path.write_text(text)
    return path


def test_a_cue_comes_with_the_partial_that_earns_it_and_a_prompt_is_no_agent(
    tmp_path: Path,
) -> None:
    call = read_file(written(tmp_path))

    screen = screen_for(PLAYBOOK, call)

    assert [(cue.cue, cue.at_ms) for cue in screen.cues] == [("keep", 9_000)]
    assert screen.ticks == ()
    assert screen.missed == ("greeted",)


def test_without_partials_it_comes_with_the_final(tmp_path: Path) -> None:
    plain = CUSTOMER[: CUSTOMER.index(',"partials"')] + "}"
    call = read_file(written(tmp_path, f"{HEAD}\n{PROMPT}\n{AGENT}\n{plain}"))

    [cue] = screen_for(PLAYBOOK, call).cues

    assert cue.at_ms == 12_000 + FINAL_AFTER_S * 1_000


def test_an_agent_is_there_from_the_first_word_that_is_no_prompt(tmp_path: Path) -> None:
    assert as_rehearsed(read_file(written(tmp_path))).agent_connected_s == 4.0


def test_a_prompt_in_the_middle_stands_in_a_hold(tmp_path: Path) -> None:
    late = '{"id":"t4","speaker":"system","start_ms":13000,"end_ms":15000,"text":"Please hold."}'
    rehearsed = as_rehearsed(read_file(written(tmp_path, f"{LINES}\n{late}")))

    assert rehearsed.holds == ((13.0, 15.0),)


def test_a_sealed_call_reads_as_the_open_one(tmp_path: Path) -> None:
    opened = read_file(written(tmp_path))
    packed = base64.b64encode(gzip.compress(LINES.encode())).decode()

    assert read_file(written(tmp_path, packed, "one.gz.b64")) == opened


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        ("", "a.jsonl", "a.jsonl"),
        (HEAD, "a.jsonl", "no turn"),
        (f"{HEAD}\n{PROMPT}\n{AGENT}", "a.jsonl", "no turn t3"),
        (LINES.replace("customer", "dog"), "a.jsonl", "dog"),
        (LINES.replace('"end_ms":6000', '"end_ms":4000'), "a.jsonl", "t2 takes no time"),
        (f"{HEAD}\n{AGENT}\n{PROMPT}\n{CUSTOMER}", "a.jsonl", "not in the order"),
        (LINES, "a.gz.b64", "neither"),
        (base64.b64encode(gzip.compress(b"x" * (CALL_BYTES_MAX + 1))).decode(), "a.b64", "larger"),
    ],
)
def test_what_is_no_labelled_call_is_refused_by_name(
    tmp_path: Path, text: str, name: str, problem: str
) -> None:
    with pytest.raises(Malformed, match=problem):
        read_file(written(tmp_path, text, name))


def test_a_folder_is_read_by_name_without_its_mapping_and_an_empty_one_refused(
    tmp_path: Path,
) -> None:
    written(tmp_path, LINES.replace("c-1", "c-2"), "b.jsonl")
    written(tmp_path, name="a.jsonl")
    written(tmp_path, "shop: {}", "mapping.yaml")
    (tmp_path / "empty").mkdir()

    assert [call.labels.id for call in read_calls([tmp_path])] == ["c-1", "c-2"]
    with pytest.raises(Malformed, match="holds no call"):
        list(read_calls([tmp_path / "empty"]))


def test_a_mapping_lies_beside_the_calls_or_above_them(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    above = written(tmp_path, "shop: {intents: {leaving: [keep]}}", "mapping.yaml")

    assert find_mapping([tmp_path / "calls"]) == above
    assert read_mappings(above) == {"shop": Mapping(intents={"leaving": ("keep",)})}
    assert strangers(Mapping(items={"hello": ("greetd",)}), PLAYBOOK) == {"greetd"}


@pytest.mark.parametrize("text", ["- a", "shop: {intent: {}}", "shop: {intents: {a: b}}", "a: ["])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Malformed, match=r"mapping\.yaml"):
        read_mappings(written(tmp_path, text, "mapping.yaml"))


def test_a_name_without_a_mapping_is_taken_as_it_stands_and_other_domains_are_skipped(
    tmp_path: Path,
) -> None:
    calls = [read_file(written(tmp_path)), read_file(written(tmp_path, LINES.replace("shop", "x")))]

    evaluation = evaluate_cues([PLAYBOOK], calls, {})

    assert evaluation.skipped == 1
    assert evaluation.figures.cues.recall().share == 1.0
    assert evaluation.figures.met
