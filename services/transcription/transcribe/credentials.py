"""As whom sessions are opened: what botocore finds, found anew when the vendor calls it stale."""

import asyncio
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError,
    ClientError,
)

from ....errors import RecognizerFailed


class Credentials:
    """The process's own: environment, profile, container or instance role.

    They are asked for with each session, and those that run out are renewed by botocore before.
    """

    def __init__(self) -> None:
        self._found: Any = None

    async def frozen(self) -> Any:
        """Return what an address is signed with.

        Raises:
            RecognizerFailed: there are none, or they cannot be renewed now.
        """
        # The instance's own service may be asked over the network.
        return await asyncio.to_thread(self._frozen)

    def forget(self) -> None:
        """Take them for stale, whatever their own date says."""
        self._found = None

    def _frozen(self) -> Any:
        try:
            if self._found is None:
                session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
                self._found = session.get_credentials()
            frozen = None if self._found is None else self._found.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise RecognizerFailed("credentials_unavailable") from error
        if frozen is None:
            raise RecognizerFailed("credentials_missing", retry="never")
        return frozen
