"""What takes a second to load and needs no server: loaded in a thread while the servers start."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from ..services.guidance.playbook import Playbook, built_in_playbook
from ..services.transcription.port import Recognizer
from .playbook_files import built_in_names
from .recognizers import Recognizers
from .settings import Settings


class Loaded(Struct, frozen=True):
    """What the services are made with."""

    playbooks: tuple[Playbook, ...]  # that come with Antiphon, the default one first
    recognizer: Recognizer | None  # None: nobody here listens


@asynccontextmanager
async def loading(
    settings: Settings, roles: Collection[str], recognizer: Recognizer | None
) -> AsyncGenerator["asyncio.Task[Loaded]"]:
    """Begin to load, and yield what it will be; let it go at the end.

    A `recognizer` that is given takes the place of those that the settings name. Waiting for
    what is yielded raises `SettingWrong` and `ModelUnusable`; see `Recognizers`.
    """
    async with AsyncExitStack() as closing:

        def load() -> Loaded:
            listens = "transcription" in roles
            if listens and recognizer is None:
                heard = Recognizers(settings, closing=closing).chain
            else:
                heard = recognizer
            return Loaded(built_in_playbooks(), heard)

        task = asyncio.create_task(asyncio.to_thread(load))
        try:
            yield task
        finally:
            # A thread cannot be stopped, and what it made has to be closed.
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # whoever waited for it was told


def built_in_playbooks() -> tuple[Playbook, ...]:
    """Return the playbooks that come with Antiphon, the default one first."""
    default = built_in_playbook()
    others = [built_in_playbook(name) for name in built_in_names() if name != default.name]
    return (default, *others)
