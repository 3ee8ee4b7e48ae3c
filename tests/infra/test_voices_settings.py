"""Who speaks for which tenant, and what tenants want translated, as files say it."""

import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import SettingWrong
from antiphon.events.base import AgentId, TenantName
from antiphon.infra.doctor import examine
from antiphon.infra.settings import Settings
from antiphon.infra.translation_file import TranslationFile
from antiphon.infra.voice_orders import VoiceOrders
from antiphon.infra.voices import ConfiguredVoices
from antiphon.services.translation.languages import Languages, Term
from antiphon.services.translation.voices.espeak import PROGRAM

ACME, DEMO = TenantName("acme"), TenantName("demo")
KEYS: dict[str, Any] = {
    "cartesia_api_key": "k-1",
    "elevenlabs_api_key": "k-2",
    "deepgram_api_key": "k-3",
}


def settings(directory: Path, **given: Any) -> Settings:
    return Settings(data_dir=directory, **given)


def file(directory: Path, content: Any) -> Path:
    path = directory / "settings.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


async def names(given: Settings, tenant: TenantName) -> list[str]:
    async with AsyncExitStack() as closing:
        voices = ConfiguredVoices(given, closing=closing)
        return [voice.name for _, voice in voices.of(tenant)]


async def test_every_voice_that_is_named_is_there_in_its_order(tmp_path: Path) -> None:
    given = settings(tmp_path, voices="aura, cartesia,elevenlabs", **KEYS)

    assert await names(given, DEMO) == [
        "deepgram-aura-2/1",
        "cartesia-sonic-3/1",
        "elevenlabs-eleven_flash_v2_5/1",
    ]


async def test_without_a_word_of_it_the_program_speaks_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    before = await names(settings(tmp_path), DEMO)
    program = tmp_path / PROGRAM
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)

    assert before == [], "replies are text only"
    assert await names(settings(tmp_path), DEMO) == ["espeak-ng/1"]


async def test_a_tenant_may_have_another_order_and_the_file_may_change(tmp_path: Path) -> None:
    path = file(tmp_path, {"acme": ["elevenlabs"]})
    orders = VoiceOrders(settings(tmp_path, voices="cartesia", voices_file=path, **KEYS))
    before = orders.of(ACME), orders.of(DEMO)
    file(tmp_path, {"acme": ["text"], "demo": ["aura"]})
    os.utime(path, ns=(1, 1))

    assert before == (("elevenlabs",), ("cartesia",))
    assert (orders.of(ACME), orders.of(DEMO)) == ((), ("aura",))


@pytest.mark.parametrize(
    ("voices", "keys", "problem"),
    [
        ("", {}, "names some of"),
        ("polly", {}, "names some of"),
        ("cartesia", {}, "ANTIPHON_CARTESIA_API_KEY"),
        ("aura", {}, "ANTIPHON_DEEPGRAM_API_KEY"),
        ("cartesia,cartesia", KEYS, "twice"),
        ("text,cartesia", KEYS, "stands alone"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused(
    tmp_path: Path, voices: str, keys: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingWrong, match=problem):
        VoiceOrders(settings(tmp_path, voices=voices, **keys))


@pytest.mark.parametrize(
    ("given", "is_well", "told"),
    [
        ({"voices": "cartesia", "cartesia_api_key": "k-1"}, True, "cartesia"),
        ({"voices": "cartesia"}, False, "ANTIPHON_CARTESIA_API_KEY"),
        ({"voices": "text"}, True, "text only"),
        ({"voices": "espeak"}, True, "espeak-ng is missing"),
    ],
)
def test_the_doctor_says_who_speaks_and_what_is_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    given: dict[str, Any],
    is_well: bool,
    told: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    found = {one.what: one for one in examine(settings(tmp_path, **given))}["voices"]

    assert found.ok is is_well
    assert told in (found.found if is_well else found.remedy)
    assert "k-1" not in found.found


@pytest.mark.parametrize(
    ("programs", "told"),
    [
        ([], "none: `antiphon evaluate audio` needs flite or espeak-ng"),
        (["espeak-ng"], "espeak:en-us"),
        (["flite"], "flite:slt, flite:rms, flite:awb"),
    ],
)
def test_the_doctor_says_what_numbers_can_be_said_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: list[str], told: str
) -> None:
    for name in programs:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    found = {one.what: one for one in examine(settings(tmp_path))}["voices to evaluate audio with"]

    assert (found.ok, found.found) == (True, told)


def test_what_a_tenant_wants_is_read_in_full(tmp_path: Path) -> None:
    told = {
        "acme": {
            "languages": ["en-GB", "es", "es-MX"],
            "translate_to": ["en-US"],
            "agents": {"a-1": "de-DE"},
            "glossary": [{"term": "FlexiMax"}, {"term": "fee", "renderings": {"de": "Gebühr"}}],
            "voices": {"es": {"cartesia": "voice-1"}},
        }
    }

    languages = TranslationFile(file(tmp_path, told))

    assert languages.of(DEMO) == Languages()
    assert languages.of(ACME) == Languages(
        languages=("en", "es"),
        translate_to=("en",),
        agents={AgentId("a-1"): "de"},
        glossary=(Term(term="FlexiMax"), Term(term="fee", renderings={"de": "Gebühr"})),
        voices={"es": {"cartesia": "voice-1"}},
    )


def test_without_a_file_a_tenant_has_the_defaults() -> None:
    assert TranslationFile(None).of(ACME) == Languages()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "line 1"),
        ("[]", "has to read"),
        ('{"acme": {}, "acme": {}}', "twice"),
        ('{"acme": {"voices": {"es": {}, "es": {}}}}', "twice"),
        ({"A B": {}}, "no tenant's name"),
        ({"acme": {"langages": []}}, "tenant acme: .*langages"),
        ({"acme": {"languages": []}}, "languages"),
        ({"acme": {"translate_to": ["english"]}}, "translate_to"),
        ({"acme": {"translate_to": ["en", "es", "de", "fr"]}}, "translate_to"),
        ({"acme": {"glossary": [{"term": " "}]}}, "glossary"),
        ({"acme": {"voices": {"es": {"cartesia": "../x"}}}}, "voices"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused_with_its_place(
    tmp_path: Path, content: Any, problem: str
) -> None:
    with pytest.raises(SettingWrong, match=problem):
        TranslationFile(file(tmp_path, content))


def test_a_change_that_cannot_be_followed_changes_nothing(tmp_path: Path) -> None:
    path = file(tmp_path, {"acme": {"translate_to": ["en"]}})
    languages = TranslationFile(path)
    file(tmp_path, "nonsense")
    os.utime(path, ns=(1, 1))

    assert languages.of(ACME).translate_to == ("en",)
