"""Makes the streams of a tenant and the key-value buckets. Repeating it is harmless.

What is given here is the truth: a stream that differs is changed to it.
Source: ARCHITECTURE.md of the design (streams); nats-server 2.15.1, each setting tried.
"""

from typing import Any

from nats.aio.client import Client

from ...errors import LogUnavailable
from ...events.base import TenantName
from ...events.subjects import audio_stream, configuration_stream, facts_stream
from .requests import UNAVAILABLE, Requests

REPLICAS = 1  # embedded: one node; three over three zones in production
REMEMBERED_S = 120  # ids the stream recognises by itself; held in the server's memory
AUDIO_S_MAX = 24 * 3_600  # longer than the longest call and the longest outage of a reader
# 115 MB are an hour of one call: 2 GiB hold about 18 call-hours, with both tracks. The server
# sets as much of its disk aside for every tenant; production gives it more.
AUDIO_BYTES_MAX = 2 * 1024 * 1024 * 1024

_NS = 1_000_000_000
_NAME_IN_USE = 10058  # by a stream with another configuration
_SETTINGS_REFUSED = 10052  # the server counts this among its own failures; it is ours


class Streams:
    """Makes what the log needs, on one node or with `replicas` of it."""

    def __init__(
        self, nc: Client, *, replicas: int = REPLICAS, audio_bytes_max: int = AUDIO_BYTES_MAX
    ) -> None:
        self._requests = Requests(nc)
        self._replicas = replicas
        self._audio_bytes_max = audio_bytes_max

    async def create_tenant(self, tenant: TenantName) -> None:
        """Make a tenant's streams of facts, configuration and audio.

        Raises:
            LogUnavailable: the server does not answer, or has no room for them.
        """
        for name, subjects in (
            (facts_stream(tenant), f"ev.{tenant}.>"),
            (configuration_stream(tenant), f"cf.{tenant}.>"),
        ):
            await self.create(
                name,
                subjects,
                # Facts are never edited. Purging stays possible, for the archiver alone: what
                # is archived and past retention goes. Denied once, it could never be allowed.
                deny_delete=True,
            )
        await self.create(
            audio_stream(tenant),
            f"au.{tenant}.>",
            max_age=AUDIO_S_MAX * _NS,
            max_bytes=self._audio_bytes_max,
            # When the bytes are used up, the oldest audio goes: it is the likeliest to have been
            # recognised and recorded. Refusing the newest would silence every call under way.
            # What a reader missed by that it sees from the hashes of `AudioReceived`.
            discard="old",
        )

    async def create_bucket(self, bucket: str, **settings: Any) -> None:
        """Make a key-value bucket, as `nats kv` knows them, that keeps each key's last value."""
        await self.create(
            bucket_stream(bucket),
            f"$KV.{bucket}.>",
            max_msgs_per_subject=1,
            deny_delete=True,
            allow_rollup_hdrs=True,
            discard="new",
            **settings,
        )

    async def create(self, name: str, subjects: str, **settings: Any) -> None:
        """Make a stream on disk over these subjects, or change the one there is.

        Raises:
            LogUnavailable: the server does not answer, or has no room for it.
            ValueError: the server refuses these settings.
        """
        wanted = {
            "name": name,
            "subjects": [subjects],
            "retention": "limits",
            "storage": "file",
            "num_replicas": self._replicas,
            "duplicate_window": REMEMBERED_S * _NS,
            "allow_direct": True,  # reads by page, without a consumer
            "allow_atomic": True,  # several events of one decision, all or none
            "discard": "old",  # of no effect where nothing bounds the stream
            **settings,
        }
        error = (await self._requests.try_ask(f"STREAM.CREATE.{name}", wanted)).error
        if error is not None and error.err_code == _NAME_IN_USE:
            error = (await self._requests.try_ask(f"STREAM.UPDATE.{name}", wanted)).error
        if error is None:
            return
        if error.code >= UNAVAILABLE and error.err_code != _SETTINGS_REFUSED:
            raise LogUnavailable(f"stream {name}: {error.err_code} {error.description}")
        raise ValueError(f"stream {name} refused: {error.err_code} {error.description}")


def bucket_stream(bucket: str) -> str:
    """Return the stream behind a key-value bucket."""
    return f"KV_{bucket}"


def key_subject(bucket: str, key: str) -> str:
    """Return the subject of one key; `*` as the key means every one."""
    return f"$KV.{bucket}.{key}"
