"""Who is given up on gets a letter; who could be gone on with loses it. Nobody is forgotten."""

import asyncio

import pytest
from antiphon.errors import (
    AntiphonError,
    KeyDestroyed,
    LogUnavailable,
    RecognizerFailed,
    StoreUnavailable,
)
from antiphon.events.base import ContactRef, Position
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.infra.letters_commands import outcomes
from antiphon.services.attempts import Attempts, Patience
from antiphon.services.letters import Letter, Problem
from antiphon.services.reactor import Inbox
from structlog.testing import capture_logs

from ..builders import CONTACT, contact
from .site import AT_ONCE, PROMPT_S, STREAM, Seen, Site, until


class Moody:
    """A care that fails while it is told to, and takes everything while not."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.attempts = 0
        self.seen = Seen()

    async def __call__(self, of: ContactRef, inbox: Inbox) -> None:
        self.attempts += 1
        if self.error is not None:
            raise self.error
        await self.seen(of, inbox)


async def letters_at(site: Site) -> list[Letter]:
    return await LetterBox(site.log).load()


async def a_letter(site: Site, *, times: int = 1) -> Letter:
    async with asyncio.timeout(PROMPT_S):
        while True:
            found = await letters_at(site)
            if found and found[0].times >= times:
                return found[0]


async def no_letter(site: Site) -> None:
    async with asyncio.timeout(PROMPT_S):
        while await letters_at(site):
            pass


async def test_a_letter_says_what_failed_where_and_how_often(site: Site) -> None:
    with capture_logs():
        site.start(Moody(RecognizerFailed("away")))
        [position] = await site.happens()

        letter = await a_letter(site)

    assert (letter.service, letter.contact, letter.times) == ("guidance", CONTACT, 1)
    assert letter.problem.code == "recognizer_failed"
    assert letter.problem.position == position
    assert letter.problem.attempts == AT_ONCE.attempts_max
    assert letter.since == letter.last_at
    assert letter.redrive_asked_at is None


async def test_a_letter_about_a_bug_names_its_place_and_nothing_that_was_said(site: Site) -> None:
    with capture_logs():
        site.start(Moody(ValueError("my card number is")))
        await site.happens()
        letter = await a_letter(site)

    assert letter.problem.code == "ValueError"
    assert letter.problem.attempts == 1
    assert letter.problem.where[-1].startswith("test_letters.py:")
    assert "card" not in str(letter)


async def test_a_letter_about_an_unreadable_history_names_the_fact(site: Site) -> None:
    seen = Seen()
    with capture_logs():
        site.start(seen)
        await site.happens()
        await until(lambda: CONTACT in seen.positions)
        unreadable = await site.log.append(
            STREAM, fact_subject(CONTACT, "life"), [Entry("x", b"?")], expected=None
        )
        await site.happens()

        letter = await a_letter(site)

    assert letter.problem.code == "history_unreadable"
    assert letter.problem.position == unreadable


async def test_a_redrive_helps_without_a_restart_and_the_letter_goes(site: Site) -> None:
    care = Moody(ValueError())
    with capture_logs():
        site.start(care, patience=Patience(healthy_s=0.05))
        expected = await site.happens()
        letter = await a_letter(site)
        care.error = None

        assert await site.letters.ask_redrive(letter)
        await until(care.seen.saw(CONTACT, expected))
        await no_letter(site)

    assert care.attempts == 2


async def test_a_redrive_that_does_not_help_is_counted_and_the_letter_stays(site: Site) -> None:
    care = Moody(ValueError())
    with capture_logs():
        site.start(care)
        await site.happens()
        first = await a_letter(site)

        await site.letters.ask_redrive(first)
        second = await a_letter(site, times=2)

    assert (second.since, second.times) == (first.since, 2)
    assert second.last_at > first.last_at
    # The wish was heeded, once.
    assert second.redrive_asked_at is None
    assert care.attempts == 2


async def test_a_person_sees_how_redrives_came_out(site: Site) -> None:
    hopeless, cured, nobodys = contact("c-1"), contact("c-2"), contact("c-3")
    cure = asyncio.Event()

    async def care(of: ContactRef, inbox: Inbox) -> None:
        if of == hopeless or not cure.is_set():
            raise ValueError

    with capture_logs():
        site.start(care)
        for one in (hopeless, cured):
            await site.happens(one)
        async with asyncio.timeout(PROMPT_S):
            while len(await letters_at(site)) < 2:
                pass
        mine = await letters_at(site)
        # Of a service that nobody runs.
        await site.letters.write("translation", nobodys, mine[0].problem)
        cure.set()
        asked = await letters_at(site)
        for one in asked:
            await site.letters.ask_redrive(one)

        async def settled() -> dict[str, list[Letter]]:
            async with asyncio.timeout(PROMPT_S):
                while True:
                    found = await outcomes(LetterBox(site.log), asked, within_s=0.2)
                    if len(found["still being tried"]) == 1:
                        return found

        found = await settled()

    contacts = {how: [one.contact for one in ones] for how, ones in found.items()}
    assert contacts == {
        "recovered": [cured],
        "came back": [hopeless],
        "still being tried": [nobodys],
    }


async def test_a_redrive_that_nobody_could_heed_waits_for_who_takes_the_range(site: Site) -> None:
    care = Moody(ValueError())
    with capture_logs():
        site.start(care)
        await site.happens()
        letter = await a_letter(site)
        await site.stop()
        care.error = None
        await site.letters.ask_redrive(letter)

        site.start(care, patience=Patience(healthy_s=0.05))
        await no_letter(site)

    assert care.attempts == 2


async def test_a_letter_about_a_contact_that_is_finished_with_is_withdrawn_by_a_redrive(
    site: Site,
) -> None:
    async def care(of: ContactRef, inbox: Inbox) -> None:
        pass

    # Its holder died between the end of its work and the withdrawal.
    progress = site.start(care)
    [position] = await site.happens()
    await until(lambda: progress.position == position)
    await site.letters.write("guidance", CONTACT, _problem(position))
    letter = await a_letter(site)

    await site.letters.ask_redrive(letter)

    await no_letter(site)


def _problem(position: int) -> Problem:
    return Problem(code="ValueError", position=Position(position), attempts=1)


async def test_a_later_fact_that_helps_takes_the_letter_away(site: Site) -> None:
    care = Moody(RecognizerFailed("away"))
    with capture_logs():
        site.start(care, patience=Patience(attempts_max=1, healthy_s=0.05))
        await site.happens()
        await a_letter(site)
        care.error = None
        await site.happens()

        await no_letter(site)


async def test_the_letter_of_an_erased_person_goes_without_a_word(site: Site) -> None:
    care = Moody(ValueError())
    with capture_logs():
        site.start(care)
        await site.happens()
        letter = await a_letter(site)
        care.error = KeyDestroyed("k")
        await site.letters.ask_redrive(letter)

        await no_letter(site)


async def test_asking_for_a_letter_that_is_gone_says_so(site: Site) -> None:
    await site.letters.write("guidance", CONTACT, _problem(1))
    letter = await a_letter(site)
    await site.letters.withdraw("guidance", CONTACT)
    await site.letters.withdraw("guidance", CONTACT)

    assert not await site.letters.ask_redrive(letter)
    assert await letters_at(site) == []


async def test_a_letter_waits_for_a_log_that_is_away(memory_site: Site) -> None:
    site, care = memory_site, Moody(ValueError())
    append = site.log.append
    refused = asyncio.Event()

    async def no_letters(stream: str, *args: object, **options: object) -> object:
        if stream == "KV_letters" and not refused.is_set():
            refused.set()
            raise LogUnavailable("away")
        return await append(stream, *args, **options)  # type: ignore[arg-type]

    site.log.append = no_letters  # type: ignore[method-assign, assignment]
    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        await a_letter(site)

    assert "letter_not_taken" in [entry["event"] for entry in logs]
    assert care.attempts == 1


# What counts as an attempt


@pytest.mark.parametrize("outage", [LogUnavailable("away"), StoreUnavailable("away")])
async def test_an_outage_never_exhausts_the_attempts(site: Site, outage: AntiphonError) -> None:
    care = Moody(outage)
    with capture_logs() as logs:
        site.start(care)
        expected = await site.happens()
        await until(lambda: care.attempts > 5 * AT_ONCE.attempts_max)
        care.error = None
        await until(care.seen.saw(CONTACT, expected))

    assert "contact_parked" not in [entry["event"] for entry in logs]
    assert await letters_at(site) == []


def test_a_vendor_that_is_away_for_minutes_does_not_exhaust_the_attempts() -> None:
    patience = Patience()

    whole = sum(patience.pause_s(n) for n in range(1, patience.attempts_max))

    assert 10 * 60 < whole < 20 * 60


def test_attempts_between_which_all_went_well_for_a_while_are_forgotten() -> None:
    time = [0.0]
    attempts = Attempts(Patience(attempts_max=2, healthy_s=60), clock=lambda: time[0])

    verdicts: list[str] = []
    for _ in range(5):
        attempts.begin()
        time[0] += 61
        verdicts.append(attempts.failed(RecognizerFailed("x")))
    attempts.begin()
    verdicts.append(attempts.failed(RecognizerFailed("x")))

    assert verdicts == [*5 * ["again"], "give_up"]


def test_an_outage_beside_a_failure_does_not_hide_it() -> None:
    attempts = Attempts(Patience(attempts_max=1))
    both = ExceptionGroup("both", [LogUnavailable("away"), RecognizerFailed("x")])

    assert attempts.failed(both) == "give_up"
    assert attempts.counted == 1
