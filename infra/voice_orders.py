"""Who speaks each tenant's replies, in order, as the settings say.

`ANTIPHON_VOICES` is the order of all; `ANTIPHON_VOICES_FILE` says where a tenant's is another.
JSON: `{"<tenant>": ["cartesia", "espeak"], "<tenant>": ["text"]}`. The file is read anew when it
changes: a reply that is typed from then on follows it.
"""

from collections.abc import Mapping
from pathlib import Path

from ..errors import SettingWrong
from ..events.base import TenantName
from .settings import Settings, variable_of
from .tenant_file import orders_in
from .watched_file import WatchedFile

TEXT = "text"  # nobody speaks: replies are shown, and read out by the agent

Order = tuple[str, ...]  # the preferred one first; empty: nobody

# Each one that may be named, and the setting it cannot do without.
_NEEDS: Mapping[str, str | None] = {
    "cartesia": "cartesia_api_key",
    "elevenlabs": "elevenlabs_api_key",
    "aura": "deepgram_api_key",
    "espeak": None,
    TEXT: None,
}


class VoiceOrders:
    """The order of every tenant; of those that no file names, the setting's."""

    def __init__(self, settings: Settings) -> None:
        """Read the setting and the file, where there is one.

        Raises:
            SettingWrong: a name is unknown, stands there twice, or lacks what it needs.
        """
        self._settings = settings
        named = tuple(name.strip() for name in settings.voices.split(","))
        self._of_all = self._checked(named, variable=variable_of("voices"), whose="")
        self._file: WatchedFile[Mapping[TenantName, Order]] | None = None
        if settings.voices_file is not None:
            variable = variable_of("voices_file")
            self._file = WatchedFile(settings.voices_file, self._read, variable=variable)

    def of(self, tenant: TenantName) -> Order:
        """Return a tenant's order, as it is now."""
        if self._file is None:
            return self._of_all
        return self._file.content.get(tenant, self._of_all)

    def every(self) -> frozenset[str]:
        """Return all that any order names."""
        named = {} if self._file is None else dict(self._file.content)
        return frozenset(self._of_all).union(*named.values())

    def _read(self, path: Path) -> Mapping[TenantName, Order]:
        variable = variable_of("voices_file")
        return {
            tenant: self._checked(named, variable=variable, whose=whose)
            for tenant, whose, named in orders_in(path, variable=variable)
        }

    def _checked(self, named: Order, *, variable: str, whose: str) -> Order:
        """Return an order that can be followed. `whose` begins what is said of another."""
        if not named or not set(named) <= set(_NEEDS):
            raise SettingWrong(variable, f"{whose}names some of {', '.join(_NEEDS)}")
        if len(set(named)) < len(named):
            raise SettingWrong(variable, f"{whose}names one of them twice")
        if TEXT in named and len(named) > 1:
            raise SettingWrong(variable, f"{whose}{TEXT} stands alone or not at all")
        for name in named:
            need = _NEEDS[name]
            if need is not None and getattr(self._settings, need) is None:
                raise SettingWrong(variable_of(need), f"{whose}is needed where {name} is named")
        return () if named == (TEXT,) else named
