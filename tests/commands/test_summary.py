"""What may be asked about a summary, and what it makes true."""

from functools import reduce

import pytest
from antiphon.commands.summary import (
    NOTE_CHARS_MAX,
    ChooseDisposition,
    EditSummary,
    RequestSummary,
    SummaryCommand,
    Wrap,
    decide,
    evolve,
    handle_summary,
)
from antiphon.errors import ContactUnknown, Malformed, Refused, SummaryUnwritten
from antiphon.events.base import START, AgentId, Event
from antiphon.events.journal import Journal
from antiphon.events.privacy.protection import EVERYTHING, Protection
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from msgspec.structs import replace

from ..builders import CONTACT, NOON, contact_ended, contact_started, draft
from ..summary_builders import (
    disposition_chosen,
    summary_edited,
    summary_failed,
    summary_requested,
    summary_written,
)

ADA = AgentId("a-1")
REQUEST = RequestSummary(contact_id=CONTACT.contact_id)
EDIT = EditSummary(contact_id=CONTACT.contact_id, agent_id=ADA, text=Sealed(" In my words. "))
CHOOSE = ChooseDisposition(contact_id=CONTACT.contact_id, agent_id=ADA, code="claim_opened")
STARTED = contact_started()
EDITED = summary_edited(text=Sealed("In my words."))
CHOSEN = disposition_chosen(note=None)


def after(*history: Event) -> Wrap:
    return reduce(evolve, history, Wrap())


@pytest.mark.parametrize(
    ("history", "command", "news"),
    [
        pytest.param([STARTED], REQUEST, [summary_requested()], id="asked for"),
        pytest.param([STARTED, summary_requested()], REQUEST, [], id="awaited already"),
        pytest.param(
            [STARTED, summary_requested(), summary_written(kind="so_far")],
            REQUEST,
            [summary_requested()],
            id="answered, and asked again",
        ),
        pytest.param([STARTED, summary_written()], REQUEST, [], id="for good already"),
        pytest.param([STARTED, summary_failed()], REQUEST, [], id="nothing to say, for good"),
        pytest.param([STARTED, summary_written()], EDIT, [EDITED], id="edited"),
        pytest.param(
            [STARTED, summary_failed()],
            EDIT,
            [summary_edited(text=Sealed("In my words."), summary_id=None)],
            id="written by the agent alone",
        ),
        pytest.param([STARTED, summary_written(), EDITED], EDIT, [], id="edited the same way"),
        pytest.param([STARTED], CHOOSE, [CHOSEN], id="chosen before the end"),
        pytest.param([STARTED, contact_ended()], CHOOSE, [CHOSEN], id="chosen after it"),
        pytest.param([STARTED, CHOSEN], CHOOSE, [], id="chosen already"),
        pytest.param(
            [STARTED, CHOSEN, disposition_chosen(code="other")], CHOOSE, [CHOSEN], id="back again"
        ),
    ],
)
def test_what_is_asked_becomes_a_fact_unless_it_is_one(
    history: list[Event], command: SummaryCommand, news: list[Event]
) -> None:
    assert decide(after(*history), command, now=NOON, protection=EVERYTHING) == news


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param([], REQUEST, ContactUnknown, id="no contact"),
        pytest.param([STARTED], EDIT, SummaryUnwritten, id="nothing to edit"),
        pytest.param(
            [STARTED, summary_written()],
            EditSummary(contact_id=CONTACT.contact_id, agent_id=None, text=Sealed("  ")),
            Malformed,
            id="empty",
        ),
        pytest.param(
            [STARTED],
            ChooseDisposition(contact_id=CONTACT.contact_id, agent_id=None, code="a b"),
            Malformed,
            id="no code",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    history: list[Event], command: SummaryCommand, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        decide(after(*history), command, now=NOON, protection=EVERYTHING)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Card 4111 1111 1111 1111.\nCalled twice.", "Card [card-number].\nCalled twice."),
        ("Card 4111 1111\n1111 1111. Called twice.", "Card [card-number]. Called twice."),
        ("Paid.\n\nCalled twice.", "Paid.\n\nCalled twice."),
    ],
)
def test_card_data_that_an_agent_types_is_not_kept(typed: str, kept: str) -> None:
    command = EditSummary(contact_id=CONTACT.contact_id, agent_id=ADA, text=Sealed(typed))

    assert decide(after(STARTED, summary_written()), command, now=NOON, protection=EVERYTHING) == [
        summary_edited(text=Sealed(kept))
    ]


PROBE = "ssn 123-45-6789, PIN is 4821,\nphone 555 123 4567, anna.brown@example.com\n\n- roof  leaks"
KEPT = "ssn [national-id], PIN is [pin],\nphone {}, [email-address]\n\n- roof  leaks"
PHONES = Protection(version="1", shown_in={"phone_number": ("summary", "desk")})
# Shown to playbooks and their like, and nowhere that is written of the call.
TO_MODELS = Protection(version="1", shown_in={"phone_number": ("models", "desk", "transcript")})


@pytest.mark.parametrize(
    ("protection", "phone"),
    [
        pytest.param(EVERYTHING, "[phone-number]", id="no policy"),
        pytest.param(PHONES, "555 123 4567", id="shown in summaries"),
        pytest.param(TO_MODELS, "[phone-number]", id="shown elsewhere"),
    ],
)
def test_what_is_personal_in_what_an_agent_types_is_kept_as_the_policy_says(
    protection: Protection, phone: str
) -> None:
    kept = Sealed(KEPT.format(phone))
    edit = EditSummary(contact_id=CONTACT.contact_id, agent_id=ADA, text=Sealed(PROBE))
    choose = replace(CHOOSE, note=Sealed(PROBE))
    wrap = after(STARTED, summary_written())

    edited = decide(wrap, edit, now=NOON, protection=protection)
    chosen = decide(wrap, choose, now=NOON, protection=protection)

    assert edited == [summary_edited(text=kept)]
    assert chosen == [disposition_chosen(note=kept)]
    told = reduce(evolve, [*edited, *chosen], wrap)
    assert decide(told, edit, now=NOON, protection=protection) == []
    assert decide(told, choose, now=NOON, protection=protection) == []


def test_how_long_a_text_may_be_is_asked_of_what_was_typed() -> None:
    def decided(text: str) -> list[Event]:
        command = replace(CHOOSE, note=Sealed(text))
        return decide(after(STARTED), command, now=NOON, protection=EVERYTHING)

    longest = "pin 1234 " * 222 + "ok"

    assert len(longest) == NOTE_CHARS_MAX
    (chosen,) = decided(longest)
    assert chosen == disposition_chosen(note=Sealed("pin [pin] " * 222 + "ok"))
    with pytest.raises(Malformed):
        decided(longest + "!")


async def test_a_command_is_recorded_once_however_often_it_is_sent() -> None:
    log = MemoryLog(idle_s=0.05)
    await log.create(facts_stream(CONTACT.tenant))
    journal = Journal(log, MemoryKeys())
    end = await journal.append(CONTACT, [draft(STARTED)], expected=START)

    outcomes = [
        await handle_summary(
            CHOOSE,
            contact=CONTACT,
            journal=journal,
            command_id=command_id,
            actor="machine",
            now=lambda: NOON,
            protection=EVERYTHING,
        )
        for command_id in ("one", "one", "two")
    ]

    assert [(one.position, one.repeated) for one in outcomes] == [
        (end + 1, False), (end + 1, True), (end + 1, True),
    ]  # fmt: skip
