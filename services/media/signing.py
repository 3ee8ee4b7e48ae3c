"""Signs requests to Kinesis Video Streams with Signature Version 4, off the event loop.

Finding or refreshing credentials may ask the network (instance metadata, AssumeRole) and
blocks, so all of it happens in threads of its own. Credentials are asked for anew with each
request: a resume in the third hour of a call must not fail on the first hour's.
"""

import asyncio
import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import structlog
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]

from ...errors import MediaFailed

SERVICE = "kinesisvideo"  # the signing name of both the control and the media endpoint

# What a request to this very machine is signed with when there are no credentials: the shape
# of a signature, and no secret. Nothing outside the machine ever sees it.
PLACEHOLDER_KEY_ID = "antiphon-local"
PLACEHOLDER_SECRET = "not-a-secret"  # noqa: S105 (it says so)

_THREADS = 4  # refreshing takes a second at worst and is shared by all calls
_REMOTE_PROVIDERS = ("container-role", "iam-role")  # they ask the network

log = structlog.get_logger()


class Signer:
    """Signs with what botocore's chain finds: environment, profiles, roles, metadata.

    `local`: the endpoint is this machine. Then no network is asked for credentials, and
    placeholders do where there are none.
    """

    def __init__(self, *, local: bool) -> None:
        self._local = local
        # botocore has no types: what it hands out is looked at no further than here.
        self._session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws-credentials")
        self._credentials: Any = None

    def close(self) -> None:
        """Let go of the threads, without waiting for a look-up that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def sign(self, url: str, body: bytes, *, region: str) -> Mapping[str, str]:
        """Return the headers of a signed POST.

        Raises:
            MediaFailed: there are no credentials, or they cannot be refreshed.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._sign, url, body, region)

    def _sign(self, url: str, body: bytes, region: str) -> Mapping[str, str]:
        request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
        signer: Any = SigV4Auth(self._frozen(), SERVICE, region)
        signer.add_auth(request)
        return dict(request.headers.items())

    def _frozen(self) -> Credentials:
        if self._credentials is None:
            self._credentials = self._find()
        try:
            frozen: Any = self._credentials.get_frozen_credentials()
        except Exception as error:
            # botocore's refreshers raise whatever their HTTP and JSON raise.
            self._credentials = None
            raise MediaFailed("denied", "credentials_not_refreshed") from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def _find(self) -> Any:
        if self._local:
            resolver = self._session.get_component("credential_provider")
            for provider in _REMOTE_PROVIDERS:
                resolver.remove(provider)
        found = self._session.get_credentials()
        if found is not None:
            return found
        if self._local:
            log.info("placeholder_credentials_used")
            return Credentials(PLACEHOLDER_KEY_ID, PLACEHOLDER_SECRET)
        log.error("aws_credentials_missing")
        raise MediaFailed("denied", "no_aws_credentials_found")


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
