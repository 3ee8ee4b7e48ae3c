"""How tests reach the simulated Deepgram."""

from pathlib import Path

from antiphon.infra.simulator.deepgram.server import DeepgramServer
from antiphon.services.transcription.deepgram.recognizer import Access

TWO_CHANNELS = Path(__file__).parent / "captures" / "deepgram_two_channel.jsonl"
KEY = "dg-secret-of-the-tests"


def access_to(server: DeepgramServer, *, key: str = KEY, streams_max: int = 50) -> Access:
    return Access(api_key=key, url=server.url, streams_max=streams_max)
