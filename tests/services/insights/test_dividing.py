"""A conversation's time is divided without rest: every millisecond is in one part."""

import random
from collections.abc import Sequence

import pytest
from antiphon.events.base import Speaker
from antiphon.events.insights import TimeDivided
from antiphon.events.speech import WordTime
from antiphon.services.insights.dividing import SILENCE_MS_MIN, divided
from antiphon.services.insights.heard import BREATH_MS, Said, Stretch, merge, stretches_of
from antiphon.services.insights.speaking import speakers_measured

from .call import AGENT, CUSTOMER, SYSTEM, said

PARTS = ("customer", "agent", "both", "prompt", "hold", "unheard", "silence", "pause")


def parts(time: TimeDivided) -> dict[str, int]:
    """Return the parts that are not empty."""
    told = {part: getattr(time, f"{part}_ms") for part in PARTS}
    return {part: length for part, length in told.items() if length}


def division(
    utterances: Sequence[Said], *, holds: Sequence[Stretch] = (), unheard: Sequence[Stretch] = ()
) -> dict[str, int]:
    found = divided(utterances, holds=holds, unheard=unheard)
    assert found is not None
    return parts(found[0])


def test_talk_overlap_and_pauses_are_told_apart() -> None:
    utterances = [
        said(CUSTOMER, 1_000, 4_000),
        said(AGENT, 3_500, 6_000),
        said(AGENT, 7_000, 8_000),
    ]

    found = division(utterances)

    assert found == {"customer": 2_500, "both": 500, "agent": 3_000, "pause": 1_000}


@pytest.mark.parametrize(
    ("quiet_ms", "part"), [(SILENCE_MS_MIN - 1, "pause"), (SILENCE_MS_MIN, "silence")]
)
def test_a_pause_becomes_a_silence_when_it_is_long(quiet_ms: int, part: str) -> None:
    end = 1_000 + quiet_ms

    found = division([said(CUSTOMER, 0, 1_000), said(AGENT, end, end + 1_000)])

    assert found[part] == quiet_ms


def test_silences_are_counted_and_the_longest_is_named() -> None:
    utterances = [said(AGENT, at, at + 1_000) for at in (0, 5_000, 16_000, 17_500)]

    found = divided(utterances, holds=(), unheard=())

    assert found is not None
    silence = found[1]
    assert (silence.count, silence.total_ms) == (2, 14_000)
    assert (silence.longest_ms, silence.longest_at_ms) == (10_000, 6_000)


def test_a_hold_is_no_silence_and_its_music_is_no_talk() -> None:
    utterances = [
        said(AGENT, 0, 1_000),
        said(SYSTEM, 15_000, 16_000, "music plays here"),
        said(AGENT, 41_000, 42_000),
    ]

    found = division(utterances, holds=[(1_000, 41_000)])

    assert found == {"agent": 2_000, "hold": 40_000}


def test_talk_on_hold_is_talk() -> None:
    """The customer who is on hold may speak: to themselves, and is heard."""
    utterances = [said(AGENT, 0, 1_000), said(CUSTOMER, 5_000, 6_000), said(AGENT, 11_000, 12_000)]

    found = division(utterances, holds=[(1_000, 11_000)])

    assert found == {"agent": 2_000, "customer": 1_000, "hold": 9_000}


def test_what_nobody_heard_is_no_silence() -> None:
    utterances = [said(AGENT, 0, 1_000), said(AGENT, 11_000, 12_000)]

    found = division(utterances, unheard=[(3_000, 8_000)])

    assert found == {"agent": 2_000, "unheard": 5_000, "pause": 2_000, "silence": 3_000}


def test_prompts_before_and_after_are_no_part_of_the_conversation() -> None:
    utterances = [
        said(SYSTEM, 0, 9_000),
        said(CUSTOMER, 12_000, 13_000),
        said(SYSTEM, 20_000, 22_000),
    ]

    found = divided(utterances, holds=(), unheard=())

    assert found is not None
    assert (found[0].from_ms, found[0].until_ms) == (12_000, 13_000)


