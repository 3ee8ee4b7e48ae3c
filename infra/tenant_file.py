"""A file of JSON that says something of each tenant: `{"<tenant>": …}`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from ..errors import SettingWrong
from ..events.base import TenantName, is_tenant


def tenants_in(path: Path, *, variable: str, example: str) -> Iterator[tuple[TenantName, Any]]:
    """Yield tenants and what they are given.

    Raises:
        SettingWrong: names the variable, and the place: the line, or the tenant.
    """
    try:
        told = json.loads(path.read_bytes(), object_pairs_hook=_Pairs)
    except OSError as error:
        raise SettingWrong(variable, f"cannot be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise SettingWrong(variable, problem) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise SettingWrong(variable, "is no JSON") from error
    if not isinstance(told, _Pairs):
        raise SettingWrong(variable, f"has to read {example}")
    seen: set[str] = set()
    for name, given in told:
        if not is_tenant(name):
            raise SettingWrong(variable, f"{name!r} is no tenant's name")
        if name in seen:
            raise SettingWrong(variable, f"tenant {name}: stands there twice")
        seen.add(name)
        yield TenantName(name), _plain(given, variable=variable, whose=f"tenant {name}")


def orders_in(path: Path, *, variable: str) -> Iterator[tuple[TenantName, str, tuple[str, ...]]]:
    """Yield tenants, how complaints begin that are about them, and the names they put in order.

    Raises:
        SettingWrong: as `tenants_in`, or a tenant has no list of names.
    """
    for tenant, told in tenants_in(path, variable=variable, example='{"tenant": ["name", "name"]}'):
        whose = f"tenant {tenant}: "
        try:
            yield tenant, whose, msgspec.convert(told, tuple[str, ...])
        except msgspec.ValidationError:
            raise SettingWrong(variable, whose + 'has to read ["name", "name"]') from None


class _Pairs(list[tuple[str, Any]]):
    """An object, as it is written: a name may come twice, which a mapping would hide."""


def _plain(value: Any, *, variable: str, whose: str) -> Any:
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        if len(set(names)) < len(names):
            raise SettingWrong(variable, f"{whose}: a name stands there twice")
        return {name: _plain(one, variable=variable, whose=whose) for name, one in value}
    if isinstance(value, list):
        return [_plain(one, variable=variable, whose=whose) for one in cast("list[Any]", value)]
    return value
