"""What detectors beside ours find is masked in finals; what they could not look at, all of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from antiphon.events.base import TenantName
from antiphon.events.privacy.context import PersonalContext
from antiphon.events.privacy.protection import FoundBeside, Protection
from antiphon.events.speech import UtteranceFinalized
from antiphon.services.transcription.contact_lens.records import Read, read
from antiphon.services.transcription.contact_lens.scribe import Scribe
from antiphon.services.transcription.shield import Shield, Shielded

from ...builders import CONTACT, contact_started
from .segments import record, transcript
from .stage import listening_live, new_stage
from .test_card_data import Turn, Worded, call_of, finals_of
from .test_protection import originals_of

HAT = "bowler"
CALL: list[Turn] = [
    ("to_customer", 1_000, "what is your pin please"),
    ("from_customer", 4_000, "it is four eight two one"),
    ("from_customer", 8_000, "i wear a bowler"),
    ("from_customer", 12_000, "and the router is on"),
]


class Hatter:
    """Finds hats, and cannot say anything of some utterances."""

    def __init__(self, *unseen: str) -> None:
        self._unseen = unseen

    async def look(self, words: Sequence[str], /) -> FoundBeside | None:
        if " ".join(words) in self._unseen:
            return None
        return tuple(("other", at, at) for at, word in enumerate(words) if word == HAT)


def shield(beside: Hatter | None = None, **given: object) -> Shield:
    protection = Protection(version="1", beside=beside, **given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return Shield(PersonalContext(), protection)


def heard(text: str, *, started_ms: int = 0) -> Read:
    found = read(record(transcript("t-1", text, started_ms)))
    assert isinstance(found, Read)
    return found


def taken(shield: Shield, text: str, beside: FoundBeside | None) -> Shielded:
    (told,) = heard(text).told
    (shielded,) = shield.take(told.heard, beside=beside)  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    return shielded


async def test_a_call_is_masked_by_them_and_whole_where_they_could_not_look() -> None:
    stage = await call_of(CALL)

    async def protecting(_: TenantName) -> Protection:
        return Protection(version="1", beside=Hatter(CALL[0][2], CALL[3][2]))

    async with listening_live(stage) as partials:
        await stage.care(Worded(CALL), protection=protecting)

    said = [one.text.reveal() for one in await finals_of(stage)]
    # What the agent asked for is not forgotten, or the answer would be told.
    assert said == ["[other] pin [other]", "it is [pin]", "i wear a [other]", "[other]"]
    assert any("router" in one.text for one in partials), "a partial waits for nobody"
    originals = [one.text.reveal() for one in await originals_of(stage)]
    assert CALL[3][2] in originals


async def test_text_from_elsewhere_is_masked_alike() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    scribe = Scribe(
        CONTACT,
        journal=stage.journal,
        live=stage.live,
        protection=Protection(version="1", beside=Hatter("my hat")),
        now=lambda: datetime.now(UTC),
    )
    await scribe.open()

    for number, text in enumerate(("i wear a bowler", "my hat")):
        found = read(record(transcript(f"t-{number}", text, 2_000 * number)))
        assert isinstance(found, Read)
        await scribe.take(found, arrived_at=datetime.now(UTC))

    finals = [one for one in await stage.speech() if isinstance(one, UtteranceFinalized)]
    assert [one.text.reveal() for one in finals] == ["i wear a [other]", "[other]"]


def test_what_could_not_be_looked_at_is_shown_nowhere_whatever_the_policy_shows() -> None:
    shown = shield(shown_in={"other": ("desk", "transcript"), "person_name": ("desk",)})
    text = "my name is Ada Lovelace and the card is 4242 4242 4242 4242"

    looked, unseen = taken(shown, text, ()), taken(shown, text, None)

    assert "Lovelace" in looked.final.text
    assert not {"Ada", "Lovelace", "and", "4242"} & {*unseen.final.text.split()}
    assert all(not one.shown_in for one in unseen.personal)
    assert len(unseen.final.words) == len(unseen.final.text.split())
    assert unseen.original is not None
    assert "Lovelace" in unseen.original.text
    assert "4242" not in unseen.original.text


def test_nothing_but_everyday_words_is_left_of_what_names_a_number() -> None:
    safe = taken(shield(), "telephone banking 4821 our Lilliput number is", None).final.text

    assert not {"4821", "lilliput"} & {*safe.casefold().split()}


def test_what_they_found_is_masked_in_a_final_that_was_held_back_too() -> None:
    held = shield()
    (first,) = heard("a bowler 55121 88420").told
    (second,) = heard("thank you", started_ms=6_000).told

    waits = held.take(first.heard, beside=(("other", 1, 1),))  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    (released,) = held.settle(second.heard)  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]

    assert waits == []
    assert released.final.text.split()[:2] == ["a", "[other]"]
