"""Who we are to the accounts that hold the streams: our own credentials, or a role of theirs.

A customer's streams are in the customer's account: there we assume a role that trusts us, under
the external id that was agreed on, so that nobody else can have us assume it. Credentials of a
role last an hour, calls may last longer: they are renewed while the old ones are still good.

Everything here may ask the network and blocks: called from threads.
Source: STS API reference: AssumeRole; IAM user guide: "the confused deputy problem".
"""

import re
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import structlog
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import (  # pyright: ignore[reportMissingTypeStubs]
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ClientError,
)
from msgspec import Struct

from ...errors import MediaFailed

# What a request to this very machine is signed with when there are no credentials: the shape
# of a signature, and no secret. Nothing outside the machine ever sees it.
PLACEHOLDER_KEY_ID = "antiphon-local"
PLACEHOLDER_SECRET = "not-a-secret"  # noqa: S105 (it says so)

ROLE_S = 3_600  # the longest that a role assumed from a role may last
SESSION_NAME = "antiphon-media"  # shows in the customer's CloudTrail
_CONNECT_S = 3.0
_READ_S = 5.0  # STS answers in tenths of a second
_ATTEMPTS_MAX = 2  # of one call; whoever reads a stream tries again anyway

_REMOTE_PROVIDERS = ("container-role", "iam-role")  # they ask the network
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
# Answers of STS that trying again does not change: trust or external id are not as agreed.
_LASTING = ("AccessDenied", "AccessDeniedException", "ValidationError", "MalformedPolicyDocument")

log = structlog.get_logger()


class Role(Struct, frozen=True, kw_only=True):
    """A role of a customer's account that may read its streams."""

    arn: str
    external_id: str | None = None  # None only where both accounts are ours
    # Whose contacts may name its streams; None: the account is reserved for nobody.
    tenants: frozenset[str] | None = None

    @property
    def account(self) -> str:
        """The account whose streams the role is for.

        Raises:
            ValueError: the ARN is not a role's.
        """
        found = _ROLE.fullmatch(self.arn)
        if found is None:
            raise ValueError(f"{self.arn} is not the ARN of a role")
        return found[1]


class Identities:
    """Credentials by account, found once and renewed in time.

    `local`: the endpoint is this machine. Then no network is asked for our own credentials,
    and placeholders do where there are none. Accounts without a role are read as ourselves.
    `sts_endpoint`: None is AWS's own of the stream's region. `now`: aware UTC.
    """

    def __init__(
        self,
        *,
        local: bool,
        roles: Sequence[Role] = (),
        sts_endpoint: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._local = local
        self._roles = {role.account: role for role in roles}
        self._sts_endpoint = sts_endpoint
        self._now = now
        # botocore has no types: what it hands out is looked at no further than here.
        self._session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
        self._finding = threading.Lock()  # sessions are not safe to share between threads
        self._own: Any = None
        self._assumed: dict[str, Any] = {}  # by account
        self._handed: dict[str, str] = {}  # the key id last handed out, by account

    def credentials(self, account: str, *, region: str) -> Credentials:
        """Return credentials for an account's streams that are good for a while yet.

        Raises:
            MediaFailed: there are none, or they cannot be renewed.
        """
        role = self._roles.get(account)
        with self._finding:
            if role is None:
                held = self._own = self._own or self._find_own()
            else:
                held = self._assumed.get(account) or self._assume(role, region)
                self._assumed[account] = held
        try:
            frozen: Any = held.get_frozen_credentials()
        except Exception as error:
            # botocore's refreshers raise whatever their HTTP and JSON raise.
            self._forget(account, held)
            raise _failure(error, role) from error
        self._handed[account] = frozen.access_key
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def refused(self, account: str, key_id: str) -> None:
        """Ask anew next time: the service no longer takes these credentials.

        Hundreds of streams may find out at once; only the first of them costs a call.
        """
        held = self._assumed.get(account) if account in self._roles else self._own
        if held is not None and self._handed.get(account) == key_id:
            log.warning("credentials_refused", account=account)
            self._forget(account, held)

    def _forget(self, account: str, held: Any) -> None:
        with self._finding:
            if self._assumed.get(account) is held:
                del self._assumed[account]
            if self._own is held:
                self._own = None
                self._session = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]

    def _find_own(self) -> Any:
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

    def _assume(self, role: Role, region: str) -> Any:
        own = self._own = self._own or self._find_own()
        # What the session found renews itself; placeholders it does not know.
        known = self._session.get_credentials() is not None
        sts: Any = self._session.create_client(
            "sts",
            region_name=region,
            endpoint_url=self._sts_endpoint,
            aws_access_key_id=None if known else own.access_key,
            aws_secret_access_key=None if known else own.secret_key,
            config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS_MAX},
            ),
        )
        wanted: dict[str, Any] = {
            "RoleArn": role.arn,
            "RoleSessionName": SESSION_NAME,
            "DurationSeconds": ROLE_S,
        }
        if role.external_id is not None:
            wanted["ExternalId"] = role.external_id

        def renewed() -> dict[str, str]:
            answer = sts.assume_role(**wanted)["Credentials"]
            log.info("role_assumed", account=role.account, until=str(answer["Expiration"]))
            return {
                "access_key": answer["AccessKeyId"],
                "secret_key": answer["SecretAccessKey"],
                "token": answer["SessionToken"],
                "expiry_time": answer["Expiration"].isoformat(),
            }

        return DeferredRefreshableCredentials(renewed, "sts-assume-role", time_fetcher=self._now)


def _failure(error: Exception, role: Role | None) -> MediaFailed:
    if role is not None and isinstance(error, ClientError) and _code_of(error) in _LASTING:
        log.error("role_refused", account=role.account)
        return MediaFailed("denied", "role_not_assumed")
    # An outage of STS or of the metadata service: the calls it keeps from being heard go on.
    return MediaFailed("retry", "credentials_not_refreshed")


def _code_of(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
