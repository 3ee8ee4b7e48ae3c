"""What buckets do by themselves, held against the policy: on rules, and on a real S3 server."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from antiphon.commands.retention import DEFAULT_KINDS, completed
from antiphon.errors import ArchiveUnavailable, Malformed
from antiphon.events.base import TenantName
from antiphon.events.retention import DataKind, Stay
from antiphon.infra.doctor import Finding, buckets, examine
from antiphon.infra.object_store.opening import recording_store
from antiphon.infra.object_store.rules import BucketRules, Removal, rules_of
from antiphon.infra.retaining import RecordingObjects
from antiphon.infra.retention_check import Place, contradictions
from antiphon.infra.retention_commands import read_policy
from antiphon.infra.retention_stores import StoresAsSet, looked_at
from antiphon.infra.settings import Settings, load

from ..seaweed import ACCESS_KEY, REGION, SECRET_KEY, S3Server

TENANT = TenantName("demo")
DEFAULT = completed({})
ARCHIVED = completed({"audio": Stay(delete_after_days=90, archive_after_days=30)})
PLAIN = BucketRules()
IN_COMPLIANCE = BucketRules(lock_mode="COMPLIANCE", lock_days=400, is_versioned=True)


def removal(days: int | None, prefix: str = "", storage_class: str | None = None) -> BucketRules:
    one = Removal(prefix=prefix, days=days, storage_class=storage_class)
    return BucketRules(removals=(one,))


def codes(
    kinds: dict[DataKind, Stay] = DEFAULT,
    *,
    recordings: BucketRules | None = PLAIN,
    archive: BucketRules | None = PLAIN,
    retained_days: int | None = None,
) -> list[str]:
    found = contradictions(
        TENANT,
        kinds,
        recordings=Place(place="s3://r/calls/", prefix="calls/", rules=recordings),
        archive=Place(place="s3://a/", prefix="", rules=archive),
        archive_retention=None if retained_days is None else timedelta(days=retained_days),
    )
    return sorted({one.code for one in found})


def test_stores_that_do_nothing_by_themselves_agree_with_the_default() -> None:
    assert codes() == []
    assert codes(recordings=None, archive=None) == []
    assert codes(retained_days=30) == []


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (BucketRules(lock_mode="COMPLIANCE", lock_days=91), ["locked", "locked_longer"]),
        (BucketRules(lock_mode="GOVERNANCE", lock_days=1), ["locked"]),
        (BucketRules(is_versioned=True), ["versions_stay"]),
        (BucketRules(is_versioned=True, forgets_versions=("calls/rec",)), ["versions_stay"]),
        (BucketRules(is_versioned=True, forgets_versions=("",)), []),
        (removal(30), ["expires_early"]),
        (removal(30, "calls/"), ["expires_early"]),
        (removal(30, "calls/recordings/demo/c-1/"), ["expires_early"]),
        (removal(None, "calls/"), ["expires_early"]),
        (removal(400), ["expires_held"]),
        (removal(100, "calls/redactions/"), ["expires_held"]),
        (removal(30, "elsewhere/"), []),
        (removal(30, "calls/recordings/acme/"), []),
        (removal(30, "", "GLACIER_IR"), []),
    ],
)
def test_a_bucket_of_recordings_that_locks_keeps_or_deletes_on_its_own_is_named(
    rules: BucketRules, found: list[str]
) -> None:
    assert codes(recordings=rules) == found


@pytest.mark.parametrize(
    ("recordings", "found"),
    [
        (None, ["never_archived"]),
        (PLAIN, ["never_archived"]),
        (removal(31, "", "GLACIER_IR"), ["never_archived"]),
        (removal(30, "calls/redactions/demo/c-1", "GLACIER_IR"), ["never_archived"]),
        (removal(30, "calls/", "GLACIER_IR"), []),
        (removal(29, "", "GLACIER_IR"), ["archived_early"]),
    ],
)
def test_recordings_that_are_to_be_archived_need_a_rule_that_moves_them(
    recordings: BucketRules | None, found: list[str]
) -> None:
    assert codes(ARCHIVED, recordings=recordings, retained_days=90) == found


@pytest.mark.parametrize(
    ("archive", "days", "found"),
    [
        (PLAIN, None, ["archive_unlocked"]),
        (None, None, ["archive_unlocked"]),
        (PLAIN, 364, ["archive_lock_short"]),
        (PLAIN, 365, []),
        (IN_COMPLIANCE, None, []),
        (BucketRules(lock_mode="COMPLIANCE", lock_days=30), None, ["archive_lock_short"]),
        (
            BucketRules(lock_mode="GOVERNANCE", lock_days=400),
            None,
            ["archive_lock_weak", "archive_unlocked"],
        ),
    ],
)
def test_an_archive_that_the_policy_relies_on_is_locked_for_as_long(
    archive: BucketRules | None, days: int | None, found: list[str]
) -> None:
    relying = completed({"transcript": Stay(delete_after_days=365, archive_first=True)})

    assert codes(relying, archive=archive, retained_days=days) == found


def test_an_archive_that_a_rule_deletes_is_named_whatever_the_policy() -> None:
    assert codes(archive=removal(4_000)) == ["archive_expires"]
    assert codes(archive=removal(30, "", "GLACIER_IR")) == []


def test_what_a_store_answers_is_understood_in_every_spelling() -> None:
    rules = rules_of(
        lock={
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 2}},
            }
        },
        lifecycle={
            "Rules": [
                {"Status": "Disabled", "Prefix": "", "Expiration": {"Days": 1}},
                {"Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 3}},
                {
                    "Status": "Enabled",
                    "Filter": {"And": {"Prefix": "both/", "Tags": []}},
                    "Expiration": {"Date": "2027-01-01"},
                    "Transitions": [{"Days": 5, "StorageClass": "GLACIER"}],
                },
                {
                    "Status": "Enabled",
                    "Filter": {},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                    "Expiration": {"ExpiredObjectDeleteMarker": True},
                },
            ]
        },
        versioning={"Status": "Suspended"},
    )

    assert rules == BucketRules(
        lock_mode="COMPLIANCE",
        lock_days=730,
        is_versioned=True,
        forgets_versions=("",),
        removals=(
            Removal(prefix="old/", days=3),
            Removal(prefix="both/", days=None),
            Removal(prefix="both/", days=5, storage_class="GLACIER"),
        ),
    )


# On a real S3 server

Named = Callable[[str, str], Settings]


@pytest.fixture
def settings_of(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Named:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    query = urlencode({"endpoint": s3.url, "region": REGION})

    def named(recordings: str, archive: str, **more: str) -> Settings:
        return load(
            {
                "ANTIPHON_DATA_DIR": str(tmp_path),
                "ANTIPHON_RECORDING_URL": f"s3://{recordings}/calls?{query}",
                "ANTIPHON_ARCHIVE_URL": f"s3://{archive}?{query}",
                **more,
            }
        )

    return named


async def test_on_a_real_server_every_contradiction_is_found_and_then_none(
    s3: S3Server, settings_of: Any
) -> None:
    client, names = s3.client(), [f"b-{uuid.uuid4().hex}" for _ in range(4)]
    plain, locked = s3.bucket(names[0]), s3.bucket(names[1], lock=True)
    client.put_object_lock_configuration(
        Bucket=locked,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}},
        },
    )
    relying = completed(
        {
            "transcript": Stay(delete_after_days=365, archive_first=True),
            "annotations": Stay(delete_after_days=365, archive_first=True),
        }
    )

    swapped = await looked_at(TENANT, relying, settings_of(locked, plain))
    right = await looked_at(TENANT, relying, settings_of(plain, locked))
    for_the_role = await StoresAsSet(settings_of(locked, plain)).disagreements(TENANT, relying)

    assert {one.code for one in swapped} == {
        "locked_longer",
        "versions_stay",
        "archive_unlocked",
    }
    assert all(one.what and one.way_out and names[2] not in one.place for one in swapped)
    assert right == []
    assert [(one.code, one.place) for one in for_the_role] == [
        (one.code, one.place) for one in swapped
    ]

    client.put_bucket_lifecycle_configuration(
        Bucket=plain,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "tidy",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "calls/recordings/"},
                    "Expiration": {"Days": 7},
                }
            ]
        },
    )
    [early] = await looked_at(TENANT, relying, settings_of(plain, locked))
    assert (early.code, early.place) == ("expires_early", f"s3://{plain}/calls/")
    assert "original recordings stay for 90 days" in early.what


async def test_a_bucket_that_cannot_be_asked_is_not_taken_for_one_that_agrees(
    settings_of: Any,
) -> None:
    absent = f"b-{uuid.uuid4().hex}"

    with pytest.raises(ArchiveUnavailable):
        await looked_at(TENANT, dict(DEFAULT_KINDS), settings_of(absent, absent))


async def test_an_object_in_another_storage_class_is_archived_and_one_in_the_usual_is_not(
    s3: S3Server, settings_of: Any, tmp_path: Path
) -> None:
    bucket = s3.bucket(f"b-{uuid.uuid4().hex}")
    for key, given in (("usual", {}), ("cold", {"StorageClass": "GLACIER_IR"})):
        s3.client().put_object(Bucket=bucket, Key=f"calls/{key}", Body=b"x", **given)

    async with AsyncExitStack() as stack:
        url = settings_of(bucket, bucket).recording_url
        objects = RecordingObjects(recording_store(url, data_dir=tmp_path, closing=stack))
        archived = [await objects.is_archived(key) for key in ("usual", "cold", "absent")]

    assert archived == [False, True, False]
    in_directory = RecordingObjects(recording_store(None, data_dir=tmp_path, closing=stack))
    assert await in_directory.is_archived("usual") is False


async def test_the_doctor_names_what_contradicts_the_default(
    s3: S3Server, settings_of: Any
) -> None:
    plain, locked = (s3.bucket(f"b-{uuid.uuid4().hex}", lock=lock) for lock in (False, True))

    def examined(recordings: str) -> list[Finding]:
        return list(buckets(settings_of(recordings, plain)))

    [right] = await asyncio.to_thread(examined, plain)
    [wrong] = await asyncio.to_thread(examined, locked)
    [blind] = await asyncio.to_thread(examined, f"b-{uuid.uuid4().hex}")
    everything = await asyncio.to_thread(examine, settings_of(locked, plain))

    assert (right.ok, right.found) == (True, "agree with the default retention")
    assert (wrong.ok, wrong.found) == (False, "versions_stay")
    assert (blind.ok, blind.found) == (False, "cannot be asked")
    assert wrong in everything


# Files


@pytest.mark.parametrize(
    ("text", "is_toml"),
    [
        ("audio: {delete_after_days: 30}\ntranscript: {delete_after_days: never}\n", False),
        ("audio:\n  delete_after_days: 30\ntranscript:\n  delete_after_days: null\n", False),
        (
            '[audio]\ndelete_after_days = 30\n[transcript]\ndelete_after_days = "never"\n',
            True,
        ),
    ],
)
def test_a_policy_is_read_from_yaml_and_toml(text: str, *, is_toml: bool) -> None:
    assert read_policy(text, is_toml=is_toml) == {
        "audio": Stay(delete_after_days=30),
        "transcript": Stay(delete_after_days=None),
    }


@pytest.mark.parametrize(
    "text",
    [
        "audio: {delete_after_days: soon}",
        "audio: {delete_after_day: 30}",
        "video: {delete_after_days: 30}",
        "audio: {delete_after_days: 400}",
        "audio: [",
        "- audio",
        "audio: 30",
    ],
)
def test_a_file_that_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_policy(text)
