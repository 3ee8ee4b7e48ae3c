"""What guidance found and showed in a contact is given with its reasons."""

from antiphon.projections import guidance

from ..builders import (
    CONTACT,
    contact_started,
    guidance_issued,
    guidance_used,
    inference_finished,
    moment_detected,
)
from .world import Api

PATH = f"/v1/contacts/{CONTACT.contact_id}"


async def test_moments_are_given_with_the_models_that_were_asked(api: Api) -> None:
    await api.tell(contact_started(), moment_detected(), inference_finished())
    await api.world.project(guidance.PROJECTION)

    told = (await api.http.get(f"{PATH}/moments")).json()

    assert (told["contact_id"], told["position"]) == ("c-1", 3)
    (moment,) = told["moments"]
    assert moment["heard"]["utterance_id"] == "from_customer-1"
    assert moment["detector"]["kind"] == "phrase"
    assert [one["model"] for one in told["inferences"]] == ["all-minilm-l6-v2-int8/1"]


async def test_cues_are_given_with_what_became_of_them(api: Api) -> None:
    await api.tell(contact_started(), guidance_issued(), moment_detected(), guidance_used())
    await api.world.project(guidance.PROJECTION)

    told = (await api.http.get(f"{PATH}/guidance")).json()

    (cue,) = told["cues"]
    assert (cue["state"], cue["title"]) == ("used", guidance_issued().title)
    assert (len(told["moments"]), told["checklist"], told["position"]) == (1, [], 4)


async def test_a_contact_that_only_began_has_none_and_one_that_nobody_knows_is_not_found(
    api: Api,
) -> None:
    await api.tell(contact_started())
    await api.world.project(guidance.PROJECTION)

    begun = await api.http.get(f"{PATH}/guidance")
    unknown = await api.http.get("/v1/contacts/never/guidance")
    odd = await api.http.get("/v1/contacts/a.b/moments")

    assert (begun.status_code, begun.json()["cues"]) == (200, [])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "contact_unknown")
    assert odd.status_code == 422
