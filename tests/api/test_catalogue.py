"""The catalogue over HTTP: what can stand in the log, for whoever reads it."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from antiphon import __version__
from antiphon.api.catalogue import CatalogueController
from antiphon.api.problems import EXCEPTION_HANDLERS
from antiphon.events.asyncapi import asyncapi_document
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.schemas import catalogue_document, envelope_schema, event_schema
from litestar import Litestar
from litestar.testing import TestClient


@pytest.fixture(scope="module")
def http() -> Iterator[TestClient[Litestar]]:
    app = Litestar([CatalogueController], exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as client:
        yield client


def test_the_whole_catalogue_is_told(http: TestClient[Litestar]) -> None:
    answer = http.get("/v1/catalogue")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == catalogue_document()


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.TYPE)
def test_every_event_has_its_schema(http: TestClient[Litestar], event: Any) -> None:
    answer = http.get(f"/v1/catalogue/{event.TYPE}/{event.VERSION}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    jsonschema.Draft202012Validator.check_schema(answer.json())
    assert answer.json() == event_schema(event)


def test_so_has_the_envelope(http: TestClient[Litestar]) -> None:
    answer = http.get("/v1/catalogue/envelope")

    assert answer.json() == envelope_schema()


def test_the_asyncapi_document_is_of_this_version(http: TestClient[Litestar]) -> None:
    answer = http.get("/asyncapi.json")

    assert answer.status_code == 200
    assert answer.json() == asyncapi_document(version=__version__)
    assert answer.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("contact_held/2", "event_unknown"),
        ("contact_held/0", "event_unknown"),
        ("of_tomorrow/1", "event_unknown"),
        ("contact_held/one", "no_such_path"),
    ],
)
def test_an_event_or_version_that_there_is_not_is_a_problem(
    http: TestClient[Litestar], path: str, code: str
) -> None:
    answer = http.get(f"/v1/catalogue/{path}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
