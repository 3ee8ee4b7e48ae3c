"""The playbook for a bank: what it notices in people's own words, and what it leaves alone."""

import pytest
from antiphon.services.guidance.playbook import built_in_playbook

from .scripts import AGENT, CUSTOMER, came_of, cues_of, moments

PLAYBOOK = built_in_playbook("bank")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Hi, um, I think I've lost my debit card somewhere", "card_lost_or_stolen"),
        ("my wallet got nicked on the tube this morning", "card_lost_or_stolen"),
        ("I can't find my credit card anywhere", "card_lost_or_stolen"),
        ("the cash machine swallowed my card", "card_lost_or_stolen"),
        ("my cards gone missing", "card_lost_or_stolen"),
        ("can you put a stop on the card", "card_lost_or_stolen"),
        ("my debt card is missing", "card_lost_or_stolen"),
        ("I don't recognize this transaction for sixty dollars", "fraud_report"),
        ("there's a payment on my statement that I didn't make", "fraud_report"),
        ("someone has been using my card online", "fraud_report"),
        ("I got a text from the bank and I clicked on the link", "fraud_report"),
        ("somebody rang me pretending to be from your fraud team", "fraud_report"),
        ("he told me to move my money into a safe account", "fraud_report"),
        ("I saw a withdrawal in Florida and I've never been there", "fraud_report"),
        ("all the money's gone from my account", "fraud_report"),
        ("why have I been charged thirty five dollars", "fee_question"),
        ("can you waive the overdraft fee", "fee_question"),
        ("how much do you charge for sending money abroad", "fee_question"),
        ("you guys dinged me thirty four bucks for an overdraft", "fee_question"),
        ("we're looking into getting a mortgage", "loan_question"),
        ("how much could we borrow", "loan_question"),
        ("I wanna consolidate all my credit card debts", "loan_question"),
        ("I'd like a settlement figure for my loan", "loan_question"),
        ("I'd like to complain about how I was treated", "complaint_request"),
        ("get me your supervisor", "complaint_request"),
        ("I'm not happy with how this was handled", "complaint_request"),
        ("I'm going to the ombudsman", "legal_threat"),
        ("my mum's died and I don't know what to do with her account", "bereavement"),
        ("I've been made redundant and I'm worried about my mortgage", "vulnerability"),
        ("I've got a gambling problem", "vulnerability"),
        ("my eyes have gone, I can't see the numbers any more", "vulnerability"),
        ("I read him the code from the text", "secret_shared"),
        ("my son knows my pin", "secret_shared"),
        ("I'd like to close my savings account", "closing_account"),
        ("my husband doesn't let me have my own card", "vulnerability"),
        ("I don't want to be here anymore", "safety_risk"),
        ("should I give you my card number", "card_number"),
    ],
)
def test_the_customer_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(PLAYBOOK, text)


@pytest.mark.parametrize(
    "text",
    [
        "what happens if I lose my card abroad",
        "I thought I'd lost my card but I found it in the car",
        "why did you block my card",
        "I haven't lost my card, I just want a new pin",
        "can you order me a new card mine is about to expire",
        "I didn't make the payment on time, sorry",
        "oh yes that's my gym, I remember now",
        "is there a limit on transfers",
        "can you tell me what that transaction is",
        "what's the interest rate on your savings account",
        "I've got no complaints, you've been great",
        "I work at the hospital",
        "my phone died earlier, sorry",
        "I can't afford to take another day off for this",
        "I don't need a loan",
        "I need to cancel a direct debit for the gym",
        "is it free of charge",
        "what's the sort code of that branch",
        "I've forgotten my pin",
        "you closed the branch on the high street",
        "my neighbour lost her card last week",
        "I can't see where to change my address",
    ],
)
def test_what_only_sounds_alike_is_left_alone(text: str) -> None:
    assert moments(PLAYBOOK, text) == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("could you confirm the first line of your address for me", "identity_check"),
        ("I've sent a code to your phone, could you read it back", "identity_check"),
        ("your balance is four hundred and twelve pounds", "account_disclosed"),
        ("I've blocked your card now", "account_disclosed"),
        ("the monthly payment would be two hundred and four pounds", "loan_offered"),
        ("it's subject to status and a credit check", "terms_disclosed"),
        ("you'll definitely be approved", "advice_given"),
        ("this call is recorded for training", "recording_disclosure"),
    ],
)
def test_the_agent_is_understood_in_many_words(text: str, moment: str) -> None:
    assert moment in moments(PLAYBOOK, text, AGENT)


def test_nobody_is_warned_of_what_a_good_agent_says() -> None:
    for text in ("we'll never ask for your full pin or password", "I can't promise that"):
        assert moments(PLAYBOOK, text, AGENT) == []


def test_a_stolen_card_and_what_was_bought_with_it() -> None:
    cues = cues_of(
        PLAYBOOK,
        """
        A: Good morning, this call is recorded, how can I help?
        C: My bag got snatched last night with all my cards in it.
        A: I'm so sorry. Can I take your full name and date of birth first?
        C: Jo Marsh, third of May eighty one.
        A: Thank you. When did you last use it?
        C: Yesterday lunch. But there's a payment in Leeds this morning that I didn't make.
        A: I see. Is there anything else I can do for you?
        C: No, thank you.
        """,
    )

    assert cues == ["block_the_card", "treat_as_fraud", "recap_and_close"]


def test_a_balance_is_not_told_before_somebody_was_taken_through_security() -> None:
    told = "C: What's my balance please?\nA: Your balance is four hundred and twelve pounds."

    assert cues_of(PLAYBOOK, told) == ["check_identity_first"]
    asked = "A: Can I take your date of birth and postcode please?\n" + told
    assert cues_of(PLAYBOOK, asked) == []


def test_a_loan_is_not_quoted_without_its_terms() -> None:
    quoted = "A: Over five years the monthly payment would be two hundred and four pounds."
    terms = "A: The representative APR is six point nine percent, subject to a credit check.\n"

    assert cues_of(PLAYBOOK, quoted) == ["disclose_the_terms"]
    assert cues_of(PLAYBOOK, terms + quoted) == []


def test_a_routine_call_earns_no_cue() -> None:
    facts = came_of(
        PLAYBOOK,
        """
        A: Good morning, thanks for calling Harbour Bank, this call is recorded, how can I help?
        C: Hi, yeah, I just wanted to check whether a payment's gone in.
        A: Of course. Can I take your full name and the first line of your address please?
        C: It's Daniel Price, twelve Mill Lane.
        A: Thank you Daniel, that's you through security. Which payment was it?
        C: It's from my employer, they said it would be in on Friday.
        A: I can see a payment of eighteen hundred pounds from Northgate on Friday morning.
        C: Oh brilliant, that's the one. I couldn't see it in the app. Do I need to do anything?
        A: No, it can take a few minutes. Is there anything else I can help with?
        C: When does my card expire, it says oh five twenty seven. And what's my daily limit?
        A: We send a new one in April. Your limit is five hundred pounds a day.
        C: Lovely, that's everything, thanks very much.
        A: You're welcome, have a lovely day.
        """,
    )

    assert sorted(facts) == ["anything_else", "identity_verified", "recording_disclosed"]


def test_it_listens_to_the_right_people() -> None:
    assert moments(PLAYBOOK, "I've lost my card", AGENT) == []
    assert moments(PLAYBOOK, "your balance is ten pounds", CUSTOMER) == []
