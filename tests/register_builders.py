"""Sample events of the register; any field can be given by keyword.

Those of contacts stand in `builders.py`.
"""

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from antiphon.events import access, erasure, playbook, policy, privacy_policy
from antiphon.events.base import ContactId, Epoch, EventId, KeyId, Position, RegisterEvent
from antiphon.events.register import Registered
from antiphon.events.sealed import Sealed

from .builders import CONTACT, at
from .insight_builders import TOPICS_SAMPLES
from .knowledge_builders import ARTICLE_SAMPLES
from .retention_builders import RETENTION_REGISTER_SAMPLES
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


def originals_read(**given: Any) -> access.OriginalsRead:
    return _made(
        access.OriginalsRead,
        given,
        contact_id=ContactId("c-1"),
        reason=Sealed("ticket 4711"),
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
        identity_proof=Sealed("ticket 4711"),
        identity_proof_sha256="5f7c",
        expires_at=at(2_592_000),
    )


def erasure_approved(**given: Any) -> erasure.ErasureApproved:
    held = erasure.Held(ContactId("c-2"), ("h-1",))
    return _made(erasure.ErasureApproved, given, contact_ids=(CONTACT.contact_id,), held=(held,))


def erasure_refused(**given: Any) -> erasure.ErasureRefused:
    return _made(erasure.ErasureRefused, given, reason=Sealed("it is another person"))


def erasure_withdrawn(**given: Any) -> erasure.ErasureWithdrawn:
    return _made(erasure.ErasureWithdrawn, given, reason=Sealed("the wrong number"))


def contacts_spared(**given: Any) -> erasure.ContactsSpared:
    held = erasure.Held(ContactId("c-2"), ("h-1", "h-2"))
    return _made(erasure.ContactsSpared, given, held=(held,))


def destruction_begun(**given: Any) -> erasure.DestructionBegun:
    found = (erasure.Counted("objects", "recordings", 2), erasure.Counted("facts", "life", 4))
    return _made(erasure.DestructionBegun, given, contact_ids=(CONTACT.contact_id,), found=found)


def contacts_destroyed(**given: Any) -> erasure.ContactsDestroyed:
    return _made(
        erasure.ContactsDestroyed,
        given,
        contact_ids=(CONTACT.contact_id,),
        key_ids=(KeyId("k-1"), KeyId("k-2")),
        left=(erasure.Counted("facts", "life", 5),),
    )


def erasure_completed(**given: Any) -> erasure.ErasureCompleted:
    return _made(
        erasure.ErasureCompleted,
        given,
        completed_at=at(90),
        contacts=2,
        found=(erasure.Counted("copies", "generations", 1),),
        left=(erasure.Counted("read_models", "transcript_line", 3),),
        own_key_id=KeyId("k-9"),
        is_archived=True,
    )


def receipt_signed(**given: Any) -> erasure.ReceiptSigned:
    return _made(
        erasure.ReceiptSigned,
        given,
        epoch=Epoch("18a2"),
        sha256="9f86d081",
        protected="eyJhbGciOiJFZERTQSJ9",
        signature="c2lnbmVk",
        format=2,
    )


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


# Kind `privacy`


def privacy_policy_published(**given: Any) -> privacy_policy.PrivacyPolicyPublished:
    return _made(
        privacy_policy.PrivacyPolicyPublished,
        given,
        version="1f0c8d7e6a5b",
        exemptions=(privacy_policy.Exemption(kind="person_name", shown_in=("desk", "summary")),),
        patterns=(
            privacy_policy.PersonalPattern(
                name="customer-number", expression="K[0-9]{6}", kind="account_number"
            ),
        ),
        allowed=("0800 1234567",),
        audible=("person_name",),
        original_readers=("officer-7",),
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
    history_read, desk_recalled, contact_replayed, recording_read, originals_read, access_read,
    erasure_requested, erasure_approved, erasure_refused, erasure_withdrawn, contacts_spared,
    destruction_begun, contacts_destroyed, erasure_completed, receipt_signed,
    playbook_drafted, playbook_published, playbook_rolled_back, policy_published,
    privacy_policy_published,
    *RETENTION_REGISTER_SAMPLES,
    *WEBHOOK_SAMPLES,
    *TOPICS_SAMPLES,
    *ARTICLE_SAMPLES,
)  # fmt: skip
