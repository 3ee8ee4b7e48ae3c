"""A reply is taken while the contact lives, once, without card data, and within bounds."""

from functools import reduce

import pytest
from antiphon.commands.contact import Contact, decide, evolve
from antiphon.commands.reply import TEXT_MAX, TypeReply, reply_id_of
from antiphon.errors import ContactFinished, ContactUnknown, Malformed
from antiphon.events.base import Event
from antiphon.events.sealed import Sealed
from antiphon.events.translation import ReplyId, ReplyTyped

from ..builders import CONTACT, at, contact_ended, contact_started

REPLY = ReplyId("r-1")


def reply(text: str, **given: str) -> TypeReply:
    return TypeReply(contact_id=CONTACT.contact_id, reply_id=REPLY, text=Sealed(text), **given)


def after(*history: Event) -> Contact:
    return reduce(evolve, history, Contact())


LIVE = after(contact_started())


def test_what_was_typed_is_a_fact() -> None:
    decided = decide(LIVE, reply("A technician is coming", language="es-MX"), now=at(0))

    assert decided == [
        ReplyTyped(reply_id=REPLY, text=Sealed("A technician is coming"), language="es-MX")
    ]


def test_spaces_and_lines_are_one_space() -> None:
    (fact,) = decide(LIVE, reply("  A  technician\n\tis coming "), now=at(0))

    assert isinstance(fact, ReplyTyped)
    assert fact.text == Sealed("A technician is coming")


def test_card_data_is_masked_before_it_is_a_fact() -> None:
    (fact,) = decide(LIVE, reply("charged to 4111 1111 1111 1111 today"), now=at(0))

    assert isinstance(fact, ReplyTyped)
    assert fact.text == Sealed("charged to [card-number] today")


def test_all_else_is_let_through_for_it_is_what_the_customer_is_to_be_told() -> None:
    text = "Anna, call 555 123 4567 or write to help@example.com; your PIN comes by post"

    (fact,) = decide(LIVE, reply(text), now=at(0))

    assert isinstance(fact, ReplyTyped)
    assert fact.text == Sealed(text)


@pytest.mark.parametrize("text", ["", " \n ", "a" * (TEXT_MAX + 1)])
def test_what_nobody_could_say_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        decide(LIVE, reply(text), now=at(0))


def test_a_reply_as_long_as_may_be_is_taken() -> None:
    assert decide(LIVE, reply("a" * TEXT_MAX), now=at(0))


def test_nobody_is_told_anything_after_the_call_or_before_it() -> None:
    with pytest.raises(ContactFinished):
        decide(after(contact_started(), contact_ended()), reply("hello"), now=at(0))
    with pytest.raises(ContactUnknown):
        decide(Contact(), reply("hello"), now=at(0))


def test_the_same_command_types_the_same_reply() -> None:
    assert reply_id_of("c-1") == reply_id_of("c-1") != reply_id_of("c-2")
