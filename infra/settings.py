"""What this process was started with: read once, in the command line, and taken apart in `main`."""

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from ..errors import SettingWrong
from ..services.media.patience import MARGIN_S_MAX, START_MARGIN_S

PREFIX = "ANTIPHON_"

LogLevel = Literal["debug", "info", "warning", "error"]
Port = Annotated[int, Meta(ge=0, le=65535)]

_SCHEMES: dict[str, tuple[str, ...]] = {
    "nats_url": ("nats", "tls"),
    "postgres_url": ("postgresql", "postgres"),
    "kvs_endpoint": ("http", "https"),
    "deepgram_url": ("wss", "ws"),
    "transcribe_url": ("wss", "ws"),
    "kms_endpoint": ("http", "https"),
    "cartesia_url": ("https", "http"),
    "elevenlabs_url": ("https", "http"),
    "aura_url": ("https", "http"),
    "contact_lens_endpoint": ("http", "https"),
}


class Settings(Struct, frozen=True, kw_only=True):
    """One field per variable: `ANTIPHON_` and the field's name in capitals."""

    data_dir: Path
    http_port: Port = 8080  # 0: a free one
    nats_url: str | None = None  # None: embedded
    postgres_url: str | None = None  # None: embedded; else names the control database
    kvs_endpoint: str | None = None  # None: the simulator, or AWS where `main` says so
    kvs_roles_file: Path | None = None  # which role to take in which account; None: our own
    # Streams that a process reads at once: a core hears 400 calls. Who is beyond it waits.
    media_streams_max: Annotated[int, Meta(ge=1)] = 400
    # Of one customer's account; None: as many as of all. Kinesis counts by stream, not account.
    media_account_streams_max: Annotated[int, Meta(ge=1)] | None = None
    # Resident MiB beyond which no further stream is let in; None: three quarters of what the
    # machine has, or its control group allows.
    media_memory_mib_max: Annotated[int, Meta(ge=1)] | None = None
    # How long before the time Connect tells a stream is first asked for: the clocks of Connect
    # and of the producer differ. What is read of others, or twice, is passed over.
    media_start_margin_s: Annotated[float, Meta(ge=0.0, le=MARGIN_S_MAX)] = START_MARGIN_S
    # Who hears the calls, in order, by comma: `deepgram,whisper` goes on with the second.
    recognizers: str = "whisper"
    recognizers_file: Path | None = None  # tenants with another order; None: none has
    # Streams by which Amazon's own transcripts come, for tenants whose order is `contact-lens`.
    contact_lens_file: Path | None = None
    contact_lens_endpoint: str | None = None  # None: AWS's own of each stream's region
    deepgram_api_key: str | None = None
    deepgram_url: str = "wss://api.deepgram.com"
    deepgram_model: str = "nova-3"
    deepgram_streams_max: Annotated[int, Meta(ge=1)] = 50  # what the plan allows, all calls
    transcribe_region: str | None = None  # of Amazon Transcribe; credentials as botocore finds them
    transcribe_url: str | None = None  # None: AWS's own of the region
    transcribe_vocabulary: str | None = None  # a custom vocabulary of the account, by its name
    transcribe_streams_max: Annotated[int, Meta(ge=1)] = 25  # what the account allows, all calls
    models_file: Path | None = None  # which models there are, and where; None: none but our own
    # Who speaks the replies that agents type, in order, by comma; `text`: nobody.
    voices: str = "espeak"
    voices_file: Path | None = None  # tenants with another order; None: none has
    translation_file: Path | None = None  # what tenants want translated; None: contacts say
    cartesia_api_key: str | None = None
    cartesia_url: str = "https://api.cartesia.ai"
    cartesia_model: str = "sonic-3"
    cartesia_voice: str = "694f9389-aac1-45b6-b726-9d9369183238"
    elevenlabs_api_key: str | None = None
    elevenlabs_url: str = "https://api.elevenlabs.io"
    elevenlabs_model: str = "eleven_flash_v2_5"
    elevenlabs_voice: str = "21m00Tcm4TlvDq8ikWAM"
    aura_url: str = "https://api.deepgram.com"  # its key is Deepgram's
    webhooks_private_allowed: bool = False  # tell also inside our network, and without TLS
    webhooks_unverified_allowed: bool = False  # tell words at once, where nobody runs `redaction`
    machine_keys_file: Path | None = None  # keys machines sign with; None: they sign nothing
    audiohook_keys_file: Path | None = None  # keys Genesys signs with; None: those of machines
    twilio_accounts_file: Path | None = None  # accounts that may stream; None: machine keys hold
    kms_key_id: str | None = None  # of AWS KMS, wraps the tenants' keys; None: the key file does
    kms_endpoint: str | None = None  # None: AWS's own of the key's region
    archive_url: str | None = None  # file:///… or s3://…; None: under the data directory
    # How long the store itself must refuse to delete; None: as the bucket says.
    archive_retention_days: Annotated[int, Meta(ge=1)] | None = None
    # Where calls are kept whose parties consented; as `archive_url`, and not the same place.
    recording_url: str | None = None
    asr_model_dir: Path | None = None  # a CTranslate2 Whisper directory; None: the wheel's
    # Who hears redacted recordings again, and may be nobody who hears the calls.
    second_listener: Literal["whisper-base", "deepgram", "transcribe"] = "whisper-base"
    second_model_dir: Path | None = None  # as `asr_model_dir`, of the second recogniser
    # Who looks for personal data beside our rules, in every word that is heard; may only add.
    personal_recognizer: Literal["none", "presidio"] = "none"
    # What carries redactions through: `embedded`, or `temporal://host:port/namespace`.
    workflows: str = "embedded"
    log_level: LogLevel = "info"

    def __repr__(self) -> str:
        """Show no values: among them are keys and passwords."""
        return "Settings(…)"


