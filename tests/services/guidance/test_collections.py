"""The playbook for collections: it watches what is said to a debtor as much as what they say."""

import pytest
from antiphon.services.guidance.playbook import built_in_playbook

from .scripts import AGENT, came_of, cues_of, moments

PLAYBOOK = built_in_playbook("collections")
_OPENING = """
    A: Hello, am I speaking with Robert Hall? This call is recorded.
    C: Yes speaking.
    A: For security purposes can you verify your date of birth?
    C: Third of May nineteen seventy.
    A: Thank you. This is an attempt to collect a debt and any information obtained will be used
"""
OPENING = f"{_OPENING.rstrip()} for that purpose.\n"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("please don't call me anymore", "cease_contact"),
        ("I want you to stop calling my work", "cease_contact"),
        ("only contact me in writing from now on", "cease_contact"),
        ("my boss doesn't allow personal calls", "cease_contact"),
        ("take me off your list", "cease_contact"),
        ("you call me ten times a day", "cease_contact"),
        ("I don't owe you anything", "dispute"),
        ("I paid that in full two years ago", "dispute"),
        ("I don't think that balance is correct", "dispute"),
        ("send me proof of the debt", "dispute"),
        ("my insurance was supposed to pay for that", "dispute"),
        ("I got laid off", "hardship"),
        ("my hours got cut at work", "hardship"),
        ("I just don't have the money", "hardship"),
        ("I'm skint until the end of the month", "hardship"),
        ("I'm on disability and barely get by", "hardship"),
        ("you need to talk to my lawyer", "attorney_or_bankruptcy"),
        ("I filed for bankruptcy last year", "attorney_or_bankruptcy"),
        ("she isn't home, can I take a message", "third_party"),
        ("there's nobody here by that name", "third_party"),
        ("this is his wife", "third_party"),
        ("I can pay fifty dollars a month", "payment_arranged"),
        ("I'll send you twenty pounds on Friday", "payment_arranged"),
        ("a tenner a month I could do", "payment_arranged"),
        ("let me talk to your supervisor", "escalation_request"),
        ("I'm reporting you to the regulator", "legal_threat"),
        ("my lawyer is dealing with this", "attorney_or_bankruptcy"),
        ("I'll clear it today", "payment_arranged"),
        ("I want to kill myself over this", "safety_risk"),
    ],
)
def test_the_customer_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(PLAYBOOK, text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("I'm a debt collector and this is an attempt to collect a debt", "mini_miranda"),
        ("you have an outstanding balance of four hundred dollars", "debt_discussed"),
        ("your arrears come to ninety pounds", "debt_discussed"),
        ("you'll go to jail if you don't pay", "threat"),
        ("we're going to garnish your wages", "threat"),
        ("I'll make sure your boss knows about this", "threat"),
        ("we'll send someone round to your house", "threat"),
        ("you should be ashamed of yourself", "threat"),
        ("let me read that back, your first payment is on Friday", "read_back"),
        ("is this Mrs Rivera", "identity_check"),
        ("could you confirm your date of birth", "identity_proof"),
    ],
)
def test_the_agent_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(PLAYBOOK, text, AGENT)


@pytest.mark.parametrize(
    "text",
    [
        "call me back tomorrow please",
        "no you can call this number, that's fine",
        "yes I know I owe it",
        "I haven't paid it yet, I know",
        "no I've got a job, I just forgot",
        "I haven't lost my job, I just forgot to pay",
        "I'm having a hard time hearing you",
        "I can't find the letter",
        "who's the original creditor",
        "yes this is she",
        "my sister said get a solicitor for that",
        "can I set up a payment plan",
    ],
)
def test_what_only_sounds_alike_is_left_alone(text: str) -> None:
    assert moments(PLAYBOOK, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "nobody is going to arrest you",
        "we won't take you to court over this",
        "do you work for the police department",
        "have you been able to tell your family",
        "I've noted that you dispute the debt",
    ],
)
def test_plain_words_of_an_agent_are_no_threat(text: str) -> None:
    assert "threat" not in moments(PLAYBOOK, text, AGENT)


def test_a_debt_is_not_spoken_of_before_the_disclosure() -> None:
    told = "A: You have an outstanding balance of four hundred dollars."

    assert cues_of(PLAYBOOK, told) == ["give_the_disclosure"]
    assert cues_of(PLAYBOOK, OPENING + told) == []


def test_a_third_party_is_told_nothing() -> None:
    cues = cues_of(
        PLAYBOOK,
        """
        A: Hello, is this Mr Hall?
        C: No, he's not here right now, this is his wife. What's it about?
        A: When would be a good time to reach him?
        C: After six. Can I take a message?
        A: Just that I called, thank you.
        """,
    )

    assert cues == ["say_nothing_of_the_debt"]


def test_a_debt_that_somebody_else_is_told_of_is_stopped_without_a_disclosure() -> None:
    cues = cues_of(
        PLAYBOOK,
        """
        A: Hello, is Tom there?
        C: No, I'm his brother.
        A: Well tell him he owes four hundred dollars to the hospital.
        C: Okay.
        """,
    )

    assert cues == ["say_nothing_of_the_debt", "check_who_it_is"]


def test_an_arrangement_is_read_back() -> None:
    agreed = OPENING + "C: I lost my job but I can pay thirty dollars a month."
    cues = cues_of(PLAYBOOK, agreed)

    assert sorted(cues) == ["offer_hardship_help", "read_it_back"]


def test_a_threat_is_stopped_and_a_dispute_opened() -> None:
    cues = cues_of(
        PLAYBOOK,
        OPENING
        + """
        C: That's not my debt, I never had an account with them.
        A: If you don't pay today we'll take you to court.
        C: Then talk to my lawyer, and stop calling me.
        """,
    )

    assert cues == ["open_a_dispute", "stop_the_threat", "stop_and_refer", "stop_contact"]


def test_a_call_by_the_rules_earns_no_cue() -> None:
    facts = came_of(
        PLAYBOOK,
        OPENING
        + """
        A: I'm calling about your First Card account. The outstanding balance is ninety dollars.
        C: Yeah I know about that one. I was waiting for my refund to come in.
        A: I understand. How would you like to take care of it?
        C: What are the options?
        A: You can pay by bank transfer or online.
        C: I'll go online tonight then.
        A: Great. Is there anything else I can help with?
        C: No that's it.
        A: Thanks for your time, have a good evening.
        """,
    )

    assert sorted(facts) == [
        "anything_else",
        "disclosure_given",
        "recording_disclosed",
        "right_person",
    ]
