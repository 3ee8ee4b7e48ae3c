"""Without a model a summary is what was said: chosen, cut, cited."""

import pytest
from antiphon.events.summary import ResolutionState, SummaryField
from antiphon.services.summary.deeds import pieces_of
from antiphon.services.summary.drafts import Sentence, Summary, disposition_of, words_max
from antiphon.services.summary.extractive import extracted
from antiphon.services.summary.shortening import shortened
from antiphon.services.summary.support import lacks_of
from antiphon.services.summary.turns import clauses_of, cleaned, word_count

from .desk import TWICE_CHARGED, turns_of


def told(script: str, field: str) -> list[str]:
    summary = extracted(turns_of(script))
    return [one.text for one in (*summary.sentences, *summary.values) if one.field == field]


def test_a_call_is_told_by_its_reason_deeds_and_end() -> None:
    summary = extracted(turns_of(TWICE_CHARGED))

    by_field = {one.field: one for one in (*summary.sentences, *summary.values)}
    assert "charged twice" in by_field["reason"].text
    assert by_field["reason"].utterance_ids == ("u-1",)
    assert "reversed the second payment" in by_field["action"].text
    assert by_field["follow_up"].due == "within three to five business days"
    assert by_field["follow_up"].owner == "agent"
    assert by_field["amount"].text.startswith("$49.99")
    assert summary.resolution == "resolved"
    assert disposition_of(summary) == "follow_up"


def test_no_sentence_stands_on_nothing_and_together_they_are_a_fifth_at_most() -> None:
    turns = turns_of(TWICE_CHARGED * 3)
    texts = {turn.utterance_id: turn.text for turn in turns}

    summary = extracted(turns)

    shown = [one for one in summary.sentences if one.in_text]
    assert shown
    assert sum(one.words for one in shown) <= 0.2 * word_count(turns)
    for one in summary.sentences:
        assert lacks_of(one.text, [texts[id_] for id_ in one.utterance_ids]) == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("C: Hello? Um, I, I want to to cancel my broadband.", "I want to cancel my broadband."),
        ("C: Hi. My name is Ann Lee. Uh, my parcel never arrived.", "My parcel never arrived."),
        (
            "C: Good morning.\nA: Morning, what can I do for you?\nC: Green bin was left again.",
            "Green bin was left again.",
        ),
        ("C: I have a question.\nC: How do I change my address?", "How do I change my address?"),
        ("C: hi there\nC: my screen is cracked", "My screen is cracked"),
        ("C: Ja hallo, mein Internet geht seit gestern nicht.", "Ja hallo, mein Internet geht"),
    ],
)
def test_the_reason_is_in_the_customers_words_without_the_stammer(script: str, reason: str) -> None:
    # Long enough that nothing has to be cut.
    padded = f"{script}\n" + "A: Mm.\n" * 60

    assert told(padded, "reason")[0].startswith(f"Customer: {reason}")


@pytest.mark.parametrize(
    ("line", "field", "owner"),
    [
        ("A: I've reset your password.", "action", None),
        ("A: I just cancelled the second order for you.", "action", None),
        ("A: We have now booked the engineer.", "action", None),
        ("A: I'm moving the appointment over to your name.", "action", None),
        ("A: Your old card is now blocked.", "action", None),
        ("A: Removed the late fee, by the way.", "action", None),
        ("A: A technician will come out on Friday.", "follow_up", "agent"),
        ("A: She'll ring you herself.", "follow_up", "agent"),
        ("A: The new contract goes out in the post tonight.", "follow_up", "agent"),
        ("A: They're sending a van.", "follow_up", "agent"),
        ("A: If you could email us the receipt.", "follow_up", "customer"),
        ("C: I'll pop in on Saturday.", "follow_up", "customer"),
        ("A: It has to go to an underwriter.", "escalation", None),
        ("A: I'll call you back tomorrow.", "follow_up", "agent"),
        ("A: You'll need to send us the form by Monday.", "follow_up", "customer"),
        ("C: I'll send you the photos tonight.", "follow_up", "customer"),
        ("C: I want to speak to a manager.", "escalation", None),
        ("A: I'm transferring you to our complaints team.", "escalation", None),
    ],
)
def test_deeds_and_debts_are_found_with_whoever_owes_them(
    line: str, field: str, owner: str | None
) -> None:
    script = f"C: My order is wrong and I need help with it.\n{line}\n" + "A: Mm.\n" * 60

    (one,) = [one for one in extracted(turns_of(script)).sentences if one.field == field]

    assert (one.utterance_ids, one.owner) == (("u-1",), owner)


