"""The API, handed everything that this process can offer."""

from contextlib import AsyncExitStack

from litestar import Litestar

from ..api.app import create_app
from ..commands.privacy import PrivacyPolicies
from ..commands.retention import RetentionPolicies
from ..commands.topics import TopicLists
from ..events.privacy.protection import everything
from ..events.progress import Progress
from ..services.media.pushed import PushedAudio
from .archiving import Archives, Past
from .knowledge_base import Articles
from .kvs_roles import stream_accounts_in
from .machine_keys import AUDIOHOOK_VARIABLE, MachineKeyFile
from .parts import Parts, now
from .protecting import protecting_of
from .publishing import publishing
from .settings import Settings
from .telling import webhooks_of
from .translating import reply_audio
from .twilio_accounts import TwilioAccountFile
from .wiring import playback


def application(
    parts: Parts,
    archives: Archives,
    settings: Settings,
    loops: list[Progress],
    articles: Articles | None,
    *,
    roles: frozenset[str],
    closing: AsyncExitStack,
) -> Litestar:
    """Return what answers HTTP in a process of these roles; `closing` closes what it opens."""
    machines, hooks = settings.machine_keys_file, settings.audiohook_keys_file
    twilio = settings.twilio_accounts_file
    playbooks, policies = publishing(parts)
    is_asked = "api" in roles
    return create_app(
        playbooks=playbooks,
        policies=policies,
        knowledge=None if articles is None else articles.base,
        webhooks=webhooks_of(settings, parts),
        topic_lists=TopicLists(parts.register, now=now),
        privacy_policies=PrivacyPolicies(parts.register, now=now),
        retention_policies=RetentionPolicies(parts.register, now=now),
        holds=parts.holds,
        machine_keys=machines and MachineKeyFile(machines),
        audiohook_keys=hooks and MachineKeyFile(hooks, variable=AUDIOHOOK_VARIABLE),
        twilio_accounts=twilio and TwilioAccountFile(twilio),
        stream_accounts=stream_accounts_in(settings.kvs_roles_file),
        intake=PushedAudio(journal=parts.journal, audio=parts.audio, now=now),
        protection=protecting_of(settings, parts.register, now=now) if is_asked else everything,
        only_health=not is_asked,
        journal=parts.journal,
        history=Past(archives),
        register=parts.register,
        eraser=parts.eraser,
        recordings=playback(settings, parts, closing=closing),
        replies=reply_audio(parts, settings, closing=closing),
        databases=parts.databases,
        tenants=parts.tenants,
        live=parts.live,
        loops=loops,
        now=now,
    )