def test_where_only_prompts_were_heard_there_is_no_conversation() -> None:
    assert divided([said(SYSTEM, 0, 9_000)], holds=(), unheard=()) is None
    assert divided([], holds=[(0, 5)], unheard=()) is None


def some_stretches(chance: random.Random, *, most: int) -> list[Stretch]:
    starts = [chance.randrange(0, 60_000) for _ in range(chance.randint(0, most))]
    return [(start, start + chance.randint(1, 9_000)) for start in starts]


@pytest.mark.parametrize("seed", range(200))
def test_the_parts_add_up_whatever_is_said_held_and_missed(seed: int) -> None:
    chance = random.Random(seed)
    utterances = [
        said(speaker, start, end, number=number)
        for speaker in (CUSTOMER, AGENT, SYSTEM)
        for number, (start, end) in enumerate(some_stretches(chance, most=8))
    ]
    utterances.append(said(CUSTOMER, 30_000, 31_000, number=99))
    holds, unheard = some_stretches(chance, most=3), some_stretches(chance, most=3)

    found = divided(utterances, holds=holds, unheard=unheard)

    assert found is not None
    time, silence = found
    assert sum(parts(time).values()) == time.until_ms - time.from_ms
    assert time.silence_ms == silence.total_ms
    assert silence.total_ms >= silence.count * SILENCE_MS_MIN
    talk = {
        one.speaker: one.talk_ms
        for one in speakers_measured(utterances, sides_heard={CUSTOMER, AGENT})
    }
    assert talk.get(CUSTOMER, 0) == time.customer_ms + time.both_ms
    assert talk.get(AGENT, 0) == time.agent_ms + time.both_ms


@pytest.mark.parametrize("seed", range(50))
def test_each_millisecond_is_where_a_plain_count_puts_it(seed: int) -> None:
    """The same again without any interval arithmetic: one millisecond after the other."""
    chance = random.Random(seed)

    def short() -> list[Stretch]:
        starts = [chance.randrange(0, 300) for _ in range(chance.randint(0, 4))]
        return [(start, start + chance.randint(1, 60)) for start in starts]

    said_by: dict[Speaker, list[Stretch]] = {
        speaker: short() for speaker in (CUSTOMER, AGENT, SYSTEM)
    }
    said_by[CUSTOMER].append((100, 101))
    holds, unheard = short(), short()
    utterances = [
        said(speaker, start, end, number=number)
        for speaker, own in said_by.items()
        for number, (start, end) in enumerate(own)
    ]

    found = divided(utterances, holds=holds, unheard=unheard)

    counted = dict.fromkeys(PARTS, 0)
    ours = [edge for side in (CUSTOMER, AGENT) for one in said_by[side] for edge in one]

    def on(stretches: Sequence[Stretch], at: int) -> bool:
        return any(start <= at < end for start, end in stretches)

    for at in range(min(ours), max(ours)):
        match on(said_by[CUSTOMER], at), on(said_by[AGENT], at):
            case (True, True):
                part = "both"
            case (True, False):
                part = "customer"
            case (False, True):
                part = "agent"
            case _ if on(holds, at):
                part = "hold"
            case _ if on(said_by[SYSTEM], at):
                part = "prompt"
            case _:
                part = "unheard" if on(unheard, at) else "pause"
        counted[part] += 1
    assert found is not None
    assert parts(found[0]) == {part: length for part, length in counted.items() if length}


def test_a_breath_within_an_utterance_is_no_pause_and_a_longer_one_is() -> None:
    words = (
        WordTime(0, 300, 0.9),
        WordTime(300 + BREATH_MS - 1, 2_000, 0.9),
        WordTime(2_000 + BREATH_MS, 4_000, 0.9),
    )

    assert stretches_of(words, 0, 4_000) == ((0, 2_000), (3_000, 4_000))


def test_an_utterance_without_times_of_words_lasts_as_long_as_it_says() -> None:
    assert stretches_of((), 500, 900) == ((500, 900),)
    assert stretches_of((WordTime(7, 7, 0.1),), 500, 500) == ((500, 501),)


def test_stretches_that_touch_are_one() -> None:
    assert merge([(5, 9), (0, 5), (10, 11)]) == [(0, 9), (10, 11)]
