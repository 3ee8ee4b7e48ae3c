"""What tenants want translated, as `ANTIPHON_TRANSLATION_FILE` says; see `docs/translation.md`.

The file is read anew when it changes: what is said from then on follows it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from ..errors import SettingWrong
from ..events.base import AgentId, TenantName
from ..services.translation.languages import (
    COMMON_LANGUAGES,
    TARGETS_MAX,
    Languages,
    Term,
    language_of,
)
from .settings import variable_of
from .tenant_file import tenants_in
from .watched_file import WatchedFile

_VARIABLE = variable_of("translation_file")

_Tag = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
_Words = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00\n]*\S[^\x00\n]*$")]
_VoiceName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.+-]+$")]


class _Term(Struct, frozen=True, forbid_unknown_fields=True):
    term: _Words
    renderings: dict[_Tag, _Words] = field(default_factory=dict[str, str])


class _Told(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the file of one tenant."""

    languages: Annotated[tuple[_Tag, ...], Meta(min_length=1, max_length=40)] = COMMON_LANGUAGES
    translate_to: Annotated[tuple[_Tag, ...], Meta(max_length=TARGETS_MAX)] = ()
    agents: Annotated[dict[str, _Tag], Meta(max_length=100_000)] = field(
        default_factory=dict[str, str]
    )
    glossary: Annotated[tuple[_Term, ...], Meta(max_length=1_000)] = ()
    voices: dict[_Tag, dict[str, _VoiceName]] = field(default_factory=dict[str, dict[str, str]])


class TranslationFile:
    """Satisfies `TenantLanguages`. Without a file, every tenant has the defaults."""

    def __init__(self, path: Path | None) -> None:
        """Read the file, where there is one.

        Raises:
            SettingWrong: it cannot be followed; names the tenant and the field.
        """
        self._default = Languages()
        self._file: WatchedFile[Mapping[TenantName, Languages]] | None = None
        if path is not None:
            self._file = WatchedFile(path, _read, variable=_VARIABLE)

    def of(self, tenant: TenantName) -> Languages:
        """See `TenantLanguages`."""
        return (
            self._default if self._file is None else self._file.content.get(tenant, self._default)
        )


def _read(path: Path) -> Mapping[TenantName, Languages]:
    found: dict[TenantName, Languages] = {}
    example = '{"tenant": {"translate_to": ["en"]}}'
    for tenant, told in tenants_in(path, variable=_VARIABLE, example=example):
        try:
            found[tenant] = _languages(msgspec.convert(told, _Told))
        except msgspec.ValidationError as error:
            raise SettingWrong(_VARIABLE, f"tenant {tenant}: {error}") from None
    return found


def _languages(told: _Told) -> Languages:
    return Languages(
        languages=_each(told.languages),
        translate_to=_each(told.translate_to),
        agents={AgentId(name): language_of(tag) for name, tag in told.agents.items()},
        glossary=tuple(
            Term(
                term=one.term,
                renderings={language_of(tag): words for tag, words in one.renderings.items()},
            )
            for one in told.glossary
        ),
        voices={language_of(tag): named for tag, named in told.voices.items()},
    )


def _each(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(language_of(tag) for tag in tags))
