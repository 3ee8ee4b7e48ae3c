"""The streams that Contact Lens writes to, as ANTIPHON_CONTACT_LENS_FILE lists them.

`[{"tenant": "one", "stream_arn": "arn:aws:kinesis:eu-central-1:111122223333:stream/lens"}, …]`:
a tenant may have several, one for each of its instances, and a stream is of one tenant. They are
read under the roles of ANTIPHON_KVS_ROLES_FILE, by account. Whether a tenant's words come by
them is for its order of recognisers to say: see `recognizer_orders.py`.
"""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec
import structlog
from msgspec import Struct

from ..errors import SettingWrong
from ..events.base import TenantName, is_tenant
from ..events.journal import Journal
from ..events.live import Live
from ..events.progress import Progress
from ..events.register import Register
from ..services.lease import Leases
from ..services.media.identities import Identities
from ..services.media.signing import is_local
from ..services.transcription.contact_lens.following import Following
from ..services.transcription.contact_lens.kinesis import (
    CONNECT_S,
    READ_S,
    KinesisSegments,
    StreamName,
)
from .kvs_roles import roles_in
from .parts import now
from .protecting import protecting_of
from .settings import Settings, variable_of

# Of one process: each shard asks for itself, a few times a second.
_CONNECTIONS_MAX = 100

log = structlog.get_logger()


class _Listed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tenant: TenantName
    stream_arn: str


class _Connected(Protocol):
    """Those of `Parts` that a reader needs."""

    @property
    def journal(self) -> Journal: ...

    @property
    def register(self) -> Register: ...

    @property
    def live(self) -> Live: ...

    @property
    def leases(self) -> Leases: ...


class ContactLens:
    """The streams of all tenants, for whichever process reads them."""

    def __init__(
        self,
        settings: Settings,
        *,
        is_text_only: Callable[[TenantName], bool],
        closing: AsyncExitStack,
    ) -> None:
        """`closing` closes the connections.

        Raises:
            SettingWrong: the file, or that of the roles, cannot be read or says what cannot be.
        """
        self._streams = streams_in(settings.contact_lens_file)
        self._settings = settings
        self._endpoint = settings.contact_lens_endpoint
        self._is_text_only = is_text_only
        if not self._streams:
            return
        local = is_local(self._endpoint)
        self._identities = Identities(local=local, roles=roles_in(settings.kvs_roles_file))
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(CONNECT_S, read=READ_S, pool=READ_S),
            limits=httpx.Limits(max_connections=_CONNECTIONS_MAX),
            trust_env=not local,  # a proxy cannot reach this machine's own ports
        )
        closing.push_async_callback(self._http.aclose)

    def loops(
        self, tenant: TenantName, *, parts: _Connected, progress: Callable[[str], Progress]
    ) -> list[Coroutine[Any, Any, None]]:
        """Return what reads a tenant's streams, for ever. `progress` makes a loop's, by name."""
        streams = [name for one, name in self._streams if one == tenant]
        if self._is_text_only(tenant) and not streams:
            log.error("text_only_tenant_has_no_stream", tenant=tenant)
        return [
            Following(
                KinesisSegments(
                    name, http=self._http, identities=self._identities, endpoint=self._endpoint
                ),
                tenant=tenant,
                journal=parts.journal,
                live=parts.live,
                leases=parts.leases,
                progress=progress("contact_lens"),
                now=now,
                is_text_only=lambda: self._is_text_only(tenant),
                protection=protecting_of(self._settings, parts.register, now=now),
            ).run()
            for name in streams
        ]


def streams_in(path: Path | None) -> Sequence[tuple[TenantName, StreamName]]:
    """Return the streams that a file lists, and whose they are; none without a file.

    Raises:
        SettingWrong: it cannot be read, names what is no tenant or no stream, or a stream twice.
    """
    if path is None:
        return ()
    variable = variable_of("contact_lens_file")
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=tuple[_Listed, ...])
        streams = [(one.tenant, StreamName.of(one.stream_arn)) for one in listed]
    except OSError as error:
        raise SettingWrong(variable, f"cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingWrong(variable, str(error)) from error
    for tenant, _ in streams:
        if not is_tenant(tenant):
            raise SettingWrong(variable, f"{tenant!r} is no tenant's name")
    arns = [name.arn for _, name in streams]
    twice = {arn for arn in arns if arns.count(arn) > 1}
    if twice:
        raise SettingWrong(variable, f"names {min(twice)} twice")
    return streams
