"""How tests reach the simulated Transcribe."""

from typing import Any

import pytest
from antiphon.infra.simulator.transcribe.server import TranscribeServer
from antiphon.services.transcription.transcribe.recognition import Patience
from antiphon.services.transcription.transcribe.recognizer import Access
from msgspec.structs import replace

KEY, SECRET = "AKIDOFTHETESTS", "a/secret+of=the tests"
SECRETS = {KEY: SECRET}
REGION = "eu-central-1"


def access_to(server: TranscribeServer, *, streams_max: int = 25, **patience: Any) -> Access:
    # The code of the tests' words is quiet, and tests do not take as long as calls.
    patient = replace(Patience(loud_level=0, times_real=2_000.0), **patience)
    return Access(region=REGION, url=server.url, streams_max=streams_max, patience=patient)


def as_somebody(monkeypatch: pytest.MonkeyPatch, *, key: str = KEY, secret: str = SECRET) -> None:
    """Let botocore find credentials where it looks first."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
