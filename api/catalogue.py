"""What can stand in the log, for whoever reads it: JSON Schema and AsyncAPI, from the structs."""

from functools import cache

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from .. import __version__
from ..errors import EventUnknown
from ..events.asyncapi import asyncapi_document
from ..events.schemas import Json, catalogue_document, envelope_schema, name_of

JSON = "application/json"
JSON_SCHEMA = "application/schema+json"
CACHE_S = 60  # changes with the program only; a deployment shows within a minute


class CatalogueController(Controller):
    """The same for every tenant: it tells of the program, not of anybody's calls."""

    tags = ["catalogue"]  # noqa: RUF012 (the framework declares it so)

    @get("/v1/catalogue")
    async def catalogue(self) -> Response[bytes]:
        """Return every event of every version: where it stands, what is sealed, its schema."""
        return _answer(_catalogue(), JSON)

    @get("/v1/catalogue/envelope")
    async def envelope(self) -> Response[bytes]:
        """Return the JSON Schema of what surrounds an event's fields in the log."""
        return _answer(msgspec.json.encode(envelope_schema()), JSON_SCHEMA)

    @get("/v1/catalogue/{event_type:str}/{version:int}")
    async def schema(self, event_type: FromPath[str], version: FromPath[int]) -> Response[bytes]:
        """Return the JSON Schema of one version of an event's fields."""
        found = _schemas().get(f"{event_type}_v{version}")
        if found is None:
            raise EventUnknown(event_type, version=version)
        return _answer(msgspec.json.encode(found), JSON_SCHEMA)

    @get("/asyncapi.json")
    async def asyncapi(self) -> Response[bytes]:
        """Return the AsyncAPI 3 document: subjects, who appends to them, who follows them."""
        return _answer(_asyncapi(), JSON)


@cache
def _catalogue() -> bytes:
    return msgspec.json.encode(catalogue_document())


@cache
def _asyncapi() -> bytes:
    return msgspec.json.encode(asyncapi_document(version=__version__))


@cache
def _schemas() -> dict[str, Json]:
    return {name_of(entry): entry["schema"] for entry in catalogue_document()["events"]}


def _answer(content: bytes, media_type: str) -> Response[bytes]:
    headers = {"Cache-Control": f"public, max-age={CACHE_S}"}
    return Response(content, media_type=media_type, headers=headers)
