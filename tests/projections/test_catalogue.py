"""Every read model there is can be run, with what it needs."""

from antiphon.events.base import TenantName
from antiphon.projections.catalogue import PROJECTIONS, keyed
from antiphon.projections.endpoint_index import NeedsKey
from antiphon.projections.projection import Projection


async def index_key(_: TenantName) -> bytes:
    return bytes(32)


def test_what_needs_a_key_is_no_projection_until_it_has_one() -> None:
    needy = [one for one in PROJECTIONS if isinstance(one, NeedsKey)]

    assert [one.name for one in needy] == ["endpoint_index"]
    assert not any(isinstance(one, Projection) or hasattr(one, "project") for one in needy)


def test_every_read_model_runs_under_its_own_name_and_tables() -> None:
    running = [keyed(one, index_key) for one in PROJECTIONS]

    assert all(isinstance(one, Projection) for one in running)
    assert [(one.home, one.tables, one.schema) for one in running] == [
        (one.home, one.tables, one.schema) for one in PROJECTIONS
    ]
