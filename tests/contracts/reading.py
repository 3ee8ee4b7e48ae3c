"""What reading promises, and what a stream says of itself."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from antiphon.errors import TenantUnknown
from antiphon.events.base import START, Position

from ..infra.places import Place
from .entries import PATIENCE_S, take, texts

VERY_LONG = 9_000  # entries: on JetStream pages begin such a read and a cursor goes on


class ReadContract:
    async def test_filters_choose_subjects_by_token(self, place: Place) -> None:
        for name in ("00.x.life", "00.x.media", "01.y.life", "01.y.life.deeper"):
            await place.append(name, name)

        chosen = {
            pattern: await place.payloads(pattern)
            for pattern in ("00.x.life", "*.*.life", "00.>", "01.y.*", "02.>")
        }

        assert chosen == {
            "00.x.life": ["00.x.life"],
            "*.*.life": ["00.x.life", "01.y.life"],
            "00.>": ["00.x.life", "00.x.media"],
            "01.y.*": ["01.y.life"],
            "02.>": [],
        }

    async def test_several_filters_are_read_in_the_order_of_the_stream(self, place: Place) -> None:
        names = [f"{n % 4}" for n in range(40)]
        for number, name in enumerate(names):
            await place.append(name, f"{number}")

        read = await place.payloads("3", "0", "1", "nothing")

        assert read == [f"{n}" for n, name in enumerate(names) if name != "2"]

    async def test_a_long_stream_is_read_whole_and_in_order(self, place: Place) -> None:
        words = [f"word {n}" for n in range(2_400)]
        # Unevenly: one subject's pages end long before another's.
        for block, start in enumerate(range(0, len(words), 100)):
            name = {0: "1", 3: "2"}.get(block % 5, "0")
            await place.append(name, *words[start : start + 100])

        whole, parts = await place.payloads(), await place.payloads("0", "1", "2")

        assert whole == words
        assert parts == words

    async def test_a_very_long_stretch_is_read_whole_and_in_order_however_it_is_asked_for(
        self, place: Place
    ) -> None:
        words = [f"word {n}" for n in range(VERY_LONG)]
        for block, start in enumerate(range(0, len(words), 500)):
            await place.append(f"{block % 3}", *words[start : start + 500])
        await place.append("elsewhere", "not wanted")
        some = [place.subject(name) for name in ("0", "1", "2")]

        async def read(after: int, upto: int | None, *filters: str) -> list[str]:
            end = None if upto is None else Position(upto)
            batches = place.log.read(place.stream, filters, after=Position(after), upto=end)
            return [text async for batch in batches for text in texts(batch)]

        assert await read(0, None, place.subject(">")) == [*words, "not wanted"]
        assert await read(0, None, *some) == words
        assert await read(600, VERY_LONG - 300, *some) == words[600:-300]
        assert await read(0, VERY_LONG - 300, place.subject("*")) == words[:-300]
        # Its last position is of another subject: nothing that is wanted stands there.
        first = [word for n, word in enumerate(words) if n // 500 % 3 == 0]
        assert await read(0, VERY_LONG + 1, some[0]) == first

    async def test_a_very_long_read_can_be_left_and_gone_on_with(self, place: Place) -> None:
        words = [f"word {n}" for n in range(VERY_LONG)]
        for start in range(0, len(words), 500):
            await place.append("a", *words[start : start + 500])
        read, after = list[str](), START

        async with asyncio.timeout(PATIENCE_S):
            while len(read) < len(words):
                batches = place.log.read(place.stream, [place.subject("a")], after=after)
                async with aclosing(batches):
                    for _ in range(3):
                        if batch := await anext(batches, None):
                            read += texts(batch)
                            after = batch[-1].position

        assert read == words

    async def test_a_read_begins_after_one_position_and_ends_at_another(self, place: Place) -> None:
        positions = [await place.append("a", f"{n}") for n in range(6)]
        filters = [place.subject("a")]

        async def read(after: Position, upto: Position | None) -> list[str]:
            batches = place.log.read(place.stream, filters, after=after, upto=upto)
            return [text async for batch in batches for text in texts(batch)]

        assert await read(positions[1], positions[3]) == ["2", "3"]
        assert await read(positions[3], None) == ["4", "5"]
        assert await read(positions[5], None) == []
        assert await read(START, Position(positions[5] + 100)) == [f"{n}" for n in range(6)]
        assert await read(positions[2], positions[1]) == []

    async def test_a_read_ends_though_others_keep_appending(self, place: Place) -> None:
        for n in range(5):
            await place.append(f"{n % 2}", f"{n}")
        read: list[str] = []

        async with asyncio.timeout(PATIENCE_S):
            filters = [place.subject("0"), place.subject("1")]
            async for batch in place.log.read(place.stream, filters):
                read += texts(batch)
                await place.append("0", "more")

        assert read == [f"{n}" for n in range(5)]

    async def test_a_read_of_several_filters_sees_the_stream_as_it_was_at_one_moment(
        self, place: Place
    ) -> None:
        names, count = ("a", "b", "c"), 600

        async def write() -> None:
            for n in range(count):
                await place.append(names[n % len(names)], f"{n}")

        writing = asyncio.create_task(write())
        reads: list[list[str]] = []
        async with asyncio.timeout(PATIENCE_S):
            while not writing.done():
                reads.append(await place.payloads(*names))
        await writing

        assert all(read == [f"{n}" for n in range(len(read))] for read in reads)
        assert len({len(read) for read in reads}) > 1

    async def test_the_last_entry_is_that_of_the_exact_subject(self, place: Place) -> None:
        await place.append("a", "one")
        position = await place.append("a", "two")
        await place.append("a.b", "three")

        last = await place.log.last(place.stream, place.subject("a"))
        nothing = await place.log.last(place.stream, place.subject("c"))

        assert last is not None
        assert (last.position, last.payload) == (position, b"two")
        assert last.subject == place.subject("a")
        assert nothing is None

    async def test_an_entry_tells_the_same_time_however_it_is_read(self, place: Place) -> None:
        before = datetime.now(UTC)
        await place.append("a", "one")
        await place.append("a", "two")
        filters = [place.subject("a")]

        last = await place.log.last(place.stream, place.subject("a"))
        [read] = [batch async for batch in place.log.read(place.stream, filters)]
        async with aclosing(place.log.follow(place.stream, filters)) as follow:
            followed = await take(follow, 2)

        assert read == followed
        assert read[-1] == last
        assert all(one.recorded_at.utcoffset() == timedelta(0) for one in read)
        assert before - timedelta(seconds=5) < read[0].recorded_at <= read[1].recorded_at


class PointContract:
    async def test_entries_are_read_by_position_in_the_order_asked_for(self, place: Place) -> None:
        positions = [await place.append(f"{n % 7}", f"{n}") for n in range(700)]
        asked = positions[::-2]

        found = await place.by_position.read_at(place.stream, asked)

        assert [one.position for one in found] == asked
        assert texts(found) == [f"{n}" for n in range(699, -1, -2)]
        assert found[0] == await place.log.last(place.stream, place.subject(f"{699 % 7}"))

    async def test_what_is_not_there_is_left_out(self, place: Place) -> None:
        only = await place.append("a", "one")

        found = await place.by_position.read_at(
            place.stream, [Position(only + 1), only, Position(9_999)]
        )

        assert texts(found) == ["one"]
        assert await place.by_position.read_at(place.stream, []) == []

    async def test_no_stream_holds_no_positions(self, place: Place) -> None:
        with pytest.raises(TenantUnknown):
            await place.by_position.read_at("EV_NOBODY", [Position(1)])


class StateContract:
    async def test_a_new_stream_holds_nothing(self, place: Place) -> None:
        state = await place.log.state(place.stream)

        assert state.last == START
        assert state.first == 1

    async def test_ends_move_and_the_epoch_stays(self, place: Place) -> None:
        before = await place.log.state(place.stream)
        last = await place.append("a", "one", "two", expected=START)

        after = await place.log.state(place.stream)

        assert (after.first, after.last) == (1, last)
        assert after.epoch == before.epoch
        # An id of an SSE event is `<epoch>-<position>`, and a subject may hold an epoch.
        assert after.epoch.isalnum()

    async def test_no_stream_is_no_tenant(self, place: Place) -> None:
        with pytest.raises(TenantUnknown) as caught:
            await place.log.state("EV_NO-BODY")

        assert caught.value.tenant == "no-body"
