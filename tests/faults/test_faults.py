"""Whatever strikes, nothing is lost, nothing stands twice, and every judge finds all as it was."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.infra.faults.catalogue import FAULTS, Fault
from antiphon.infra.faults.side_by_side import SideBySide
from antiphon.infra.faults.trial import Verdict, servers

pytestmark = pytest.mark.asyncio(loop_scope="module")

Trials = Mapping[str, asyncio.Task[Verdict]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trials(request: pytest.FixtureRequest) -> AsyncIterator[Trials]:
    """The trials of this run, begun together on a broker and a database nobody else polls."""
    wanted = {item.name for item in request.session.items if item.path == request.path}
    directory = Path(tempfile.mkdtemp(prefix="antiphon-faults-"))
    directory.chmod(0o711)
    try:
        async with servers(directory) as on:
            side_by_side = SideBySide(on)
            begun = {
                fault.name: asyncio.create_task(side_by_side.try_fault(fault))
                for fault in FAULTS
                if any(fault.name in name for name in wanted)
            }
            yield begun
            for one in begun.values():
                one.cancel()
            await asyncio.gather(*begun.values(), return_exceptions=True)
    finally:
        shutil.rmtree(directory)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_a_fault_leaves_no_trace(fault: Fault, trials: Trials) -> None:
    verdict = await trials[fault.name]

    assert verdict.struck, "it did not happen"
    assert verdict.problems == ()