def load(
    environ: Mapping[str, str] = os.environ, *, warn: Callable[[str], None] | None = None
) -> Settings:
    """Return the settings; an empty variable counts as unset. Paths come back absolute.

    Variables of our prefix that we do not know are named to `warn` (default: stderr),
    one message each: a misspelt setting must not look like an accepted one.

    Raises:
        SettingWrong: names the variable. The value is not repeated: it may hold a password.
    """
    known = {variable_of(one.name): one for one in msgspec.structs.fields(Settings)}
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in known:
            (warn or _to_stderr)(_unknown(variable, list(known)))

    values: dict[str, Any] = {"data_dir": _default_data_dir(environ)}
    for variable, one in known.items():
        if text := environ.get(variable, "").strip():
            values[one.name] = _value(variable, one, text)
    return Settings(**values)


def variable_of(field: str) -> str:
    """Return the variable that sets a field."""
    return f"{PREFIX}{field.upper()}"


def _value(variable: str, one: msgspec.structs.FieldInfo, text: str) -> Any:
    try:
        value = msgspec.convert(text, one.type, strict=False, dec_hook=_dec_hook)
    except msgspec.ValidationError as error:
        raise SettingWrong(variable, _problem(one, error)) from error
    schemes = _SCHEMES.get(one.name)
    if schemes is not None:
        _check_url(variable, text, schemes)
    if one.name == "asr_model_dir" and not Path(value).is_dir():
        raise SettingWrong(variable, "is no directory")
    if one.name == "data_dir" and Path(value).exists() and not Path(value).is_dir():
        raise SettingWrong(variable, "is a file, not a directory")
    return value


def _problem(one: msgspec.structs.FieldInfo, error: msgspec.ValidationError) -> str:
    if one.type is LogLevel:
        return "is one of debug, info, warning, error"
    if one.name == "http_port":
        return "is a number from 0 (any free port) to 65535"
    return str(error)


def _check_url(variable: str, text: str, schemes: tuple[str, ...]) -> None:
    # NATS takes several addresses, separated by commas.
    for part in text.split(","):
        try:
            url = urlsplit(part.strip())
            complete = url.scheme in schemes and bool(url.hostname)
            _ = url.port  # raises where it is no number
        except ValueError as error:
            raise SettingWrong(variable, "is not a URL") from error
        if not complete:
            raise SettingWrong(variable, f"must read {schemes[0]}://host:port")


def _dec_hook(wanted: type, value: Any) -> Any:
    if wanted is Path:
        return Path(value).expanduser().absolute()
    raise TypeError(f"no way to read a {wanted}")


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_DATA_HOME", "")
    # Source: XDG Base Directory Specification: a relative path is to be ignored.
    if base.startswith("/"):
        return Path(base) / "antiphon"
    home = environ.get("HOME", "")
    return (Path(home) if home else Path.home()) / ".local" / "share" / "antiphon"


def _unknown(variable: str, known: list[str]) -> str:
    near = difflib.get_close_matches(variable, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{variable} is not a setting of Antiphon and does nothing{hint}"


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"warning: {message}\n")
