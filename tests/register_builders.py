"""Sample events of the register; any field can be given by keyword.

Those of contacts stand in `builders.py`.
"""

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from antiphon.events import access, erasure, playbook, policy
from antiphon.events.base import ContactId, EventId, Position, RegisterEvent
from antiphon.events.register import Registered
from antiphon.events.sealed import Sealed

from .builders import CONTACT, at
from .insight_builders import TOPICS_SAMPLES
from .knowledge_builders import ARTICLE_SAMPLES
from .summary_builders import WEBHOOK_SAMPLES

T = TypeVar("T")

_positions = itertools.count(1)


def _made(kind: Callable[..., T], given: dict[str, Any], /, **defaults: Any) -> T:
    return kind(**defaults | given)


# Kind `access`


def history_read(**given: Any) -> access.HistoryRead:
    selected = access.Selected(
        recorded_from=at(0),
        recorded_to=at(3_600),
        types=("utterance_finalized",),
        lanes=("speech",),
        after=Position(3),
        upto=Position(40),
        texts_open=True,
    )
    return _made(
        access.HistoryRead,
        given,
        contact_id=CONTACT.contact_id,
        selected=selected,
        reason=Sealed("complaint 4711"),
    )


def desk_recalled(**given: Any) -> access.DeskRecalled:
    return _made(
        access.DeskRecalled,
        given,
        contact_id=CONTACT.contact_id,
        at_ms=192_000,
        at=None,
        reason=Sealed("complaint 4711"),
    )


def contact_replayed(**given: Any) -> access.ContactReplayed:
    return _made(
        access.ContactReplayed,
        given,
        contact_id=CONTACT.contact_id,
        from_ms=None,
        after=Position(0),
        speed=4.0,
        reason=None,
    )


def recording_read(**given: Any) -> access.RecordingRead:
    return _made(
        access.RecordingRead,
        given,
        contact_id=CONTACT.contact_id,
        what="audio",
        byte_range="bytes=0-",
        reason=Sealed("complaint 4711"),
    )


def access_read(**given: Any) -> access.AccessRead:
    return _made(
        access.AccessRead,
        given,
        recorded_from=at(0),
        recorded_to=None,
        after=Position(0),
        reason=Sealed("yearly audit"),
    )


# Kind `erasure`


def erasure_requested(**given: Any) -> erasure.ErasureRequested:
    return _made(
        erasure.ErasureRequested,
        given,
        contact_ids=(CONTACT.contact_id, ContactId("c-2")),
        found_by="customer_endpoint",
        reason=Sealed("asked to be forgotten"),
    )


def erasure_completed(**given: Any) -> erasure.ErasureCompleted:
    return _made(erasure.ErasureCompleted, given, completed_at=at(90), contacts=2)


# Kinds `playbook` and `policy`


def playbook_drafted(**given: Any) -> playbook.PlaybookDrafted:
    return _made(playbook.PlaybookDrafted, given, content="playbook: shop\n", sha256="9f86d081")


def playbook_published(**given: Any) -> playbook.PlaybookPublished:
    return _made(
        playbook.PlaybookPublished,
        given,
        version="1+3f2a91c0",
        content="playbook: shop\nversion: 1\n",
        sha256="9f86d081",
    )


def playbook_rolled_back(**given: Any) -> playbook.PlaybookRolledBack:
    return _made(
        playbook.PlaybookRolledBack,
        given,
        version="1+3f2a91c0",
        content="playbook: shop\nversion: 1\n",
        sha256="9f86d081",
        from_version="2+0f3a91cc",
    )


def policy_published(**given: Any) -> policy.PolicyPublished:
    return _made(
        policy.PolicyPublished,
        given,
        version="4+77aa01be",
        content="policy: 4\n",
        sha256="9f86d081",
    )


def registered(event: RegisterEvent, **given: Any) -> Registered:
    """Return the event as if the register had stored it: positions grow with every call."""
    position = Position(next(_positions))
    return _made(
        Registered,
        given,
        event=event,
        id=EventId(f"r-{position}"),
        position=position,
        recorded_at=at(0),
        occurred_at=at(0),
        tenant=CONTACT.tenant,
        kind=event.KIND,
        subject_id="s-1",
        actor="machine",
        correlation="s-1",
        causation=None,
    )


# Every event of the register, once.
SAMPLES: tuple[Callable[[], RegisterEvent], ...] = (
    history_read, desk_recalled, contact_replayed, recording_read, access_read,
    erasure_requested, erasure_completed,
    playbook_drafted, playbook_published, playbook_rolled_back, policy_published,
    *WEBHOOK_SAMPLES,
    *TOPICS_SAMPLES,
    *ARTICLE_SAMPLES,
)  # fmt: skip
