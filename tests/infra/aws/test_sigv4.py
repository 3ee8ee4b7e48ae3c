"""What signs requests to AWS signs them as AWS's own library does."""

import string
from datetime import UTC, datetime
from typing import Any

import botocore.auth  # pyright: ignore[reportMissingTypeStubs]
import pytest
from antiphon.infra.aws.functions.connect.sigv4 import Credentials, signed_headers
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials as Theirs  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given, settings
from hypothesis import strategies as st

AT_S = 1_790_000_000
REGION, SERVICE = "eu-west-2", "secretsmanager"
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "secretsmanager.GetSecretValue",
}
TEXT = st.text(string.ascii_letters + string.digits + "+/=", min_size=1, max_size=64)


@pytest.fixture(scope="module")
def stopped() -> Any:
    """AWS's library at the instant that ours is told."""
    with pytest.MonkeyPatch.context() as patch:
        now = datetime.fromtimestamp(AT_S, UTC)
        patch.setattr(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None))
        yield


def theirs(credentials: Credentials, *, host: str, body: bytes) -> dict[str, str]:
    """Return the headers that AWS's library adds and signs."""
    request: Any = AWSRequest("POST", f"https://{host}/", data=body, headers=HEADERS)
    held = Theirs(credentials.access_key, credentials.secret_key, credentials.token)
    signer: Any = botocore.auth.SigV4Auth(held, SERVICE, REGION)
    signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.mark.usefixtures("stopped")
@settings(max_examples=100, deadline=None)
@given(
    access_key=TEXT,
    secret_key=TEXT,
    token=st.none() | TEXT,
    host=st.sampled_from(["secretsmanager.eu-west-2.amazonaws.com", "127.0.0.1:8443"]),
    body=st.binary(max_size=200),
)
def test_a_request_is_signed_as_by_aws_library(
    access_key: str, secret_key: str, token: str | None, host: str, body: bytes
) -> None:
    credentials = Credentials(access_key=access_key, secret_key=secret_key, token=token)

    ours = signed_headers(
        credentials,
        host=host,
        region=REGION,
        service=SERVICE,
        headers=HEADERS,
        body=body,
        at_s=AT_S + 0.9,
    )

    assert ours.pop("host") == host  # theirs is added when the request is sent
    assert ours == theirs(credentials, host=host, body=body)


def test_credentials_do_not_show_in_a_traceback() -> None:
    credentials = Credentials(access_key="AKID", secret_key="wJalr", token="IQoJ")

    assert "wJalr" not in repr(credentials)
    assert "IQoJ" not in repr(credentials)
