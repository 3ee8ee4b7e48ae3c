"""Who hears each tenant's calls, in order, as the settings say.

`ANTIPHON_RECOGNIZERS` is the order of all; `ANTIPHON_RECOGNIZERS_FILE` says where a tenant's is
another. JSON: `{"<tenant>": ["deepgram", "whisper"], "<tenant>": ["contact-lens"]}`. The file is
read anew when it changes: a session that is opened from then on follows it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import SettingWrong
from ..events.base import TenantName
from .settings import Settings, variable_of
from .tenant_file import orders_in
from .watched_file import WatchedFile

# Its text comes from Amazon, and nobody here listens: so nobody can stand beside it.
CONTACT_LENS = "contact-lens"

Order = tuple[str, ...]  # the preferred one first; at least one

# Each one that may be named, and the setting it cannot do without.
_NEEDS: Mapping[str, str | None] = {
    CONTACT_LENS: None,
    "deepgram": "deepgram_api_key",
    "transcribe": "transcribe_region",
    "whisper": None,
}


class Orders:
    """The order of every tenant; of those that no file names, the setting's."""

    def __init__(
        self, settings: Settings, *, prepare: Callable[[str], object] = lambda _name: None
    ) -> None:
        """Read the setting and the file, where there is one.

        `prepare` is called with every name before it stands in an order, of a changed file as
        well: what it refuses is no order.

        Raises:
            SettingWrong: a name is unknown, stands there twice, or lacks what it needs. Says
                where: the variable, and in a file the tenant, or the line.
            Refused: of `prepare`.
        """
        self._settings = settings
        self._prepare = prepare
        variable = variable_of("recognizers")
        named = tuple(name.strip() for name in settings.recognizers.split(","))
        self.of_all = self._checked(named, variable=variable, whose="")
        self._file: WatchedFile[Mapping[TenantName, Order]] | None = None
        if settings.recognizers_file is not None:
            variable = variable_of("recognizers_file")
            self._file = WatchedFile(settings.recognizers_file, self._read, variable=variable)

    def of(self, tenant: TenantName) -> Order:
        """Return a tenant's order, as it is now."""
        return self.named().get(tenant, self.of_all)

    def named(self) -> Mapping[TenantName, Order]:
        """Return the orders of those tenants that have one of their own."""
        return {} if self._file is None else self._file.content

    def is_text_only(self, tenant: TenantName) -> bool:
        """Tell whether a tenant's calls are transcribed elsewhere, and not heard here."""
        return CONTACT_LENS in self.of(tenant)

    def _read(self, path: Path) -> Mapping[TenantName, Order]:
        variable = variable_of("recognizers_file")
        return {
            tenant: self._checked(named, variable=variable, whose=whose)
            for tenant, whose, named in orders_in(path, variable=variable)
        }

    def _checked(self, named: Order, *, variable: str, whose: str) -> Order:
        """Return an order that can be followed. `whose` begins what is said of another."""
        if not named or not set(named) <= set(_NEEDS):
            how = ", as a list" if whose else ", by comma"
            raise SettingWrong(variable, f"{whose}names some of {', '.join(_NEEDS)}{how}")
        if len(set(named)) < len(named):
            raise SettingWrong(variable, f"{whose}names one of them twice")
        if CONTACT_LENS in named and len(named) > 1:
            raise SettingWrong(variable, f"{whose}{CONTACT_LENS} stands alone or not at all")
        for name in named:
            need = _NEEDS[name]
            if need is not None and getattr(self._settings, need) is None:
                raise SettingWrong(variable_of(need), f"{whose}is needed where {name} is named")
        for name in named:
            self._prepare(name)
        return named
