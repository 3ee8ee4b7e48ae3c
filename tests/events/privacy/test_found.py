"""What is found of one utterance: each kind in the forms in which recognisers write it."""

import pytest

from .conversation import masked_alone

# What was said, and what is stored of it.
NUMBERS = [
    ("My Social Security number is 078-05-1120.", "My Social Security number is [national-id]."),
    ("social four five seven double five five four six two", "social [national-id]"),
    ("it's 219-09-9999", "it's [national-id]"),
    ("one twenty three forty five sixty seven eighty nine is the social",
     "[national-id] is the social"),
    ("The last four is 7193 of my Social.", "The last four is [national-id] of my Social."),
    ("it is A B 12 34 56 C", "it is [national-id]"),
    ("my ni number is j k thirty two fifteen seventy seven b b for bravo",
     "my ni number is [national-id]"),
    ("my sin number is one three oh six nine two five four four", "my sin number is [national-id]"),
    ("meine Steuernummer ist 86 095 742 719", "meine Steuernummer ist [national-id]"),
    ("My passport is 533018224", "My passport is [national-id]"),
    ("my pin is four eight two one", "my pin is [pin]"),
    ("for the pin i put nineteen eighty six like always", "for the pin i put [pin] like always"),
    ("The code you just texted me is 493028.", "The code you just texted me is [pin]."),
    ("Account number 0049-2231-88.", "Account number [account-number]."),
    ("my account is 5 5 2 1 0 9", "my account is [account-number]"),
    ("policy number is h o dash four four one nine six two", "policy number is [account-number]"),
    ("My member ID is XKW 904 118 233.", "My member ID is [account-number]."),
    ("it is GB82 WEST 1234 5698 7654 32", "it is [account-number]"),
    ("Sort code 20-45-18, account 73319046.",
     "Sort code [account-number], account [account-number]."),
    ("it's 4 4 1 8 9 2", "it's [account-number]"),
    ("reach me at area code two one two five five five zero one eight seven",
     "reach me at [phone-number]"),
    ("My work number is 312-555-0167, extension 24.", "My work number is [phone-number]."),
    ("It's +44 7700 900123.", "It's [phone-number]."),
    ("call me on 555-0142 please", "call me on [phone-number] please"),
    ("it changed, it's 4 0 4, triple five, 0129 now", "it changed, it's [phone-number] now"),
]  # fmt: skip
EMAILS = [
    ("Send it to maria_lopez92@yahoo.com please.", "Send it to [email-address] please."),
    ("send it to maria underscore lopez ninety two at yahoo dot com", "send it to [email-address]"),
    ("it's k e v i n at outlook dot com okay", "it's [email-address] okay"),
    ("my e-mail is p as in peter r i y a at yahoo dot com", "my e-mail is [email-address]"),
    ("jsmith44 at gmail.com is mine", "[email-address] is mine"),
    ("marta dot k at hotmail dot co dot uk all lower case", "[email-address] all lower case"),
]
DATES = [
    ("My date of birth is 03/14/1986.", "My date of birth is [date-of-birth]."),
    ("i was born on the twenty first of february nineteen sixty eight",
     "i was born on [date-of-birth]"),
    ("birthday's oh three oh nine ninety one", "birthday's [date-of-birth]"),
    ("December 2, 1947, and my husband's is May 30, 1944.",
     "[date-of-birth], and my husband's is [date-of-birth]."),
    ("the sixth of the eleventh seventy nine", "[date-of-birth]"),
    ("Born 10, fourteen, 1990.", "Born [date-of-birth]."),
    ("Uh huh. Two, twenty two, ninety six.", "Uh huh. [date-of-birth]."),
]  # fmt: skip
ADDRESSES = [
    ("I live at 42 Maple Street, Springfield, Illinois 62704.", "I live at [postal-address]."),
    ("it's nine elm court apartment four b albany new york", "it's [postal-address]"),
    ("thirty three oh five southwest barbur boulevard in portland", "[postal-address]"),
    ("Flat 12, forty one Station Parade, Leeds, LS6 2QR.", "[postal-address]."),
    ("It's P.O. Box 2217, Bozeman, Montana 59771.", "It's [postal-address]."),
    ("from 18 Calle de Alcalá to Gartenstrasse 12", "from [postal-address] to [postal-address]"),
    ("I'm at 1200 Broadway.", "I'm at [postal-address]."),
    ("zip code is nine oh two one oh", "zip code is [postal-address]"),
    ("L S six, three A F.", "[postal-address]."),
    ("my postal code is k one a oh b one", "my postal code is [postal-address]"),
    ("2200 Highway 101 North, Unit 5", "[postal-address]"),
]
NAMES = [
    ("Hi, this is Sarah Jenkins calling about my bill.",
     "Hi, this is [person-name] calling about my bill."),
    ("this is robert o'connell calling about my bill",
     "this is [person-name] calling about my bill"),
    ("hi this is tomasz wojcik i called earlier", "hi this is [person-name] i called earlier"),
    ("Thanks Marcus, let me look at that.", "Thanks [person-name], let me look at that."),
    ("i spoke to denise yesterday", "i spoke to [person-name] yesterday"),
    ("It's Priya Raghunathan, P-R-I-Y-A.", "It's [person-name]."),
    ("last name is kowalczyk k o w a l c z y k", "last name is [person-name]"),
    ("it's spelled m c g i l l i c u d d y", "it's spelled [person-name]"),
    ("Last name is Nguyen. N as in Nancy, G as in George, U, Y, E, N.",
     "Last name is [person-name]."),
    ("I talked to Rose on Tuesday, and she said Will would call me.",
     "I talked to [person-name] on Tuesday, and she said [person-name] would call me."),
    ("Okay, Mr. Petrosyan, I've got you.", "Okay, [person-name], I've got you."),
    ("my mother's maiden name is castellanos", "my mother's maiden name is [person-name]"),
    ("yeah it's grace uh grace oyelaran", "yeah it's [person-name] uh [person-name]"),
    ("It's Miles Sheridan.", "It's [person-name]."),
    ("It's Abdulrahman al-Farsi.", "It's [person-name]."),
]  # fmt: skip
CARDS = [
    ("My card number is 4111 1111 1111 1111.", "My card number is [card-number]."),
    ("expires oh eight um of twenty thirty", "expires [expiry-date]"),
    ("The back says 4 4 0.", "The back says [security-code]."),
]

