"""The stream by which segments come: shards that part and join, and answers of no use."""

import asyncio

import pytest
from antiphon.errors import SegmentsFailure, SegmentsUnavailable
from antiphon.infra.simulator.clock import RealClock
from antiphon.infra.simulator.segments.misbehaviour import GOOD, Misbehaviour
from antiphon.infra.simulator.segments.stream import DataStream
from antiphon.services.transcription.contact_lens import kinesis
from antiphon.services.transcription.contact_lens.checkpoint import (
    Checkpoint,
    ShardMarks,
    decoded,
    to_read,
)
from antiphon.services.transcription.contact_lens.kinesis import StreamName
from antiphon.services.transcription.contact_lens.port import Shard
from structlog.testing import capture_logs

from ...builders import contact_started
from ...infra.simulator.clocks import MovableClock
from ...waiting import until
from .lens import STREAM, asking, counted, ids_told, new_lens, saved, told
from .segments import ARN, CALL, COMPLETED, SPOKEN, finals, ids, turns


def test_children_wait_for_all_their_parents_that_there_still_are() -> None:
    shards = [
        Shard(shard_id="a"),
        Shard(shard_id="b"),
        Shard(shard_id="ab", parents=("a", "b")),
        Shard(shard_id="c", parents=("gone",)),
    ]

    assert [one.shard_id for one in to_read(shards, read=frozenset())] == ["a", "b", "c"]
    assert [one.shard_id for one in to_read(shards, read=frozenset("a"))] == ["b", "c"]
    assert [one.shard_id for one in to_read(shards, read=frozenset("abc"))] == ["ab"]


def test_a_checkpoint_stands_before_the_oldest_record_that_is_not_done() -> None:
    marks = ShardMarks(after="10")
    first, second, third = (marks.take(sequence) for sequence in ("11", "12", "13"))

    first.done()
    third.done()
    assert (marks.told_upto, marks.is_finished) == ("11", False)
    second.done()
    assert (marks.told_upto, marks.is_finished) == ("13", False)
    marks.is_read = True
    assert marks.is_finished


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    checkpoint = Checkpoint(told={"a": "12", "b": ""}, finished=("c",))

    assert decoded(checkpoint.encoded()) == checkpoint
    assert decoded(b"") == Checkpoint()


async def test_shards_that_part_and_join_in_mid_call_keep_its_order() -> None:
    async with new_lens(shards=2) as lens:
        await lens.stage.tell(contact_started())
        lens.start()
        await until(lambda: lens.server.asked["GetRecords"] > 1)
        for number, one in enumerate(turns(40)):
            open_ = [shard.shard_id for shard in lens.stream.shards if not shard.is_closed]
            if number % 10 == 3:
                lens.stream.split(open_[0])
            elif number % 10 == 7:
                lens.stream.merge(open_[-2], open_[-1])
            lens.put(one)
            await asyncio.sleep(0)
        lens.put(COMPLETED)

        assert await ids_told(lens) == ids(40)


async def test_what_was_put_before_a_split_is_told_before_what_was_put_after() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(3))
        lens.stream.split("shardId-000000000000")
        lens.put(*turns(3, first=3), COMPLETED)
        parent = asyncio.Event()
        lens.server.misbehaves = lambda operation, number: (
            Misbehaviour(answers=parent) if (operation, number) == ("GetRecords", 1) else GOOD
        )

        lens.start()
        await until(lambda: lens.server.asked["ListShards"] > 3)
        asked = lens.server.asked["GetRecords"]
        parent.set()

        assert asked == 1
        assert await ids_told(lens) == ids(6)


@pytest.mark.parametrize(
    ("misbehaviour", "kind"),
    [
        (Misbehaviour(refuse="ProvisionedThroughputExceededException"), "throttled"),
        (Misbehaviour(refuse="LimitExceededException"), "throttled"),
        (Misbehaviour(refuse="ExpiredIteratorException"), "iterator"),
        (Misbehaviour(refuse="InternalFailure", status=500), "retry"),
        (Misbehaviour(refuse="ExpiredTokenException"), "retry"),
        (Misbehaviour(refuse="KMSAccessDeniedException"), "denied"),
        (Misbehaviour(refuse="Novelty"), "retry"),
        (Misbehaviour(cut=True), "retry"),
        (Misbehaviour(unreadable=True), "retry"),
    ],
    ids=lambda one: (
        one.refuse or "cut" * one.cut or "unreadable" if isinstance(one, Misbehaviour) else one
    ),
)
async def test_answers_of_no_use_are_asked_for_again(
    misbehaviour: Misbehaviour, kind: SegmentsFailure
) -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL)
        before = counted("interruptions_total", kind=kind)
        lens.server.misbehaves = lambda operation, number: (
            misbehaviour if operation == "GetRecords" and number % 3 else GOOD
        )

        lens.start()
        speech = await told(lens)

        assert finals(speech) == SPOKEN
        assert counted("interruptions_total", kind=kind) >= before + 2


