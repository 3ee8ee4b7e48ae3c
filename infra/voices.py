"""The voices that the settings name, each made once, for all tenants of a process."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

import structlog

from ..events.base import TenantName
from ..services.translation.voice import Voice
from ..services.translation.voices import aura, cartesia, elevenlabs, espeak
from .settings import Settings
from .voice_orders import VoiceOrders

log = structlog.get_logger()


class ConfiguredVoices:
    """Satisfies `Voices`. Tenants whose orders name the same one share the vendor's account."""

    def __init__(self, settings: Settings, *, closing: AsyncExitStack) -> None:
        """Read who is named; `closing` closes what is made.

        Raises:
            SettingWrong: an order cannot be followed.
        """
        self._orders = VoiceOrders(settings)
        self._makers = _makers(settings, closing)
        self._made: dict[str, Voice | None] = {}

    def of(self, tenant: TenantName) -> tuple[tuple[str, Voice], ...]:
        """See `Voices`: those that this machine can do with, the preferred first."""
        named = ((name, self._voice(name)) for name in self._orders.of(tenant))
        return tuple((name, voice) for name, voice in named if voice is not None)

    def _voice(self, name: str) -> Voice | None:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]


def _makers(
    settings: Settings, closing: AsyncExitStack
) -> Mapping[str, Callable[[], Voice | None]]:
    def of_cartesia() -> Voice:
        voice = cartesia.CartesiaVoice(
            cartesia.Access(
                api_key=settings.cartesia_api_key or "",
                url=settings.cartesia_url,
                model=settings.cartesia_model,
                voice=settings.cartesia_voice,
            )
        )
        closing.push_async_callback(voice.aclose)
        return voice

    def of_elevenlabs() -> Voice:
        voice = elevenlabs.ElevenLabsVoice(
            elevenlabs.Access(
                api_key=settings.elevenlabs_api_key or "",
                url=settings.elevenlabs_url,
                model=settings.elevenlabs_model,
                voice=settings.elevenlabs_voice,
            )
        )
        closing.push_async_callback(voice.aclose)
        return voice

    def of_aura() -> Voice:
        access = aura.Access(api_key=settings.deepgram_api_key or "", url=settings.aura_url)
        voice = aura.AuraVoice(access)
        closing.push_async_callback(voice.aclose)
        return voice

    def of_espeak() -> Voice | None:
        program = espeak.installed()
        if program is None:
            log.info("voice_not_installed", voice=espeak.PROGRAM)  # replies are text only
            return None
        return espeak.EspeakVoice(program)

    return {
        "cartesia": of_cartesia,
        "elevenlabs": of_elevenlabs,
        "aura": of_aura,
        "espeak": of_espeak,
    }