# Nothing of these is anybody's.
NOBODYS = [
    "I called 3 times in the last 2 weeks about this.",
    "The total on the bill was $142.37 and last month it was $98.10.",
    "my bill was one hundred forty two dollars and thirty seven cents",
    "can i have your credit card number please",
    "it says error code four oh four on the screen",
    "let me mark that down and bill it later",
    "there were one two three four people ahead of me in the queue",
    "May I ask why you're leaving us in May?",
    "Our toll free line is open twenty four seven.",
    "You can also reach us at 1-800-555-0199, 24 hours a day, 7 days a week.",
    "Your order number is 114-9920174-6623, and it should be there by May 12.",
    "Our branch is at 500 Main Street, just across from the Target.",
    "I was at the Chase on the corner, and then at Wendy's.",
    "the rate went from four point two five to six point eight nine percent",
    "Grant me one thing. Was it charged on the 1st or on the 15th?",
    "It's April, and the rose bushes are where your guys want to dig.",
    "I signed up on May 3rd 2011.",
    "this is ridiculous and i'm really upset",
    "We drove from Austin to Dallas on Sunday.",
    "five to seven business days",
    "it's 1-800-555-0199",
    "It's showing six hundred and ninety.",
    "The last one I've got is four pounds thirty.",
    "Four thousand. It's for the visa.",
    "the fee is thirty. That's the one on my card.",
]


@pytest.mark.parametrize(("said", "kept"), [*NUMBERS, *EMAILS, *DATES, *ADDRESSES, *NAMES, *CARDS])
def test_personal_data_is_found_as_it_is_said(said: str, kept: str) -> None:
    assert masked_alone(said) == kept


@pytest.mark.parametrize("said", NOBODYS)
def test_what_identifies_nobody_stays(said: str) -> None:
    assert masked_alone(said) == said