@pytest.mark.parametrize("operation", ["ListShards", "GetShardIterator"])
async def test_a_stream_that_cannot_be_opened_is_opened_once_it_can(operation: str) -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL)
        lens.server.misbehaves = lambda asked, number: (
            Misbehaviour(refuse="AccessDeniedException")
            if asked == operation and number < 4
            else GOOD
        )

        with capture_logs() as logs:
            lens.start()
            speech = await told(lens)

        assert finals(speech) == SPOKEN
        denied = [one for one in logs if one["event"] == "segments_interrupted"]
        assert [(one["log_level"], one["kind"]) for one in denied] == [("error", "denied")] * 3


async def test_shards_are_listed_to_the_last_page() -> None:
    async with new_lens(shards=5, page_shards=2) as lens, asking(lens) as source:
        found = await source.shards()

        assert [one.shard_id for one in found] == [one.shard_id for one in lens.stream.shards]
        assert lens.server.asked["ListShards"] == 3


async def test_a_stream_that_was_made_anew_is_read_from_its_beginning() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL[:3])
        lens.start()
        await lens.stage.until(lambda events: bool(finals(events)))
        await lens.stop()
        lens.stream = DataStream(ARN, clock=RealClock(), made=2)
        lens.server.streams[ARN] = lens.stream
        lens.put(*CALL)

        with capture_logs() as logs:
            lens.start()
            speech = await told(lens)

        assert finals(speech) == SPOKEN
        assert [one["kind"] for one in logs if "kind" in one] == ["position"]


async def test_a_shard_that_is_no_longer_kept_is_let_go_of() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(2))
        lens.start()
        await lens.stage.until(lambda events: len(finals(events)) == 2)
        (parent,) = lens.stream.shards
        children = lens.stream.split(parent.shard_id)

        async def is_finished() -> bool:
            return (await saved(lens)).finished == (parent.shard_id,)

        await until(is_finished, what="told to its end")
        lens.stream.forget(before=lens.stream.shards[1].first_sequence)

        async def is_forgotten() -> bool:
            return not (await saved(lens)).finished

        await until(is_forgotten, what="forgotten")
        lens.put(*turns(2, first=2), COMPLETED)

        assert await ids_told(lens) == ids(4)
        assert sorted((await saved(lens)).told) == sorted(children)


async def test_what_was_read_to_its_end_is_not_read_again_and_forgotten_when_it_is_gone() -> None:
    async def finished() -> tuple[str, ...]:
        return (await saved(lens)).finished

    async def is_forgotten() -> bool:
        return await finished() == ()

    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(2))
        (parent,) = lens.stream.shards
        children = lens.stream.split(parent.shard_id)
        lens.start()
        lens.put(*turns(2, first=2))
        await lens.stage.until(lambda events: len(finals(events)) == 4)
        await lens.stop()
        assert await finished() == (parent.shard_id,)

        with capture_logs() as logs:
            lens.start()
            lens.put(COMPLETED)
            await told(lens)
            lens.stream.forget(before=lens.stream.shards[1].first_sequence)
            await until(is_forgotten, what="forgotten")

        taken = {one["shard"] for one in logs if one["event"] == "shard_taken"}
        assert taken == set(children)


async def test_an_iterator_that_expired_is_had_anew() -> None:
    clock = MovableClock(skips=False)
    async with new_lens(clock=clock) as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(2))
        lens.start()
        await lens.stage.until(lambda events: len(finals(events)) == 2)

        clock.advance(301.0)
        lens.put(*turns(2, first=2), COMPLETED)

        assert await ids_told(lens) == ids(4)


async def test_how_far_behind_the_reader_is_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinesis, "RECORDS_MAX", 1)
    clock, second = MovableClock(skips=False), asyncio.Event()
    async with new_lens(clock=clock) as lens:
        lens.put(CALL[0])
        clock.advance(5.0)
        lens.put(CALL[0])
        lens.server.misbehaves = lambda operation, number: (
            Misbehaviour(answers=second) if (operation, number) == ("GetRecords", 2) else GOOD
        )

        lens.start()
        await until(lambda: counted("behind_seconds", stream=STREAM) == 5.0, what="behind")
        second.set()
        await until(lambda: counted("behind_seconds", stream=STREAM) == 0.0, what="caught up")

        assert lens.server.asked["GetRecords"] > 1


async def test_credentials_that_are_refused_are_found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "old")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret of old")
    async with new_lens() as lens, asking(lens) as source:
        lens.server.secrets = {"old": "secret of old"}
        assert len(await source.shards()) == 1
        lens.server.secrets = {"new": "secret of new"}
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "new")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret of new")

        with pytest.raises(SegmentsUnavailable):
            await source.shards()

        assert len(await source.shards()) == 1


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/lens/1",
        "arn:aws:kinesis:eu-central-1:1111:stream/lens",
        "arn:aws:kinesis:eu-central-1:111122223333:stream/le/ns",
        "arn:aws:kinesis:eu-central-1:111122223333:stream/lens\n",
    ],
)
def test_what_is_no_stream_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN"):
        StreamName.of(arn)


def test_a_stream_of_china_is_asked_for_there() -> None:
    assert StreamName.of("arn:aws-cn:kinesis:cn-north-1:111122223333:stream/lens").domain == (
        "amazonaws.com.cn"
    )
