"""The port to playbooks and policies: what is published, and every version that ever was."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from ...events.base import TenantName
from .playbook import Playbook
from .policy import Policy


class Edition(Struct, frozen=True, kw_only=True):
    """What a tenant has published, as of now."""

    policy: Policy | None  # None: every playbook holds for everybody
    playbooks: Mapping[str, Playbook]  # by name: the published version of each
    # What comes with Antiphon, where the tenant has published nothing of that name.
    built_in: Mapping[str, Playbook]
    for_everybody: tuple[str, ...]  # the playbooks that hold where there is no policy

    def find(self, name: str) -> Playbook | None:
        """Return the version of a playbook that holds now, if there is one."""
        return self.playbooks.get(name) or self.built_in.get(name)


class Shelf(Protocol):
    """Hands out what is published."""

    async def edition(self, tenant: TenantName) -> Edition:
        """Return what is published now; waits, where it is not known yet."""
        ...

    async def policy(self, tenant: TenantName, version: str) -> Policy | None:
        """Return one version of the policy; None where it is not to be had.

        Raises:
            LogUnavailable: no answer; asking again is safe.
        """
        ...

    async def playbook(self, tenant: TenantName, name: str, version: str) -> Playbook | None:
        """Return one version of a playbook, published or built in; None: it is not to be had.

        Raises:
            LogUnavailable: no answer; asking again is safe.
        """
        ...


class OnePlaybook:
    """A shelf on which one playbook stands, for every tenant and everybody."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook

    async def edition(self, tenant: TenantName) -> Edition:  # noqa: ARG002 (one for all)
        """See `Shelf.edition`."""
        playbooks = {self._playbook.name: self._playbook}
        return Edition(
            policy=None, playbooks=playbooks, built_in={}, for_everybody=tuple(playbooks)
        )

    def vocabulary(self, tenant: TenantName) -> tuple[str, ...]:  # noqa: ARG002
        """Return its terms."""
        return self._playbook.vocabulary

    async def policy(self, tenant: TenantName, version: str) -> Policy | None:  # noqa: ARG002
        """See `Shelf.policy`: there is none."""
        return None

    async def playbook(self, tenant: TenantName, name: str, version: str) -> Playbook | None:  # noqa: ARG002
        """See `Shelf.playbook`."""
        one = self._playbook
        return one if (one.name, one.version) == (name, version) else None
