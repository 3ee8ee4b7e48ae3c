"""A contact starts once; what comes after is a repeat, news of it, or refused."""

import pytest
from antiphon.commands.contact import (
    START_AGE_S_MAX,
    StartContact,
)
from antiphon.errors import ContactFinished, ContactStale, Malformed
from antiphon.events.base import Event
from antiphon.events.contact import (
    AttributesSet,
    ContactStarted,
    MediaOffered,
)
from antiphon.events.sealed import Sealed

from ..builders import (
    INSTANCE_ARN,
    at,
    attributes_set,
    contact_started,
    media_offered,
    media_stream,
)
from .asking import (
    CONTACT_ID,
    ENDED,
    OTHER_MEDIA,
    decided,
    start,
)


def test_a_start_tells_all_that_is_known_of_the_contact() -> None:
    command = start(
        initial_contact_id="c-0",
        initiated_at=at(90),
        queue="sales",
        profile="gold",
        language="de-DE",
        customer_endpoint=Sealed("+491"),
        attributes={"tier": Sealed("1")},
    )

    assert decided(command) == [
        ContactStarted(
            instance_arn=INSTANCE_ARN,
            initial_contact_id="c-0",
            initiated_at=at(90),
            queue="sales",
            profile="gold",
            language="de-DE",
            media=media_stream(),
            customer_endpoint=Sealed("+491"),
            attributes={"tier": Sealed("1")},
        )
    ]


def test_a_contact_without_a_chain_is_its_own_conversation() -> None:
    [started] = decided(start())

    assert isinstance(started, ContactStarted)
    assert started.initial_contact_id == CONTACT_ID


@pytest.mark.parametrize("later", [[], [ENDED]], ids=["live", "ended"])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(start(), id="the same start"),
        pytest.param(start(queue="another", attributes={"a": Sealed("b")}), id="told differently"),
        pytest.param(start(media=None), id="without its media"),
        pytest.param(
            start(
                media=media_stream(
                    start_fragment_number="00" + media_stream().start_fragment_number
                )
            ),
            id="fragment number with leading zeros",
        ),
    ],
)
def test_starting_again_changes_nothing(command: StartContact, later: list[Event]) -> None:
    assert decided(command, contact_started(), *later) == []


@pytest.mark.parametrize(
    "started",
    [
        pytest.param(contact_started(), id="with other media"),
        pytest.param(contact_started(media=None), id="without media"),
    ],
)
def test_a_further_stream_of_a_known_contact_is_offered(started: ContactStarted) -> None:
    assert decided(start(media=OTHER_MEDIA), started) == [MediaOffered(media=OTHER_MEDIA)]


def test_a_stream_is_offered_once() -> None:
    history = [contact_started(media=None), media_offered(media=OTHER_MEDIA)]

    assert decided(start(media=OTHER_MEDIA), *history) == []


def test_card_data_in_the_attributes_of_a_start_is_masked() -> None:
    (started,) = decided(start(attributes={"note": Sealed("visa 4111111111111111")}))

    assert isinstance(started, ContactStarted)
    assert started.attributes == {"note": Sealed("visa [card-number]")}


def test_a_start_with_further_media_also_tells_changed_attributes() -> None:
    started = contact_started(attributes={"a": Sealed("1"), "b": Sealed("2")})

    news = decided(
        start(media=OTHER_MEDIA, attributes={"a": Sealed("1"), "b": Sealed("3")}), started
    )

    assert news == [MediaOffered(media=OTHER_MEDIA), AttributesSet(attributes={"b": Sealed("3")})]


def test_a_repeated_start_does_not_undo_what_was_set_since() -> None:
    history = [
        contact_started(attributes={"tier": Sealed("1")}),
        attributes_set(attributes={"tier": Sealed("2")}),
    ]

    assert decided(start(attributes={"tier": Sealed("1")}), *history) == []


def test_another_instance_cannot_start_the_same_contact() -> None:
    with pytest.raises(Malformed) as refusal:
        decided(start(instance_arn="arn:other"), contact_started())

    assert refusal.value.field == "instance_arn"


def test_new_media_after_the_end_is_refused() -> None:
    with pytest.raises(ContactFinished):
        decided(start(media=OTHER_MEDIA), contact_started(), ENDED)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(start(), id="by its media"),
        pytest.param(start(media=None, initiated_at=at(0)), id="by its beginning"),
        pytest.param(
            start(initiated_at=at(START_AGE_S_MAX)), id="by its media although begun later"
        ),
    ],
)
def test_a_start_older_than_the_streams_hold_is_refused(command: StartContact) -> None:
    assert decided(command, now=at(START_AGE_S_MAX))

    with pytest.raises(ContactStale):
        decided(command, now=at(START_AGE_S_MAX + 1))


def test_an_old_start_that_was_taken_in_its_day_is_a_repeat() -> None:
    assert decided(start(), contact_started(), now=at(START_AGE_S_MAX + 1)) == []


def test_a_start_of_unknown_age_is_taken() -> None:
    assert decided(start(media=None), now=at(10 * START_AGE_S_MAX))
