"""A contact is measured when its transcript is complete, again where that was relabelled since."""

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.insights import ContactMeasured, FeelingTurned
from antiphon.events.topics import TopicsPublished

from ...builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    audio_received,
    audio_stream_opened,
    contact_ended,
    contact_held,
    contact_resumed,
    contact_started,
    text_stream_opened,
    track_span,
    transcript_completed,
)
from ...insight_builders import topic, topics_published
from ..contact_stage import meanwhile
from .call import AGENT, CUSTOMER, Call, Meaning, agent, causes_of, customer

ANGRY = "this is absolutely ridiculous and I am furious about it now"
OVER = (contact_ended(), transcript_completed())


@pytest.fixture
async def call() -> Call:
    made = Call()
    await made.created()
    return made


async def begun(call: Call, *, connected: bool = True) -> None:
    await call.tell(contact_started(), audio_stream_opened(clock_zero_at=at(0)), audio_received())
    if connected:
        await call.tell(agent_connected(connected_at=at(0)))


async def test_a_call_is_measured_when_its_transcript_is_complete(call: Call) -> None:
    await begun(call)
    await call.tell(
        agent(0, "hello how can I help you today"),
        customer(3_000, "I want a refund of fifty pounds"),
        agent(12_000, "of course that is done"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert event.utterances == 3
    assert {one.speaker: one.talk_ms for one in event.speakers} == {CUSTOMER: 2_050, AGENT: 3_500}
    assert event.silence is not None
    assert (event.silence.count, event.silence.longest_at_ms) == (1, 5_050)
    assert [one.topic for one in event.topics] == ["refund"]
    assert [(one.kind, event.values[one.name].reveal()) for one in event.entities] == [
        ("money", "fifty pounds")
    ]
    assert event.topics_version.startswith("built-in-")
    (fact,) = await call.facts()
    assert fact.causation is not None
    assert (fact.actor, fact.correlation) == ("service:insights", CONTACT.contact_id)


async def test_nothing_is_measured_while_the_call_goes_on(call: Call) -> None:
    await begun(call)
    await call.tell(customer(0, "hello is anybody there"), contact_ended())

    async with meanwhile(call.service().care(CONTACT, await call.inbox())):
        await call.tell(customer(3_000, "hello again"), transcript_completed())
        event = (await call.newest(count=1)).event

    assert isinstance(event, ContactMeasured)
    assert event.utterances == 2


async def test_to_measure_it_again_after_a_restart_states_nothing_more(call: Call) -> None:
    await begun(call)
    await call.tell(customer(0, "hello is anybody there"), *OVER)
    await call.cared_for()

    await call.cared_for()

    assert len(await call.facts()) == 1


@pytest.mark.parametrize("stores_first", [False, True])
async def test_a_crash_at_the_append_leaves_one_fact(call: Call, stores_first: bool) -> None:  # noqa: FBT001
    await begun(call)
    await call.tell(customer(0, "hello is anybody there"), *OVER)
    call.log.crash_at, call.log.stores_first = 1, stores_first
    with pytest.raises(LogUnavailable):
        await call.cared_for()

    await call.cared_for()

    assert len(await call.facts()) == 1


async def test_late_news_of_the_agent_makes_another_measuring(call: Call) -> None:
    await begun(call, connected=False)
    await call.tell(customer(0, "hello is anybody there"), agent(5_000, "hello how are you"), *OVER)
    await call.cared_for()

    await call.tell(agent_connected(connected_at=at(1)))
    await call.cared_for()

    before, after = await call.measured()
    assert [one.speaker for one in before.speakers] == [CUSTOMER]
    assert [one.speaker for one in after.speakers] == [CUSTOMER, AGENT]
    assert len(set(causes_of(await call.facts()))) == 2


async def test_late_news_that_changes_nothing_states_nothing(call: Call) -> None:
    await begun(call)
    await call.tell(customer(0, "hello is anybody there"), *OVER)
    await call.cared_for()

    await call.tell(agent_connected(connected_at=at(500)))
    await call.cared_for()

    assert len(await call.measured()) == 1


async def test_a_prompt_before_the_agent_is_nobodys_talk(call: Call) -> None:
    await begun(call, connected=False)
    await call.tell(
        agent(0, "press one for a refund"),
        agent_connected(connected_at=at(10)),
        agent(12_000, "hello how are you"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert (event.utterances, event.topics) == (1, ())


async def test_a_hold_is_kept_apart_from_silence(call: Call) -> None:
    await begun(call)
    await call.tell(
        agent(0, "one moment please"),
        contact_held(held_at=at(2)),
        contact_resumed(resumed_at=at(42)),
        agent(43_000, "thanks for holding"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert event.time is not None
    assert event.time.hold_ms == 40_000
    assert event.silence is not None
    assert event.silence.count == 0


async def test_a_hold_that_nobody_ended_lasts_to_the_end(call: Call) -> None:
    await begun(call)
    await call.tell(
        agent(0, "one moment please"),
        customer(1_000, "sure"),
        contact_held(held_at=at(2)),
        customer(20_000, "hello"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert event.time is not None
    assert event.time.hold_ms == 18_000


async def test_of_one_track_alone_neither_share_nor_silence_is_told(call: Call) -> None:
    await call.tell(
        contact_started(),
        audio_stream_opened(clock_zero_at=at(0)),
        audio_received(spans=(track_span(),)),
        customer(0, "hello is anybody there"),
        customer(20_000, "then I will go"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    (one,) = event.speakers
    assert (one.talk_share, event.silence) == (None, None)
    assert event.time is not None
    assert event.time.unheard_ms == 18_850


async def test_a_gap_is_not_taken_for_silence(call: Call) -> None:
    await begun(call)
    await call.tell(
        customer(0, "hello is anybody there"),
        audio_gap(from_ms=1_150, until_ms=19_000, track="to_customer"),
        customer(20_000, "then I will go"),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert event.time is not None
    assert event.time.unheard_ms == 17_850
    assert (event.gaps, event.silence and event.silence.count) == (1, 0)


async def test_a_contact_without_a_word_is_measured_as_such(call: Call) -> None:
    await call.tell(contact_started(), contact_ended(), transcript_completed(reason="no_audio"))

    await call.cared_for()

    event = await call.only()
    assert (event.utterances, event.time, event.speakers, event.feelings) == (0, None, (), ())


async def test_words_that_came_as_text_are_measured_too(call: Call) -> None:
    await call.tell(
        contact_started(),
        text_stream_opened(clock_zero_at=at(0)),
        agent_connected(connected_at=at(0)),
        agent(0, "hello how can I help you today"),
        customer(3_000, "I want a refund"),
        *OVER,
    )

    await call.cared_for()

    assert len((await call.only()).speakers) == 2


async def test_in_another_language_no_feelings_are_read_and_it_is_said(call: Call) -> None:
    await call.tell(
        contact_started(language="de-DE"),
        audio_stream_opened(clock_zero_at=at(0)),
        *(customer(at_ms, "terrible so terrible") for at_ms in (0, 3_000, 6_000, 9_000)),
        *OVER,
    )

    await call.cared_for()

    event = await call.only()
    assert (event.feelings, event.feelings_by) == ((), None)


async def test_in_another_language_nobody_turns_bitter_by_english_words(call: Call) -> None:
    await call.tell(contact_started(language="de-DE"), audio_stream_opened(clock_zero_at=at(0)))
    await call.tell(*(customer(at_ms, ANGRY) for at_ms in (0, 10_000, 20_000)))

    async with meanwhile(call.service().care(CONTACT, await call.inbox())):
        await call.tell(*OVER)
        fact = await call.newest(count=1)

    assert isinstance(fact.event, ContactMeasured)


async def test_what_was_measured_is_not_asked_of_the_embedder_again(call: Call) -> None:
    meaning = Meaning()
    await begun(call)
    await call.tell(customer(0, "the thing that you sold me is broken"), *OVER)
    await call.cared_for(embedder=meaning)
    asked = len(meaning.asked)

    await call.cared_for(embedder=meaning)

    assert len(meaning.asked) == asked > 0
    assert (await call.only()).topics_by.endswith("two-ways/1")


async def test_a_tenants_own_topics_hold(call: Call) -> None:
    own = topics_published(topics=(topic(name="cats", title="Cats", phrases=("cat",)),))

    async def current(_: str) -> TopicsPublished:
        return own

    await begun(call)
    await call.tell(customer(0, "my cat wants a refund"), *OVER)

    await call.cared_for(topics=current)

    event = await call.only()
    assert [one.topic for one in event.topics] == ["cats"]
    assert event.topics_version == own.version


async def test_that_a_customer_turns_bitter_is_told_while_the_call_goes_on(call: Call) -> None:
    await begun(call)
    await call.tell(*(customer(at_ms, ANGRY) for at_ms in (0, 10_000)))

    async with meanwhile(call.service().care(CONTACT, await call.inbox())):
        await call.tell(customer(20_000, ANGRY))
        fact = await call.newest(count=1)

    assert isinstance(fact.event, FeelingTurned)
    assert fact.event.utterance_ids[-1] == "from_customer-20000"


async def test_that_it_turned_is_told_once_through_restarts(call: Call) -> None:
    await begun(call)
    await call.tell(*(customer(at_ms, ANGRY) for at_ms in (0, 10_000, 20_000)))
    for _ in range(2):
        async with meanwhile(call.service().care(CONTACT, await call.inbox())):
            await call.newest(count=1)

    await call.tell(*OVER)
    await call.cared_for()

    kinds = [type(fact.event) for fact in await call.facts()]
    assert kinds == [FeelingTurned, ContactMeasured]


async def test_of_a_call_that_is_over_nothing_is_told_as_if_it_went_on(call: Call) -> None:
    await begun(call)
    await call.tell(*(customer(at_ms, ANGRY) for at_ms in (0, 10_000, 20_000)), *OVER)

    await call.cared_for()

    assert [type(fact.event) for fact in await call.facts()] == [ContactMeasured]
