"""What a function was deployed with."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


class Misconfigured(Exception):
    """A variable of the function is missing or cannot be. Names it, not its value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where Antiphon is, for whom, and where the key to sign with is kept."""

    scheme: str
    host: str
    port: int | None
    instance_arns: frozenset[str]
    secret_arn: str | None  # of Secrets Manager; None: requests go unsigned
    secrets_endpoint: str | None  # None: AWS's own of the secret's region


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Return the settings that an environment holds.

    Raises:
        Misconfigured: names the variable.
    """
    try:
        url = urlsplit(environ.get("ANTIPHON_URL", "").strip())
        scheme, host, port = url.scheme, url.hostname, url.port
    except ValueError:
        raise Misconfigured("ANTIPHON_URL is no URL") from None
    if not host or not (scheme == "https" or (scheme == "http" and host in _LOOPBACK)):
        raise Misconfigured("ANTIPHON_URL has to read https://host")
    instances = environ.get("ANTIPHON_INSTANCE_ARNS", "").split(",")
    instance_arns = frozenset(arn.strip() for arn in instances if arn.strip())
    if not instance_arns:
        raise Misconfigured("ANTIPHON_INSTANCE_ARNS names no instance")
    return Settings(
        scheme=scheme,
        host=host,
        port=port,
        instance_arns=instance_arns,
        secret_arn=environ.get("ANTIPHON_SIGNING_SECRET_ARN", "").strip() or None,
        secrets_endpoint=environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER", "").strip() or None,
    )
