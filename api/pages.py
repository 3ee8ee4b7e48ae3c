"""Pages of our own, read once at start and served from memory: nothing comes from elsewhere."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.params import FromPath
from msgspec import Struct

_HERE = Path(__file__).parent
PAGES = _HERE / "pages"
DESK = _HERE / "desk"

# Scripts, styles and connections of this server alone; nobody frames a page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

# Browsers refuse a module whose type is not exactly right, and the system's table of types is
# not the same everywhere. The framework adds the charset.
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


class _Asset(Struct, frozen=True):
    content: bytes
    media_type: str
    tag: str


def read_assets(directory: Path) -> dict[str, _Asset]:
    """Return the servable files under a directory by their paths relative to it."""
    found: dict[str, _Asset] = {}
    for file in sorted(directory.rglob("*")):
        if file.suffix in _TYPES:
            content = file.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            name = file.relative_to(directory).as_posix()
            found[name] = _Asset(content, _TYPES[file.suffix], tag)
    return found


def page_handlers() -> list[HTTPRouteHandler]:
    """Return the handlers of the index, the desk and what they load."""
    pages, desk = read_assets(PAGES), read_assets(DESK)

    @get("/", include_in_schema=False, sync_to_thread=False)
    def index(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _served(request, pages, "index.html")

    @get("/pages/{path:path}", include_in_schema=False, sync_to_thread=False)
    def page_asset(request: Request[Any, Any, Any], path: FromPath[Path]) -> Response[bytes]:
        return _served(request, pages, path.as_posix().lstrip("/"))

    @get("/desk", include_in_schema=False, sync_to_thread=False)
    def desk_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _served(request, desk, "index.html")

    @get("/desk/{path:path}", include_in_schema=False, sync_to_thread=False)
    def desk_asset(request: Request[Any, Any, Any], path: FromPath[Path]) -> Response[bytes]:
        return _served(request, desk, path.as_posix().lstrip("/"))

    return [index, page_asset, desk_page, desk_asset]


class SchemaPage(OpenAPIRenderPlugin):
    """The OpenAPI document as a page that needs no network."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page = (PAGES / "schema.html").read_bytes()

    def render(  # the document is what the page fetches
        self,
        request: Request[Any, Any, Any],  # noqa: ARG002
        openapi_schema: dict[str, Any],  # noqa: ARG002
    ) -> bytes:
        return self._page


def _served(
    request: Request[Any, Any, Any], assets: Mapping[str, _Asset], name: str
) -> Response[bytes]:
    asset = assets.get(name)
    if asset is None:
        raise NotFoundException
    # `no-cache` means asking each time: after an upgrade nobody runs yesterday's desk.
    headers = {"ETag": asset.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
