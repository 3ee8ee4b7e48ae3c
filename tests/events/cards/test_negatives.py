"""Numbers that are no card data stand in the transcript as they were said."""

import pytest
from antiphon.events.cards.masking import mask_text

from .conversation import stored

PLAIN = [
    "I called 3 times in the last 2 weeks",
    "my phone number is 415 555 0132",
    "my number is 4 1 5 5 5 5 0 1 3 2",
    "call me on plus four four seven seven double oh nine hundred one two three",
    "you can reach me at five five five two three four six seven eight nine",
    "it's 415-555-0132",
    "+44 7700 900123",
    "the policy number is 4556 7375 88",
    "policy HX-4429817",
    "my claim number is five five one two three four five six",
    "claim reference 5512 3456 7890",
    "the postcode is 90210",
    "zip code nine oh two one oh",
    "the order number is 4532 1144 8890",
    "order four five three two one one four four",
    "order number 402-1234567-1234567",
    "the tracking number is 9400 1118 9922 3197 4282 10",
    "IMEI 356938035643809",
    "the serial number is 4011 2233 4455",
    "my account number is 8820 4417",
    "the account number zero zero zero one two three four five six seven eight nine",
    "IBAN is GB29 NWBK 6016 1331 9268 19",
    "the total was $4,532.10",
    "you charged me four thousand five hundred and thirty two dollars",
    "I paid 4500 for it",
    "that is 5412 kilowatts",
    "on March 14 2026 I moved",
    "I was born july fourth nineteen seventy nine",
    "DOB is 1990-11-02",
    "it was delivered on 10/12",
    "the appointment is at 10:30 on the 12th",
    "I have been with you since 2019",
    "my contract expires in 2027",
    "the offer expires on 10/12",
    "my policy expires on 10/28",
    "the plan ends 12/2026",
    "the subscription expires in three months",
    "error code four oh four",
    "the pin is four eight two one",
    "my passcode is nine zero seven seven one three",
    "my social is 123-45-6789",
    "the last four of my social are 6789",
    "phone number ending in 4242",
    "the verification code I got is 482913",
    "my member ID is WQ7734120",
    "extension 4242 please",
    "flight 5512 to Boston",
    "I live at 4242 Maple Street",
    "one moment please",
    "give me two seconds for the card",
    "I have two cards and one of them is blocked",
    "my card was declined three times",
    "my card was charged 4500 dollars",
    "I lost my card on March 14",
    "I got this card in 2019",
    "can i have your credit card number please",
    "What's the CVV on the back of the card?",
    "the three digits on the back please",
    "I need the sixteen digits on the front",
    "is it a visa or a mastercard",
    "the sim card number is 8944 1100 2233",
    "there were one two three four people ahead of me",
    "open twenty four seven",
    "a 24 month contract with 100 megabits",
    "call one eight hundred five five five two two two two",
    "meter reading 55 432",
    "my insurance card number is 4455 6677",
    "version 4.12 on channel 5",
    "the reference is 5 5 4 4 1 2",
    "we have forty two to fifty five people",
]


@pytest.mark.parametrize("text", PLAIN)
def test_a_number_that_is_no_card_data_stays(text: str) -> None:
    assert mask_text(text) == text


CONVERSATIONS = {
    "a phone number asked for after a card was spoken of": [
        "c: I want to pay by card",
        "a: first what is your phone number",
        "c: four one five five five five oh one three two",
    ],
    "a zip code asked for after the card": [
        "a: card number please",
        "a: and your billing zip code",
        "c: nine four one one oh",
    ],
    "a confirmation number after the payment": [
        "a: it went through with that card",
        "a: your confirmation number is 5512 8842",
    ],
    "an amount after the card was asked for": [
        "a: can I take your card number",
        "c: how much is it",
        "a: it is 142 dollars and 10 cents",
    ],
    "a year after an expiry date was asked for": [
        "a: and when does it expire",
        "c: I think I got it in 2019",
    ],
    "an account number asked for": [
        "a: can I have your account number",
        "c: four five five six six seven seven eight",
    ],
    "a date of birth asked for": [
        "a: what is your date of birth",
        "c: 10 12 1986",
    ],
}


@pytest.mark.parametrize("lines", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_a_number_asked_for_as_something_else_stays(lines: list[str]) -> None:
    assert stored(lines) == [line[3:] for line in lines]
