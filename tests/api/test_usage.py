"""What became of cues, over HTTP."""

from typing import Any

import pytest
from antiphon.api.usage import UsageController
from antiphon.events.base import GuidanceId
from antiphon.projections import guidance_usage

from ..builders import contact_started, guidance_issued, guidance_shown, guidance_used
from .world import Api

PATH = "/v1/guidance/usage"


@pytest.fixture(autouse=True)
def routed(api: Api) -> None:
    if not any(route.path == PATH for route in api.app.routes):
        api.app.register(UsageController)


async def get(api: Api, **asked: str) -> Any:
    return await api.http.get(PATH, params=asked)


async def test_usage_is_told_by_cue_and_version_with_how_sure_a_share_is(api: Api) -> None:
    await api.tell(contact_started(), guidance_issued(), guidance_shown(), guidance_used())
    await api.tell(guidance_issued(guidance_id=GuidanceId("g-2")))
    await api.world.project(guidance_usage.PROJECTION)

    answer = await get(api)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    (row,) = told["rows"]
    assert (told["by"], told["complete"]) == ("playbook_version", True)
    assert (row["cue"], row["playbook_version"], row["issued"]) == ("ask_for_photos", "1", 2)
    assert (row["shown"], row["used"], row["used_of_shown"]) == (1, 1, 1.0)
    assert row["interval_95"] == pytest.approx([0.2065, 1.0], abs=5e-5)
    assert (await get(api, by="cue", queue="other")).json()["rows"] == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"by": "agent"}, "by"), ({"from": "monday"}, "from"), ({"form": "csv"}, "form")],
)
async def test_what_nobody_can_count_is_refused(
    api: Api, asked: dict[str, str], field: str
) -> None:
    answer = await get(api, **asked)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
