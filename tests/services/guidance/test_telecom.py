"""The playbook that comes with Antiphon: what it notices, and what it leaves alone."""

import pytest
from antiphon.events.base import Track, UtteranceId
from antiphon.services.guidance.case import Case, evolve
from antiphon.services.guidance.moments import Condition, by_words_of
from antiphon.services.guidance.outputs import Desk, outputs_of
from antiphon.services.guidance.playbook import built_in_playbook
from antiphon.services.guidance.policy import Compiled
from antiphon.services.guidance.rules import matches_of
from antiphon.services.guidance.utterances import Utterance

from ...builders import CONTACT, at

PLAYBOOK = built_in_playbook("telecom")
CUSTOMER: Track = "from_customer"
AGENT: Track = "to_customer"


def utterance(text: str, *, track: Track = CUSTOMER, n: int = 1) -> Utterance:
    return Utterance(
        utterance_id=UtteranceId(f"{track}-{n}"),
        revision=None,
        track=track,
        words=tuple(text.split()),
        times=(),
        started_ms=0,
        ended_ms=1,
    )


def moments(text: str, track: Track = CUSTOMER) -> list[str]:
    return [
        one.moment.name
        for one in matches_of(by_words_of(PLAYBOOK.moments), utterance(text, track=track))
    ]


def facts_of(*turns: tuple[Track, str]) -> list[str]:
    """Return the cues and ticks of a call, in order."""
    case, names = Case(), list[str]()
    for n, (track, text) in enumerate(turns):
        for match in matches_of(by_words_of(PLAYBOOK.moments), utterance(text, track=track, n=n)):
            outputs = outputs_of(
                case,
                match,
                Desk(
                    contact=CONTACT,
                    compiled=Compiled(playbook=PLAYBOOK),
                    now=at(10 * n),
                    said_at=at(10 * n),
                ),
            )
            for output in outputs:
                case = evolve(case, output.event, cause=None, occurred_at=at(10 * n))
                name = getattr(output.event, "cue", None) or getattr(output.event, "item", None)
                names += [name] if name else []
    return names


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("I would like to cancel my contract please", "cancellation_intent"),
        ("I'm thinking about leaving", "cancellation_intent"),
        ("I want to, you know, get out of this contract", "cancellation_intent"),
        ("we've decided to switch to another provider", "cancellation_intent"),
        ("just close my account today", "cancellation_intent"),
        ("can I cancel at any time", "cancellation_intent"),
        ("why can't I just cancel online", "cancellation_intent"),
        ("I no longer need the service", "cancellation_intent"),
        ("that's way too expensive", "price_complaint"),
        ("my bill went up by twelve dollars", "price_complaint"),
        ("you raised my rate without telling me", "price_complaint"),
        ("I can't afford that every month", "price_complaint"),
        ("do you have something cheaper", "price_complaint"),
        ("Vodafone has it for half", "competitor_mention"),
        ("your competitor gave me a better quote", "competitor_mention"),
        ("my neighbor pays like half of that", "competitor_mention"),
        ("the internet has been down since this morning", "service_problem"),
        ("My Wi-Fi isn't working at all", "service_problem"),
        ("the connection keeps dropping every evening", "service_problem"),
        ("I can't get online", "service_problem"),
        ("we have no signal here", "service_problem"),
        ("the router has a red light", "service_problem"),
        ("the internet is painfully slow", "service_problem"),
        ("there's a charge I don't recognize", "refund_or_fee_question"),
        ("what is this nine dollar fee", "refund_or_fee_question"),
        ("I'd like a refund", "refund_or_fee_question"),
        ("you charged me twice", "refund_or_fee_question"),
        ("let me speak to a manager", "escalation_request"),
        ("I want to talk to someone higher up", "escalation_request"),
        ("I'd like to make a complaint", "escalation_request"),
        ("my lawyer will be in touch", "legal_threat"),
        ("I've called three times about this", "frustration"),
        ("this is ridiculous", "frustration"),
        ("I've been on hold for forty minutes", "frustration"),
        ("I am so fed up with this", "frustration"),
        ("we're moving house next week", "moving_home"),
        ("I'm so frightened here on my own", "distress"),
        ("can I have my PAC code", "cancellation_intent"),
        ("my husband passed away in March", "vulnerability"),
        ("I lost my job last month", "vulnerability"),
        ("I'm struggling to pay the bills", "vulnerability"),
        ("I don't want to live anymore", "safety_risk"),
        ("okay my card number is", "card_number"),
        ("should I give you my credit card now", "card_number"),
        ("the three digits on the back are", "card_number"),
    ],
)
def test_the_customer_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("can you read me the card number", "card_number"),
        ("I will call you back tomorrow at ten", "callback_promise"),
        ("someone from our team will contact you", "callback_promise"),
        ("you'll get a text when it's back", "next_steps"),
        ("I guarantee that it works tomorrow", "guarantee_given"),
        ("this call may be recorded for training", "recording_disclosure"),
        ("just so you know you're on a recorded line", "recording_disclosure"),
        ("may I have your full name and date of birth", "identity_check"),
        ("I just need to verify your account", "identity_check"),
        ("is there anything else I can do for you", "wrap_up"),
        ("have a wonderful evening", "wrap_up"),
    ],
)
def test_the_agent_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(text, AGENT)


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("no no I don't want to cancel", CUSTOMER),
        ("I'd like to cancel my appointment on Friday", CUSTOMER),
        ("Tuesday does not work for me", CUSTOMER),
        ("I'm not angry at all", CUSTOMER),
        ("my phone died so I call from another one", CUSTOMER),
        ("I never asked for a supervisor", CUSTOMER),
        ("my manager told me to call", CUSTOMER),
        ("I need a new SIM card number sent", CUSTOMER),
        ("the last four digits of the card are fine", CUSTOMER),
        ("it arrived yesterday and everything works", CUSTOMER),
        ("is delivery free of charge", CUSTOMER),
        ("please don't read me your card number", AGENT),
        ("if we get disconnected I will call you back", AGENT),
        ("thank you for calling how can I help", AGENT),
        ("I want to cancel that order for you", AGENT),
    ],
)
def test_what_only_sounds_alike_is_left_alone(text: str, track: Track) -> None:
    # What the agent says of the future is no moment that anything is shown for.
    assert [one for one in moments(text, track) if one != "looks_ahead"] == []


