"""Who says nothing is let go, and what cannot be stored is held no longer than there is room."""

import asyncio
from datetime import timedelta

import pytest
from antiphon.api.audiohook import exchange, route
from antiphon.api.audiohook import session as session_module
from antiphon.api.ingest import order, reception
from websockets.exceptions import ConnectionClosed

from ..ingest.world import NOW
from ..ingest.world import cell as make_cell
from ..twilio.vendor import linear
from .client import Session, hooked, interleaved, probing
from .conftest import Call
from .spoken import FRAME, heard_of

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_client_that_never_opens_is_let_go(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "OPEN_S", 0.05)

    async with call.hooked() as session:
        with pytest.raises(ConnectionClosed):
            await session.hear()

        assert session.socket.close_code == 1013


async def test_where_there_is_no_room_a_client_is_told_so(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "CONNECTIONS_MAX", 0)

    async with call.hooked() as session:
        await session.tell("open", session.opening())

        assert await session.parted() == {"reason": "error", "info": "busy"}


async def test_a_client_that_falls_silent_is_let_go_and_keeps_what_it_brought(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "IDLE_S", 0.3)

    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        with pytest.raises(ConnectionClosed):
            await session.hear()

    assert await call.heard() == heard_of(FRAME, FRAME)
    assert "contact_ended" not in await call.kinds()


async def test_a_probe_that_is_never_closed_is_let_go(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "PROBE_S", 0.1)

    async with call.hooked() as session:
        await session.tell("open", probing())
        await session.expect("opened")

        assert await session.parted() == {"reason": "error", "info": "probe_unfinished"}


async def talk_on(session: Session) -> None:
    while True:
        await session.tell("ping")
        await (await session.socket.ping())  # is answered by the server's socket


async def test_a_client_that_was_asked_to_go_and_talks_on_is_let_go(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LINGER_S", 0.2)

    async with call.hooked() as session, asyncio.timeout(10):
        await session.tell("ping")
        await session.expect("disconnect")
        with pytest.raises(ConnectionClosed):
            await talk_on(session)


async def test_a_client_that_was_closed_and_stays_is_hung_up_on(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LINGER_S", 0.2)

    async with call.hooked() as session, asyncio.timeout(10):
        await session.open()
        await session.tell("close", {"reason": "end"})
        await session.expect("closed")
        with pytest.raises(ConnectionClosed):
            await talk_on(session)

        assert session.socket.close_code == 1000


async def test_a_client_in_haste_is_heard_at_the_pace_of_its_audio(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_module, "AHEAD_S", 0.1)
    monkeypatch.setattr(session_module, "FUTURE_S_MAX", 0.25)
    monkeypatch.setattr(order, "FUTURE_S_MAX", 0.25)
    clock = asyncio.get_running_loop().time
    began_s = clock()

    async with (
        make_cell(now=lambda: NOW + timedelta(seconds=clock() - began_s)) as cell,
        cell.serving() as url,
        hooked(url) as session,
    ):
        await session.open()
        for _ in range(12):  # 0.6 s, at once
            await session.send(interleaved(FRAME[:400], FRAME[:400]))
        await session.close()

        assert (await cell.heard(session.conversation))["to_customer"] == linear(FRAME[:400] * 12)
