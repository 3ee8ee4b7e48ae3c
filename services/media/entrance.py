"""Lets a stream in, or says why it has to wait, and for how long it is worth it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from ...commands.stream_accounts import account_of
from ...events.base import ContactRef
from ...events.media import AudioRefused
from .admission import Admission
from .call import Call, Offer
from .figures import REFUSED
from .ledger import Ledger
from .patience import Patience

log = structlog.get_logger()


class Entrance:
    """Stands before the reading of every stream of this process."""

    def __init__(self, admission: Admission, *, patience: Patience) -> None:
        self._admission = admission
        self._patience = patience

    @asynccontextmanager
    async def pass_by(
        self, contact: ContactRef, offer: Offer, call: Call, ledger: Ledger
    ) -> AsyncGenerator[bool]:
        """Yield whether the stream may be read; where it may, a place is held until the end.

        Waits for a place while there is a chance that somebody still has use of the audio:
        until `refused_s` after the stream was spoken to its end.

        Raises:
            Fault: of the log.
        """
        account = account_of(offer.media.stream_arn)
        refusal = self._admission.enter(account)
        if refusal is not None:
            REFUSED.labels(contact.tenant, refusal.reason).inc()
            log.warning(
                "audio_stream_waits",
                tenant=contact.tenant,
                contact_id=contact.contact_id,
                stream=offer.ordinal,
                reason=refusal.reason,
                limit=refusal.limit,
                in_use=refusal.in_use,
            )
            refused = AudioRefused(
                stream=offer.ordinal,
                reason=refusal.reason,
                limit=refusal.limit,
                in_use=refusal.in_use,
            )
            await ledger.refuse(offer, refused)
            if not await self._let_in_later(account, offer, call):
                yield False
                return
        try:
            yield True
        finally:
            self._admission.leave(account)

    async def _let_in_later(self, account: str, offer: Offer, call: Call) -> bool:
        waiting = asyncio.create_task(self._admission.wait(account))
        giving_up = asyncio.create_task(self._give_up(offer, call))
        entered = False
        try:
            await asyncio.wait({waiting, giving_up}, return_when=asyncio.FIRST_COMPLETED)
            entered = waiting.done()
            if entered:
                waiting.result()
        finally:
            waiting.cancel()
            giving_up.cancel()
            await asyncio.gather(waiting, giving_up, return_exceptions=True)
            if not entered and not waiting.cancelled():
                self._admission.leave(account)  # granted as we went
        return entered

    async def _give_up(self, offer: Offer, call: Call) -> None:
        while call.finish_of(offer) is None:
            await call.news.wait()
            call.news.clear()
        await asyncio.sleep(self._patience.refused_s)
