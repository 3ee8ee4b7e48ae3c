"""Sample events of what is measured of contacts; any field can be given by keyword."""

from collections.abc import Callable
from typing import Any

from antiphon.events import insights, topics
from antiphon.events.base import Event, Position, RegisterEvent, UtteranceId
from antiphon.events.sealed import Sealed

from .making import made

_CUSTOMER, _AGENT = UtteranceId("from_customer-1"), UtteranceId("to_customer-1")


def time_divided(**given: Any) -> insights.TimeDivided:
    return made(
        insights.TimeDivided,
        given,
        from_ms=1_000,
        until_ms=11_000,
        customer_ms=2_000,
        agent_ms=3_000,
        both_ms=500,
        prompt_ms=0,
        hold_ms=0,
        unheard_ms=0,
        silence_ms=4_000,
        pause_ms=500,
    )


def speaker_measured(**given: Any) -> insights.SpeakerMeasured:
    return made(
        insights.SpeakerMeasured,
        given,
        speaker="customer",
        talk_ms=2_500,
        talk_share=0.417,
        turns=1,
        words=7,
        words_per_minute=None,
        longest_turn_ms=2_500,
    )


def contact_measured(**given: Any) -> insights.ContactMeasured:
    return made(
        insights.ContactMeasured,
        given,
        utterances=2,
        covers_upto=Position(9),
        time=time_divided(),
        speakers=(
            speaker_measured(),
            speaker_measured(speaker="agent", talk_ms=3_500, talk_share=0.583),
        ),
        silence=insights.SilenceMeasured(
            count=1, longest_ms=4_000, longest_at_ms=4_000, total_ms=4_000
        ),
        interruptions=(
            insights.Interrupted(
                by="agent",
                over="customer",
                at_ms=3_000,
                overlap_ms=500,
                utterance_id=_AGENT,
                over_utterance_id=_CUSTOMER,
            ),
        ),
        interruption_count=1,
        feelings=(
            insights.FeelingMeasured(
                speaker="customer",
                overall=-1.25,
                quarters=(-1.5, None, None, 0.5),
                trend="rising",
                utterances=2,
            ),
        ),
        topics=(
            insights.TopicFound(
                topic="refund",
                title="Refund or credit",
                score=0.5,
                by="phrase",
                utterance_ids=(_CUSTOMER,),
            ),
        ),
        entities=(
            insights.EntityFound(name="1", kind="money", count=1, utterance_ids=(_CUSTOMER,)),
        ),
        values={"1": Sealed("forty nine pounds")},
        language="en-US",
        feelings_by="service-lexicon/1",
        topics_by="phrases/1",
        topics_version="3f2a91c077aa",
        entities_by="rules-en/1",
    )


def feeling_turned(**given: Any) -> insights.FeelingTurned:
    return made(
        insights.FeelingTurned,
        given,
        speaker="customer",
        score=-2.4,
        before=0.1,
        from_ms=1_000,
        until_ms=20_000,
        utterance_ids=(_CUSTOMER, UtteranceId("from_customer-2"), UtteranceId("from_customer-3")),
        feelings_by="service-lexicon/1",
    )


INSIGHT_SAMPLES: tuple[Callable[[], Event], ...] = (contact_measured, feeling_turned)


# Kind `topics` of the register


def topic(**given: Any) -> topics.Topic:
    defaults = {"name": "refund", "title": "Refund", "phrases": ("refund", "money back")}
    return made(topics.Topic, given, **defaults)


def topics_published(**given: Any) -> topics.TopicsPublished:
    return made(
        topics.TopicsPublished,
        given,
        version="3f2a91c077aa",
        topics=(topic(),),
        products=("Fibre 500",),
    )


TOPICS_SAMPLES: tuple[Callable[[], RegisterEvent], ...] = (topics_published,)
