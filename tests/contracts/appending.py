"""What an append promises, alone, in a race and repeated."""

import asyncio

import pytest
from antiphon.errors import StreamMoved, TenantUnknown
from antiphon.events.base import START
from antiphon.events.log import Entry

from ..infra.places import Place

WRITERS = 50


class AppendContract:
    async def test_positions_grow_over_all_subjects_of_a_stream(self, place: Place) -> None:
        first = await place.append("a", "one", expected=START)

        second = await place.append("b", "two", expected=START)
        third = await place.append("a", "three", expected=first)

        assert START < first < second < third
        assert await place.payloads() == ["one", "two", "three"]

    async def test_an_append_after_another_entry_than_expected_is_refused(
        self, place: Place
    ) -> None:
        first = await place.append("a", "one", expected=START)
        await place.append("a", "two", expected=first)

        with pytest.raises(StreamMoved):
            await place.append("a", "late", expected=first)
        with pytest.raises(StreamMoved):
            await place.append("a", "later", expected=START)

        assert await place.payloads() == ["one", "two"]

    async def test_an_append_after_an_entry_that_is_not_there_is_refused(
        self, place: Place
    ) -> None:
        await place.append("b", "other", expected=START)

        with pytest.raises(StreamMoved):
            await place.append("a", "early", expected=1)

        assert await place.payloads() == ["other"]

    async def test_of_many_writers_with_one_expectation_one_wins(self, place: Place) -> None:
        end = await place.append("a", "zero", expected=START)

        results = await asyncio.gather(
            *(place.append("a", f"writer {n}", expected=end) for n in range(WRITERS)),
            return_exceptions=True,
        )

        winners = [n for n, result in enumerate(results) if isinstance(result, int)]
        assert sum(isinstance(result, StreamMoved) for result in results) == WRITERS - 1
        assert await place.payloads() == ["zero", *(f"writer {n}" for n in winners)]

    async def test_an_unconditional_append_follows_whatever_is_there(self, place: Place) -> None:
        await place.append("a", "one", expected=START)

        await place.append("a", "two")
        await place.append("b", "three", "four")

        assert await place.payloads() == ["one", "two", "three", "four"]

    async def test_an_append_to_no_stream_names_the_tenant(self, place: Place) -> None:
        entry = Entry("id", b"x")

        for expected in (START, None):
            with pytest.raises(TenantUnknown) as caught:
                await place.log.append("EV_NOBODY", "ev.nobody.a", [entry], expected=expected)

            assert caught.value.tenant == "nobody"


class RepeatContract:
    @pytest.mark.parametrize("payloads", [["one"], ["one", "two", "three"]])
    async def test_a_repeated_append_answers_the_stored_position(
        self, place: Place, payloads: list[str]
    ) -> None:
        before = await place.append("a", "before", expected=START)
        stored = await place.append("a", *payloads, expected=before, ids="mine")
        await place.append("b", "meanwhile elsewhere", expected=START)

        repeated = await place.append("a", *payloads, expected=before, ids="mine")

        assert repeated == stored
        assert await place.payloads("a") == ["before", *payloads]

    async def test_a_repeated_append_is_recognised_behind_later_ones(self, place: Place) -> None:
        first = await place.append("a", "one", expected=START, ids="one")
        second = await place.append("a", "two", "three", expected=first, ids="two")
        await place.append("a", "four", expected=second, ids="four")

        repeated = [
            await place.append("a", "one", expected=START, ids="one"),
            await place.append("a", "two", "three", expected=first, ids="two"),
        ]

        assert repeated == [first, second]
        assert await place.payloads() == ["one", "two", "three", "four"]

    @pytest.mark.parametrize("payloads", [["one"], ["one", "two"]])
    async def test_a_repeated_unconditional_append_is_stored_once(
        self, place: Place, payloads: list[str]
    ) -> None:
        stored = await place.append("a", *payloads, ids="mine")
        await place.append("a", "later")

        repeated = await place.append("a", *payloads, ids="mine")

        assert repeated == stored
        assert await place.payloads() == [*payloads, "later"]

    async def test_the_same_append_sent_twice_at_once_is_stored_once(self, place: Place) -> None:
        twice = [place.append("a", "one", "two", expected=START, ids="mine") for _ in range(2)]

        positions = await asyncio.gather(*twice)

        assert positions[0] == positions[1]
        assert await place.payloads() == ["one", "two"]

    async def test_an_id_used_for_another_subject_is_a_bug_and_not_a_repetition(
        self, place: Place
    ) -> None:
        await place.append("a", "one", ids="same")

        with pytest.raises(ValueError, match="id"):
            await place.append("b", "two", ids="same")

        assert await place.payloads() == ["one"]


class BatchContract:
    async def test_several_entries_stand_together_in_their_order(self, place: Place) -> None:
        words = [f"word {n}" for n in range(20)]
        noise = [place.append(f"noise-{n}", "noise") for n in range(10)]

        last, *_ = await asyncio.gather(place.append("a", *words, expected=START), *noise)

        [batch] = [batch async for batch in place.log.read(place.stream, [place.subject("a")])]
        assert [stored.payload.decode() for stored in batch] == words
        assert [stored.position for stored in batch] == list(range(last - 19, last + 1))

    async def test_of_several_refused_entries_none_is_stored(self, place: Place) -> None:
        await place.append("a", "one", expected=START)

        with pytest.raises(StreamMoved):
            await place.append("a", "two", "three", expected=START)

        assert await place.payloads() == ["one"]

    async def test_of_many_writers_of_several_entries_one_wins_all(self, place: Place) -> None:
        batches = [
            place.append("a", f"{n} first", f"{n} second", expected=START) for n in range(10)
        ]

        results = await asyncio.gather(*batches, return_exceptions=True)

        [winner] = [n for n, result in enumerate(results) if isinstance(result, int)]
        assert await place.payloads() == [f"{winner} first", f"{winner} second"]
