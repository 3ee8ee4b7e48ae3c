"""How a command asks the running Antiphon something, and ends with a message where it refuses."""

import uuid
from typing import Annotated, Any

import httpx
import typer

from .client import DEFAULT_TENANT, TIMEOUT_S, RequestRefused
from .replay_commands import account
from .terminal import run_or_exit, running_or_exit, settings_or_exit

As = Annotated[
    str | None, typer.Option("--as", help="Who decides: an id. Default: this machine's account.")
]


def ask(
    method: str,
    path: str,
    tenant: str,
    *,
    who: str | None = None,
    patience_s: float = TIMEOUT_S,
    **given: Any,
) -> Any:
    """Return what the running Antiphon answers; None for no content.

    `who` asks; None: whoever is logged in. `patience_s` is how long the answer may take; `given`
    goes into the request as httpx takes it.
    """
    url = running_or_exit(settings_or_exit()).http
    host = httpx.URL(url).netloc.decode()
    headers = {
        "Host": None if tenant == DEFAULT_TENANT else f"{tenant}.{host}",
        "Antiphon-Actor": who or account(),
        # Repeated by nobody but this very call's transport.
        "Idempotency-Key": uuid.uuid4().hex,
    }
    named = {name: value for name, value in headers.items() if value is not None}
    timeout = httpx.Timeout(TIMEOUT_S, read=patience_s)

    async def asked() -> Any:
        async with httpx.AsyncClient(base_url=url, headers=named, timeout=timeout) as http:
            answer = await http.request(method, path, **given)
        if answer.is_error:
            is_problem = "problem+json" in answer.headers.get("content-type", "")
            raise RequestRefused(answer.status_code, answer.json() if is_problem else {})
        return answer.json() if answer.content else None

    return run_or_exit(asked())
