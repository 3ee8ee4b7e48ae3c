"""Who read what, line by line, from the register."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import structlog
from msgspec import Struct

from ..errors import AntiphonError
from ..events.access import KIND
from ..events.base import Epoch, Event, Position, TenantName, Unreadable
from ..events.register import Registered
from .lines import control_line
from .ports import Ports
from .sse import event_id
from .told import fields_of, to_json

log = structlog.get_logger()

_PIECE_LINES = 200  # sent at once


class AccessSelection(Struct, frozen=True, kw_only=True):
    """Which accesses are wanted."""

    recorded_from: datetime | None
    recorded_to: datetime | None
    after: Position
    upto: Position
    epoch: Epoch  # of the register
    contact_id: str | None
    actor: str | None  # as it is recorded: `reader:<id>`

    def takes(self, access: Registered) -> bool:
        """Tell whether an access is wanted. One that cannot be read is never left out."""
        at = access.recorded_at
        if self.recorded_from is not None and at < self.recorded_from:
            return False
        if self.recorded_to is not None and at >= self.recorded_to:
            return False
        if isinstance(access.event, Unreadable):
            return True
        if self.actor is not None and access.actor != self.actor:
            return False
        return self.contact_id is None or self._concerns(access.event)

    def _concerns(self, event: Event) -> bool:
        # Whoever read the whole tenant read this contact too.
        contact_id = getattr(event, "contact_id", "")
        return contact_id is None or contact_id == self.contact_id


class Accesses:
    """The lines of one answer. See `bounded.Feed`."""

    def __init__(self, tenant: TenantName, selection: AccessSelection, ports: Ports) -> None:
        self._tenant = tenant
        self._selection = selection
        self._ports = ports
        self._seen = selection.after

    def close(self) -> None:
        """Nothing is held before the first line is asked for."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield lines, and a last one that says where to go on."""
        selection = self._selection
        why, detail = "bound_reached", "this answer has lasted long enough"
        try:
            pieces = self._pieces()
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except AntiphonError as error:
            log.warning("accesses_interrupted", tenant=self._tenant, code=error.code)
            why, detail = error.code, str(error)
        complete = self._seen >= selection.upto
        told = {"next": event_id(selection.epoch, self._seen), "complete": complete}
        yield control_line(told if complete else told | {"why": why, "detail": detail})

    async def _pieces(self) -> AsyncGenerator[bytes]:
        selection, lines = self._selection, list[bytes]()
        until = time.monotonic() + self._ports.limits.lifetime_s
        accesses = self._ports.register.read(
            self._tenant, kind=KIND, after=selection.after, upto=selection.upto
        )
        async with aclosing(accesses):
            async for access in accesses:
                if selection.takes(access):
                    lines.append(to_json(_told(access)) + b"\n")
                self._seen = access.position
                if len(lines) >= _PIECE_LINES:
                    yield b"".join(lines)
                    lines.clear()
                if time.monotonic() > until:
                    break
            else:
                self._seen = selection.upto
        if lines:
            yield b"".join(lines)


def _told(access: Registered) -> dict[str, Any]:
    unreadable = access.event if isinstance(access.event, Unreadable) else None
    return {
        "position": access.position,
        "type": access.event.TYPE if unreadable is None else unreadable.type,
        "version": access.event.VERSION if unreadable is None else unreadable.version,
        "recorded_at": access.recorded_at,
        "occurred_at": access.occurred_at,
        "id": access.id,
        "actor": access.actor,
        "data": fields_of(access.event),
    }
