"""Appends that are told apart by their attempt: what the Journal promises over every adapter.

Run by `tests/infra/test_journal.py`.
"""

import pytest
from antiphon.errors import StreamMoved
from antiphon.events.base import START
from antiphon.events.journal import Journal

from .. import builders
from ..infra.places import Place


class AttemptContract:
    async def test_to_an_attempt_of_its_own_even_the_same_event_is_news(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        draft = builders.draft(builders.contact_started())
        first = await journal.append(place.contact(), [draft], expected=START)

        with pytest.raises(StreamMoved):
            await journal.append(place.contact(), [draft], expected=START, attempt="b-1")

        facts = [recorded async for recorded in journal.read(place.contact())]
        assert [fact.position for fact in facts] == [first]

    async def test_an_attempt_that_is_repeated_answers_as_it_did(self, place: Place) -> None:
        journal = Journal(place.log, place.keys)
        draft = builders.draft(builders.contact_started())

        first = await journal.append(place.contact(), [draft], expected=START, attempt="b-1")
        again = await journal.append(place.contact(), [draft], expected=START, attempt="b-1")

        assert again == first
