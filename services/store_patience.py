"""A store that is away is waited for."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from msgspec import Struct
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from ..errors import ArchiveUnavailable
from ..events.base import ContactRef

T = TypeVar("T")

log = structlog.get_logger()


class StorePatience(Struct, frozen=True, kw_only=True):
    """In seconds."""

    again_s: float = 0.5  # doubles with each try
    again_longest_s: float = 30.0
    unreachable_s: float  # after which it is given up


async def patiently(
    ask: Callable[[], Awaitable[T]], *, contact: ContactRef, patience: StorePatience
) -> T:
    """Return what is asked of a store, as soon as it answers.

    Raises:
        ArchiveUnavailable: it did not, for as long as patience lasts.
    """

    def tell(state: RetryCallState) -> None:
        log.warning(
            "recording_store_away",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            tries=state.attempt_number,
        )

    trying = AsyncRetrying(
        retry=retry_if_exception_type(ArchiveUnavailable),
        stop=stop_after_delay(patience.unreachable_s),
        wait=wait_exponential(patience.again_s, max=patience.again_longest_s),
        before_sleep=tell,
        reraise=True,
    )
    return await trying(ask)
