"""Signs requests to Kinesis Video Streams with Signature Version 4, off the event loop.

Finding or renewing credentials may ask the network (instance metadata, AssumeRole) and
blocks, so all of it happens in threads of its own. Credentials are asked for anew with each
request: a resume in the third hour of a call must not fail on the first hour's.
"""

import asyncio
import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from msgspec import Struct

from .identities import Identities

SERVICE = "kinesisvideo"  # the signing name of both the control and the media endpoint

_THREADS = 4  # renewing takes a second at worst and is shared by all calls


class Signed(Struct, frozen=True):
    """The headers of a signed request, and the key it was signed with."""

    headers: Mapping[str, str]
    key_id: str


class Signer:
    """Signs as whoever we are to the account that holds the stream."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws-credentials")

    def close(self) -> None:
        """Let go of the threads, without waiting for a look-up that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def sign(self, url: str, body: bytes, *, region: str, account: str) -> Signed:
        """Return the headers of a signed POST about a stream of `account`.

        Raises:
            MediaFailed: there are no credentials, or they cannot be renewed.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._sign, url, body, region, account)

    def refused(self, account: str, key_id: str) -> None:
        """See `Identities.refused`."""
        self._identities.refused(account, key_id)

    def _sign(self, url: str, body: bytes, region: str, account: str) -> Signed:
        credentials: Any = self._identities.credentials(account, region=region)
        request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
        signer: Any = SigV4Auth(credentials, SERVICE, region)
        signer.add_auth(request)
        return Signed(dict(request.headers.items()), credentials.access_key)


def is_local(url: str | None) -> bool:
    """Tell whether an address can only be this machine."""
    host = urlsplit(url).hostname if url else None
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
