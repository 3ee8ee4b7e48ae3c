"""Whatever strikes, nothing is lost, nothing stands twice, and a replay gives the same."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.infra.faults.catalogue import FAULTS, Fault
from antiphon.infra.faults.trial import Servers, servers, try_fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_servers() -> AsyncIterator[Servers]:
    """A broker and a database that nobody else polls."""
    directory = Path(tempfile.mkdtemp(prefix="antiphon-faults-"))
    directory.chmod(0o711)
    try:
        async with servers(directory) as on:
            yield on
    finally:
        shutil.rmtree(directory)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_a_fault_leaves_no_trace(fault: Fault, own_servers: Servers) -> None:
    verdict = await try_fault(fault, own_servers)

    assert verdict.struck, "it did not happen"
    assert verdict.problems == ()
