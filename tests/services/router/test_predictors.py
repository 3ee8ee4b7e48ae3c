"""Classifiers and embedders behind their ports, against servers that speak the protocols."""

import pytest
from antiphon.errors import ModelFailed
from antiphon.events.base import TenantName
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.models import Classifier, Embedder
from antiphon.services.router.router import Router
from antiphon.services.router.settings import (
    ModelSettings,
    ModelsSettings,
    Provider,
    TenantSettings,
)

from .endpoints import ACME, KEY, endpoint, routing

LABELS = ("angry", "calm")
GLOBEX = TenantName("globex")


def predictors(
    url: str, *, provider: Provider = "kserve", model: str = "embed-small"
) -> ModelsSettings:
    mood = ModelSettings(endpoints=("p",), model="mood", kind="classifier", labels=LABELS)
    vectors = ModelSettings(endpoints=("p",), model=model, kind="embedder", dimensions=16)
    return ModelsSettings(
        endpoints={"p": endpoint(url, provider=provider)},
        models={"mood": mood, "vectors": vectors},
        tenants={ACME: TenantSettings(), GLOBEX: TenantSettings(classifiers=())},
    )


@pytest.mark.parametrize("provider", ["kserve", "torchserve"])
async def test_a_classifier_answers_for_the_tenants_that_have_it(provider: Provider) -> None:
    async with (
        ModelServer(keys={KEY}, classifiers={"*": LABELS}) as server,
        routing(predictors(server.url, provider=provider)) as router,
    ):
        classifiers: Classifier = router.classifiers

        scores = await classifiers.classify("I am calm", tenant=ACME, model="mood", deadline_s=1.0)

        assert classifiers.serves(ACME, "mood")
        assert not classifiers.serves(ACME, "vectors")
        assert not classifiers.serves(GLOBEX, "mood")
    assert scores.model == "mood"
    assert scores.scores["calm"] > scores.scores["angry"]


async def test_an_embedder_of_endpoints_takes_any_number_of_texts() -> None:
    async with (
        ModelServer(keys={KEY}, dimensions=16) as server,
        routing(predictors(server.url)) as router,
    ):
        embedder = router.embedder()
        assert embedder is not None
        port: Embedder = embedder

        vectors = await port.embed([f"text {n}" for n in range(130)], deadline_s=2.0)

        assert (port.name, port.dimensions) == ("embed-small", 16)
        assert [len(one) for one in vectors] == [16] * 130
    assert [len(one.texts) for one in server.asked] == [64, 64, 2]


async def test_vectors_of_another_size_or_another_model_are_not_handed_on() -> None:
    async with ModelServer(keys={KEY}, dimensions=16) as server:
        told = [predictors(server.url)]
        router = Router(lambda: told[-1])
        embedder = router.embedder()
        assert embedder is not None
        server.always = Misbehaviour(dimensions=8)
        with pytest.raises(ModelFailed, match="malformed"):
            await embedder.embed(["text"], deadline_s=1.0)

        told.append(predictors(server.url, model="embed-large"))

        with pytest.raises(ModelFailed, match="unconfigured"):
            await embedder.embed(["text"], deadline_s=1.0)
        await router.aclose()