ROUTINE: list[tuple[Track, str]] = [
    (AGENT, "Good morning, thank you for calling. This call may be recorded. How can I help?"),
    (CUSTOMER, "Hi, yeah, I've changed my name and I'd like to update my address."),
    (AGENT, "Of course. Can I have your full name and your account number, please?"),
    (CUSTOMER, "Sure, it's Robin Smith, and the number is four four seven one two."),
    (AGENT, "Thank you. And what is the new address?"),
    (CUSTOMER, "Twelve Mill Lane, second floor. From the first of next month."),
    (AGENT, "Great, I've put that in. Your bill goes there from then on."),
    (CUSTOMER, "Perfect. Oh, and when does my contract run until?"),
    (AGENT, "Until March next year. You don't need to do anything."),
    (CUSTOMER, "Okay good. Does the faster plan come with a router?"),
    (AGENT, "It does, yes. I can send you the details by email."),
    (CUSTOMER, "That would be nice, thanks."),
    (AGENT, "Done. Is there anything else I can help you with today?"),
    (CUSTOMER, "No, that's all. Thank you so much."),
    (AGENT, "You're welcome. Have a lovely day."),
]


def test_a_routine_call_earns_no_cue() -> None:
    assert facts_of(*ROUTINE) == [
        "recording_disclosed",
        "identity_verified",
        "further_help_offered",
    ]


def test_a_troubled_call_is_guided_to_its_end() -> None:
    facts = facts_of(
        (AGENT, "Hello, how can I help you?"),
        (CUSTOMER, "My internet's been going out every night and I'm fed up."),
        (CUSTOMER, "I'm paying so much for it, I want to cancel. This is ridiculous."),
        (AGENT, "I am sorry. I'll have a technician look, and I will call you back tonight."),
        (AGENT, "Is there anything else I can do?"),
        (AGENT, "Thanks, have a good evening."),
    )

    assert set(facts) == {
        "check_for_an_outage",
        "keep_the_customer",
        "talk_about_price",
        "note_the_callback",
        "confirm_identity",
        "further_help_offered",
    }
    assert len(facts) == len(set(facts))


def test_every_moment_earns_something() -> None:
    used = {cue.on for cue in PLAYBOOK.cues} | {item.on for item in PLAYBOOK.checklist}
    used |= {term for one in PLAYBOOK.moments if isinstance(one, Condition) for term in one.terms}
    used |= {name for cue in PLAYBOOK.cues for name in cue.unless}

    assert {moment.name for moment in PLAYBOOK.moments} == used
