"""Which contacts began in a time, as the log tells it; that it was looked at is recorded."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Struct

from ...errors import LogUnavailable
from ...events.base import ContactId

# Asks for a page of facts: `after` is where the page before ended.
Page = Callable[[str | None], AsyncGenerator[bytes]]


class Found(Struct, frozen=True, kw_only=True):
    """Contacts that began, the newest of them where there are more than were asked for."""

    contact_ids: tuple[ContactId, ...]
    beyond: int  # older ones that were left out
    missing: int  # positions of the log that are kept nowhere any more


async def find_contacts(page: Page, *, queue: str | None, contacts_max: int) -> Found:
    """Return the contacts whose beginning the pages tell, of a queue or of all.

    Raises:
        LogUnavailable: the log could not be read to the end.
    """
    found: deque[ContactId] = deque(maxlen=contacts_max)
    count, missing, after = 0, 0, None
    while True:
        last: dict[str, Any] | None = None
        async with aclosing(page(after)) as lines:
            async for line in lines:
                told: dict[str, Any] = msgspec.json.decode(line)
                if gap := told.get("missing"):
                    missing += gap["last"] - gap["first"] + 1
                elif "next" in told:
                    last = told
                elif queue is None or told["data"].get("queue") == queue:
                    found.append(told["contact_id"])
                    count += 1
        if last is None:
            raise LogUnavailable("an answer was cut before it said where to go on")
        if last["complete"]:
            return Found(contact_ids=tuple(found), beyond=count - len(found), missing=missing)
        if last["next"] == after:
            raise LogUnavailable(f"it cannot be read beyond {after}: {last['detail']}")
        after = last["next"]
