"""Amazon Transcribe behind the Recognizer port: one socket for a session, both tracks in it."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from ....errors import LanguageUnsupported, RecognizerFailed
from ..port import RecognitionRequest
from .connection import connected
from .credentials import Credentials
from .failures import CREDENTIALS_STALE, LANGUAGE_REFUSED
from .recognition import Patience, TranscribeRecognition
from .request import LANGUAGES, language_of, parameters, signed, url_of

_VERSION = "1"  # of what is around the model, so that a transcript says what made it
# Of an account and region, unless more was asked for. Source: the vendor's quotas.
STREAMS_MAX = 25
_LANGUAGES_KEPT = 100  # as many as were refused; the vendor knows fewer


class Access(Struct, frozen=True, kw_only=True):
    """Where sessions are opened, and what for."""

    region: str
    url: str | None = None  # None: the region's own
    vocabulary: str | None = (
        None  # its name; made in the account before; of every session's language
    )
    streams_max: int = STREAMS_MAX
    languages: frozenset[str] = LANGUAGES
    patience: Patience = Patience()


class TranscribeRecognizer:
    """Satisfies `Recognizer`. One for all contacts of the process."""

    def __init__(self, access: Access) -> None:
        self.name = f"transcribe-{access.region}/{_VERSION}"
        self._access = access
        self._credentials = Credentials()
        self._streams = 0
        self._refused: set[str] = set()

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["TranscribeRecognition"]:
        """See `Recognizer.open`."""
        access = self._access
        language = language_of(request.language, recognizer=self.name, known=access.languages)
        if language in self._refused:
            raise LanguageUnsupported(self.name, language=request.language)
        if self._streams >= access.streams_max:
            raise RecognizerFailed("streams_all_used", retry="later")
        self._streams += 1
        try:
            async with connected(await self._address(language, request)) as connection:
                session = TranscribeRecognition(
                    connection, request, name=self.name, patience=access.patience
                )
                async with _running(session):
                    yield session
        except RecognizerFailed as failure:
            self._learn(failure, language)
            raise
        finally:
            self._streams -= 1

    async def _address(self, language: str, request: RecognitionRequest) -> str:
        access = self._access
        query = parameters(
            language=language,
            channels=len(request.tracks),
            session_id=str(uuid.uuid4()),
            vocabulary_name=access.vocabulary,
        )
        credentials = await self._credentials.frozen()
        url = access.url or url_of(access.region)
        return signed(url, query, credentials=credentials, region=access.region)

    def _learn(self, failure: RecognizerFailed, language: str) -> None:
        """Remember what the next session must not try again."""
        if failure.reason == CREDENTIALS_STALE:
            self._credentials.forget()
        if failure.reason == LANGUAGE_REFUSED and len(self._refused) < _LANGUAGES_KEPT:
            self._refused.add(language)


@asynccontextmanager
async def _running(session: TranscribeRecognition) -> AsyncGenerator[None]:
    tasks = [asyncio.ensure_future(session.listen()), asyncio.ensure_future(session.keep_alive())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
