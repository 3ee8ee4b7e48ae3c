"""Whatever Deepgram says, it is one of our answers, nothing, or a failure with a name."""

from types import SimpleNamespace
from typing import Any

from antiphon.errors import RecognizerFailed
from antiphon.services.transcription.deepgram.answers import Answer, Results, answer_of
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TIMES = st.floats(0, 1e6)
WORD = st.fixed_dictionaries({"word": st.text(max_size=9), "start": TIMES, "end": TIMES})
RESULTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "type": st.just("Results"),
        "channel_index": st.lists(st.integers(0, 3), min_size=2, max_size=2),
        "start": TIMES,
        "duration": TIMES,
        "channel": st.fixed_dictionaries(
            {
                "alternatives": st.lists(
                    st.fixed_dictionaries(
                        {"transcript": st.text(max_size=20), "words": st.lists(WORD, max_size=2)}
                    ),
                    max_size=2,
                )
            }
        ),
    }
)
KINDS = st.sampled_from(["Results", "UtteranceEnd", "Error", "Metadata", "Future", "", None])


def as_the_package_makes_it(value: Any) -> Any:
    """Objects with attributes, unchecked, as the vendor's package hands them on."""
    if isinstance(value, dict):
        made = SimpleNamespace()
        vars(made).update({str(key): as_the_package_makes_it(one) for key, one in value.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return made
    if isinstance(value, list):
        return [as_the_package_makes_it(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value


@settings(max_examples=60, deadline=None)
@given(message=RESULTS, field=st.sampled_from(sorted(Results.__struct_fields__)), value=VALUES)
def test_a_result_with_a_wrong_field_is_an_answer_or_a_failure_by_name(
    message: dict[str, Any], field: str, value: Any
) -> None:
    assert isinstance(answer_of(as_the_package_makes_it(message)), Results)

    answer = answered(as_the_package_makes_it({**message, field: value}))

    if isinstance(answer, Results):
        assert all(isinstance(word.text, str) for word in answer.words)


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, fields=st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_no_message_raises_anything_but_a_failure_by_name(
    kind: str | None, fields: dict[str, Any]
) -> None:
    answer = answered(as_the_package_makes_it({**fields, "type": kind}))

    assert kind not in ("Future", "", None) or answer is None


def answered(message: object) -> Answer | None:
    try:
        return answer_of(message)
    except RecognizerFailed as failed:
        assert failed.reason == "answer_malformed"  # noqa: PT017 (either is right)
        return None
