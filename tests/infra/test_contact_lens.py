"""A file says which streams are read for which tenant; one that cannot be right is refused."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from antiphon.errors import SettingWrong
from antiphon.events.base import TenantName
from antiphon.events.journal import Journal
from antiphon.events.live import Live
from antiphon.events.progress import Progress
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.contact_lens import ContactLens, streams_in
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.settings import Settings
from msgspec import Struct
from structlog.testing import capture_logs

from ..builders import CONTACT, contact_started
from ..services.site import standing_still
from ..services.transcription.lens import new_lens, told
from ..services.transcription.segments import ARN, CALL, SPOKEN, finals

ONE = "arn:aws:kinesis:eu-central-1:111122223333:stream/one"
TWO = "arn:aws:kinesis:eu-central-1:111122223333:stream/two"


class Connected(Struct):
    journal: Journal
    register: Register
    live: Live
    leases: Leases


@pytest_asyncio.fixture
async def closing() -> AsyncGenerator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def listing(directory: Path, *streams: Any) -> Path:
    path = directory / "streams.json"
    path.write_text(json.dumps(streams))
    return path


def stream(tenant: str, arn: str) -> dict[str, str]:
    return {"tenant": tenant, "stream_arn": arn}


def test_streams_are_read_with_their_tenants(tmp_path: Path) -> None:
    path = listing(tmp_path, stream("bank", ONE), stream("bank", TWO))

    assert [(tenant, name.arn) for tenant, name in streams_in(path)] == [
        ("bank", ONE),
        ("bank", TWO),
    ]


def test_without_a_file_there_are_none() -> None:
    assert streams_in(None) == ()


@pytest.mark.parametrize(
    ("streams", "problem"),
    [
        ([stream("bank", "arn:aws:s3:::bucket")], "not the ARN of a Kinesis data stream"),
        ([stream("Bank!", ONE)], "is no tenant's name"),
        ([stream("bank", ONE), stream("acme", ONE)], "names .*one twice"),
        ([{"tenant": "bank"}], "stream_arn"),
        ([stream("bank", ONE) | {"role": "x"}], "role"),
        ([3], "object"),
    ],
)
def test_what_cannot_be_right_is_refused(streams: list[Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match=problem):
        streams_in(listing(tmp_path, *streams))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match="cannot be read"):
        streams_in(tmp_path / "none.json")


async def test_a_file_that_is_wrong_stops_the_start(
    tmp_path: Path, closing: AsyncExitStack
) -> None:
    settings = Settings(data_dir=tmp_path, contact_lens_file=listing(tmp_path, 3))

    with pytest.raises(SettingWrong, match="ANTIPHON_CONTACT_LENS_FILE"):
        ContactLens(settings, is_text_only=lambda _tenant: True, closing=closing)


async def test_what_the_settings_name_is_read(tmp_path: Path, closing: AsyncExitStack) -> None:
    path = listing(tmp_path, stream(CONTACT.tenant, ARN), stream("bank", ONE))
    async with new_lens() as lens:
        await lens.stage.log.create(configuration_stream(CONTACT.tenant))
        await lens.stage.tell(contact_started())
        lens.put(*CALL)
        settings = Settings(
            data_dir=tmp_path, contact_lens_file=path, contact_lens_endpoint=lens.server.url
        )
        leases = Leases(lens.stage.log, clock=standing_still)
        loops: list[str] = []

        def progress(loop: str) -> Progress:
            loops.append(loop)
            return Progress(loop, CONTACT.tenant, of="segments")

        async with leases.attending("one"):
            (reading,) = ContactLens(
                settings, is_text_only=lambda _tenant: True, closing=closing
            ).loops(
                CONTACT.tenant,
                parts=Connected(
                    lens.stage.journal,
                    Register(lens.stage.log, lens.stage.keys),
                    lens.stage.live,
                    leases,
                ),
                progress=progress,
            )
            task = asyncio.create_task(reading)
            speech = await told(lens)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        assert finals(speech) == SPOKEN
        assert loops == ["contact_lens"]


def test_a_text_only_tenant_without_a_stream_is_told_of(
    tmp_path: Path, closing: AsyncExitStack
) -> None:
    lens = ContactLens(
        Settings(data_dir=tmp_path),
        is_text_only=lambda tenant: tenant == "bank",
        closing=closing,
    )
    none: Any = None

    with capture_logs() as logs:
        loops = [
            *lens.loops(TenantName("bank"), parts=none, progress=none),
            *lens.loops(TenantName("acme"), parts=none, progress=none),
        ]

    assert loops == []
    assert [(one["event"], one["tenant"]) for one in logs] == [
        ("text_only_tenant_has_no_stream", "bank")
    ]
