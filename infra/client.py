"""How the command line talks to a running Antiphon: over its HTTP API, like anyone else."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

TIMEOUT_S = 15.0  # a command is answered in milliseconds; this is for a machine under load
DEFAULT_TENANT = "demo"
AGENT = "demo-agent"


class RequestRefused(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title')}")
        self.status = status


class Client:
    """The calls a demo needs."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def start_contact(
        self,
        contact_id: str,
        *,
        instance_arn: str,
        media: dict[str, str],
        initial_contact_id: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """Do what the Lambda of a contact flow does; once more for each further stream."""
        await self._post(
            "/v1/contacts",
            {
                "contact_id": contact_id,
                "instance_arn": instance_arn,
                "initiated_at": media["started_at"],
                "media": media,
                "initial_contact_id": initial_contact_id,
                "attributes": dict(attributes or {}),
            },
        )

    async def connect_agent(self, contact_id: str, *, agent_id: str, at: str) -> None:
        """Say which agent took the contact."""
        body = {"agent_id": agent_id, "connected_at": at}
        await self._post(f"/v1/contacts/{contact_id}/agent", body)

    async def hold(self, contact_id: str, *, at: datetime) -> None:
        """Say that the customer was put on hold."""
        await self._post(f"/v1/contacts/{contact_id}/hold", {"at": at.isoformat()})

    async def resume(self, contact_id: str, *, at: datetime) -> None:
        """Say that the hold ended."""
        await self._post(f"/v1/contacts/{contact_id}/resume", {"at": at.isoformat()})

    async def end_contact(
        self, contact_id: str, *, at: datetime, reason: str = "customer_disconnect"
    ) -> None:
        """Say that the parties hung up."""
        body = {"ended_at": at.isoformat(), "reason": reason}
        await self._post(f"/v1/contacts/{contact_id}/end", body)

    async def transcript(self, contact_id: str) -> dict[str, Any]:
        """Return the contact's transcript as the API gives it."""
        answer = await self._http.get(f"/v1/contacts/{contact_id}/transcript")
        _raise_refusal(answer)
        return answer.json()

    async def recording(self, contact_id: str) -> bytes:
        """Return the contact's recording, a FLAC file."""
        answer = await self._http.get(f"/v1/contacts/{contact_id}/recording")
        _raise_refusal(answer)
        return answer.content

    async def privacy(self, contact_id: str) -> dict[str, Any]:
        """Return what was removed of the contact, and who checked it."""
        answer = await self._http.get(f"/v1/contacts/{contact_id}/privacy")
        _raise_refusal(answer)
        return answer.json()

    async def events(self, contact_id: str, *, types: Sequence[str] = ()) -> AsyncGenerator[bytes]:
        """Yield the contact's history, a JSON object a line; of some types, or all of it."""
        lines = self._lines(f"/v1/contacts/{contact_id}/events", {"type": list(types)})
        async with aclosing(lines):
            async for line in lines:
                yield line

    async def trail(self, **asked: str | list[str] | None) -> AsyncGenerator[bytes]:
        """Yield the tenant's facts, a JSON object a line, and where to go on; see the API."""
        given = {name.rstrip("_"): value for name, value in asked.items() if value is not None}
        lines = self._lines("/v1/audit/events", given)
        async with aclosing(lines):
            async for line in lines:
                yield line

    async def playbook(self, name: str, version: str) -> str:
        """Return the text of a published version; of `current`: the one that holds."""
        path = f"/v1/playbooks/{quote(name, safe='')}/versions/{quote(version, safe='')}"
        answer = await self._http.get(path)
        _raise_refusal(answer)
        return answer.text

    async def usage(self, **asked: str | None) -> dict[str, Any]:
        """Return what became of cues; see the API."""
        given = {name.rstrip("_"): value for name, value in asked.items() if value is not None}
        answer = await self._http.get("/v1/guidance/usage", params=given)
        _raise_refusal(answer)
        return answer.json()

    async def desk_at(self, contact_id: str, *, at_ms: int) -> dict[str, Any]:
        """Return what the agent's desk showed at a moment of the contact's clock."""
        path = f"/v1/contacts/{contact_id}/desk"
        answer = await self._http.get(path, params={"at_ms": at_ms})
        _raise_refusal(answer)
        return answer.json()

    async def replay(
        self, contact_id: str, *, speed: float, from_ms: int | None, silence_ms_max: int | None
    ) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        """Yield the events of a contact played again; goes on where a connection was cut."""
        asked = {"speed": speed, "from_ms": from_ms, "silence_ms_max": silence_ms_max}
        params = {name: value for name, value in asked.items() if value is not None}
        path, last_id, is_over = f"/v1/contacts/{contact_id}/replay", "", False
        while not is_over:
            before = last_id
            resuming = {"Last-Event-ID": last_id} if last_id else {}
            async with self._http.stream("GET", path, params=params, headers=resuming) as answer:
                if answer.is_error:
                    await answer.aread()
                _raise_refusal(answer)
                async for event_id, event, data in _events_in(answer.aiter_lines()):
                    last_id = event_id or last_id
                    is_over = is_over or event == "replay_completed"
                    yield event, data
            if last_id == before and not is_over:
                return  # nothing more comes

    async def _lines(self, path: str, asked: Mapping[str, Any]) -> AsyncGenerator[bytes]:
        async with self._http.stream("GET", path, params=dict(asked)) as answer:
            if answer.is_error:
                await answer.aread()
            _raise_refusal(answer)
            async for line in answer.aiter_lines():
                if line:
                    yield line.encode()

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        _raise_refusal(await self._http.post(path, json=body))


@asynccontextmanager
async def connect(
    url: str, *, tenant: str = DEFAULT_TENANT, actor: str | None = None, reason: str | None = None
) -> AsyncGenerator[Client]:
    """Yield a client of the API at `url`, as one tenant.

    `actor` and `reason` are recorded where the past is read.
    """
    host = httpx.URL(url).netloc.decode()
    given = {
        "Host": None if tenant == DEFAULT_TENANT else f"{tenant}.{host}",
        "Antiphon-Actor": actor,
        "Antiphon-Reason": reason,
    }
    # As bytes: a reason may be in any language.
    headers = [(name.encode(), value.encode()) for name, value in given.items() if value]
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, headers=headers) as http:
        yield Client(http)


def _raise_refusal(answer: httpx.Response) -> None:
    if answer.is_error:
        is_problem = "problem+json" in answer.headers.get("content-type", "")
        raise RequestRefused(answer.status_code, answer.json() if is_problem else {})


async def _events_in(
    lines: AsyncIterator[str],
) -> AsyncGenerator[tuple[str, str, dict[str, Any]]]:
    """Yield id, name and content of each Server-Sent Event; ours have one line of content."""
    event_id, event, data = "", "", ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            event_id = value
        elif name == "event":
            event = value
        elif name == "data":
            data = value
        elif not line and data:
            yield event_id, event, msgspec.json.decode(data)
            event_id, event, data = "", "", ""
