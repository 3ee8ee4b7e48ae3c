"""The role `redaction`, put together: ears, detectors, policy, and what carries it through."""

import asyncio
from contextlib import AsyncExitStack

import structlog

from ..commands.privacy import PrivacyPolicies
from ..errors import ModelUnusable, SettingWrong
from ..events.base import ContactRef
from ..services.recording_store import RecordingStore
from ..services.redaction.activities import Activities
from ..services.redaction.originals import ACTOR, Originals
from ..services.redaction.port import SecondListener
from ..services.redaction.redactor import Redactor
from ..services.redaction.service import Redaction
from ..services.redaction.verifying import Verifier
from ..services.redaction.workflow import Embedded, Workflows
from .expiring import expirer_of
from .independence import refuse_dependent
from .parts import Parts, now
from .recognizers import recognizer_named
from .second_listener import WhisperBase
from .settings import Settings, variable_of
from .speech_finder import Silero
from .vendor_listener import VendorListener

EMBEDDED = "embedded"

log = structlog.get_logger()


def redaction_of(
    settings: Settings, parts: Parts, *, store: RecordingStore, closing: AsyncExitStack
) -> Redaction:
    """Return the service; nothing heavy is loaded before there is something to redact.

    Raises:
        SettingWrong: who hears calls cannot check what was redacted, or a setting is no address.
    """
    finder = Silero()
    redactor = Redactor(store, parts.keys, finder)
    activities = Activities(
        journal=parts.journal,
        redactor=redactor,
        verifier=Verifier(second_listener_of(settings, closing=closing), finder),
        policies=PrivacyPolicies(parts.register, now=now).current,
        originals=Originals(
            redactor=redactor, expirer=expirer_of(parts, actor=ACTOR), holds=parts.holds
        ),
        now=now,
    )
    return Redaction(
        journal=parts.journal,
        activities=activities,
        workflows=workflows_of(settings, activities, closing=closing),
        redactor=redactor,
        now=now,
    )


def second_listener_of(settings: Settings, *, closing: AsyncExitStack) -> SecondListener:
    """Return who hears redacted recordings again; `closing` ends it.

    Raises:
        SettingWrong: it hears the calls, too, or has the weights of who does.
    """
    refuse_dependent(settings)
    name = settings.second_listener
    if name != "whisper-base":
        return VendorListener(recognizer_named(name, settings, closing=closing))
    listener = WhisperBase(model_dir=settings.second_model_dir)
    closing.push_async_callback(listener.aclose)
    try:
        listener.check()
    except ModelUnusable as error:
        # The process has other things to do; contacts stay in quarantine, with a letter each.
        log.error("redaction_cannot_verify", problem=error.code, way_out=str(error))  # noqa: TRY400 (where it was raised says nothing)
    return listener


def workflows_of(
    settings: Settings, activities: Activities, *, closing: AsyncExitStack
) -> Workflows:
    """Return what carries redactions through, as the settings say.

    Raises:
        SettingWrong: it is neither `embedded` nor an address of Temporal, or its library is not
            installed.
    """
    if settings.workflows == EMBEDDED:
        return Embedded(activities)
    try:
        from .temporal.driver import address_in  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise SettingWrong(
            variable_of("workflows"), "needs pip install 'antiphon[temporal]'"
        ) from error
    if address_in(settings.workflows) is None:
        raise SettingWrong(
            variable_of("workflows"), f"is `{EMBEDDED}` or temporal://host:port/namespace"
        )
    return OnTemporal(settings.workflows, activities, closing=closing)


class OnTemporal:
    """Satisfies `Workflows`: connects with the first contact, and again after it could not."""

    def __init__(self, setting: str, activities: Activities, *, closing: AsyncExitStack) -> None:
        self._setting = setting
        self._activities = activities
        self._closing = closing
        self._connecting = asyncio.Lock()
        self._workflows: Workflows | None = None

    async def carry(self, contact: ContactRef, round_: int) -> None:
        """See `Workflows.carry`."""
        await (await self._connected()).carry(contact, round_)

    async def _connected(self) -> Workflows:
        from .temporal.driver import address_in, connected  # noqa: PLC0415 (an extra)

        async with self._connecting:
            if self._workflows is None:
                address = address_in(self._setting)
                assert address is not None, "checked when the process started"
                self._workflows = await self._closing.enter_async_context(
                    connected(address, self._activities)
                )
            return self._workflows
