"""No digit of a card is appended, shown or logged, however a recogniser cuts it into turns."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import Track
from antiphon.events.cards.spoken import folded
from antiphon.events.speech import CardMask, UtteranceFinalized
from antiphon.services.transcription.port import Hypothesis, Recognition, RecognitionRequest
from msgspec.structs import replace
from structlog.testing import capture_logs

from ...builders import contact_ended, contact_started
from .scripted import WORD_MS, Samples, ScriptedRecognizer, Trouble, speech
from .stage import Stage, listening_live, new_stage, said

Turn = tuple[Track, int, str]  # whose, from when, and the words

_C: Track = "from_customer"
_A: Track = "to_customer"
_END_MS = 30_000
_DIGITS = {"zero", "oh", "one", "two", "three", "four", "five", "seven", "nine", "forty", "twenty"}
WHOLE: list[Turn] = [
    (_A, 1_000, "can I have the card number please"),
    (_C, 3_000, "sure it's four two four two"),
    (_A, 5_000, "mm-hm"),
    (_C, 5_500, "uh four two four two"),
    (_C, 8_000, "4242 then 42 forty two"),
    (_A, 10_000, "and the expiry"),
    (_C, 11_500, "oh nine twenty seven"),
    (_A, 14_000, "and the three digits on the back"),
    (_C, 17_000, "seven three one thanks"),
    (_A, 19_000, "thank you your order number is 5512 8842"),
]
STORED = [
    (_A, "can I have the card number please"),
    (_C, "sure it's [card-number]"),
    (_A, "mm-hm"),
    (_C, "uh [card-number]"),
    (_C, "[card-number]"),
    (_A, "and the expiry"),
    (_C, "[expiry-date]"),
    (_A, "and the three digits on the back"),
    (_C, "[security-code] thanks"),
    (_A, "thank you your order number is 5512 8842"),
]


class Worded:
    """The scripted recogniser, whose words mean what the turns say."""

    name = "worded/1"

    def __init__(
        self, turns: Sequence[Turn], *, dies: Trouble = lambda _session, _track, _ended_ms: False
    ) -> None:
        self._scripted = ScriptedRecognizer(name=self.name, dies=dies)
        self._words = [word for _, _, text in turns for word in text.split()]

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator[Recognition]:
        async with self._scripted.open(request) as session:
            yield _WordedSession(session, self._words)


class _WordedSession:
    def __init__(self, session: Recognition, words: Sequence[str]) -> None:
        self._session = session
        self._words = words
        self.name = "worded/1"
        self.hear = session.hear
        self.finish = session.finish

    async def results(self) -> AsyncGenerator[Hypothesis]:
        async for one in self._session.results():
            text = " ".join(self._words[int(word[1:]) - 1] for word in one.text.split())
            yield replace(one, text=text)


def audio_of(turns: Sequence[Turn], *, until_ms: int = _END_MS) -> dict[Track, Samples]:
    """Return audio in which every word of the turns has a value of its own, from 1."""
    said_by: dict[Track, dict[str, range]] = {_C: {}, _A: {}}
    number = 1
    for track, at_ms, text in turns:
        count = len(text.split())
        said_by[track][f"at_{at_ms}"] = range(number, number + count)
        number += count
    return {track: speech(until_ms, **spoken) for track, spoken in said_by.items()}


async def call_of(turns: Sequence[Turn], *, until_ms: int = _END_MS) -> Stage:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play(audio_of(turns, until_ms=until_ms))
    await stage.tell(contact_ended())
    await stage.closed()
    return stage


async def finals_of(stage: Stage) -> list[UtteranceFinalized]:
    events = await stage.speech()
    return [event for event in events if isinstance(event, UtteranceFinalized)]


def digit_words(text: str) -> list[str]:
    bare = [folded(word).strip(".,") for word in text.split()]
    return [word for word in bare if word in _DIGITS or word.isdigit()]


async def test_no_digit_of_a_card_is_stored_shown_or_logged() -> None:
    stage = await call_of(WHOLE)

    with capture_logs() as logs:
        async with listening_live(stage) as partials:
            await stage.care(Worded(WHOLE))

    finals = await finals_of(stage)
    assert [(final.track, final.text.reveal()) for final in finals] == STORED
    shown = [word for one in partials for word in digit_words(one.text)]
    assert set(shown) <= {"three", "5512", "8842"}, "the agent asks for three digits"
    assert any("[card-number]" in partial.text for partial in partials)
    told = [value for line in logs for value in line.values() if isinstance(value, str)]
    assert any("utterance_finalized" in value for value in told)
    assert [word for value in told for word in digit_words(value)] == []


async def test_a_mask_takes_the_place_of_one_word_and_its_time() -> None:
    stage = await call_of(WHOLE)

    async with listening_live(stage) as partials:
        await stage.care(Worded(WHOLE))

    finals = await finals_of(stage)
    assert all(len(final.words) == len(final.text.reveal().split(" ")) for final in finals)
    assert all(len(one.words) == len(one.text.split(" ")) for one in partials if one.text)
    assert all(one.stable_words <= len(one.words) for one in partials)
    given = finals[1]
    assert given.masked == (CardMask("card_number", 2, 4),)
    assert (given.words[2].started_ms, given.words[2].ended_ms) == (
        3_000 + 2 * WORD_MS,
        3_000 + 6 * WORD_MS,
    )


async def test_nameless_digits_wait_for_what_follows_and_are_masked_with_it() -> None:
    turns: list[Turn] = [
        (_C, 1_000, "it's 4111"),
        (_C, 2_600, "um 1111 1111 1111"),
        (_A, 7_000, "thanks"),
    ]
    stage = await call_of(turns)

    async with listening_live(stage) as partials:
        await stage.care(Worded(turns))

    events = await stage.speech()
    assert [one[:2] for one in said(events)] == [
        ("from_customer-1", "it's [card-number]"),
        ("from_customer-2", "um [card-number]"),
        ("to_customer-1", "thanks"),
    ]
    assert [word for one in partials for word in digit_words(one.text)] == []
    revisions: dict[str, list[int]] = {}
    for partial in partials:
        revisions.setdefault(partial.utterance_id, []).append(partial.revision)
    assert revisions.keys() == {"from_customer-1", "from_customer-2", "to_customer-1"}
    assert all(some == list(range(1, len(some) + 1)) for some in revisions.values())


@pytest.mark.parametrize(
    "rest",
    [
        [],
        [(_C, 2_600, "is what the screen says")],
        [(_C, 6_000, "are you there")],
        [(_A, 2_000, "right")],
    ],
    ids=["silence", "words at once", "words later", "the other one"],
)
async def test_nameless_digits_that_become_no_card_are_stored_as_they_were_said(
    rest: list[Turn],
) -> None:
    turns: list[Turn] = [(_C, 1_000, "it's 4111"), *rest]
    stage = await call_of(turns)

    await stage.care(Worded(turns))

    assert ("from_customer-1", "it's 4111") in [one[:2] for one in said(await stage.speech())]
    assert len(await finals_of(stage)) == len(turns)


async def test_nameless_digits_are_stored_where_the_audio_ends_right_after_them() -> None:
    turns: list[Turn] = [(_C, 1_000, "it's 4111")]
    stage = await call_of(turns, until_ms=1_500)

    await stage.care(Worded(turns))

    assert [one[1] for one in said(await stage.speech())] == ["it's 4111"]


async def test_a_final_held_back_lets_the_other_track_pass() -> None:
    turns: list[Turn] = [(_C, 1_000, "it's 4111"), (_A, 1_800, "go on"), (_C, 6_000, "hello")]
    stage = await call_of(turns)

    await stage.care(Worded(turns))

    texts = [one[1] for one in said(await stage.speech())]
    assert texts == ["go on", "it's 4111", "hello"]


@pytest.mark.parametrize("crash_at", range(1, len(WHOLE) + 1))
async def test_a_restart_anywhere_stores_the_same_masks(crash_at: int) -> None:
    stage = await call_of(WHOLE)
    stage.log.crash_at, stage.log.stores_first = crash_at, crash_at % 2 == 0

    with pytest.raises(LogUnavailable):
        await stage.care(Worded(WHOLE))
    async with listening_live(stage) as partials:
        await stage.care(Worded(WHOLE))

    finals = await finals_of(stage)
    assert [(final.track, final.text.reveal()) for final in finals] == STORED
    shown = {word for one in partials for word in digit_words(one.text)}
    assert shown <= {"three", "5512", "8842"}


@pytest.mark.parametrize("stores_first", [True, False], ids=["stored", "not stored"])
@pytest.mark.parametrize("crash_at", [1, 2])
async def test_a_final_held_back_survives_a_crash(crash_at: int, *, stores_first: bool) -> None:
    turns: list[Turn] = [
        (_C, 1_000, "it's 4111"),
        (_A, 1_800, "go on"),
        (_C, 2_800, "1111 1111 1111"),
    ]
    stage = await call_of(turns)
    stage.log.crash_at, stage.log.stores_first = crash_at, stores_first

    with pytest.raises(LogUnavailable):
        await stage.care(Worded(turns))
    await stage.care(Worded(turns))

    texts = [one[1] for one in said(await stage.speech())]
    assert texts == ["go on", "it's [card-number]", "[card-number]"]


async def test_a_session_lost_while_a_final_is_held_back_keeps_it() -> None:
    turns: list[Turn] = [(_C, 1_000, "it's 4111"), (_C, 5_000, "hello")]
    stage = await call_of(turns)

    await stage.care(
        Worded(turns, dies=lambda session, _, ended_ms: session == 1 and ended_ms > 2_200)
    )

    assert [one[:2] for one in said(await stage.speech())] == [
        ("from_customer-1", "it's 4111"),
        ("from_customer-2", "hello"),
    ]