@pytest.mark.parametrize(
    "line",
    [
        "A: Let me have a look.",
        "A: I'll just check that for you.",
        "A: I have a record of it here.",
        "A: I need your postcode.",
        "A: Will you be at home?",
        "A: I've heard that before.",
        "A: I'm looking at it now.",
        "A: Once it is cancelled.",
        "A: What's gone on?",
        "C: I'll be honest with you.",
        "C: I have cancelled before.",
        "A: You're on a recorded line, this call is recorded.",
        "A: Just so you know, your call is recorded.",
    ],
)
def test_small_talk_of_a_call_is_no_deed(line: str) -> None:
    script = f"C: My order is wrong and I need help with it.\n{line}"

    fields = {one.field for one in extracted(turns_of(script)).sentences}

    assert fields <= {"reason"}


def test_what_was_announced_and_then_confirmed_was_done() -> None:
    script = "C: My order is wrong and I need help with it.\nA: I'll remove that line now.\n"
    long = "A: Mm.\n" * 60

    assert told(f"{script}{long}", "promise") == ["Agent: I'll remove that line now."]
    assert told(f"{script}C: Okay.\nA: That's done.\n{long}", "action")[0] == (
        "Agent: I'll remove that line now."
    )


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("I sent the form back in May and nobody wrote.", 9, "I sent the form back in May…"),
        ("I sent the form back in May and nobody wrote.", 20, None),
        ("I gave it to the driver at the depot in town.", 7, "I gave it to the driver…"),
        ("I was there on Monday and I was wondering if it came.", 9, "I was there on Monday…"),
        ("Please ring them again because the box is broken.", 7, "Please ring them again…"),
        ("one two three four five six seven the eight", 8, "one two three four five six seven…"),
    ],
)
def test_what_is_cut_ends_where_a_clause_of_it_ends(text: str, room: int, kept: str | None) -> None:
    assert shortened(text, room) == (kept or text)


def test_a_piece_that_waits_for_another_is_not_told_without_it() -> None:
    (clause,) = clauses_of(turns_of("A: Once it is in, we'll write to you, and I'll add a note."))

    assert [piece.text for piece in pieces_of(clause)] == [
        "Once it is in, we'll write to you",
        "I'll add a note.",
    ]


def test_where_nobody_set_a_comma_pieces_begin_where_people_begin() -> None:
    (clause,) = clauses_of(
        turns_of("A: okay i've cleared that for you can you try it again i'll wait here with you")
    )

    assert [piece.text for piece in pieces_of(clause)] == [
        "I've cleared that for you",
        "Can you try it again",
        "I'll wait here with you",
    ]


