"""Words that a check found after the call are taken out of whatever repeats them, and no others."""

from collections.abc import Mapping
from typing import Any

import pytest
from antiphon.events.base import Event, UtteranceId
from antiphon.events.privacy.kinds import PersonalKind
from antiphon.events.redaction import TextMask
from antiphon.events.sealed import Sealed
from antiphon.events.untold import NOTHING, PAST, WITHHELD, Untold, by_utterance, fact_as_told

from ..builders import contact_started, guidance_issued, utterance_finalized
from ..guidance_builders import heard, moment_detected
from ..insight_builders import contact_measured
from ..redaction_builders import utterance_original
from ..summary_builders import summary_edited, summary_part, summary_written
from ..translation_builders import utterance_translated

NAMED, OTHER = UtteranceId("from_customer-1"), UtteranceId("from_customer-2")
SAID = {
    NAMED: "i am Adaeze Okonkwo, and my account is four eight two nine seven one",
    OTHER: "the roof leaks since the storm",
}


def mask(first: int, last: int, kind: PersonalKind) -> list[TextMask]:
    """Return masks as a check gives them: one a word."""
    return [TextMask(NAMED, kind, word, word) for word in range(first, last + 1)]


def found(said: Mapping[UtteranceId, str | None] = SAID) -> Untold:
    masks = [*mask(2, 3, "person_name"), *mask(8, 13, "account_number")]
    return Untold(masks=by_utterance(masks), said=said)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("i am Adaeze Okonkwo,", "i am [person-name] [person-name],"),
        ("and my account is", "and my account is"),
        ("account is four eight", "account is [account-number] [account-number]"),
        ("Customer: I am Okonkwo.", "Customer: I am [person-name]."),
        ("i am [person-name] okonkwo", "i am [person-name] [person-name]"),
        ("i am Adaize", WITHHELD),  # as a partial heard it, nobody finds it
        ("The customer gave an account ending in 971.", WITHHELD),
    ],
)
def test_what_rests_on_such_words_is_quoted_without_them_or_not_told(text: str, told: str) -> None:
    assert found().without(text, rests_on=(NAMED,)) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mrs. Okonkwo's roof leaks", "Mrs. [person-name] roof leaks"),
        ("write to adaeze.okonkwo@mail.com", "write to [person-name]"),
        ("account 482971 confirmed", "account [account-number] confirmed"),
        ("account 482-971", "account [account-number]"),
        ("ends in nine seven one", "ends in [account-number] [account-number] [account-number]"),
        ("i am on my way, and four people wait", "i am on my way, and four people wait"),
        ("the account is 77310", "the account is 77310"),
    ],
)
def test_what_names_no_such_words_is_told_without_what_tells_apart(text: str, told: str) -> None:
    assert found().without(text) == told
    assert found().without(text, rests_on=(OTHER,)) == told


def test_a_number_that_counts_something_is_found_as_it_is_written() -> None:
    owed = Untold(
        masks=by_utterance([TextMask(NAMED, "other", 2, 2)]), said={NAMED: "i owe 4829 pounds"}
    )

    assert owed.without("owes 4829 pounds") == "owes [other] pounds"


def test_where_an_utterance_cannot_be_read_what_rests_on_it_is_not_told() -> None:
    assert found({NAMED: None}).without("roof", rests_on=(NAMED,)) == WITHHELD
    assert found({}).without("roof", rests_on=(NAMED,)) == WITHHELD
    assert found({}).without("roof", rests_on=(OTHER,)) == "roof"


def test_where_nobody_knows_what_was_found_no_text_is_told_and_past_its_time_none_either() -> None:
    final = utterance_finalized("my roof leaks")

    assert Untold(is_unknown=True).without("roof") == WITHHELD
    assert _text(fact_as_told(final, Untold(is_unknown=True))) == WITHHELD
    assert Untold(is_past=True).without("roof") == PAST
    assert fact_as_told(final, Untold(is_past=True)) == final


def test_nothing_changes_where_nothing_was_found() -> None:
    for event in (utterance_finalized(), guidance_issued(), contact_started()):
        assert fact_as_told(event, NOTHING) is event
    assert not NOTHING
    assert NOTHING.without("Okonkwo", rests_on=(NAMED,)) == "Okonkwo"


def test_a_final_is_masked_where_the_words_stand_and_others_of_it_are_not() -> None:
    final = utterance_finalized(SAID[NAMED])
    other = utterance_finalized("Okonkwo speaking", utterance_id=OTHER)

    told = fact_as_told(final, found())

    assert _text(told).startswith("i am [person-name] [person-name], and my account is [acc")
    assert fact_as_told(other, found()) == other


def test_a_fact_is_told_by_what_each_of_its_texts_rests_on() -> None:
    parts = (
        summary_part(name="1", utterance_ids=(NAMED,)),
        summary_part(name="2", utterance_ids=(OTHER,), due="2-due"),
    )
    texts = {
        "1": Sealed("A customer called about an account."),
        "2": Sealed("The roof leaks, says Okonkwo."),
        "2-due": Sealed("since the storm"),
    }
    summary = fact_as_told(summary_written(parts=parts, texts=texts), found())
    measured = fact_as_told(contact_measured(values={"1": Sealed("482971")}), found())

    assert {name: text.reveal() for name, text in summary.texts.items()} == {  # type: ignore[attr-defined]
        "1": WITHHELD,
        "2": "The roof leaks, says [person-name].",
        "2-due": "since the storm",
    }
    assert measured.values["1"].reveal() in {WITHHELD, "[account-number]"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (guidance_issued(evidence=Sealed("am Okonkwo")), "am [person-name]"),
        (moment_detected(heard=None, evidence=Sealed("gold")), "gold"),
        (
            moment_detected(heard=None, because=(heard(),), evidence=Sealed("gold")),
            WITHHELD,
        ),
        (utterance_translated(text=Sealed("soy Adaeze")), WITHHELD),
        (utterance_translated(utterance_id=OTHER, text=Sealed("el techo")), "el techo"),
        (summary_edited(text=Sealed("Ms Okonkwo called.")), "Ms [person-name] called."),
    ],
)
def test_cues_translations_and_notes_are_told_without_the_words(event: Event, told: str) -> None:
    assert _text(fact_as_told(event, found())) == told


def test_originals_and_what_is_gone_stay_as_they_are() -> None:
    gone = guidance_issued(evidence=Sealed.closed("cipher", key_id="k"))

    assert fact_as_told(gone, found()) == gone
    assert fact_as_told(utterance_original("Okonkwo"), found()) == utterance_original("Okonkwo")


def _text(event: Event) -> str:
    sealed: Any = getattr(event, "evidence", None) or getattr(event, "text", None)
    return str(sealed.reveal())
