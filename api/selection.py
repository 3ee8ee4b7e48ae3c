"""Which facts of the past are asked for: times for people, positions for machines.

Times are those of the log's own clock (`recorded_at`): it alone stands beside every fact, in
the order of the facts. `from` is inclusive and `to` is not, so that days join without a seam.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from ..errors import EpochChanged, Malformed, PositionBeyondEnd
from ..events.access import Selected
from ..events.base import LANES, START, Epoch, Lane, Position, TenantName
from ..events.catalogue import EVENTS
from ..events.log import StreamState
from ..events.subjects import facts_stream
from .ports import Ports
from .sse import parse_event_id

_INSTANT = Annotated[datetime, Meta(tz=True)]
_TYPES = frozenset(event.TYPE for event in EVENTS)
_ONCE = ("from", "to", "after", "upto", "texts", "reason", "contact", "actor")
_PARAMETERS = frozenset(_ONCE) - {"actor"} | {"type", "lane"}

From = Annotated[
    str | None,
    QueryParameter(name="from", description="Recorded at or after this instant (RFC 3339)."),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", description="Recorded before this instant (RFC 3339)."),
]
Types = Annotated[
    list[str] | None, QueryParameter(name="type", description="Of this type; repeatable.")
]
Lanes = Annotated[
    list[str] | None, QueryParameter(name="lane", description="Of this lane; repeatable.")
]
After = Annotated[
    str | None,
    QueryParameter(name="after", description="What stands after `<epoch>-<position>`."),
]
Upto = Annotated[
    str | None,
    QueryParameter(name="upto", description="What stands up to `<epoch>-<position>`."),
]
Texts = Annotated[
    str | None,
    QueryParameter(
        name="texts",
        description="`open` (default), or `sealed`: personal texts as they are stored.",
    ),
]


class Selection(Struct, frozen=True, kw_only=True):
    """Which facts are wanted."""

    recorded_from: datetime | None = None
    recorded_to: datetime | None = None
    types: frozenset[str] = frozenset()  # empty: all
    lanes: tuple[Lane, ...] = LANES
    after: Position = START
    upto: Position
    epoch: Epoch  # of the positions
    texts_open: bool = True

    @property
    def takes_any_time(self) -> bool:
        """Tell whether time leaves nothing out."""
        return self.recorded_from is None and self.recorded_to is None

    def takes_time(self, at: datetime) -> bool:
        """Tell whether a fact recorded at `at` is wanted, as far as time goes."""
        return (self.recorded_from is None or at >= self.recorded_from) and (
            self.recorded_to is None or at < self.recorded_to
        )

    def recorded(self) -> Selected:
        """Return the same as the register keeps it."""
        return Selected(
            recorded_from=self.recorded_from,
            recorded_to=self.recorded_to,
            types=tuple(sorted(self.types)),
            lanes=self.lanes,
            after=self.after,
            upto=self.upto,
            texts_open=self.texts_open,
        )


async def provide_selection(  # noqa: PLR0917 (the framework passes them by name)
    request: Request[Any, Any, Any],
    tenant: NamedDependency[TenantName],
    ports: NamedDependency[Ports],
    recorded_from: From = None,
    recorded_to: To = None,
    event_types: Types = None,
    lanes: Lanes = None,
    after: After = None,
    upto: Upto = None,
    texts: Texts = None,
) -> Selection:
    """Return which facts a request asks for.

    Raises:
        Malformed: names the parameter.
        EpochChanged, PositionBeyondEnd: a position was not read from this stream.
    """
    in_path = {"contact"} if "contact_id" in request.path_params else set[str]()
    check_names(request, known=_PARAMETERS - in_path)
    types, wanted_lanes, is_open = types_of(event_types), lanes_of(lanes), texts_open(texts)
    first, end = interval_of(recorded_from, recorded_to)
    state = await ports.journal.state(tenant)
    begins, ends = positions_of(after, upto, stream=facts_stream(tenant), state=state)
    return Selection(
        recorded_from=first,
        recorded_to=end,
        types=types,
        lanes=wanted_lanes,
        after=begins,
        upto=ends,
        epoch=state.epoch,
        texts_open=is_open,
    )


def check_names(request: Request[Any, Any, Any], *, known: Collection[str]) -> None:
    """Refuse parameters that nobody reads: a misspelt filter would silently select everything.

    Raises:
        Malformed: names the parameter, unless it is too strange to be repeated.
    """
    for name in request.query_params:
        if name not in known:
            shown = name if name.isidentifier() and name.isascii() else "query"
            raise Malformed(shown, f"is no parameter here; there are {', '.join(sorted(known))}")
        if name in _ONCE and len(request.query_params.getall(name)) > 1:
            raise Malformed(name, "is given more than once")


def interval_of(from_: str | None, to: str | None) -> tuple[datetime | None, datetime | None]:
    """Return the instants that were named, in UTC.

    Raises:
        Malformed: one is no instant, or the second is not after the first.
    """
    first, end = _instant("from", from_), _instant("to", to)
    if first is not None and end is not None and end <= first:
        raise Malformed("to", "has to be later than `from`")
    return first, end


def positions_of(
    after: str | None, upto: str | None, *, stream: str, state: StreamState
) -> tuple[Position, Position]:
    """Return between which positions to read: from the start and to the end, unless named.

    Raises:
        Malformed: one is no position, or the second lies before the first.
        EpochChanged, PositionBeyondEnd: it was not read from this stream.
    """
    first = START if after is None else position_in(stream, state, after, field="after")
    end = state.last if upto is None else position_in(stream, state, upto, field="upto")
    if end < first:
        raise Malformed("upto", "has to lie after `after`")
    return first, end


def position_in(stream: str, state: StreamState, text: str, *, field: str) -> Position:
    """Return the position that `text` names.

    Raises:
        Malformed: it is no position.
        EpochChanged, PositionBeyondEnd: it was not read from this stream.
    """
    epoch, position = parse_event_id(text, field=field)
    if epoch != state.epoch:
        raise EpochChanged(stream, asked=epoch, current=state.epoch)
    if position > state.last:
        raise PositionBeyondEnd(stream, asked=position, last=state.last)
    return position


def types_of(names: list[str] | None) -> frozenset[str]:
    """Return the types that were named.

    Raises:
        Malformed: there is no such type.
    """
    wanted = frozenset(names or ())
    if wanted - _TYPES:
        raise Malformed("type", f"has to be one of {', '.join(sorted(_TYPES))}")
    return wanted


def lanes_of(names: list[str] | None) -> tuple[Lane, ...]:
    """Return the lanes that were named; all of them where none was.

    Raises:
        Malformed: there is no such lane.
    """
    if set(names or ()) - set(get_args(Lane)):
        raise Malformed("lane", f"has to be one of {', '.join(LANES)}")
    return tuple(lane for lane in LANES if not names or lane in names)


def texts_open(text: str | None) -> bool:
    """Tell whether personal texts are to be opened.

    Raises:
        Malformed: it is neither `open` nor `sealed`.
    """
    if text not in {None, "open", "sealed"}:
        raise Malformed("texts", "has to be open or sealed")
    return text != "sealed"


def instant_in(name: str, text: str) -> datetime:
    """Return an RFC 3339 instant, in UTC.

    Raises:
        Malformed: it is none; names the parameter `name`.
    """
    # An unescaped `+` of an offset arrives as a space.
    date, _, clock = text.strip().replace("t", "T").partition("T")
    try:
        instant = msgspec.convert(f"{date}T{clock.replace(' ', '+')}", _INSTANT)
        return instant.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        problem = "has to be an RFC 3339 instant with an offset, as 2026-03-02T12:00:00Z"
        raise Malformed(name, problem) from None


def _instant(name: str, text: str | None) -> datetime | None:
    return None if text is None else instant_in(name, text)
