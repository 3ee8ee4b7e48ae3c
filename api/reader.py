"""Who reads of the past, and why. Recorded before anything is told."""

import re
import uuid
from typing import Annotated, Any

from litestar import Request
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Struct

from ..commands.privacy import PrivacyPolicies
from ..errors import Malformed
from ..events.base import START, Draft, EventId, RegisterEvent, TenantName
from ..events.sealed import Sealed
from .bodies import checked_id
from .ports import Ports

WHO = "Antiphon-Actor"
WHY = "Antiphon-Reason"
ANONYMOUS = "anonymous"  # until access control exists, nobody has to say who they are

_REASON_LENGTH_MAX = 1_000  # characters: a sentence or two, and a ticket's number
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

WhoHeader = Annotated[
    str | None,
    HeaderParameter(
        name=WHO, description="Who reads: an id, never a name. Recorded; `anonymous` without."
    ),
]
WhyHeader = Annotated[
    str | None, HeaderParameter(name=WHY, description="Why, in a sentence. Recorded, sealed.")
]
WhyQuery = Annotated[
    str | None,
    QueryParameter(name="reason", description="As the header, for who cannot set one."),
]


class Reader(Struct, frozen=True, kw_only=True):
    """Whoever asks, as far as they say."""

    actor: str  # `reader:<id>`
    reason: Sealed | None

    @property
    def id(self) -> str:
        """Who it is, as policies name them."""
        return self.actor.removeprefix("reader:")


PersonHeader = Annotated[
    str | None,
    HeaderParameter(name=WHO, description="Who decides: an id, never a name. Recorded."),
]


def person_named(who: str | None, *, why: str) -> str:
    """Return who decides, as facts name them.

    Raises:
        Malformed: nobody, or no id; `why` says what it takes a person for.
    """
    if who is None or who == ANONYMOUS:
        raise Malformed(WHO, f"has to say who this is: {why}")
    return f"person:{checked_id(WHO, who)}"


def provide_reader(
    request: Request[Any, Any, Any],  # noqa: ARG001 (parameters are those of a request)
    who: WhoHeader = None,
    why: WhyHeader = None,
    reason: WhyQuery = None,
) -> Reader:
    """Return who asks and why.

    Raises:
        Malformed: neither an id nor a sentence.
    """
    given = reason if reason is not None else _text_of(why)
    return Reader(
        actor=f"reader:{ANONYMOUS if who is None else checked_id(WHO, who)}",
        reason=None if given is None else Sealed(_checked_reason(given)),
    )


async def may_read_originals(
    reader: Reader, tenant: TenantName, policies: PrivacyPolicies | None
) -> bool:
    """Tell whether the tenant's privacy policy names who asks; nobody where there are none.

    Raises:
        LogUnavailable: nobody can tell.
    """
    return policies is not None and await policies.may_read_originals(tenant, reader.id)


async def note_access(
    event: RegisterEvent, *, reader: Reader, tenant: TenantName, ports: Ports
) -> None:
    """Record what is about to be read. Who calls this reads nothing if it raises.

    Raises:
        LogUnavailable, StoreUnavailable: it could not be recorded.
    """
    access_id = uuid.uuid4().hex
    draft = Draft(
        event=event,
        id=EventId(access_id),
        occurred_at=ports.now(),
        actor=reader.actor,
        correlation=access_id,
    )
    await ports.register.append(tenant, id=access_id, drafts=[draft], expected=START)


def _text_of(header: str | None) -> str | None:
    # Headers are bytes; the framework takes them for Latin-1, people send UTF-8.
    if header is None:
        return None
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _checked_reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= _REASON_LENGTH_MAX or _CONTROL.search(text):
        raise Malformed("reason", f"has to be 1 to {_REASON_LENGTH_MAX} characters of one line")
    return text.strip()
