"""What is said is translated as it is said, in order, once, or it is said why not."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import AgentId, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.events.translation import (
    LanguageIdentified,
    ReplySpoken,
    TranslationDropped,
    TranslationSet,
    UtteranceTranslated,
)
from antiphon.services.translation.languages import ATTRIBUTE, Languages
from antiphon.services.translation.means import LATE_S

from ...builders import agent_connected, at, attributes_set
from ...translation_builders import reply_typed
from ..contact_stage import WAIT_S
from .booth import PHRASES, Booth, call, translated

HELLO, BILL, EUROS, THANKS = (
    "hola buenos días",
    "quiero pagar mi factura de este mes",
    "son 30 euros",
    "gracias",
)


async def test_what_is_said_in_another_language_is_translated(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with booth.caring():
        first = await booth.say(HELLO)
        second = await booth.say(BILL)
        found = await booth.until(UtteranceTranslated, 2)

    assert [(one.utterance_id, one.text.reveal()) for one in found] == [
        (first, PHRASES[HELLO]),
        (second, PHRASES[BILL]),
    ]
    told = found[1]
    assert (told.source, told.target, told.context) == ("es", "en", (first,))
    assert (told.model, told.endpoint) == ("interpreter-1", "here")
    assert told.prompt == "translate-utterance@1"
    facts = [one for one in await booth.facts() if one.event == told]
    assert facts[0].causation is not None, "the final"


async def test_it_is_said_what_is_wanted_and_by_whose_wish(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with booth.caring():
        await booth.until(TranslationSet)
        await booth.tell(attributes_set(attributes={ATTRIBUTE: Sealed("off")}))
        found = await booth.until(TranslationSet, 2)

    assert found == [
        TranslationSet(targets=("en",), wish="attribute", configured=True),
        TranslationSet(targets=(), wish="attribute", configured=True),
    ]


async def test_nobody_who_speaks_the_language_is_translated(tmp_path: Path) -> None:
    booth = await call(tmp_path, language="en-US")

    async with booth.caring():
        await booth.say("hello good morning")
        await booth.say("i want to pay my bill")
        await booth.until(LanguageIdentified)
        await booth.hang_up()

    assert booth.interpreter.requests == []


async def test_without_a_wish_nothing_is_translated_and_the_language_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, to=None, language="en-US")

    async with booth.caring():
        await booth.say(HELLO)
        await booth.say(BILL)
        await booth.until(LanguageIdentified)

    assert [type(one) for one in await booth.events()] == [LanguageIdentified]


async def test_without_a_model_it_is_said_plainly_and_nothing_is_pretended(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    booth.model = None

    async with booth.caring():
        await booth.say(HELLO)
        await booth.say(BILL)
        await booth.until(LanguageIdentified)

    events = await booth.events()
    assert events[0] == TranslationSet(targets=("en",), wish="attribute", configured=False)
    assert not [one for one in events if isinstance(one, UtteranceTranslated | TranslationDropped)]


async def test_an_agents_language_counts_where_the_contact_says_nothing(tmp_path: Path) -> None:
    booth = await call(tmp_path, to=None, connected=False)
    booth.wants.languages = Languages(agents={AgentId("a-1"): "en-GB"}, translate_to=("de",))

    async with booth.caring():
        await booth.until(TranslationSet)
        await booth.tell(agent_connected(connected_at=at(1)))
        found = await booth.until(TranslationSet, 2)

    assert [(one.targets, one.wish) for one in found] == [(("de",), "tenant"), (("en",), "agent")]


async def test_both_ways_each_voice_is_translated_into_the_others_language(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, to="en,es")

    async with booth.caring():
        customers = await booth.say(HELLO)
        await booth.until(UtteranceTranslated)
        agents = await booth.say("A technician is coming", by="agent")
        found = await booth.until(UtteranceTranslated, 2)

    assert [(one.utterance_id, one.target) for one in found] == [(customers, "en"), (agents, "es")]


async def test_a_caller_who_speaks_another_language_than_was_told_is_found_out(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, language="en-US")

    async with booth.caring():
        first = await booth.say(HELLO)
        second = await booth.say(BILL)
        told = await translated(booth, 2)

    identified = (await booth.those(LanguageIdentified))[0]
    assert (identified.language, identified.assumed) == ("es", "en")
    assert identified.utterance_ids == (first, second)
    assert [one for one, _ in told] == [first, second], "what was said before is caught up with"


async def test_prompts_and_music_are_not_translated_unless_they_prove_to_be_the_agent(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path, to="en,es", connected=False)

    async with booth.caring():
        unclear = await booth.say("A technician is coming", by="agent")
        customers = await booth.say(HELLO)
        before = await booth.until(UtteranceTranslated)
        await booth.tell(agent_connected(connected_at=at(0)))
        after = await booth.until(UtteranceTranslated, 2)

    assert [one.utterance_id for one in before] == [customers]
    assert [(one.utterance_id, one.target) for one in after[1:]] == [(unclear, "es")]


async def asked_for(booth: Booth, count: int) -> None:
    """Wait until the model was asked so often."""
    async with asyncio.timeout(WAIT_S):
        while len(booth.interpreter.requests) < count:
            booth.interpreter.asked.clear()
            await booth.interpreter.asked.wait()


async def test_the_order_is_kept_when_answers_come_in_another(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    booth.interpreter.held = {HELLO: asyncio.Event()}

    async with booth.caring():
        said = [await booth.say(one) for one in (HELLO, BILL, EUROS, THANKS)]
        await asked_for(booth, 4)
        assert not await booth.those(UtteranceTranslated), "the first one is waited for"
        booth.interpreter.held[HELLO].set()
        found = await booth.until(UtteranceTranslated, 4)

    assert [one.utterance_id for one in found] == said


async def test_what_became_late_while_it_waited_for_others_is_not_asked_for(
    tmp_path: Path,
) -> None:
    booth = await call(tmp_path)
    booth.interpreter.held = {HELLO: asyncio.Event()}

    async with booth.caring():
        said = [await booth.say(one) for one in (HELLO, BILL, EUROS, THANKS, BILL)]
        await booth.tell(reply_typed(language="en"))
        await booth.until(ReplySpoken)  # so all that was said before is known
        await asked_for(booth, 4)
        booth.later = timedelta(seconds=LATE_S + 1)
        booth.interpreter.held[HELLO].set()
        dropped = await booth.until(TranslationDropped)

    assert dropped == [TranslationDropped(utterance_ids=(said[4],), target="en", reason="late")]
    assert len(booth.interpreter.requests) == 4, "more than four at once only wait at the model"


async def test_what_is_said_too_long_ago_is_dropped_and_that_is_told(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    async with booth.caring():
        await booth.until(TranslationSet)
    late = [await booth.say(HELLO), await booth.say(BILL)]
    booth.later = timedelta(seconds=LATE_S + 1)

    async with booth.caring():
        await booth.until(TranslationDropped)

    dropped = await booth.those(TranslationDropped)
    assert dropped == [TranslationDropped(utterance_ids=tuple(late), target="en", reason="late")]
    assert booth.interpreter.requests == []


async def test_who_takes_over_translates_what_was_left_and_nothing_twice(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    async with booth.caring():
        first = await booth.say(HELLO)
        await booth.until(UtteranceTranslated)
    second = await booth.say(BILL)

    async with booth.caring():
        await booth.until(UtteranceTranslated, 2)
        await booth.hang_up()

    those = await booth.those(UtteranceTranslated)
    assert [one.utterance_id for one in those] == [first, second]


@pytest.mark.parametrize("stores_first", [False, True], ids=["before", "after"])
async def test_who_dies_at_an_append_leaves_it_to_the_next(
    tmp_path: Path, *, stores_first: bool
) -> None:
    booth = await call(tmp_path)
    said = [await booth.say(HELLO), await booth.say(BILL)]
    booth.log.crash_at, booth.log.stores_first = 3, stores_first

    with pytest.raises(LogUnavailable):
        await booth.care()
    async with booth.caring():
        await booth.until(UtteranceTranslated, 2)

    assert [one.utterance_id for one in await booth.those(UtteranceTranslated)] == said


async def test_a_contact_that_is_over_is_let_go_once_all_is_told(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.say(HELLO)
    await booth.hang_up()

    await booth.care()

    assert [type(one) for one in await booth.events()] == [TranslationSet, UtteranceTranslated]


async def test_a_contact_that_was_over_before_is_left_alone(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.hang_up()

    await booth.care()

    assert await booth.events() == []


async def test_who_cares_again_for_what_is_over_appends_nothing(tmp_path: Path) -> None:
    booth = await call(tmp_path)
    await booth.say(HELLO)
    await booth.hang_up()
    await booth.care()
    appends = booth.log.appends

    await booth.care()

    assert booth.log.appends == appends


async def test_ids_of_facts_are_those_of_their_utterances(tmp_path: Path) -> None:
    booth = await call(tmp_path)

    async with booth.caring():
        await booth.say(HELLO)
        await booth.say(HELLO)
        found = await booth.until(UtteranceTranslated, 2)

    assert [one.utterance_id for one in found] == [
        UtteranceId("from_customer-1"),
        UtteranceId("from_customer-2"),
    ]
    assert len({one.id for one in await booth.facts()}) == len(await booth.facts())
