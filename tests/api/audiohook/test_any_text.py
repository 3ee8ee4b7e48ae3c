"""Whatever a client writes, it is read, or refused by name."""

import contextlib
import json
from typing import Any

from antiphon.api.audiohook.messages import Unknown, envelope_in, told_in
from antiphon.api.audiohook.positions import duration_of, samples_in
from antiphon.errors import IngestRefused
from hypothesis import given
from hypothesis import strategies as st

from .client import SESSION, opening

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
TYPES = ("open", "close", "discarded", "resumed", "paused", "ping", "update", "error", "other")
FIELDS = ("version", "id", "type", "seq", "serverseq", "position", "parameters")


def message(**told: Any) -> dict[str, Any]:
    return {
        "version": "2",
        "id": SESSION,
        "type": "open",
        "seq": 1,
        "serverseq": 0,
        "position": "PT0S",
        "parameters": opening(),
    } | told


def problem_of(text: str) -> str | None:
    try:
        told_in(envelope_in(text))
    except IngestRefused as refused:
        return refused.problem
    return None


@given(st.text())
def test_a_text_is_refused(text: str) -> None:
    assert problem_of(text) == "message_malformed"


@given(field=st.sampled_from(FIELDS), value=VALUES)
def test_a_message_with_any_value_in_it_is_read_or_refused(field: str, value: Any) -> None:
    assert problem_of(json.dumps(message(**{field: value}))) in (
        None,
        "message_malformed",
        "parameters_malformed",
    )


@given(type_=st.sampled_from(TYPES), name=st.sampled_from(sorted(opening())), value=VALUES)
def test_parameters_with_any_value_in_them_are_read_or_refused(
    type_: str, name: str, value: Any
) -> None:
    text = json.dumps(message(type=type_, parameters=opening(**{name: value})))

    assert problem_of(text) in (None, "message_malformed", "parameters_malformed")
    if type_ == "other" and problem_of(text) is None:
        assert told_in(envelope_in(text)) == Unknown()


@given(st.integers(min_value=0, max_value=8_000 * 86_400))
def test_a_duration_that_we_write_is_read_as_it_was(samples: int) -> None:
    assert samples_in(duration_of(samples)) == samples


@given(st.text())
def test_a_position_is_read_or_refused(text: str) -> None:
    envelope = envelope_in(json.dumps(message(position=f"PT{text}S")))

    with contextlib.suppress(IngestRefused):
        assert samples_in(envelope.position) >= 0