def test_sums_without_a_coin_are_told_where_money_is_talked_of() -> None:
    money = (
        "C: What does it cost?\nA: It comes to nine hundred and ten, or forty two fifty a month."
    )
    other = "C: Where is it?\nA: It is nine hundred and ten miles from here."

    assert told(f"{money}\n", "amount") == ["nine hundred and ten", "forty two fifty a month"]
    assert told(f"{other}\n", "amount") == []


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("C: I am free after two.", "after two"),
        ("C: I am free after two weeks.", None),
        ("C: It runs until the end of June.", "the end of June"),
        ("C: Come tomorrow by noon.", "tomorrow by noon"),
        ("C: It takes within five working days.", "within five working days"),
    ],
)
def test_times_are_told_and_what_is_counted_is_none(line: str, date: str | None) -> None:
    assert told(f"C: My order is wrong.\n{line}", "date") == ([date] if date else [])


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ("C: Perfect, that works.", "resolved"),
        ("C: It's working again, thanks.", "resolved"),
        ("A: You're all set.", "resolved"),
        ("C: It still doesn't work.", "unresolved"),
        ("C: Perfect.\nC: Oh wait, it's still not connecting.", "unresolved"),
        ("A: Unfortunately we can't refund that.", "unresolved"),
        ("C: Okay.", "unknown"),
        ("A: Is it all set?", "unknown"),
    ],
)
def test_how_it_ended_is_the_last_that_was_said_of_it(last: str, state: str) -> None:
    summary = extracted(turns_of(f"C: My internet is down.\n{last}"))

    assert summary.resolution == state


def test_amounts_and_dates_are_told_once_with_everybody_who_named_them() -> None:
    script = "C: It was $20.\nA: Yes, $20 on May 3rd.\nC: Twenty dollars, on May 3rd, version 2.5."

    summary = extracted(turns_of(script))

    assert [(one.field, one.text, one.utterance_ids) for one in summary.values] == [
        ("amount", "$20", ("u-0", "u-1")),
        ("amount", "Twenty dollars", ("u-2",)),
        ("date", "May 3rd", ("u-1", "u-2")),
    ]


@pytest.mark.parametrize("who", ["C", "A"])
def test_one_side_alone_is_summed_up(who: str) -> None:
    script = f"{who}: The washing machine I was delivered is dented on one side."

    assert "washing machine" in told(script, "reason")[0]


@pytest.mark.parametrize(
    "script", ["S: Please hold the line.", "C: Hello?\nA: Yes.\nC: Um.", "C: ..."]
)
def test_where_nothing_was_said_nothing_is(script: str) -> None:
    assert extracted(turns_of(script)).sentences == ()


def test_an_hour_is_summed_up_in_well_under_a_second() -> None:
    turns = turns_of(TWICE_CHARGED * 150)

    summary = extracted(turns)

    assert 0 < len(summary.sentences) < 30
    assert "charged twice" in summary.sentences[0].text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I, I want the the blue one.", "I want the blue one."),
        ("I found it, it was filed under Hall.", "I found it, it was filed under Hall."),
        ("My code is four four one one.", "My code is four four one one."),
        ("ive paid and ill send you the slip", "I've paid and I'll send you the slip"),
        ("I feel ill, you know.", "I feel ill"),
        ("Um. Yes.", ""),
    ],
)
def test_stammer_goes_and_the_meaning_stays(said: str, kept: str) -> None:
    assert cleaned(said).rstrip(".") == kept.rstrip(".")


def test_a_sentence_goes_on_into_the_next_utterance_and_cites_both() -> None:
    clauses = clauses_of(turns_of("C: I would like to\nC: close my account. Thanks."))

    assert [(one.text, one.utterance_ids) for one in clauses] == [
        ("I would like to close my account.", ("u-0", "u-1")),
    ]


@pytest.mark.parametrize(
    ("fields", "resolution", "disposition"),
    [
        (["reason"], "unknown", "undetermined"),
        (["reason"], "resolved", "resolved"),
        (["reason", "follow_up"], "resolved", "follow_up"),
        (["reason", "follow_up", "escalation"], "resolved", "escalated"),
        (["reason"], "unresolved", "unresolved"),
    ],
)
def test_a_disposition_is_proposed(
    fields: list[SummaryField], resolution: ResolutionState, disposition: str
) -> None:
    sentences = tuple(Sentence(field=one, text="x", utterance_ids=()) for one in fields)

    summary = Summary(sentences=sentences, resolution=resolution)

    assert disposition_of(summary) == disposition


def test_a_call_of_a_few_words_is_not_cut_to_nothing() -> None:
    assert (words_max(5), words_max(100), words_max(104)) == (6, 20, 20)
