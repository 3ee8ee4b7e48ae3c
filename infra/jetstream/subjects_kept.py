"""How much a stream keeps on some subjects, and letting go of it.

Source: JetStream's request API, `STREAM.INFO` with `subjects_filter` and `STREAM.PURGE` with
`filter`; tried on nats-server 2.15.1.
"""

from collections.abc import Mapping

from .client import Connection
from .requests import Requests


class SubjectsKept:
    """Asks the server of a connection, which belongs to the caller."""

    def __init__(self, nc: Connection) -> None:
        self._requests = Requests(nc)

    async def count(self, stream: str, pattern: str) -> Mapping[str, int]:
        """Return how many messages there are, by subject, of those that a pattern means.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: no answer in time.
        """
        wanted = {"subjects_filter": pattern}
        answer = await self._requests.ask(f"STREAM.INFO.{stream}", wanted, stream=stream)
        assert answer.state is not None, "a stream has a state"
        return answer.state.subjects or {}

    async def purge(self, stream: str, subject: str) -> None:
        """Let go of every message on one subject; harmless where there is none.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: no answer in time; repeating it is safe.
        """
        await self._requests.ask(f"STREAM.PURGE.{stream}", {"filter": subject}, stream=stream)
