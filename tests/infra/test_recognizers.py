"""The settings name who hears the calls, and a name that cannot be served is refused at once."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from antiphon.errors import RecognizerFailed, SettingWrong
from antiphon.events.base import TenantName
from antiphon.infra.doctor import Finding, examine
from antiphon.infra.recognizer_orders import Orders
from antiphon.infra.recognizers import Recognizers
from antiphon.infra.settings import Settings, load
from antiphon.services.transcription.port import Recognizer
from msgspec.structs import replace

from ..contracts.recognizer import request
from ..services.transcription.deepgram_server import DeepgramServer

KEY = "0123456789abcdef-a-secret"
ACME = TenantName("acme")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recognizers.json"


@pytest_asyncio.fixture
async def closing() -> AsyncGenerator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def settings(**given: Any) -> Settings:
    return replace(Settings(data_dir=Path("/nowhere")), **given)


def recognizers(closing: AsyncExitStack, **given: Any) -> Recognizers:
    some = {"recognizers": "deepgram", "deepgram_api_key": KEY, "transcribe_region": "eu-west-1"}
    given = some | given
    return Recognizers(settings(**given), closing=closing)


async def heard_by(chain: Recognizer, *, tenant: str, deaths: int = 0) -> str:
    """Return who hears a call that lost so many sessions on the same audio."""
    asked = request()
    contact = replace(asked.contact, tenant=TenantName(tenant))
    async with chain.open(replace(asked, contact=contact, deaths=deaths)) as session:
        return session.name


async def test_the_local_one_hears_where_nothing_is_said(closing: AsyncExitStack) -> None:
    chain = Recognizers(settings(), closing=closing).chain

    assert (await heard_by(chain, tenant="acme")).startswith("whisper")


def test_tenants_that_no_file_names_have_the_order_of_the_setting(closing: AsyncExitStack) -> None:
    orders = recognizers(closing, recognizers="deepgram, transcribe").orders

    assert orders.of(ACME) == ("deepgram", "transcribe")
    assert not orders.is_text_only(ACME)


def test_a_tenant_has_the_order_that_the_file_gives_it(closing: AsyncExitStack, path: Path) -> None:
    path.write_text('{"acme": ["transcribe", "deepgram"], "bank": ["contact-lens"]}')

    orders = recognizers(closing, recognizers_file=path).orders

    assert orders.of(ACME) == ("transcribe", "deepgram")
    assert orders.of(TenantName("demo")) == ("deepgram",)
    assert [one for one in ("bank", "acme", "demo") if orders.is_text_only(TenantName(one))] == [
        "bank"
    ]


async def test_an_order_that_is_changed_holds_from_the_next_session_on(
    closing: AsyncExitStack, path: Path
) -> None:
    path.write_text('{"bank": ["contact-lens"]}')
    both = recognizers(closing, recognizers_file=path)
    before = both.orders.of(ACME)

    path.write_text('{"acme": ["whisper"], "bank": ["contact-lens"]}')

    assert (before, both.orders.of(ACME)) == (("deepgram",), ("whisper",))
    assert (await heard_by(both.chain, tenant="acme")).startswith("whisper")


@pytest.mark.parametrize(
    "later", ['{"acme": ["whis', '{"acme": ["whisperer"]}', None], ids=["half", "wrong", "gone"]
)
def test_a_change_that_cannot_be_followed_changes_nothing(
    closing: AsyncExitStack, path: Path, later: str | None
) -> None:
    path.write_text('{"acme": ["transcribe"]}')
    orders = recognizers(closing, recognizers_file=path).orders

    path.unlink()
    if later is not None:
        path.write_text(later)

    assert orders.of(ACME) == ("transcribe",)


def test_a_change_that_names_one_whose_weights_are_missing_changes_nothing(
    closing: AsyncExitStack, path: Path, tmp_path: Path
) -> None:
    path.write_text("{}")
    orders = recognizers(closing, recognizers_file=path, asr_model_dir=tmp_path).orders

    path.write_text('{"acme": ["whisper"]}')

    assert orders.of(ACME) == ("deepgram",)


async def test_tenants_share_what_the_vendors_account_allows(
    closing: AsyncExitStack, path: Path
) -> None:
    path.write_text('{"acme": ["deepgram"], "bank": ["deepgram"]}')
    async with DeepgramServer(keys={KEY}) as server:
        chain = recognizers(
            closing, recognizers_file=path, deepgram_url=server.url, deepgram_streams_max=1
        ).chain

        asked = replace(request(), contact=replace(request().contact, tenant=ACME))
        async with chain.open(asked):
            path.write_text('{"acme": ["deepgram"], "bank": ["deepgram"], "shop": ["deepgram"]}')

            with pytest.raises(RecognizerFailed, match="streams_all_used"):
                await heard_by(chain, tenant="bank")


async def test_a_tenant_whose_text_comes_from_elsewhere_is_heard_by_nobody(
    closing: AsyncExitStack,
) -> None:
    with pytest.raises(RecognizerFailed, match="none_named"):
        await heard_by(recognizers(closing, recognizers="contact-lens").chain, tenant="acme")


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("deepgramm", "names some of contact-lens, deepgram, transcribe, whisper, by comma"),
        ("", "names some of"),
        ("whisper,whisper", "twice"),
        ("whisper,contact-lens", "stands alone"),
        ("whisper,deepgram", "ANTIPHON_DEEPGRAM_API_KEY"),
        ("transcribe", "ANTIPHON_TRANSCRIBE_REGION"),
    ],
)
def test_a_name_that_cannot_be_served_is_refused(
    closing: AsyncExitStack, order: str, says: str
) -> None:
    with pytest.raises(SettingWrong, match=says):
        Recognizers(settings(recognizers=order), closing=closing)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"acme": ["deepgram",\n]}', "ANTIPHON_RECOGNIZERS_FILE: line 2, column 1"),
        ('["whisper"]', "has to read"),
        ('{"acme": "whisper"}', "tenant acme: has to read"),
        ('{"acme": [["whisper"]]}', "tenant acme: has to read"),
        ('{"acme": []}', "tenant acme: names some of"),
        ('{"acme": ["whisper"], "bank": ["whispr"]}', "tenant bank: names some of .* as a list"),
        ('{"acme": ["whisper", "whisper"]}', "tenant acme: names one of them twice"),
        ('{"acme": ["whisper", "contact-lens"]}', "tenant acme: contact-lens stands alone"),
        ('{"acme": ["whisper"], "acme": ["whisper"]}', "tenant acme: stands there twice"),
        ('{"Not A Tenant": ["whisper"]}', "'Not A Tenant' is no tenant's name"),
        ('{"acme": ["deepgram"]}', "ANTIPHON_DEEPGRAM_API_KEY: tenant acme: is needed"),
        (b"\xff\xfe{", "is no JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_followed_stops_the_start_and_says_where(
    path: Path, content: str | bytes | None, says: str
) -> None:
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SettingWrong, match=says):
        Orders(settings(recognizers_file=path))


def test_the_doctor_names_the_order_that_cannot_be_followed(path: Path) -> None:
    path.write_text('{"acme": ["whisper"]}')
    good = finding(settings(recognizers_file=path))
    path.write_text('{"acme": ["deepgram"]}')
    bad = finding(settings(recognizers_file=path))

    assert (good.ok, good.found) == (True, "whisper; acme: whisper")
    assert not bad.ok
    assert "tenant acme" in bad.remedy


def finding(settings: Settings) -> Finding:
    (found,) = [one for one in examine(settings) if one.what == "recognisers"]
    return found


def test_no_key_shows_where_settings_are_printed() -> None:
    chosen = load({"ANTIPHON_DEEPGRAM_API_KEY": KEY, "HOME": "/nowhere"})

    assert chosen.deepgram_api_key == KEY
    assert KEY not in repr(chosen)
    assert KEY not in f"{chosen}"
