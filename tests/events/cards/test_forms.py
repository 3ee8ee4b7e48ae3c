"""Card data is found in every form in which it is said and written."""

import pytest
from antiphon.events.cards.masking import mask_text

from .conversation import stored

NUMBERS = [
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "4111111111111111",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "4-1-1-1, 1-1-1-1, 1-1-1-1, 1-1-1-1",
    "four one one one one one one one one one one one one one one one",
    "Four one one one, one one one one, one one one one, one one one one",
    "for 111, 111, 111, 111 1111",
    "four triple one quadruple one quadruple one quadruple one",
    "four ones and twelve hundred eleven four ones four ones",
    "forty one eleven eleven eleven eleven eleven eleven eleven",
    "forty-one eleven eleven-eleven eleven eleven eleven eleven",
    "four thousand one hundred eleven eleven eleven eleven eleven eleven eleven",
    "four two four two um four two four two uh four two four two then four two four two",
    "four two four two dash four two four two hyphen four two four two space four two four two",
    "5555 5555 that's 5555 and then 4444",
    "treble five treble five quad five double five double four double four",
    "three seven eight two eight two two four six three one oh oh oh five",
    "three seven eight two eight two two four six three one o nought zero five",
    "4000 no sorry 4111 1111 1111 1111",
    "four one one one to two ate two for for five one too six eight one",
    "４１１１ １１１１ １１１１ １１１１",
    "4421-8096-7929-0814",
    "6011 0009 9013 9424",
    "3782 822463 10005",
    "4111 1111",
    "four one one one",
    "356-436-33",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_number_is_masked_however_it_is_said(number: str) -> None:
    assert mask_text(f"my card number is {number}") == "my card number is [card-number]"


@pytest.mark.parametrize("number", [one for one in NUMBERS if len(one) > 28])
def test_a_whole_card_number_needs_no_name(number: str) -> None:
    assert mask_text(f"sure it's {number}") == "sure it's [card-number]"


CODES = [
    "the security code is {}",
    "my CVV is {}",
    "CVV: {}",
    "cvc {}",
    "c v v {}",
    "the three digits on the back are {}",
    "the code on the back is {}",
    "{} is the security code",
    "{} on the back",
    "it's {}, that's the cvv",
]


@pytest.mark.parametrize("frame", CODES)
@pytest.mark.parametrize("code", ["731", "7 3 1", "seven three one", "seven thirty one", "7-3-1"])
def test_a_security_code_is_masked(frame: str, code: str) -> None:
    text = mask_text(frame.format(code))

    assert "[security-code]" in text
    assert "7" not in text
    assert "seven" not in text
    assert "one" not in text


EXPIRIES = [
    "10/28",
    "10/2028",
    "10-28",
    "2028-10",
    "1028",
    "10 28",
    "ten twenty eight",
    "ten slash twenty eight",
    "oh nine twenty seven",
    "zero nine two seven",
    "october twenty eight",
    "October 2028",
    "October of twenty twenty eight",
    "ten two thousand twenty eight",
    "nine twenty twenty seven",
    "10 / 28",
]


@pytest.mark.parametrize("expiry", EXPIRIES)
@pytest.mark.parametrize("frame", ["it expires {}", "expiry date {}", "exp {}", "valid thru {}"])
def test_an_expiry_date_is_masked(frame: str, expiry: str) -> None:
    assert mask_text(frame.format(expiry)) == frame.format("[expiry-date]")


CONVERSATIONS = {
    "asked for, in groups with the agent between": (
        [
            "a: can I have the card number please",
            "c: sure it's four two four two",
            "a: mm-hm",
            "c: four two four two",
            "a: four two four two yes",
            "c: 4242",
            "c: uh 42",
            "c: forty two",
        ],
        ["c: sure it's [card-number]", "a: [card-number] yes"],
    ),
    "read back by the agent after it was given": (
        [
            "c: my card is 4111 1111 1111 1111",
            "a: 4111 1111 1111 1111 is that right",
            "a: so that's 4111 1111",
            "a: 1111 1111",
        ],
        ["a: [card-number] is that right", "a: so that's [card-number]"],
    ),
    "corrected": (
        ["a: the long number please", "c: 5555 5555 5555", "c: no sorry, four", "c: 4444"],
        ["c: no sorry, [card-number]"],
    ),
    "code and expiry in answers": (
        [
            "a: and the expiry date",
            "c: oh nine twenty seven",
            "a: and the three digits on the back",
            "c: uh seven three one",
        ],
        ["c: [expiry-date]", "c: uh [security-code]"],
    ),
    "code and expiry that nobody asked for": (
        ["c: 4242 4242 4242 4242", "c: 10/28", "c: ten twenty eight", "c: 731"],
        ["c: [card-number]", "c: [expiry-date]", "c: [security-code]"],
    ),
    "one digit at a time": (
        ["a: what's the cvv", "c: seven", "c: three one"],
        ["c: [security-code]"],
    ),
    "the last four": (
        ["c: I want to pay by card", "a: what are the last digits", "c: 1884"],
        ["c: [card-number]"],
    ),
}


@pytest.mark.parametrize(("lines", "among"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_card_data_is_masked_over_utterances(lines: list[str], among: list[str]) -> None:
    texts = [f"{line[0]}: {text}" for line, text in zip(lines, stored(lines), strict=True)]

    assert set(among) <= set(texts)
    assert not any(sign.isdigit() for text in texts for sign in text)
    spoken = {"one", "two", "four", "five", "seven", "nine", "forty", "twenty"}
    digits = [word for text in texts for word in text.split() if word in spoken]
    assert digits == []
