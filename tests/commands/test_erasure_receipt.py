"""A receipt says what was done and nothing of the person, and no byte of it can be changed."""

import base64
from functools import reduce

import msgspec
import pytest
from antiphon.commands.erasure import Erasure, evolve
from antiphon.commands.erasure_receipt import FORMAT, receipt_of, signed, signed_receipt, verified
from antiphon.errors import ReceiptDamaged, ReceiptRefused
from antiphon.events.base import ContactId, Epoch, KeyId, Position, RegisterEvent, TenantName
from antiphon.events.erasure import Counted, Held
from antiphon.events.sealed import Sealed
from antiphon.infra.archive_key import Ed25519Signer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from ..builders import CONTACT
from ..register_builders import (
    contacts_destroyed,
    destruction_begun,
    erasure_approved,
    erasure_completed,
    erasure_requested,
    registered,
)

TENANT, EPOCH = TenantName("demo"), Epoch("18a2")
SIGNER = Ed25519Signer(b"s" * 32)
# Of `completed()`, as the version drew it up that knew one format.
FIRST_FORMAT_SHA256 = "6d85c331f5c899512ebec8a54f17fd588347174972a4782c9382127670542a18"
HISTORY: tuple[tuple[RegisterEvent, str], ...] = (
    (erasure_requested(reason=Sealed("Ada Winter asked")), "person:ann"),
    (
        erasure_approved(held=(Held(ContactId("c-2"), ("h-1",)),)),
        "person:bob",
    ),
    (
        destruction_begun(
            found=(
                Counted("objects", "recordings", 2),
                Counted("facts", "speech", 9),
                Counted("read_models", "transcript_line", 5),
            )
        ),
        "service:erasure",
    ),
    (contacts_destroyed(left=(Counted("facts", "speech", 9),)), "service:erasure"),
    (
        erasure_completed(
            left=(Counted("read_models", "transcript_line", 3),), own_key_id=None, is_archived=False
        ),
        "service:erasure",
    ),
)


def completed(*instead: RegisterEvent) -> Erasure:
    """Return an erasure of that history, in which these events stand for those of their types."""
    others = {type(event): event for event in instead}
    facts = [
        registered(
            others.get(type(event), event), subject_id="er-1", actor=actor, position=Position(n)
        )
        for n, (event, actor) in enumerate(HISTORY, start=1)
    ]
    return reduce(evolve, facts, Erasure(erasure_id="er-1"))


def with_signature(erasure: Erasure, *, form: int = FORMAT) -> Erasure:
    receipt = receipt_of(erasure, tenant=TENANT, epoch=EPOCH, form=form)
    fact = signed(receipt, sign=SIGNER.sign, public_key=SIGNER.public_key)
    return evolve(erasure, registered(fact, subject_id="er-1"))


def file_of(erasure: Erasure) -> bytes:
    return msgspec.json.encode(signed_receipt(erasure, tenant=TENANT))


def test_it_says_who_asked_who_agreed_what_went_what_stayed_and_why() -> None:
    erasure = with_signature(completed())

    receipt = verified(file_of(erasure), public_key=SIGNER.public_key)

    assert (receipt.requested_by, receipt.approved_by) == ("person:ann", "person:bob")
    assert receipt.contacts_destroyed == (CONTACT.contact_id,)
    kept = [(one.contact_id, one.hold_ids, one.why) for one in receipt.contacts_kept]
    assert kept == [("c-2", ("h-1",), "legal_hold")]
    assert receipt.key_ids_destroyed == ("k-1", "k-2")
    assert [(one.store, one.what, one.number, one.how) for one in receipt.destroyed] == [
        ("copies", "generations", 1, "dropped"),
        ("facts", "speech", 9, "keys_destroyed"),
        ("objects", "recordings", 2, "deleted"),
        ("read_models", "transcript_line", 2, "deleted"),
    ]
    assert [(one.store, one.number, one.why) for one in receipt.remains if one.number] == [
        ("facts", 9, "unreadable"),
        ("read_models", 3, "names_nobody"),
    ]
    assert {one.store for one in receipt.remains if one.number is None} == {
        "archive", "register", "analytics", "backups",
    }  # fmt: skip
    assert receipt.register.completed == erasure.completed


def stays(erasure: Erasure) -> dict[tuple[str, str], tuple[int | None, str]]:
    receipt = verified(file_of(with_signature(erasure)), public_key=SIGNER.public_key)
    return {(one.store, one.what): (one.number, one.why) for one in receipt.remains}


