"""The settings name who hears the calls, and a name that cannot be served is refused at once."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from antiphon.errors import SettingWrong
from antiphon.infra.recognizers import chain_of
from antiphon.infra.settings import Settings, load
from antiphon.services.transcription.chain import Chain

KEY = "0123456789abcdef-a-secret"


@pytest_asyncio.fixture
async def closing() -> AsyncGenerator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def settings(**given: Any) -> Settings:
    return msgspec.structs.replace(Settings(data_dir=Path("/nowhere")), **given)


def test_the_local_one_hears_where_nothing_is_said(closing: AsyncExitStack) -> None:
    assert chain_of(settings(), closing=closing).name.startswith("whisper")


def test_one_alone_needs_no_chain(closing: AsyncExitStack) -> None:
    chosen = settings(recognizers="deepgram", deepgram_api_key=KEY, deepgram_model="nova-2")

    assert chain_of(chosen, closing=closing).name.startswith("deepgram-nova-2")


def test_amazons_hears_in_the_region_that_is_named(closing: AsyncExitStack) -> None:
    chosen = settings(recognizers="transcribe", transcribe_region="eu-west-1")

    assert chain_of(chosen, closing=closing).name.startswith("transcribe-eu-west-1/")


def test_several_are_a_chain(closing: AsyncExitStack) -> None:
    chosen = settings(recognizers="deepgram, whisper", deepgram_api_key=KEY)

    assert isinstance(chain_of(chosen, closing=closing), Chain)


@pytest.mark.parametrize(
    ("recognizers", "says"),
    [
        ("deepgramm", "names some of deepgram, transcribe, whisper, by comma"),
        ("", "names some of"),
        ("whisper,whisper", "twice"),
        ("whisper,deepgram", "ANTIPHON_DEEPGRAM_API_KEY"),
        ("transcribe", "ANTIPHON_TRANSCRIBE_REGION"),
    ],
)
def test_a_name_that_cannot_be_served_is_refused(
    closing: AsyncExitStack, recognizers: str, says: str
) -> None:
    with pytest.raises(SettingWrong, match=says):
        chain_of(settings(recognizers=recognizers), closing=closing)


def test_no_key_shows_where_settings_are_printed() -> None:
    chosen = load({"ANTIPHON_DEEPGRAM_API_KEY": KEY, "HOME": "/nowhere"})

    assert chosen.deepgram_api_key == KEY
    assert KEY not in repr(chosen)
    assert KEY not in f"{chosen}"
