"""What holds of every plan, whatever was said and however wrong its times are."""

from collections.abc import Sequence
from itertools import pairwise

from antiphon.events.base import TRACKS, UtteranceId
from antiphon.events.privacy.kinds import PERSONAL_KINDS
from antiphon.events.redaction import AudioSpan, Ground
from antiphon.events.speech import WordTime
from antiphon.services.redaction.heard import Heard, Personal, SpeechStretch
from antiphon.services.redaction.spans import plan
from antiphon.services.redaction.stretches import length_ms, merged, without
from hypothesis import given, settings
from hypothesis import strategies as st

END_MS = 40_000
WORDS = (
    "my", "card", "number", "is", "4", "what", "your", "pin", "account", "okay", "[card-number]",
    "[phone-number]", "three", "$50", "social", "security", "thanks",
)  # fmt: skip

moments = st.integers(0, END_MS)
tracks = st.sampled_from(TRACKS)
kinds = st.sampled_from(PERSONAL_KINDS)
_GROUNDS: tuple[Ground, ...] = ("found_again", "review", "not_removed")
grounds = st.sampled_from(_GROUNDS)


@st.composite
def utterances(draw: st.DrawFn) -> Heard:
    """Draw an utterance whose times may be anywhere, and whose spans may not be in it."""
    words = tuple(draw(st.lists(st.sampled_from(WORDS), max_size=8)))
    started = draw(moments)
    times = tuple(WordTime(draw(moments), draw(moments), 0.5) for _ in words)
    spans = st.builds(Personal, kinds, st.integers(-1, 9), st.integers(-1, 9), st.integers(0, 16))
    return Heard(
        utterance_id=UtteranceId(f"u-{started}"),
        track=draw(tracks),
        started_ms=started,
        ended_ms=started + draw(st.integers(0, 9_000)),
        words=words,
        times=draw(st.sampled_from([times, ()])),
        personal=tuple(draw(st.lists(spans, max_size=3))),
    )


@st.composite
def stretches(draw: st.DrawFn) -> SpeechStretch:
    start = draw(moments)
    return SpeechStretch(draw(tracks), start, start + draw(st.integers(0, 6_000)))


@st.composite
def extras(draw: st.DrawFn) -> AudioSpan:
    start = draw(moments)
    end = start + draw(st.integers(0, 3_000))
    return AudioSpan(draw(tracks), start, end, draw(kinds), draw(grounds))


calls = st.lists(utterances(), max_size=5)
voices = st.lists(stretches(), max_size=6)
few_extras = st.lists(extras(), max_size=3)


def covers(spans: Sequence[AudioSpan], one: AudioSpan, *, duration_ms: int) -> bool:
    """Tell whether nothing of a span, as far as it lies in the audio, is left."""
    inside = [(max(0, one.from_ms), min(one.until_ms, duration_ms))]
    left = without(
        merged(inside),
        merged((span.from_ms, span.until_ms) for span in spans if span.track == one.track),
    )
    return length_ms(left) == 0


@settings(max_examples=40, deadline=None)
@given(calls, voices, few_extras, st.integers(0, 1_000), moments)
def test_a_plan_is_in_order_within_the_audio_and_nowhere_twice(
    heard: list[Heard],
    speech: list[SpeechStretch],
    extra: list[AudioSpan],
    widen_ms: int,
    duration_ms: int,
) -> None:
    spans = plan(heard, speech, widen_ms=widen_ms, duration_ms=duration_ms, extra=extra)

    by_track = [[one for one in spans if one.track == track] for track in TRACKS]
    assert [one for own in by_track for one in own] == list(spans)
    assert all(0 <= one.from_ms < one.until_ms <= duration_ms for one in spans)
    for own in by_track:
        assert all(one.until_ms < other.from_ms for one, other in pairwise(own))


@settings(max_examples=40, deadline=None)
@given(calls, voices, few_extras, moments)
def test_what_is_known_to_be_personal_is_in_every_plan(
    heard: list[Heard], speech: list[SpeechStretch], extra: list[AudioSpan], duration_ms: int
) -> None:
    known = [
        AudioSpan(one.track, time.started_ms, time.ended_ms, span.kind, "words")
        for one in heard
        for span in one.personal
        if 0 <= span.first_word <= span.last_word < len(one.times)
        for time in one.times[span.first_word : span.last_word + 1]
    ]

    spans = plan(heard, speech, widen_ms=200, duration_ms=duration_ms, extra=extra)

    assert all(covers(spans, one, duration_ms=duration_ms) for one in [*known, *extra])


@settings(max_examples=25, deadline=None)
@given(calls, voices, few_extras)
def test_a_wider_plan_takes_no_less(
    heard: list[Heard], speech: list[SpeechStretch], extra: list[AudioSpan]
) -> None:
    narrow, wide = (
        plan(heard, speech, widen_ms=widen_ms, duration_ms=END_MS, extra=extra)
        for widen_ms in (200, 400)
    )

    assert all(covers(wide, one, duration_ms=END_MS) for one in narrow)


@settings(max_examples=25, deadline=None)
@given(calls, voices, few_extras)
def test_the_order_in_which_it_is_told_does_not_matter(
    heard: list[Heard], speech: list[SpeechStretch], extra: list[AudioSpan]
) -> None:
    unlike = {(one.track, one.started_ms): one for one in heard}
    heard = list(unlike.values())
    there = plan(heard, speech, widen_ms=200, duration_ms=END_MS, extra=extra)

    back = plan(heard[::-1], speech[::-1], widen_ms=200, duration_ms=END_MS, extra=extra[::-1])

    places = [[(one.track, one.from_ms, one.until_ms) for one in spans] for spans in (there, back)]
    assert places[0] == places[1]