def test_without_an_archive_it_says_what_a_restore_of_everything_would_bring_back() -> None:
    told = stays(completed())

    assert told["archive", "sealed_facts"] == (None, "unreadable")
    assert told["backups", "of_keys"] == (None, "restore_replays")
    assert told["backups", "of_log_and_keys_together"] == (None, "reopens_if_restored")
    # The tenant's key sealed the reason of an older request, and it stays.
    assert told["register", "reason_and_proof"] == (None, "sealed_for_tenant")
    assert told["register", "reasons_of_holds_and_readings"] == (None, "sealed_for_tenant")


@pytest.mark.parametrize("number", [0, 12])
def test_with_one_it_counts_what_that_holds_and_no_restore_brings_anything_back(
    number: int,
) -> None:
    erasure = completed(
        contacts_destroyed(left=(Counted("archive", "sealed_facts", number),)),
        erasure_completed(own_key_id=KeyId("k-9"), is_archived=True),
    )

    told = stays(erasure)

    assert told["archive", "sealed_facts"] == (number, "unreadable")
    assert told["backups", "of_log_and_keys_together"] == (None, "restore_replays")
    assert told["register", "reason_and_proof"] == (None, "unreadable")
    receipt = verified(file_of(with_signature(erasure)), public_key=SIGNER.public_key)
    assert receipt.key_ids_destroyed == ("k-1", "k-2", "k-9")


def test_what_was_signed_in_the_first_format_is_told_byte_by_byte_as_it_was() -> None:
    erasure = with_signature(completed(), form=1)
    assert erasure.signed is not None

    receipt = verified(file_of(erasure), public_key=SIGNER.public_key)

    assert receipt.format == "antiphon-erasure-receipt/1"
    assert erasure.signed.sha256 == FIRST_FORMAT_SHA256
    assert {(one.store, one.why) for one in receipt.remains if one.number is None} == {
        ("archive", "unreadable"), ("register", "names_nobody"),
        ("analytics", "names_nobody"), ("backups", "restore_replays"),
    }  # fmt: skip


def test_a_format_that_this_version_does_not_know_is_not_guessed() -> None:
    erasure = with_signature(completed())
    assert erasure.signed is not None

    with pytest.raises(ReceiptDamaged):
        signed_receipt(replace(erasure, signed=replace(erasure.signed, format=3)), tenant=TENANT)


def test_it_says_nothing_of_the_person_nor_of_the_ticket() -> None:
    body = file_of(with_signature(completed()))
    [_, payload, _] = msgspec.json.decode(body)["jws"].split(".")

    said = body + base64.urlsafe_b64decode(payload + "==")

    assert b"Ada" not in said
    assert b"4711" not in said


def test_whoever_knows_jws_can_check_it_without_us() -> None:
    jws: str = msgspec.json.decode(file_of(with_signature(completed())))["jws"]

    head, payload, signature = jws.split(".")
    header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(header["kid"]))
    key.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{payload}".encode())

    assert header["alg"] == "EdDSA"


def test_every_changed_byte_of_what_was_signed_is_found() -> None:
    told = msgspec.json.decode(file_of(with_signature(completed())))
    jws: str = told["jws"]
    places = [*range(0, len(jws), 97), len(jws) - 4]

    for place in places:
        other = "A" if jws[place] != "A" else "B"
        changed = {**told, "jws": jws[:place] + other + jws[place + 1 :]}
        with pytest.raises(ReceiptRefused):
            verified(msgspec.json.encode(changed), public_key=SIGNER.public_key)


@pytest.mark.parametrize(
    ("field", "value"),
    [("requested_by", "person:eve"), ("contacts_kept", []), ("erasure_id", "er-2")],
)
def test_what_a_person_reads_has_to_be_what_was_signed(field: str, value: object) -> None:
    told = msgspec.json.decode(file_of(with_signature(completed())))

    told["receipt"][field] = value

    with pytest.raises(ReceiptRefused, match="not what was signed"):
        verified(msgspec.json.encode(told), public_key=SIGNER.public_key)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff\xfe", b'{"receipt": {}, "jws": "a.b"}', b"[" * 99]
)
def test_what_is_no_receipt_is_refused(body: bytes) -> None:
    with pytest.raises(ReceiptRefused, match="cannot be read"):
        verified(body, public_key=SIGNER.public_key)


def test_another_tenants_signature_is_worth_nothing() -> None:
    body = file_of(with_signature(completed()))

    with pytest.raises(ReceiptRefused, match="did not sign"):
        verified(body, public_key=Ed25519Signer(b"t" * 32).public_key)


def test_facts_that_say_something_else_than_what_was_signed_give_no_receipt() -> None:
    erasure = with_signature(completed())

    with pytest.raises(ReceiptDamaged):
        signed_receipt(replace(erasure, destroyed=()), tenant=TENANT)
