"""Personal data is masked in what is stored and shown, and sealed apart as it was said."""

from typing import Any

from antiphon.events.base import START, TenantName, Track
from antiphon.events.codec import decode_envelope, decode_event
from antiphon.events.privacy.protection import Protection, ProtectionOf, protection_of
from antiphon.events.privacy_policy import (
    Exemption,
    PersonalPattern,
    PrivacyPolicyPublished,
)
from antiphon.events.speech import UtteranceFinalized, UtteranceOriginal

from ...builders import CONTACT
from .stage import Stage, listening_live
from .test_card_data import Turn, Worded, call_of, finals_of

_C: Track = "from_customer"
_A: Track = "to_customer"
CALL: list[Turn] = [
    (_A, 1_000, "can I have your phone number please"),
    (_C, 3_500, "sure it's two one two five five five oh one eight seven"),
    (_A, 8_000, "and the card number"),
    (_C, 10_000, "4242 4242 4242 4242"),
    (_A, 13_000, "thank you my name is Ada Lovelace"),
    (_C, 16_000, "my customer number is K123456"),
    (_A, 19_000, "it is forty dollars a month"),
]


def protecting(**given: Any) -> ProtectionOf:
    policy = protection_of(PrivacyPolicyPublished(version="1", **given))

    async def of(_: TenantName) -> Protection:
        return policy

    return of


async def originals_of(stage: Stage) -> list[UtteranceOriginal]:
    """Return the originals, opened with the key that readers of the log are not given."""
    key = await stage.journal.key_of_originals(CONTACT)
    batches = stage.journal.read_stored(
        CONTACT.tenant, contact_id=CONTACT.contact_id, lanes=("speech",), after=START
    )
    envelopes = [decode_envelope(stored.payload) async for batch in batches for stored in batch]
    events = [decode_event(envelope, keys={key.id: key}) for envelope in envelopes]
    return [event for event in events if isinstance(event, UtteranceOriginal)]


def texts(finals: list[UtteranceFinalized]) -> list[str]:
    return [final.text.reveal() for final in finals]


async def test_what_is_personal_is_masked_before_it_is_stored_or_shown() -> None:
    stage = await call_of(CALL)

    async with listening_live(stage) as partials:
        await stage.care(Worded(CALL))

    said = texts(await finals_of(stage))
    assert said[1] == "sure it's [phone-number]"
    assert said[4] == "thank you my name is [person-name]"
    assert said[6] == "it is forty dollars a month"
    shown = " ".join(partial.text for partial in partials)
    assert not {"Ada", "Lovelace", "eight"} & set(shown.split())


async def test_the_original_is_sealed_beside_it_and_holds_no_card_data() -> None:
    stage = await call_of(CALL)

    await stage.care(Worded(CALL))

    originals = await originals_of(stage)
    told = {one.utterance_id: one for one in originals}
    phone = told["from_customer-1"]  # type: ignore[index]
    words = phone.text.reveal().split()
    assert phone.text.reveal() == "sure it's two one two five five five oh one eight seven"
    [span] = phone.spans
    assert (span.kind, words[span.first_word], words[span.last_word]) == (
        "phone_number",
        "two",
        "seven",
    )
    assert "from_customer-2" not in told, "card data is stored nowhere"
    assert not any("4242" in one.text.reveal() for one in originals)


async def test_each_mask_is_one_word_with_the_time_of_what_it_stands_for() -> None:
    stage = await call_of(CALL)

    await stage.care(Worded(CALL))

    for final in await finals_of(stage):
        words = final.text.reveal().split()
        assert len(final.words) == len(words)
        for span in final.personal:
            assert words[span.first_word].startswith("[")
            assert final.words[span.first_word].ended_ms > final.words[span.first_word].started_ms


async def test_what_the_policy_shows_somewhere_stays_and_says_where() -> None:
    stage = await call_of(CALL)
    names = Exemption(kind="person_name", shown_in=("desk",))

    async with listening_live(stage) as partials:
        await stage.care(Worded(CALL), protection=protecting(exemptions=(names,)))

    finals = await finals_of(stage)
    assert finals[4].text.reveal() == "thank you my name is Ada Lovelace"
    assert [(one.kind, one.shown_in) for one in finals[4].personal] == [("person_name", ("desk",))]
    # A partial goes to models too, which this policy does not let have names.
    assert "Lovelace" not in " ".join(partial.text for partial in partials)


async def test_a_tenants_own_pattern_is_masked_and_what_it_allows_is_not() -> None:
    stage = await call_of(CALL)
    protection = protecting(
        patterns=(PersonalPattern(name="customer", expression="k[0-9]{6}", kind="account_number"),),
        allowed=("Ada Lovelace",),
    )

    await stage.care(Worded(CALL), protection=protection)

    said = texts(await finals_of(stage))
    assert said[5] == "my customer number is [account-number]"
    assert said[4] == "thank you my name is Ada Lovelace"


async def test_a_restart_masks_alike_and_stores_nothing_twice() -> None:
    whole = await call_of(CALL)
    await whole.care(Worded(CALL))
    cut = await call_of(CALL)
    dying = Worded(CALL, dies=lambda session, _track, ended_ms: session == 1 and ended_ms > 9_000)

    await cut.care(dying)

    assert texts(await finals_of(cut)) == texts(await finals_of(whole))
    assert [one.utterance_id for one in await originals_of(cut)] == [
        one.utterance_id for one in await originals_of(whole)
    ]
