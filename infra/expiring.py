"""Who destroys keys of contacts because a policy says so, put together."""

from ..commands.expiry import Expirer
from .erasing.read_models import SpareGenerations
from .parts import Parts, now


def expirer_of(parts: Parts, *, actor: str) -> Expirer:
    """Return what records and destroys, as the service that `actor` names."""
    spares = SpareGenerations(parts.databases)
    return Expirer(
        journal=parts.journal,
        register=parts.register,
        keys=parts.keys,
        forget_copies=lambda tenant: spares.clear(tenant, ()),
        now=now,
        actor=actor,
    )
