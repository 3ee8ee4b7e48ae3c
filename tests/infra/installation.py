"""An installation as several processes see it: databases, a root key file, key stores."""

import itertools
from pathlib import Path

from antiphon.events.base import TenantName
from antiphon.events.keys import Key
from antiphon.infra.key_rotation import versions_of
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.kms import KmsKey
from antiphon.infra.postgres import Databases

HOLDERS = [f"contact/c{number:03d}" for number in range(60)]

_numbers = itertools.count(1)


class Site:
    """An installation of its own: a control database, tenants beside it and a root key."""

    def __init__(self, url: str, root_key_file: Path) -> None:
        self.url = url
        self.root_key_file = root_key_file
        self._opened: list[Databases] = []

    def databases(self) -> Databases:
        self._opened.append(Databases(self.url))
        return self._opened[-1]

    async def process(self, *, kms: KmsKey | None = None) -> PostgresKeys:
        """Return the key store as one more process would open it, all caches empty."""
        return await PostgresKeys.open(self.databases(), root_key_file=self.root_key_file, kms=kms)

    async def tenant(self) -> TenantName:
        name = TenantName(f"rotated-{next(_numbers)}")
        await self.databases().create(name)
        return name

    async def close(self) -> None:
        for one in self._opened:
            await one.close()


async def made(keys: PostgresKeys, tenant: TenantName) -> dict[str, Key]:
    return {holder: await keys.obtain(tenant, holder) for holder in HOLDERS}


async def assert_readable(keys: PostgresKeys, tenant: TenantName, wanted: dict[str, Key]) -> None:
    found = await keys.find(tenant, [key.id for key in wanted.values()])
    assert {id_: key.secret for id_, key in found.items()} == {
        key.id: key.secret for key in wanted.values()
    }


async def states(keys: PostgresKeys, tenant: TenantName) -> list[tuple[int, str, int]]:
    return [
        (one.version, one.state, one.holders) for one in await versions_of(keys.tenant_keys, tenant)
    ]
