"""How an answer goes wrong, told before it is given."""

import asyncio

from msgspec import Struct


class Misbehaviour(Struct, frozen=True, kw_only=True):
    """As it stands, none."""

    refuse: str = ""  # answered with this exception
    status: int = 400  # and this status
    cut: bool = False  # the connection breaks off in mid-answer
    unreadable: bool = False  # JSON of another shape
    repeats: int = 0  # so many records before the iterator come again
    answers: asyncio.Event | None = None  # only then


GOOD = Misbehaviour()
