"""A page of direct gets ends where something is missing: nothing is read past a hole."""

import pytest
from antiphon.events.base import Position
from antiphon.infra.jetstream.pages import Arriving


def answer(position: int, *, after: int) -> tuple[bytes, bytes]:
    headers = (
        "NATS/1.0\r\nNats-Msg-Id: id-{0}\r\nNats-Stream: EV_X\r\nNats-Subject: ev.x.a\r\n"
        "Nats-Sequence: {0}\r\nNats-Time-Stamp: 2026-11-22T14:49:57.032712388Z\r\n"
        "Nats-Last-Sequence: {1}\r\nNats-Num-Pending: 9\r\n\r\n"
    )
    return f"entry {position}".encode(), headers.format(position, after).encode()


PAGE_ENDS = (b"", b"NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\nNats-Last-Sequence: 5\r\n\r\n")
NOT_FOUND = (b"", b"NATS/1.0 404 Message Not Found\r\n\r\n")


@pytest.mark.parametrize(
    ("answers", "read", "whole"),
    [
        pytest.param([answer(3, after=0), answer(5, after=3)], [3, 5], False, id="more to come"),
        pytest.param([answer(3, after=0), answer(9, after=3)], [3, 9], True, id="to the end"),
        pytest.param([answer(3, after=0), answer(12, after=3)], [3], True, id="past the end"),
        pytest.param([answer(3, after=0), PAGE_ENDS], [3], True, id="the page ends"),
        pytest.param([answer(3, after=0), answer(7, after=5)], [3], True, id="a hole"),
        pytest.param([answer(5, after=3), answer(7, after=5)], [], True, id="a hole at once"),
        pytest.param([NOT_FOUND], [], True, id="nothing there"),
        pytest.param(
            [answer(3, after=0), answer(7, after=5), answer(5, after=3)], [3], True, id="too late"
        ),
    ],
)
def test_a_page_is_read_up_to_where_it_ends_or_something_is_missing(
    answers: list[tuple[bytes, bytes]], read: list[int], *, whole: bool
) -> None:
    page = Arriving(Position(9))

    for payload, headers in answers:
        page.receive(payload, headers)

    assert [one.stored.position for one in page.entries] == read
    assert [one.id for one in page.entries] == [f"id-{position}" for position in read]
    assert page.is_whole is whole
